import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter, encodeUtf8, MAX_NUMBER_BYTES, numberWidth, writeAscii, writeNumber } from '../../src/exposition/byte-writer.ts'
import { formatValue } from '../../src/exposition/number.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Both ends of every width, on both sides of zero. */
const INTEGERS = Array.from({ length: 17 }, (_, width) => [10 ** width - 1, 10 ** width, 10 ** width + 1]).flat()
const NUMBERS = [
  ...INTEGERS,
  ...INTEGERS.map((value) => -value),
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  0.1,
  0.5,
  1e-6,
  1e-7,
  1.234_567_890_123_456_7e-6,
  1e20,
  1e21,
  1.234_567_890_123_456_7e-100,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
  Infinity,
].flatMap((value) => [value, -value])

function written(value: number): { text: string; width: number } {
  const bytes = new Uint8Array(MAX_NUMBER_BYTES + 2).fill(1)
  const end = writeNumber(bytes, 1, value)
  // Nothing before and nothing behind is touched.
  expect([bytes[0], bytes[end]]).toEqual([1, 1])
  return { text: decode(bytes.subarray(1, end)), width: numberWidth(value) }
}

describe('numbers', () => {
  test('of every width are written as they are spelled, and are as wide as is said beforehand', () => {
    for (const value of [...NUMBERS, -0, Number.NaN]) {
      const text = formatValue(value)
      expect(written(value)).toEqual({ text, width: text.length })
      expect(text.length).toBeLessThanOrEqual(MAX_NUMBER_BYTES)
    }
  })

  test.each([
    [-0, '0'],
    [-(2 ** 31), '-2147483648'],
    [2 ** 31 - 1, '2147483647'],
    [2 ** 53, '9007199254740992'],
    [5e-324, '5e-324'],
    [1e21, '1e+21'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%d is %s', (value, text) => {
    expect(written(value).text).toBe(text)
  })

  test('are read back as the same double', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.maxSafeInteger()), (value) => {
        const { text, width } = written(value)
        expect(width).toBe(text.length)
        expect(Number(text)).toBe(value === 0 ? 0 : value)
      }),
      { numRuns: 2_000, interruptAfterTimeLimit: 2_000 },
    )
  })

  test('stand one after the other', () => {
    const writer = new ByteWriter(200)
    for (const value of [1, -20, 0.5]) {
      writer.number(value)
      writer.byte(32)
    }
    expect(decode(writer.view())).toBe('1 -20 0.5 ')
  })
})

describe('a writer', () => {
  test('grows when room is asked for, and keeps what was written', () => {
    const writer = new ByteWriter(4)
    const { bytes } = writer
    writer.reserve(4)
    expect(writer.bytes).toBe(bytes)
    writer.write(encodeUtf8('abcd'))
    writer.reserve(1)
    expect(writer.bytes).toHaveLength(8)
    writer.reserve(100)
    expect([writer.bytes.length, decode(writer.view())]).toEqual([104, 'abcd'])
  })

  test('grows from nothing', () => {
    const writer = new ByteWriter(0)
    writer.reserve(3)
    writer.write(encodeUtf8('é!'))
    expect(decode(writer.view())).toBe('é!')
  })

  test.each([0, 1, 63, 64, 65, 1_000])('copies %i bytes, from elsewhere and from itself', (size) => {
    const text = Array.from({ length: size }, (_, index) => String.fromCharCode(97 + (index % 26))).join('')
    const writer = new ByteWriter(0)
    writer.reserve(3 * size + 2)
    writer.byte(60)
    writer.write(encodeUtf8(text))
    writer.writeRange(writer.bytes, 1, 1 + size)
    writer.writeRange(encodeUtf8(`x${text}y`), 1, 1 + size)
    expect(decode(writer.view())).toBe(`<${text}${text}${text}`)
  })

  test('writes text of one-byte characters where it is told', () => {
    const bytes = new Uint8Array(5)
    expect([writeAscii(bytes, 1, 'abc'), [...bytes]]).toEqual([4, [0, 97, 98, 99, 0]])
  })
})
