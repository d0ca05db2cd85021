import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coarsen, keyOf, upperBound } from '../../src/distributions/exponential-keys.ts'
import { naiveKey, SCHEMAS } from './oracle.ts'

const magnitudes = fc.oneof(
  fc.double({ min: 0, minExcluded: true, noNaN: true }),
  fc.double({ min: 1e-4, max: 1e4, noNaN: true }),
  fc.double({ min: 0, max: 2 ** -1021, minExcluded: true, noNaN: true }),
)

/** The double after a positive one. */
function after(value: number): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + 1n)
  return view.getFloat64(0)
}

describe.each(SCHEMAS)('at schema %d', (schema) => {
  const shift = 8 - schema

  test('a number is given the bucket that a walk along the bounds finds', () => {
    fc.assert(
      fc.property(magnitudes, (value) => {
        expect(keyOf(value, shift)).toBe(naiveKey(value, schema))
      }),
      { numRuns: 300 },
    )
  })

  test('a number lies above the bound before its bucket and not above its own', () => {
    // Subnormal numbers are brought where bounds are exact; 2^208 is a whole number of buckets at every schema.
    const scale = 2 ** 208
    const scaleKey = 208 * 2 ** schema
    fc.assert(
      fc.property(magnitudes, (value) => {
        const key = keyOf(value, shift)
        const tiny = value < 2 ** -1000
        const lower = upperBound(key - 1 + (tiny ? scaleKey : 0), shift)
        const upper = upperBound(key + (tiny ? scaleKey : 0), shift)
        const scaled = tiny ? value * scale : value
        expect([lower < scaled, scaled <= upper]).toEqual([true, true])
      }),
      { numRuns: 300 },
    )
  })

  test('every power of two, and every bound from one to four, ends its bucket, and the next number begins another', () => {
    const octaves = Array.from({ length: 2098 }, (_, index) => 2 ** (index - 1074))
    const bounds = Array.from({ length: Math.ceil(2 * 2 ** schema) }, (_, key) => upperBound(key, shift))
    for (const bound of [...octaves, ...bounds]) {
      const key = keyOf(bound, shift)
      const isBound = schema >= 0 || Number.isInteger(Math.log2(bound) / 2 ** -schema)
      expect([bound, key]).toEqual([bound, naiveKey(bound, schema)])
      expect([bound, keyOf(after(bound), shift)]).toEqual([bound, naiveKey(after(bound), schema)])
      // Among the smallest numbers the next one may be several buckets away.
      if (bound >= 2 ** -1022) expect([bound, keyOf(after(bound), shift)]).toEqual([bound, isBound ? key + 1 : key])
    }
  })

  test('infinity has a bucket of its own, after that of the largest number', () => {
    const last = 1024 * 2 ** schema
    expect(keyOf(Number.MAX_VALUE, shift)).toBe(last)
    expect(keyOf(Infinity, shift)).toBe(last + 1)
    expect(upperBound(last, shift)).toBe(Number.MAX_VALUE)
    expect(upperBound(last + 1, shift)).toBe(Infinity)
  })

  test('the bucket is that of a finer schema, made coarser', () => {
    fc.assert(
      fc.property(fc.oneof(magnitudes, fc.constant(Infinity)), fc.integer({ min: schema, max: 8 }), (value, finer) => {
        expect(coarsen(keyOf(value, 8 - finer), finer - schema)).toBe(keyOf(value, shift))
      }),
      { numRuns: 200 },
    )
  })
})

// Rows of client_golang's own test of its bounds.
test.each([
  [-1, -1, 0.25],
  [0, -1, 1],
  [1, -1, 4],
  [512, -1, Number.MAX_VALUE],
  [513, -1, Infinity],
  [-1, 0, 0.5],
  [0, 0, 1],
  [1, 0, 2],
  [-1, 2, 0.8408964152537144],
  [0, 2, 1],
  [1, 2, 1.189207115002721],
  [4096, 2, Number.MAX_VALUE],
  [4097, 2, Infinity],
  [-1074, 0, 5e-324],
  [-1022, 0, 2 ** -1022],
  [1023, 0, 2 ** 1023],
])('bucket %d of schema %d ends at %d', (key, schema, bound) => {
  expect(upperBound(key, 8 - schema)).toBe(bound)
})

test('the bounds are those of client_golang and of the server, bit for bit', () => {
  const bytes = Buffer.alloc(256 * 8)
  for (let key = 0; key < 256; key += 1) bytes.writeDoubleLE(upperBound(key, 0) / 2, key * 8)
  // Of the 256 doubles of nativeHistogramBounds[8], little-endian.
  expect(createHash('sha256').update(bytes).digest('hex')).toBe('9de5914e4bc19f96dd1f461efa1b8f3fd6bfe80297b3a5a46302dac8a388c730')
})

test('no bound is more than 4 ulp off the true power of two', () => {
  for (let key = 1; key < 256; key += 1) {
    const units = BigInt(upperBound(key, 0) * 2 ** 52)
    const power = 2n ** BigInt(key + 52 * 256)
    expect([key, (units - 5n) ** 256n < power, power < (units + 5n) ** 256n]).toEqual([key, true, true])
  }
})
