import { describe, expect, test } from 'vitest'
import { compileNativeHistogram, type NativeHistogramOptions } from '../../src/distributions/native-options.ts'

const compile = (options: unknown): unknown => compileNativeHistogram('Histogram "h"', options as NativeHistogramOptions)

describe('the options of a native histogram', () => {
  test('have defaults: schema 3, a zero bucket up to 2^-128, no limit', () => {
    const defaults = {
      schema: 3,
      zeroThreshold: 2.938735877055719e-39,
      maxBuckets: Infinity,
      minResetMilliseconds: Infinity,
      maxZeroThreshold: 0,
    }
    expect(compileNativeHistogram('Histogram "h"')).toEqual(defaults)
    expect(compile({ maxBuckets: 0, minResetMilliseconds: 0 })).toEqual(defaults)
  })

  test('are taken as they are given', () => {
    const options = { schema: -4, zeroThreshold: 0, maxBuckets: 160, minResetMilliseconds: 3_600_000, maxZeroThreshold: 0.001 }
    expect(compile(options)).toEqual(options)
  })

  test.each([
    [1.0001, 8],
    [2 ** (1 / 256), 8],
    [1.003, 8],
    [1.0054, 8],
    [2 ** (1 / 128), 7],
    [1.1, 3],
    [2 ** (1 / 8), 3],
    [1.0905, 4],
    [1.2, 2],
    [Math.SQRT2, 1],
    [1.9999, 1],
    [2, 0],
    [4, -1],
    [17, -2],
    [256, -3],
    [65535, -3],
    [65536, -4],
    [1e300, -4],
  ])('a factor of %d is schema %d', (bucketFactor, schema) => {
    expect(compile({ bucketFactor })).toMatchObject({ schema })
  })

  test.each<[string, unknown, Error]>([
    [
      'a factor of one',
      { bucketFactor: 1 },
      new RangeError('Histogram "h" has the bucketFactor 1, which is not a finite number above one. Write one such as 1.1.'),
    ],
    [
      'an infinite factor',
      { bucketFactor: Infinity },
      new RangeError('Histogram "h" has the bucketFactor Infinity, which is not a finite number above one. Write one such as 1.1.'),
    ],
    [
      'a factor in words',
      { bucketFactor: 'small' },
      new TypeError('Histogram "h" has the bucketFactor "small", which is not a number. Write one such as 1.1.'),
    ],
    [
      'both a factor and a schema',
      { bucketFactor: 2, schema: 0 },
      new TypeError('Histogram "h" has both the bucketFactor 2 and the schema 0. Write one of the two.'),
    ],
    [
      'a schema too fine',
      { schema: 9 },
      new RangeError('Histogram "h" has the schema 9, which is not a whole number from -4 to 8. Write one such as 3.'),
    ],
    [
      'a schema too coarse',
      { schema: -5 },
      new RangeError('Histogram "h" has the schema -5, which is not a whole number from -4 to 8. Write one such as 3.'),
    ],
    [
      'half a schema',
      { schema: 0.5 },
      new RangeError('Histogram "h" has the schema 0.5, which is not a whole number from -4 to 8. Write one such as 3.'),
    ],
    [
      'a schema that is text',
      { schema: '3' },
      new TypeError('Histogram "h" has the schema "3", which is not a number. Write one such as 3.'),
    ],
    [
      'a negative threshold',
      { zeroThreshold: -1 },
      new RangeError('Histogram "h" has the zeroThreshold -1, which is not a finite number of zero or more. Write one such as 0.001.'),
    ],
    [
      'a threshold that is null',
      { zeroThreshold: null },
      new TypeError('Histogram "h" has the zeroThreshold null, which is not a number. Write one such as 0.001.'),
    ],
    [
      'an infinite greatest threshold',
      { maxZeroThreshold: Infinity },
      new RangeError(
        'Histogram "h" has the maxZeroThreshold Infinity, which is not a finite number of zero or more. Write one such as 0.001.',
      ),
    ],
    [
      'half a bucket',
      { maxBuckets: 1.5 },
      new RangeError('Histogram "h" has the maxBuckets 1.5, which is not a whole number of zero or more. Write 160, or 0 for no limit.'),
    ],
    [
      'fewer buckets than none',
      { maxBuckets: -1 },
      new RangeError('Histogram "h" has the maxBuckets -1, which is not a whole number of zero or more. Write 160, or 0 for no limit.'),
    ],
    [
      'buckets that are no number',
      { maxBuckets: true },
      new TypeError('Histogram "h" has the maxBuckets true, which is not a number. Write one such as 160.'),
    ],
    [
      'a time before the present',
      { minResetMilliseconds: -1 },
      new RangeError(
        'Histogram "h" has the minResetMilliseconds -1, which is not a finite time of zero or more. Write one such as 3600000, or 0 for no resets.',
      ),
    ],
    [
      'a time without end',
      { minResetMilliseconds: Infinity },
      new RangeError(
        'Histogram "h" has the minResetMilliseconds Infinity, which is not a finite time of zero or more. Write one such as 3600000, or 0 for no resets.',
      ),
    ],
    [
      'a time in words',
      { minResetMilliseconds: '1h' },
      new TypeError('Histogram "h" has the minResetMilliseconds "1h", which is not a number. Write one such as 3600000.'),
    ],
  ])('may not be %s', (_, options, error) => {
    expect(() => compile(options)).toThrow(error)
    expect(() => compile(options)).toThrow(error instanceof RangeError ? RangeError : TypeError)
  })
})
