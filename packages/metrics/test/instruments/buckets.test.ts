import { createRegistry, exponentialBuckets, exponentialBucketsRange, linearBuckets } from '@postern/metrics'
import * as fc from 'fast-check'
import { exponentialBuckets as promExponential, linearBuckets as promLinear } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

describe('the buckets of a histogram', () => {
  test.each<{ name: string; buckets: unknown; error: Error }>([
    {
      name: 'that descend',
      buckets: [5, 1],
      error: new RangeError(
        'Histogram "h" has the bucket 1, which comes after 5: bounds must ascend. Write each once, the smallest first.',
      ),
    },
    {
      name: 'that repeat',
      buckets: [1, 1],
      error: new RangeError(
        'Histogram "h" has the bucket 1, which is there twice: bounds must ascend. Write each once, the smallest first.',
      ),
    },
    {
      name: 'that repeat as minus zero',
      buckets: [-0, 0],
      error: new RangeError(
        'Histogram "h" has the bucket 0, which is there twice: bounds must ascend. Write each once, the smallest first.',
      ),
    },
    {
      name: 'with NaN',
      buckets: [Number.NaN],
      error: new RangeError('Histogram "h" has the bucket NaN, which is not finite. Leave it out: +Inf is always the last bucket.'),
    },
    {
      name: 'with -Infinity',
      buckets: [-Infinity, 1],
      error: new RangeError('Histogram "h" has the bucket -Infinity, which is not finite. Leave it out: +Inf is always the last bucket.'),
    },
    {
      name: 'with Infinity before the end',
      buckets: [1, Infinity, Infinity],
      error: new RangeError('Histogram "h" has the bucket Infinity, which is not finite. Leave it out: +Inf is always the last bucket.'),
    },
    {
      name: 'that are text',
      buckets: ['1'],
      error: new TypeError('Histogram "h" has the bucket "1", which is not a number. Write bounds like 0.5.'),
    },
    {
      name: 'that are no array',
      buckets: 5,
      error: new TypeError('Histogram "h" has the buckets 5, which is not an array. Write ascending bounds like [0.1, 0.5, 1].'),
    },
  ])('may not be ones $name', ({ buckets, error }) => {
    const declare = (): unknown => createRegistry().histogram({ name: 'h', help: 'H.', buckets: buckets as number[] })
    expect(declare).toThrow(error)
    expect(declare).toThrow(error instanceof RangeError ? RangeError : TypeError)
  })

  test('may end in Infinity, which adds nothing', async () => {
    const registry = createRegistry()
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, Infinity] })
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 0', 'h_sum 0', 'h_count 0'])
  })

  test('may be none at all', async () => {
    const registry = createRegistry()
    registry.histogram({ name: 'h', help: 'H.', buckets: [] }).observe(3)
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="+Inf"} 1', 'h_sum 3', 'h_count 1'])
  })

  test('are copied, so that the caller may reuse the array', async () => {
    const registry = createRegistry()
    const buckets = [1, 2]
    registry.histogram({ name: 'h', help: 'H.', buckets })
    buckets.reverse()
    expect((await sampleLines(registry))[0]).toBe('h_bucket{le="1"} 0')
  })
})

describe('bucket generators', () => {
  test.each([
    [0, 10, 5],
    [-1.5, 0.1, 20],
    [100, 1, 1],
  ])('lays out linearBuckets(%d, %d, %d) as prom-client does', (start, width, count) => {
    expect(linearBuckets(start, width, count)).toEqual(promLinear(start, width, count))
  })

  test.each([
    [1, 2, 5],
    [0.001, 1.5, 20],
    [100, 1.1, 1],
  ])('lays out exponentialBuckets(%d, %d, %d) as prom-client does', (start, factor, count) => {
    expect(exponentialBuckets(start, factor, count)).toEqual(promExponential(start, factor, count))
  })

  test.each([
    { min: 1, max: 1000, bounds: [1, 10, 100, 1000] },
    { min: 0.001, max: 10, bounds: [0.001, 0.01, 0.1, 1, 10] },
    { min: 0.1 + 0.2, max: 7, bounds: [0.1 + 0.2, 7] },
    { min: 1, max: 8, bounds: [1, 2, 4, 8] },
    { min: 5e-324, max: Number.MAX_VALUE, bounds: [5e-324, 2.98023223876953e-8, Number.MAX_VALUE] },
  ])('lays out a range from $min to $max as $bounds, both ends exact', ({ min, max, bounds }) => {
    expect(exponentialBucketsRange(min, max, bounds.length)).toEqual(bounds)
  })

  test('lays out a range in equal steps of its logarithm, which ascend', () => {
    const edge = fc.double({ min: 1e-12, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(edge, fc.double({ min: 1.01, max: 1e12, noNaN: true }), fc.integer({ min: 2, max: 60 }), (min, ratio, count) => {
        const max = min * ratio
        const laidOut = exponentialBucketsRange(min, max, count)
        const step = Math.log(max / min) / (count - 1)
        for (const [index, bound] of laidOut.entries()) expect(Math.log(bound / min)).toBeCloseTo(index * step, 9)
        expect(laidOut.every((bound, index) => index === 0 || bound > (laidOut[index - 1] as number))).toBe(true)
        expect([laidOut[0], laidOut.at(-1), laidOut.length]).toEqual([min, max, count])
      }),
      { numRuns: 200, interruptAfterTimeLimit: 2_000 },
    )
  })

  test.each<[string, () => unknown, string]>([
    [
      'a start that is text',
      () => linearBuckets('0' as never, 1, 1),
      'linearBuckets got the start "0", which is not a number. Write one, such as 0.',
    ],
    [
      'a width that is missing',
      () => linearBuckets(0, undefined as never, 1),
      'linearBuckets got the width undefined, which is not a number. Write one, such as 10.',
    ],
    [
      'a start that is null',
      () => exponentialBuckets(null as never, 2, 1),
      'exponentialBuckets got the start null, which is not a number. Write one, such as 0.001.',
    ],
    [
      'a factor that is text',
      () => exponentialBuckets(1, '2' as never, 1),
      'exponentialBuckets got the factor "2", which is not a number. Write one, such as 2.',
    ],
    [
      'a count that is missing',
      () => exponentialBuckets(1, 2, undefined as never),
      'exponentialBuckets got the count undefined, which is not a number. Write one, such as 10.',
    ],
    [
      'a least bound that is text',
      () => exponentialBucketsRange('1' as never, 2, 3),
      'exponentialBucketsRange got the min "1", which is not a number. Write one, such as 0.001.',
    ],
    [
      'a greatest bound that is missing',
      () => exponentialBucketsRange(1, undefined as never, 3),
      'exponentialBucketsRange got the max undefined, which is not a number. Write one, such as 10.',
    ],
  ])('refuse %s, which is of another type', (_, call, message) => {
    expect(call).toThrow(new TypeError(message))
    expect(call).toThrow(TypeError)
  })

  test.each<[string, () => unknown, string]>([
    [
      'one bound for both ends of a range',
      () => exponentialBucketsRange(1, 2, 1),
      'exponentialBucketsRange got the count 1, which is not a whole number of at least 2. Write how many bounds there are, such as 10.',
    ],
    [
      'a range from zero',
      () => exponentialBucketsRange(0, 2, 3),
      'exponentialBucketsRange got the min 0, which is not a finite number above zero. Write one, such as 0.001.',
    ],
    [
      'a range that goes down',
      () => exponentialBucketsRange(2, 1, 3),
      'exponentialBucketsRange got the max 1, which is not a finite number above the min 2. Write the greater one last.',
    ],
    [
      'a range without end',
      () => exponentialBucketsRange(1, Infinity, 3),
      'exponentialBucketsRange got the max Infinity, which is not a finite number above the min 1. Write the greater one last.',
    ],
    [
      'a count of zero',
      () => linearBuckets(0, 1, 0),
      'linearBuckets got the count 0, which is not a whole number of at least 1. Write how many bounds there are, such as 10.',
    ],
    [
      'half a bucket',
      () => exponentialBuckets(1, 2, 1.5),
      'exponentialBuckets got the count 1.5, which is not a whole number of at least 1. Write how many bounds there are, such as 10.',
    ],
    [
      'a start that is not finite',
      () => linearBuckets(Number.NaN, 1, 1),
      'linearBuckets got the start NaN, which is not finite. Write a number, such as 0.',
    ],
    [
      'a width of zero',
      () => linearBuckets(0, 0, 1),
      'linearBuckets got the width 0, which is not a finite number above zero. Write one, such as 10.',
    ],
    [
      'an infinite width',
      () => linearBuckets(0, Infinity, 1),
      'linearBuckets got the width Infinity, which is not a finite number above zero. Write one, such as 10.',
    ],
    [
      'a start of zero',
      () => exponentialBuckets(0, 2, 1),
      'exponentialBuckets got the start 0, which is not a finite number above zero. Write one, such as 0.001.',
    ],
    [
      'an infinite start',
      () => exponentialBuckets(Infinity, 2, 1),
      'exponentialBuckets got the start Infinity, which is not a finite number above zero. Write one, such as 0.001.',
    ],
    [
      'a factor of one',
      () => exponentialBuckets(1, 1, 1),
      'exponentialBuckets got the factor 1, which is not a finite number above one. Write one, such as 2.',
    ],
    [
      'an infinite factor',
      () => exponentialBuckets(1, Infinity, 1),
      'exponentialBuckets got the factor Infinity, which is not a finite number above one. Write one, such as 2.',
    ],
  ])('refuse %s', (_, call, message) => {
    expect(call).toThrow(new RangeError(message))
    expect(call).toThrow(RangeError)
  })
})
