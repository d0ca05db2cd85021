import { expect, test } from 'vitest'
import { parseGoDuration } from '../../src/web-configuration/duration.ts'

test.each([
  ['0', 0],
  ['1ns', 1e-6],
  ['2us', 0.002],
  ['2µs', 0.002],
  ['100ms', 100],
  ['1.5s', 1_500],
  ['.5m', 30_000],
  ['1h30m', 5_400_000],
  ['+1s', 1_000],
  ['-1s', -1_000],
  ['', undefined],
  ['+', undefined],
  ['1', undefined],
  ['1d', undefined],
  ['1s ', undefined],
  ['.s', undefined],
  ['1s2', undefined],
])('%j is %j milliseconds', (text, milliseconds) => {
  expect(parseGoDuration(text)).toBe(milliseconds)
})
