import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  DataPointType,
  MeterProvider,
  type MeterProviderOptions,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import {
  createOpenTelemetryReader,
  fromOpenTelemetry,
  type OpenTelemetryOptions,
  type OpenTelemetryReaderLike,
} from '../../src/bridge/index.ts'
import { parseOpenMetrics } from '../../src/parser/index.ts'
import { sampleLines, scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'

const ERRORS = 'postern_metrics_collect_errors_total'

interface Told {
  readonly family: string
  readonly message: string
}

function include(reader: OpenTelemetryReaderLike, options?: OpenTelemetryOptions): { registry: Registry; told: Told[] } {
  const told: Told[] = []
  const registry = createRegistry({ onCollectError: (error, family) => told.push({ family, message: (error as Error).message }) })
  registry.include(fromOpenTelemetry(reader, options))
  return { registry, told }
}

/** A real SDK behind a registry; without a resource and scopes, unless a test is about them. */
function setUp(options: MeterProviderOptions = {}, shown: OpenTelemetryOptions = { targetInfo: false, scopeLabels: false }) {
  const reader = createOpenTelemetryReader()
  const provider = new MeterProvider({ ...options, readers: [reader] })
  return { provider, meter: provider.getMeter('shop', '1.2.0'), ...include(reader, shown) }
}

describe('instruments of the SDK', () => {
  test('become counters, gauges and histograms', async () => {
    const { meter, registry, told } = setUp()
    const orders = meter.createCounter('shop.orders', { description: 'Orders.', unit: '{order}' })
    orders.add(2, { 'order.kind': 'new' })
    orders.add(1, { 'order.kind': 'new' })
    meter.createUpDownCounter('shop.carts', { description: 'Carts.' }).add(-3)
    meter.createGauge('shop.heat', { description: 'Heat.', unit: 'Cel' }).record(21.5)
    meter.createObservableGauge('shop.load', { description: 'Load.', unit: '1' }).addCallback((result) => result.observe(0.25))
    meter.createObservableCounter('shop.sent', { description: 'Sent.', unit: 'By' }).addCallback((result) => result.observe(7))
    const seconds = meter.createHistogram('shop.duration', {
      description: 'Time.',
      unit: 's',
      advice: { explicitBucketBoundaries: [0.5, 1] },
    })
    for (const value of [0.5, 0.7, 1, 3]) seconds.record(value)
    expect(await scrapeOpenMetrics(registry)).toBe(
      `# TYPE shop_orders counter
# HELP shop_orders Orders.
shop_orders_total{order_kind="new"} 3
# TYPE shop_carts gauge
# HELP shop_carts Carts.
shop_carts -3
# TYPE shop_heat_celsius gauge
# UNIT shop_heat_celsius celsius
# HELP shop_heat_celsius Heat.
shop_heat_celsius 21.5
# TYPE shop_load_ratio gauge
# UNIT shop_load_ratio ratio
# HELP shop_load_ratio Load.
shop_load_ratio 0.25
# TYPE shop_sent_bytes counter
# UNIT shop_sent_bytes bytes
# HELP shop_sent_bytes Sent.
shop_sent_bytes_total 7
# TYPE shop_duration_seconds histogram
# UNIT shop_duration_seconds seconds
# HELP shop_duration_seconds Time.
shop_duration_seconds_bucket{le="0.5"} 1
shop_duration_seconds_bucket{le="1.0"} 3
shop_duration_seconds_bucket{le="+Inf"} 4
shop_duration_seconds_sum 5.2
shop_duration_seconds_count 4
# EOF
`,
    )
    expect(told).toEqual([])
  })

  test('are totals at every scrape, however many scrapers there are', async () => {
    const { meter, registry } = setUp()
    const counter = meter.createCounter('c')
    for (const total of [1, 2, 3]) {
      counter.add(1)
      expect(await sampleLines(registry)).toEqual([`c_total ${total}`])
      expect(await sampleLines(registry)).toEqual([`c_total ${total}`])
    }
  })

  test('are what a view makes of them', async () => {
    const views: ViewOptions[] = [
      { instrumentName: 'old', name: 'renamed', attributesProcessors: [createAllowListAttributesProcessor(['kept'])] },
      { instrumentName: 'dropped', aggregation: { type: AggregationType.DROP } },
      { instrumentName: 'h', aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [2] } } },
    ]
    const { meter, registry } = setUp({ views })
    const counter = meter.createCounter('old')
    counter.add(1, { kept: 'x', gone: 'y' })
    counter.add(1, { kept: 'x', gone: 'z' })
    meter.createCounter('dropped').add(1)
    meter.createHistogram('h').record(1)
    expect(await sampleLines(registry)).toEqual([
      'renamed_total{kept="x"} 2',
      'h_bucket{le="2"} 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum 1',
      'h_count 1',
    ])
  })

  test('that observe below zero have no sum in OpenMetrics', async () => {
    const aggregation: ViewOptions['aggregation'] = { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0] } }
    const { meter, registry } = setUp({ views: [{ instrumentName: 'h', aggregation }] })
    meter.createUpDownCounter('h').add(-1)
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="0"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum NaN', 'h_count 1'])
    expect(await scrapeOpenMetrics(registry)).toContain('h_bucket{le="+Inf"} 1\n# EOF')
  })

  test('can forge no line', async () => {
    const { meter, registry } = setUp()
    meter.createCounter('c').add(1, { 'a"} 1\nb': 'x"} 1\nevil{b="y', list: ['"}\n'] })
    expect(await sampleLines(registry)).toEqual(['c_total{a_1_b="x\\"} 1\\nevil{b=\\"y",list="[\\"\\\\\\"}\\\\n\\"]"} 1'])
  })
})

describe('meters', () => {
  test('share a family and are told apart by their scope', async () => {
    const { provider, meter, registry, told } = setUp({}, { targetInfo: false })
    meter.createCounter('c', { description: 'C.' }).add(1, { otel_scope_name: 'forged', a: 'x' })
    provider.getMeter('cart', '', { schemaUrl: 'https://example.org/1' }).createCounter('c').add(2)
    const text = await scrapeText(registry)
    expect(text).toBe(
      `# HELP c_total C.
# TYPE c_total counter
c_total{a="x",otel_scope_name="shop",otel_scope_version="1.2.0"} 1
c_total{otel_scope_name="cart",otel_scope_schema_url="https://example.org/1"} 2
`,
    )
    expect(told).toEqual([])
  })

  test('add up where nothing tells them apart, but for gauges', async () => {
    const { provider, meter, registry } = setUp()
    for (const [at, one] of [meter, provider.getMeter('cart')].entries()) {
      one.createCounter('c').add(at + 1)
      one.createGauge('g').record(at + 1)
      one.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } }).record(at + 1)
    }
    expect(await sampleLines(registry)).toEqual(['c_total 3', 'g 2', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', 'h_sum 3', 'h_count 2'])
  })

  test('that disagree lose what came second', async () => {
    const { provider, meter, registry, told } = setUp()
    meter.createCounter('c').add(1)
    meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } }).record(1)
    const other = provider.getMeter('cart')
    other.createGauge('c_total').record(1)
    other.createHistogram('h', { advice: { explicitBucketBoundaries: [2] } }).record(1)
    expect(await sampleLines(registry)).toEqual([
      `${ERRORS}{family="c_total"} 1`,
      `${ERRORS}{family="h"} 1`,
      'c_total 1',
      'h_bucket{le="1"} 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum 1',
      'h_count 1',
    ])
    expect(told.map(({ message }) => message)).toEqual([
      'Metric "c_total" of OpenTelemetry is a gauge, and another of the name "c_total" is a counter. Rename one by a view.',
      'Metric "h" of OpenTelemetry has the buckets [2], and "h" has [1] elsewhere. Give all meters the same by a view.',
    ])
  })
})

describe('the resource', () => {
  test('is target_info', async () => {
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.id': Promise.resolve('h1') })
    const { registry, meter } = setUp({ resource }, { scopeLabels: false })
    meter.createCounter('c').add(1)
    const shown = '# TYPE target info\n# HELP target Target metadata.\ntarget_info{host_id="h1",service_name="shop"} 1\n'
    expect(await scrapeOpenMetrics(registry)).toContain(shown)
    expect(await sampleLines(registry)).toEqual(['target_info{host_id="h1",service_name="shop"} 1', 'c_total 1'])
  })

  test('is nothing without attributes', async () => {
    const { registry } = setUp({ resource: resourceFromAttributes({}) }, {})
    expect(await sampleLines(registry)).toEqual([])
  })
})

describe('what cannot be shown costs itself alone', () => {
  test('a delta, of a reader of the user; gauges have none', async () => {
    class DeltaReader extends MetricReader {
      protected override async onForceFlush(): Promise<void> {}
      protected override async onShutdown(): Promise<void> {}
    }
    const reader = new DeltaReader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA })
    const meter = new MeterProvider({ readers: [reader] }).getMeter('shop')
    meter.createCounter('c').add(1)
    meter.createGauge('g').record(1)
    const { registry, told } = include(reader, { targetInfo: false, scopeLabels: false, name: 'otel' })
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="c"} 1`, 'g 1'])
    expect(told[0]?.message).toBe(
      'Metric "c" of OpenTelemetry tells only what was added since it was read last, and Prometheus reads totals, from more than one server. Use a reader with cumulative temporality, such as createOpenTelemetryReader().',
    )
  })

  test('a callback that throws, and a counter that is NaN', async () => {
    const { meter, registry, told } = setUp()
    meter.createObservableGauge('broken').addCallback(() => {
      throw new Error('no sensor')
    })
    meter.createObservableCounter('c').addCallback((result) => {
      result.observe(Number.NaN, { a: 'bad' })
      result.observe(2, { a: 'good' })
    })
    expect(await sampleLines(registry)).toContain('c_total{a="good"} 2')
    expect(told).toEqual([
      { family: 'opentelemetry', message: 'no sensor' },
      {
        family: 'c_total',
        message:
          'Metric "c_total" of OpenTelemetry: one series is left out, because one has the value NaN. Record numbers; what counts takes those of at least zero.',
      },
    ])
  })

  test.each([
    {
      name: 'a kind of a later SDK',
      metric: { dataPointType: 9, dataPoints: [] },
      message: 'Metric "x" of OpenTelemetry has the data point type 9, which is none of @opentelemetry/sdk-metrics 2.',
    },
    {
      name: 'a histogram whose counts do not fit',
      metric: {
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [{ attributes: {}, startTime: [0, 0] as const, value: { buckets: { boundaries: [1], counts: [1] }, sum: 1 } }],
      },
      message:
        'Metric "x" of OpenTelemetry: one series is left out, because one has the counts [1] for 1 boundaries. Record numbers; what counts takes those of at least zero.',
    },
  ])('$name', async ({ metric, message }) => {
    const descriptor = { name: 'x', description: '', unit: '' }
    const whole = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE, ...metric }
    const { registry, told } = include({
      collect: () =>
        Promise.resolve({
          resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [{ scope: { name: 's' }, metrics: [whole] }] },
          errors: [],
        }),
    })
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="x"} 1`])
    expect(told).toEqual([{ family: 'x', message }])
  })
})

test('series tell when they were born, where the registry does', async () => {
  const reader = createOpenTelemetryReader()
  const provider = new MeterProvider({ readers: [reader] })
  const registry = createRegistry({ createdTimestamps: true })
  registry.include(fromOpenTelemetry(reader))
  const from = Date.now()
  provider.getMeter('shop').createCounter('c').add(1)
  const { families } = parseOpenMetrics(await scrapeOpenMetrics(registry))
  const created = families.flatMap(({ samples }) => samples).find(({ name }) => name === 'c_created')?.value as number
  expect(created * 1000).toBeGreaterThan(from - 1000)
  expect(created * 1000).toBeLessThanOrEqual(Date.now() + 1)
})

describe('the reader', () => {
  test('limits series as the SDK does', async () => {
    const reader = createOpenTelemetryReader({ maxSeries: 3 })
    const counter = new MeterProvider({ readers: [reader] }).getMeter('shop').createCounter('c')
    for (const a of ['1', '2', '3', '4', '5']) counter.add(1, { a })
    const { registry } = include(reader, { targetInfo: false, scopeLabels: false })
    expect(await sampleLines(registry)).toEqual(['c_total{a="1"} 1', 'c_total{a="2"} 1', 'c_total{otel_metric_overflow="true"} 3'])
  })

  test('belongs to one provider', async () => {
    const reader = createOpenTelemetryReader()
    await new MeterProvider({ readers: [reader] }).forceFlush()
    expect(() => new MeterProvider({ readers: [reader] })).toThrow(
      'The reader has a MeterProvider already. Create one reader for each provider.',
    )
  })

  test('fails without a provider, and after its end', async () => {
    const reader = createOpenTelemetryReader()
    const { registry, told } = include(reader)
    await registry.render({ accept: undefined })
    const provider = new MeterProvider({ readers: [reader] })
    await provider.forceFlush()
    await provider.shutdown()
    await registry.render({ accept: undefined })
    expect(told).toEqual([
      { family: 'opentelemetry', message: 'The reader has no MeterProvider. Pass it as new MeterProvider({ readers: [reader] }).' },
      {
        family: 'opentelemetry',
        message: 'The MeterProvider of the reader is shut down. Call the function that include() returned.',
      },
    ])
  })
})
