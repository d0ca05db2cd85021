import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCanonical, formatValue } from '../../src/exposition/number.ts'
import { readNumber } from '../support/strict-reader.ts'

describe('a sample value', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [1e21, '1e+21'],
    [123456789012345680000, '123456789012345680000'],
    [2 ** 53, '9007199254740992'],
    [5e-324, '5e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [1e-7, '1e-7'],
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
  ])('%d is written %s', (value, text) => {
    expect(formatValue(value)).toBe(text)
  })

  test('reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(readNumber(formatValue(value))).toBe(value === 0 ? 0 : value)
      }),
    )
  })
})

describe('a canonical bound', () => {
  // Computed by strconv.FormatFloat(v, 'g', -1, 64), then `.0` where neither `.` nor `e` is there.
  test.each([
    [0, '0.0'],
    [-0, '0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [10, '10.0'],
    [0.005, '0.005'],
    [123456, '123456.0'],
    [123456.789, '123456.789'],
    [999999, '999999.0'],
    [1e6, '1e+06'],
    [2470632, '2.470632e+06'],
    [1e10, '1e+10'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [1e-4, '0.0001'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [5e-324, '5e-324'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%d is written %s', (value, text) => {
    expect(formatCanonical(value)).toBe(text)
  })

  test('reads back as the same number, and always shows that it is a float', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatCanonical(value)
        expect(text).toMatch(/^-?(?:\d{1,6}\.\d+|\d(?:\.\d+)?e[+-]\d{2,3})$/)
        expect(Number(text)).toBe(value === 0 ? 0 : value)
      }),
    )
  })
})
