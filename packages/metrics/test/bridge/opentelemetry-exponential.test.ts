import { AggregationType, MeterProvider, type ViewOptions } from '@opentelemetry/sdk-metrics'
import { createRegistry, type Registry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createOpenTelemetryReader, fromOpenTelemetry } from '../../src/bridge/index.ts'
import { toNative } from '../../src/bridge/opentelemetry-exponential.ts'
import type { OpenTelemetryExponentialHistogram } from '../../src/bridge/opentelemetry-model.ts'
import { upperBound } from '../../src/distributions/exponential-keys.ts'
import type { NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'
import { findNativeFault } from '../../src/snapshot/check-native.ts'
import { naiveBuckets, readBuckets } from '../distributions/oracle.ts'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { sampleLines } from '../support/scrape.ts'

interface Setup {
  readonly provider: MeterProvider
  readonly registry: Registry
  readonly told: string[]
}

/** A real SDK whose instrument `h` is an exponential histogram. */
function setUp(maxSize = 160): Setup {
  const reader = createOpenTelemetryReader()
  const aggregation: ViewOptions['aggregation'] = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } }
  const provider = new MeterProvider({ readers: [reader], views: [{ instrumentName: 'h', aggregation }] })
  const told: string[] = []
  const registry = createRegistry({ onCollectError: (error) => told.push((error as Error).message) })
  registry.include(fromOpenTelemetry(reader, { targetInfo: false, scopeLabels: false }))
  return { provider, registry, told }
}

async function readNative(registry: Registry): Promise<NativeHistogramSnapshot> {
  const [family] = await registry.snapshot()
  return family?.series[0]?.native as NativeHistogramSnapshot
}

const histogram: OpenTelemetryExponentialHistogram = {
  count: 3,
  sum: 4,
  scale: 0,
  zeroCount: 1,
  positive: { offset: 0, bucketCounts: [1, 0, 1] },
  negative: { offset: 0, bucketCounts: [0] },
}
const native = (changed: object = {}): NativeHistogramSnapshot | string => toNative({ ...histogram, ...changed }, 7)

describe('an exponential histogram of the SDK', () => {
  test('is a native histogram in protobuf, and shows its count and sum as text', async () => {
    const { provider, registry, told } = setUp()
    const recorded = provider.getMeter('shop').createHistogram('h', { unit: 's', description: 'H.' })
    for (const value of [1.5, 3, 3, 0]) recorded.record(value)
    expect(await sampleLines(registry)).toEqual(['h_seconds_bucket{le="+Inf"} 4', 'h_seconds_sum 7.5', 'h_seconds_count 4'])
    const [family] = (await scrapeProtobuf(registry)).families
    expect(family).toMatchObject({
      name: 'h_seconds',
      type: 'HISTOGRAM',
      metric: [{ histogram: { sample_count: 4, sample_sum: 7.5, schema: 7, zero_threshold: 1e-128, zero_count: 1 } }],
    })
    expect(told).toEqual([])
  })

  test('has what was recorded where it would have been observed', async () => {
    // Away from bounds, which the SDK finds by a logarithm.
    const values = fc.array(
      fc.integer({ min: -40, max: 40 }).map((power) => 1.37 ** power),
      { minLength: 1, maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(values, fc.nat(3), fc.constantFrom(4, 20, 160), async (positive, zeros, maxSize) => {
        const { provider, registry, told } = setUp(maxSize)
        const recorded = provider.getMeter('shop').createHistogram('h')
        const all = [...positive, ...Array.from({ length: zeros }, () => 0)]
        for (const value of all) recorded.record(value)
        const taken = await readNative(registry)
        expect(readBuckets(taken)).toEqual(naiveBuckets(all, taken.schema, taken.zeroThreshold))
        expect(taken).toMatchObject({ count: all.length, zeroThreshold: 1e-128 })
        expect(findNativeFault(taken)).toBe(undefined)
        expect(told).toEqual([])
      }),
      { numRuns: 100, interruptAfterTimeLimit: 2_500 },
    )
  })

  test('takes all numbers there are, negative ones too', async () => {
    const { provider, registry, told } = setUp()
    const gauge = provider.getMeter('shop').createUpDownCounter('h')
    for (const value of [Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -1, 1]) gauge.add(value)
    const taken = await readNative(registry)
    expect(taken).toMatchObject({ schema: -4, count: 5, zeroCount: 1, sum: Number.NaN })
    expect(readBuckets(taken)).toEqual({ zeroCount: 1, positive: { 0: 1, 64: 1 }, negative: { 0: 1, 64: 1 } })
    expect(told).toEqual([])
  })

  test('of several meters adds up where they are not told apart', async () => {
    const { provider, registry } = setUp()
    provider.getMeter('one').createHistogram('h').record(1)
    provider.getMeter('other').createHistogram('h').record(1)
    provider.getMeter('other').createHistogram('h').record(1_000)
    expect(await readNative(registry)).toMatchObject({ count: 3, sum: 1_002 })
    expect(await sampleLines(registry)).toContain('h_count 3')
  })

  test('is left out beside another kind of the same name, which stays', async () => {
    const reader = createOpenTelemetryReader()
    const view = { meterName: 'other', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const }
    const provider = new MeterProvider({ readers: [reader], views: [view] })
    const told: string[] = []
    const registry = createRegistry({ onCollectError: (error) => told.push((error as Error).message) })
    registry.include(fromOpenTelemetry(reader, { targetInfo: false, scopeLabels: false }))
    provider
      .getMeter('one')
      .createHistogram('h', { advice: { explicitBucketBoundaries: [1] } })
      .record(1)
    provider.getMeter('other').createHistogram('h').record(1)
    expect(await sampleLines(registry)).toContain('h_count 1')
    expect(told).toEqual([
      'Metric "h" of OpenTelemetry is an exponential histogram, and another of the name "h" is a histogram. Rename one by a view.',
    ])
  })

  test('too coarse for Prometheus is left out, with advice', async () => {
    const { provider, registry, told } = setUp(2)
    const recorded = provider.getMeter('shop').createHistogram('h')
    for (const value of [1e-300, 1, 1e300]) recorded.record(value, { a: 'wide' })
    recorded.record(1, { a: 'narrow' })
    expect(await sampleLines(registry)).toContain('h_count{a="narrow"} 1')
    expect(told).toEqual([
      'Metric "h" of OpenTelemetry: one series is left out, because one has the scale -10. Prometheus has scales from -4: give the view a maxSize of 160, which never needs a lower one: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160 } }.',
    ])
  })
})

describe('the native form', () => {
  test('numbers buckets by their upper bounds', () => {
    expect(native()).toEqual({
      schema: 0,
      zeroThreshold: 1e-128,
      zeroCount: 1,
      count: 3,
      sum: 4,
      createdMilliseconds: 7,
      positive: { spans: [{ offset: 1, length: 3 }], deltas: [1, -1, 1] },
      negative: { spans: [], deltas: [] },
    })
  })

  test('merges buckets that are finer than any of Prometheus', () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 20 }), fc.integer({ min: -400, max: 400 }), (scale, octaves) => {
        const perOctave = 2 ** scale
        const positive = { offset: octaves * perOctave, bucketCounts: [1] }
        const last = { offset: (octaves + 1) * perOctave - 1, bucketCounts: [1] }
        const taken = [positive, last].map((buckets) => native({ scale, positive: buckets, count: 2 }) as NativeHistogramSnapshot)
        const keys = taken.map(({ schema, positive: { spans } }) => [schema, upperBound(spans[0]!.offset, 0)])
        expect(keys).toEqual([
          [8, upperBound(octaves * 256 + 1, 0)],
          [8, 2 ** (octaves + 1)],
        ])
      }),
    )
  })

  test('takes buckets near zero into the zero bucket', () => {
    const positive = { offset: -1_000, bucketCounts: [2] }
    expect(native({ positive, negative: positive, count: 5 })).toMatchObject({ zeroCount: 5, positive: { deltas: [] } })
  })

  test.each<[string, object]>([
    ['has the scale -5', { scale: -5 }],
    ['has the scale 21', { scale: 21 }],
    ['has the scale 0.5', { scale: 0.5 }],
    ['has buckets that no histogram has', { zeroCount: -1 }],
    ['has buckets that no histogram has', { positive: { offset: 0, bucketCounts: [-1] } }],
    ['has buckets that no histogram has', { negative: { offset: 5_000, bucketCounts: [1] } }],
    ['has buckets that no histogram has', { negative: { offset: -5_000, bucketCounts: [1] } }],
    ['has buckets that no histogram has', { negative: { offset: 0.5, bucketCounts: [1] } }],
    ['has buckets that no histogram has', { negative: { offset: 2 ** 40, bucketCounts: [1] } }],
    ['has 4 observations, and others in its buckets', { count: 4 }],
    ['has undefined observations, and others in its buckets', { count: undefined }],
  ])('of what %s is none', (fault, changed) => {
    expect(native(changed)).toBe(fault)
  })
})
