import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeLabelValue, escapeOpenMetricsHelp, escapeTextHelp } from '../../src/exposition/escape.ts'

/** Any sequence of UTF-16 units, lone surrogates among them, and much of what must be escaped. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom('\\', '"', '\n', 'n', '\r', '\0', '\ud800', '\udc00', '😀'), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''))

const unescape = (text: string): string => text.replace(/\\([\\n"])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))

describe('escaping', () => {
  test.each([
    { text: 'plain', label: 'plain', textHelp: 'plain', openMetricsHelp: 'plain' },
    { text: 'C:\\new', label: 'C:\\\\new', textHelp: 'C:\\\\new', openMetricsHelp: 'C:\\\\new' },
    { text: 'a\nb', label: 'a\\nb', textHelp: 'a\\nb', openMetricsHelp: 'a\\nb' },
    { text: 'say "x"', label: 'say \\"x\\"', textHelp: 'say "x"', openMetricsHelp: 'say \\"x\\"' },
    { text: '\r\0\t', label: '\r\0\t', textHelp: '\r\0\t', openMetricsHelp: '\r\0\t' },
    { text: '\ud800x\udc00😀', label: '\ufffdx\ufffd😀', textHelp: '\ufffdx\ufffd😀', openMetricsHelp: '\ufffdx\ufffd😀' },
  ])('writes $text in the way of each place', ({ text, label, textHelp, openMetricsHelp }) => {
    expect([escapeLabelValue(text), escapeTextHelp(text), escapeOpenMetricsHelp(text)]).toEqual([label, textHelp, openMetricsHelp])
  })

  test('leaves a label value no quote, no line end and no half of a character, and loses nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeLabelValue(text)
        expect(escaped).not.toMatch(/\n|\p{Surrogate}/u)
        expect(escaped).toMatch(/^(?:[^"\\]|\\[\\n"])*$/)
        expect(unescape(escaped)).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd'))
      }),
    )
  })

  test('keeps a help text on its line', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeTextHelp(text)).toMatch(/^(?:[^\\\n]|\\[\\n])*$/)
        expect(escapeOpenMetricsHelp(text)).toMatch(/^(?:[^"\\\n]|\\[\\n"])*$/)
      }),
    )
  })
})
