import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeText } from '../../src/decide/safe-text.ts'

test.each([
  ['prometheus', 'prometheus'],
  ['zoë 日本 🔑', 'zoë 日本 🔑'],
  ['a\r\nb', 'a\ufffd\ufffdb'],
  ['\u001b[31mred', '\ufffd[31mred'],
  ['\u202egnp.exe', '\ufffdgnp.exe'],
  ['a\u2028b\0', 'a\ufffdb\ufffd'],
  ['half \ud83d', 'half \ufffd'],
  ['x'.repeat(65), `${'x'.repeat(64)}…`],
  [`${'x'.repeat(63)}🔑`, `${'x'.repeat(63)}\ufffd…`],
])('%j is told as %j (65)', (text, told) => {
  expect(safeText(text, 64)).toBe(told)
})

test('what is told is one line, well-formed and no longer than its bound, whatever was said', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
      const told = safeText(text, 64)
      expect(told.length).toBeLessThanOrEqual(65)
      expect(told).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u)
      expect(safeText(told, 65)).toBe(told)
    }),
    { numRuns: 500, interruptAfterTimeLimit: 2_000 },
  )
})
