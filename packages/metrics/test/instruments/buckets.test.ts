import { createRegistry, exponentialBuckets, linearBuckets } from '@postern/metrics'
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

  test.each<[string, () => unknown, string]>([
    [
      'a count of zero',
      () => linearBuckets(0, 1, 0),
      'linearBuckets got the count 0, which is not a positive whole number. Write how many bounds there are, such as 10.',
    ],
    [
      'half a bucket',
      () => exponentialBuckets(1, 2, 1.5),
      'exponentialBuckets got the count 1.5, which is not a positive whole number. Write how many bounds there are, such as 10.',
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
  })
})
