import { faultOf } from '@postern/testkit'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Automaton } from '../../src/views/automaton.ts'
import { parseExpression } from '../../src/views/expression.ts'

const whole = (source: string): Automaton => new Automaton(parseExpression(source), { searches: false })
const anywhere = (source: string): Automaton => new Automaton(parseExpression(source), { searches: true })

describe('an expression', () => {
  test.each([
    { source: '', yes: [''], no: ['a'] },
    { source: 'shop', yes: ['shop'], no: ['shops', 'sho', ''] },
    { source: 'a|bc|', yes: ['a', 'bc', ''], no: ['abc', 'b'] },
    { source: '/api/.*', yes: ['/api/', '/api/x\ny'], no: ['/api', 'x/api/'] },
    { source: 'a.c', yes: ['abc', 'a\u{1F600}c', 'a\nc'], no: ['ac', 'abbc'] },
    { source: '(ab)+', yes: ['ab', 'abab'], no: ['', 'aba'] },
    { source: '(?:a|b)*?c?', yes: ['', 'abba', 'c', 'bc'], no: ['cc'] },
    { source: 'a{2}', yes: ['aa'], no: ['a', 'aaa'] },
    { source: 'a{1,3}', yes: ['a', 'aaa'], no: ['', 'aaaa'] },
    { source: 'a{2,}', yes: ['aa', 'aaaaa'], no: ['a'] },
    { source: 'a{0,1}b', yes: ['b', 'ab'], no: ['aab'] },
    { source: 'a{,2}', yes: ['a{,2}'], no: ['aa'] },
    { source: 'a{x}', yes: ['a{x}'], no: ['a'] },
    { source: '[a-c]', yes: ['a', 'b', 'c'], no: ['d', '-'] },
    { source: '[]a-]+', yes: [']', 'a-'], no: ['b'] },
    { source: '[^a-z]', yes: ['A', 'é', '\u{1F600}'], no: ['m', ''] },
    { source: '[^\\d]', yes: ['a'], no: ['7'] },
    { source: '[^\\x00-`]', yes: ['a', '\u{10FFFF}'], no: ['`'] },
    { source: '[^a-\\x{10FFFF}]', yes: ['`', '\0'], no: ['a'] },
    { source: '[\\d_]+', yes: ['1_2'], no: ['a'] },
    { source: '[à-ü]', yes: ['é'], no: ['e'] },
    { source: '\\d\\D\\w\\W\\s\\S', yes: ['1a_- x'], no: ['aaa- x'] },
    { source: '\\x41\\x{1F600}\\n\\t\\.\\\\\\/', yes: ['A\u{1F600}\n\t.\\/'], no: ['A'] },
    { source: '^a$', yes: ['a'], no: ['aa', ''] },
    { source: 'a^b|a$b', yes: [], no: ['ab'] },
    { source: '(?i)GrOss[^a]', yes: ['gROSSb', 'GROSS1'], no: ['grossA', 'grossa'] },
    { source: '(?i)[a-b]', yes: ['A', 'b'], no: ['c'] },
  ])('$source matches the whole of a text', ({ source, yes, no }) => {
    const automaton = whole(source)
    expect(yes.filter((text) => !automaton.matchesText(text))).toEqual([])
    expect(no.filter((text) => automaton.matchesText(text))).toEqual([])
  })

  test.each([
    { source: 'b+', yes: ['abc', 'b', 'xbb'], no: ['', 'ac'] },
    { source: '^b', yes: ['bc'], no: ['ab'] },
    { source: 'b$', yes: ['ab'], no: ['ba'] },
    { source: '', yes: ['', 'a'], no: [] },
    { source: 'é', yes: ['caf\u00E9s'], no: ['cafe'] },
  ])('$source is found in a text', ({ source, yes, no }) => {
    const automaton = anywhere(source)
    for (const matches of [(text: string) => automaton.matchesText(text), (text: string) => bytesMatch(automaton, text)]) {
      expect([yes.filter((text) => !matches(text)), no.filter(matches)]).toEqual([[], []])
    }
  })

  test.each([
    { source: 'a**', why: 'repeats a repetition' },
    { source: '*a', why: 'has a "*" with nothing before it to repeat' },
    { source: '(a', why: 'opens a group that it does not close' },
    { source: 'a)', why: 'closes a group that it does not open' },
    { source: '(?=a)', why: 'has a group of a kind that is not read here; (…) and (?:…) are' },
    { source: '[a', why: 'opens a class that it does not close' },
    { source: '[z-a]', why: 'has a class with a range that does not ascend' },
    { source: '[a-\\d]', why: 'has a class with a range that does not ascend' },
    { source: '[[:alpha:]]', why: 'has a named class; write its characters, like [a-z]' },
    { source: 'a\\', why: 'ends with a backslash' },
    { source: '\\b', why: 'has \\b, which is not read here' },
    { source: '(a)\\1', why: 'has \\1, which is not read here' },
    { source: '\\pL', why: 'has \\p, which is not read here' },
    { source: '\\xZZ', why: 'has a \\x without two digits, or a character in braces' },
    { source: '\\x{110000}', why: 'has a \\x without two digits, or a character in braces' },
    { source: 'a{3,2}', why: 'repeats {3,2}: the first number is at most the second, and that 1000' },
    { source: 'a{1001}', why: 'repeats {1001}: the first number is at most the second, and that 1000' },
    { source: 'a{1,1001}', why: 'repeats {1,1001}: the first number is at most the second, and that 1000' },
    { source: `${'('.repeat(51)}a${')'.repeat(51)}`, why: 'has groups more than 50 deep' },
    { source: 'a'.repeat(1001), why: 'has over 1000 characters' },
  ])('$source is refused', ({ source, why }) => {
    const message = `the expression ${JSON.stringify(source.slice(0, 100))} ${why}`
    expect(faultOf(() => parseExpression(source))).toMatchObject({ code: 'ERR_POSTERN_POLICY', message })
  })

  test('of too many steps is refused', () => {
    expect(faultOf(() => whole('((a{100}){100}){10}'))?.message).toBe(
      'the expression takes more than 10000 steps, its repetitions written out',
    )
  })

  test.each([
    { source: '(a|a)*b', text: 'a'.repeat(100_000) },
    { source: '(a*)*c', text: 'a'.repeat(100_000) },
    { source: '.*a.*b.*c.*d', text: 'abc'.repeat(50_000) },
  ])('$source, on which backtracking never ends, looks at each character once', ({ source, text }) => {
    // What steps back would not come to an end before the time of a test.
    expect(whole(source).matchesText(text)).toBe(false)
  })

  test('with more states than are kept forgets them and answers the same', () => {
    const automaton = whole('.*a.{12}')
    const text = Array.from({ length: 60_000 }, (_, index) => ((index * 7919) % 13 < 6 ? 'a' : 'b')).join('')
    for (const end of [20_000, 40_000, 60_000]) {
      expect(automaton.matchesText(text.slice(0, end))).toBe(text.at(end - 13) === 'a')
    }
    const random = fc.sample(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 3000, maxLength: 3000 }), { numRuns: 3, seed: 1 })
    for (const one of random) expect(automaton.matchesText(one)).toBe(one.at(-13) === 'a')
  })

  test('means what it means to JavaScript, where both read it', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '(a|b)', '(?:ab)')
    const count = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}')
    const source = fc
      .array(
        fc.oneof(
          fc.tuple(atom, count).map((parts) => parts.join('')),
          fc.constant('|'),
        ),
        { maxLength: 5 },
      )
      .map((parts) => parts.join(''))
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'é', '\n'), maxLength: 6 })
    fc.assert(
      fc.property(source, text, (expression, value) => {
        expect(whole(expression).matchesText(value)).toBe(new RegExp(`^(?:${expression})$`, 'su').test(value))
        expect(bytesMatch(anywhere(expression), value)).toBe(new RegExp(expression, 'su').test(value))
      }),
      { numRuns: 500, interruptAfterTimeLimit: 2000 },
    )
  })
})

function bytesMatch(automaton: Automaton, text: string): boolean {
  const bytes = Buffer.from(`..${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}..`)
  return automaton.matchesBytes(bytes, 2, bytes.length - 2)
}
