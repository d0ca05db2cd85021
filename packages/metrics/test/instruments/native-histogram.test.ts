import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { sampleLines } from '../support/scrape.ts'

const histogramsOf = async (registry: Registry): Promise<unknown[]> =>
  (await scrapeProtobuf(registry)).families.flatMap(({ metric }) => (metric ?? []).map((one) => one['histogram']))

describe('a native histogram', () => {
  test('tells its buckets in protobuf, and in text what text can hold', async () => {
    const registry = createRegistry()
    const histogram = registry.nativeHistogram({ name: 'h', help: 'H.', schema: 0, zeroThreshold: 0.5 })
    for (const value of [0, 0.5, 1, 1.5, 3, -2, Number.NaN]) histogram.observe(value)
    expect(await histogramsOf(registry)).toEqual([
      {
        sample_count: 7,
        sample_sum: Number.NaN,
        schema: 0,
        zero_threshold: 0.5,
        zero_count: 2,
        negative_span: [{ offset: 1, length: 1 }],
        negative_delta: [1],
        positive_span: [{ offset: 0, length: 3 }],
        positive_delta: [1, 0, 0],
      },
    ])
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="+Inf"} 7', 'h_sum NaN', 'h_count 7'])
  })

  test('tells fixed buckets beside them when it has some', async () => {
    const registry = createRegistry()
    registry.nativeHistogram({ name: 'h', help: 'H.', schema: 0, buckets: [1], labelNames: ['x'] }).observe({ x: 'a' }, 1)
    expect(await histogramsOf(registry)).toMatchObject([
      {
        sample_count: 1,
        schema: 0,
        positive_delta: [1],
        bucket: [
          { cumulative_count: 1, upper_bound: 1 },
          { cumulative_count: 1, upper_bound: Infinity },
        ],
      },
    ])
    expect(await sampleLines(registry)).toEqual([
      'h_bucket{x="a",le="1"} 1',
      'h_bucket{x="a",le="+Inf"} 1',
      'h_sum{x="a"} 1',
      'h_count{x="a"} 1',
    ])
  })

  test('is there without an observation', async () => {
    const registry = createRegistry()
    registry.nativeHistogram({ name: 'h', help: 'H.', zeroThreshold: 0 })
    expect(await histogramsOf(registry)).toMatchObject([{ sample_count: 0, schema: 3, positive_span: [{ offset: 0, length: 0 }] }])
  })

  test('begins anew in every form when it has reached its limit and its time has come', async () => {
    let now = 1_000
    const registry = createRegistry({ wallClock: () => now, createdTimestamps: true })
    const handle = registry
      .nativeHistogram({ name: 'h', help: 'H.', schema: 0, maxBuckets: 2, minResetMilliseconds: 500, buckets: [10] })
      .labels()
    handle.observe(1)
    handle.observeWithExemplar(2, { trace_id: 'a' })
    now = 2_000
    handle.observe(4)
    expect(await histogramsOf(registry)).toMatchObject([
      {
        sample_count: 1,
        sample_sum: 4,
        positive_delta: [1],
        created_timestamp: { seconds: 2 },
        bucket: [{ cumulative_count: 1 }, { cumulative_count: 1 }],
      },
    ])
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="10"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum 4', 'h_count 1'])
  })

  test('has at most 160 buckets unless it says otherwise', async () => {
    const registry = createRegistry()
    const histogram = registry.nativeHistogram({ name: 'h', help: 'H.', schema: 8 })
    for (let i = 0; i < 2000; i += 1) histogram.observe(1.01 ** i)
    const [read] = (await histogramsOf(registry)) as { positive_delta: number[]; sample_count: number }[]
    expect(read?.sample_count).toBe(2000)
    expect(read?.positive_delta.length).toBeLessThanOrEqual(170)
  })

  test('keeps the latest exemplar, without fixed buckets too', async () => {
    const registry = createRegistry({ wallClock: () => 5_000 })
    const handle = registry.nativeHistogram({ name: 'h', help: 'H.' }).labels()
    handle.observeWithExemplar(1, { trace_id: 'a' })
    handle.observeWithExemplar(2, { trace_id: 'b' })
    const exemplar = { value: 2, timestamp: { seconds: 5 }, label: [{ name: 'trace_id', value: 'b' }] }
    expect(await histogramsOf(registry)).toMatchObject([{ sample_count: 2, exemplars: [exemplar] }])
  })

  test('times, by handle and by labels', async () => {
    let now = 0
    const registry = createRegistry({ now: () => now })
    const histogram = registry.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['a', 'b'] })
    const end = histogram.startTimer({ a: '1' })
    const endHandle = histogram.labels({ a: '1', b: '2' }).startTimer()
    now = 250
    expect([end({ b: '2' }), endHandle()]).toEqual([0.25, 0.25])
    expect((await sampleLines(registry)).slice(1)).toEqual(['h_sum{a="1",b="2"} 0.5', 'h_count{a="1",b="2"} 2'])
  })

  test('goes on under its labels when its series was removed', async () => {
    const registry = createRegistry()
    const histogram = registry.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['a'] })
    const handle = histogram.labels({ a: '1' })
    handle.observe(1)
    histogram.remove({ a: '1' })
    handle.observe(2)
    expect(await histogramsOf(registry)).toMatchObject([{ sample_count: 1, sample_sum: 2 }])
  })

  test.each([
    [{ schema: 9 }, 'Histogram "h" has the schema 9, which is not a whole number from -4 to 8. Write one such as 3.'],
    [{ bucketFactor: 1 }, 'Histogram "h" has the bucketFactor 1, which is not a finite number above one. Write one such as 1.1.'],
  ])('refuses %j', (options, message) => {
    expect(() => createRegistry().nativeHistogram({ name: 'h', help: 'H.', ...options })).toThrow(new RangeError(message))
  })

  test('refuses what is no number', () => {
    const histogram = createRegistry().nativeHistogram({ name: 'h', help: 'H.' })
    const message = 'Histogram "h" was given "1", which is not a number. Pass a number.'
    expect(() => histogram.observe('1' as unknown as number)).toThrow(new TypeError(message))
    expect(() => histogram.labels().observe('1' as unknown as number)).toThrow(new TypeError(message))
  })
})
