import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseWeightedList } from '../../src/exposition/weighted-list.ts'

/** Each entry as `name key=value … @weight`, which a reader can judge at a glance. */
const show = (header: string): string[] =>
  parseWeightedList(header).map(({ name, parameters, weight }) =>
    [name, ...Array.from(parameters, ([key, value]) => `${key}=${value}`), `@${weight}`].join(' '),
  )

describe('a weighted list', () => {
  test.each<[name: string, header: string, entries: string[]]>([
    ['nothing', '', [' @1']],
    ['names alone', 'gzip, br', ['gzip @1', 'br @1']],
    ['weights', 'a;q=0.5,b;q=0,c;q=1.000,d;q=.5,e;q=1.', ['a q=0.5 @0.5', 'b q=0 @0', 'c q=1.000 @1', 'd q=.5 @0.5', 'e q=1. @1']],
    ['weights out of range', 'a;q=2,b;q=-1,c;q=+0.5', ['a q=2 @1', 'b q=-1 @0', 'c q=+0.5 @0.5']],
    ['weights that are none', 'a;q=abc,b;q=,c;q=0x0,d;q=1e-1,e;q', ['a q=abc @1', 'b q= @1', 'c q=0x0 @1', 'd q=1e-1 @1', 'e @1']],
    ['a weight in quotes', 'a;q="0.5"', ['a q=0.5 @0.5']],
    ['upper case and spaces', ' A/B ;\tX = Y ; Q = 0.5 ', ['a/b x=Y q=0.5 @0.5']],
    ['a parameter twice', 'a;x=1;x=2;q=0.1;q=0.9', ['a x=1 q=0.1 @0.1']],
    ['a parameter behind the weight', 'a;q=0.5;x=1', ['a q=0.5 x=1 @0.5']],
    ['a comma and a semicolon in quotes', 'a;x="1,2;y=3",b', ['a x=1,2;y=3 @1', 'b @1']],
    ['an escaped quote in quotes', String.raw`a;x="1\",2\\",b`, [String.raw`a x=1",2\ @1`, 'b @1']],
    ['a quote that is never closed', 'a;x="1,b;q=0', ['a x="1,b;q=0 @1']],
    ['a lone quote', 'a;x="', ['a x=" @1']],
    ['a backslash at the end of what is never closed', 'a;x="\\', ['a x="\\ @1']],
    ['a backslash outside of quotes', 'a;x=\\,b;y="1"', ['a x=\\ @1', 'b y=1 @1']],
    ['empty quotes', 'a;x=""', ['a x= @1']],
    ['an equals sign in a value', 'a;x=1=2', ['a x=1=2 @1']],
    ['nothing but separators', ',;;,', [' @1', ' @1', ' @1']],
  ])('reads %s', (_, header, entries) => {
    expect(show(header)).toEqual(entries)
  })

  test('gives back what was written with care, whatever is in the quotes', () => {
    const token = fc.stringMatching(/^[a-z0-9/.+-]{1,8}$/)
    const value = fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'a', '\n') })
    const entry = fc.record({ name: token, value, weight: fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000) })
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 8 }), (entries) => {
        const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
        const header = entries.map(({ name, value, weight }) => `${name}; x=${quoted(value)};q=${weight}`).join(' , ')
        expect(parseWeightedList(header).map(({ name, parameters, weight }) => ({ name, value: parameters.get('x'), weight }))).toEqual(
          entries,
        )
      }),
      { numRuns: 300, interruptAfterTimeLimit: 2_000 },
    )
  })

  test('never throws, and every weight is from 0 to 1', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', 'q', '0', '.', '-', ' ', 'é', '\ud800') }), (header) => {
        for (const { weight } of parseWeightedList(header)) expect(weight >= 0 && weight <= 1).toBe(true)
      }),
      { numRuns: 500, interruptAfterTimeLimit: 2_000 },
    )
  })
})
