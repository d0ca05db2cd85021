/**
 * Code written for prom-client's types, compiled against ours by `npm run types`: the same functions take either library. What runs here
 * is only that they do not throw.
 */
import client, * as everything from '@postern/metrics/prom-client'
import {
  type Aggregator,
  AggregatorRegistry,
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  exponentialBuckets,
  Gauge,
  Histogram,
  type HistogramConfiguration,
  linearBuckets,
  type Metric,
  type OpenMetricsContentType,
  Pushgateway,
  Registry,
  register,
  Summary,
  type SummaryConfiguration,
  validateMetricName,
} from '@postern/metrics/prom-client'
import type * as PromClient from 'prom-client'
import { describe, expect, expectTypeOf, test } from 'vitest'

type Ours = typeof everything

/** Every name prom-client exports as a value that is there at run time. */
type Values = Exclude<keyof typeof PromClient, 'MetricType'>

describe('the types', () => {
  test('have every value of prom-client', () => {
    expectTypeOf<Exclude<Values, keyof Ours>>().toBeNever()
  })

  test('take what prom-client takes', () => {
    expectTypeOf<PromClient.CounterConfiguration<'a'>['labelNames']>().toExtend<CounterConfiguration<'a'>['labelNames']>()
    expectTypeOf<PromClient.HistogramConfiguration<'a'>['buckets']>().toExtend<HistogramConfiguration<'a'>['buckets']>()
    expectTypeOf<Omit<PromClient.SummaryConfiguration<'a'>, 'collect' | 'registers'>>().toExtend<
      Omit<SummaryConfiguration<'a'>, 'collect' | 'registers'>
    >()
    expectTypeOf<PromClient.Aggregator>().toEqualTypeOf<Aggregator>()
    expectTypeOf<PromClient.OpenMetricsContentType>().toEqualTypeOf<OpenMetricsContentType>()
    expectTypeOf<Parameters<PromClient.Gauge<'a'>['setToCurrentTime']>>().toEqualTypeOf<Parameters<Gauge<'a'>['setToCurrentTime']>>()
    expectTypeOf<PromClient.Counter.Internal>().toEqualTypeOf<Counter.Internal>()
    expectTypeOf<PromClient.Gauge.Internal<'a'>>().toEqualTypeOf<Gauge.Internal<'a'>>()
    expectTypeOf<PromClient.Histogram.Internal<'a'>>().toEqualTypeOf<Histogram.Internal<'a'>>()
    expectTypeOf<PromClient.Summary.Internal<'a'>>().toEqualTypeOf<Summary.Internal<'a'>>()
    expectTypeOf<PromClient.Histogram.Config>().toEqualTypeOf<Histogram.Config>()
    expectTypeOf<PromClient.Pushgateway.Parameters>().toEqualTypeOf<Pushgateway.Parameters>()
    expectTypeOf<keyof PromClient.Counter>().toEqualTypeOf<keyof Counter>()
    expectTypeOf<keyof PromClient.Gauge>().toEqualTypeOf<keyof Gauge>()
    expectTypeOf<keyof PromClient.Histogram>().toEqualTypeOf<keyof Histogram>()
    expectTypeOf<keyof PromClient.Summary>().toEqualTypeOf<keyof Summary>()
    expectTypeOf<keyof PromClient.Registry>().toEqualTypeOf<keyof Registry>()
  })

  test('are there under the default import, and under the names of the values', () => {
    expectTypeOf<client.Counter<'a'>>().toEqualTypeOf<Counter<'a'>>()
    expectTypeOf<client.Gauge.Internal<'a'>>().toEqualTypeOf<Gauge.Internal<'a'>>()
    expectTypeOf<everything.Histogram<'a'>>().toEqualTypeOf<Histogram<'a'>>()
    expectTypeOf<client.Registry>().toEqualTypeOf<Registry>()
  })
})

describe('a program written for prom-client', () => {
  test('compiles and runs', async () => {
    const registry = new Registry()
    const counter = new Counter({ name: 'c_total', help: 'x', labelNames: ['method', 'status'] as const, registers: [registry] })
    counter.inc({ method: 'GET', status: 200 })
    counter.inc({ method: 'GET' }, 2)
    counter.labels('GET', '200').inc()
    // @ts-expect-error A label that is not declared.
    expect(() => counter.inc({ path: '/' })).toThrow('Added label "path"')
    const gauge: Gauge = new Gauge({
      name: 'g',
      help: 'x',
      registers: [registry],
      async collect() {
        this.set(4)
      },
    })
    gauge.set(3)
    const histogram = new Histogram<'path'>({
      name: 'h',
      help: 'x',
      labelNames: ['path'],
      buckets: linearBuckets(0, 1, 3),
      registers: [registry],
    })
    const end: (labels?: { path?: string | number }) => number = histogram.startTimer()
    expectTypeOf(end({ path: '/' })).toBeNumber()
    const summary = new Summary({ name: 's', help: 'x', percentiles: [0.5], maxAgeSeconds: 60, ageBuckets: 5, registers: [registry] })
    summary.observe(1)
    const found = registry.getSingleMetric('c_total') as Counter
    expect((await found.get()).values.map(({ value }) => value)).toEqual([2, 2])
    const metric: Metric | undefined = registry.getSingleMetric('g')
    expect(metric instanceof Gauge).toBe(true)
    const json = await registry.getMetricsAsJSON()
    expectTypeOf(json[0]!.values[0]!.value).toBeNumber()
    expect(json.map(({ name }) => name)).toEqual(['c_total', 'g', 'h', 's'])
    expect(Registry.merge([registry, register]).contentType).toBe(client.prometheusContentType)
  })

  test('compiles with OpenMetrics, exemplars, subclasses and the rest', async () => {
    const registry = new Registry<OpenMetricsContentType>()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const counter = new Counter({ name: 'c', help: 'x', labelNames: ['a'], registers: [registry], enableExemplars: true })
    counter.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: {} })
    class Jobs extends Counter<'kind'> {
      start(): void {
        this.inc({ kind: 'backup' })
      }
    }
    new Jobs({ name: 'jobs', help: 'x', labelNames: ['kind'], registers: [registry] }).start()
    expect(await registry.metrics()).toContain('jobs_total{kind="backup"} 1\n')
    const aggregated = AggregatorRegistry.aggregate<OpenMetricsContentType>([await registry.getMetricsAsJSON()], registry.contentType)
    expect(await aggregated.metrics()).toContain('jobs_total{kind="backup"} 1\n')
    collectDefaultMetrics({
      register: registry,
      prefix: 'x_',
      labels: { app: 'y' },
      eventLoopMonitoringPrecision: 20,
      gcDurationBuckets: exponentialBuckets(1, 2, 3),
    })
    expectTypeOf(collectDefaultMetrics.metricsList).toEqualTypeOf<string[]>()
    expect(new Pushgateway('http://127.0.0.1', [], registry).registry).toBe(registry)
    expect(validateMetricName('a b')).toBe(false)
    AggregatorRegistry.setRegistries([registry, register])
    AggregatorRegistry.setRegistries(register)
  })
})

test('names every type that wrappers of prom-client import', () => {
  expectTypeOf<everything.LabelValues<'a'>>().toEqualTypeOf<PromClient.LabelValues<'a'>>()
  expectTypeOf<everything.MetricValue<'a'>>().toEqualTypeOf<PromClient.MetricValue<'a'>>()
  expectTypeOf<everything.MetricValueWithName<'a'>>().toHaveProperty('metricName')
  expectTypeOf<everything.MetricObject>().toHaveProperty('name')
  expectTypeOf<everything.MetricObjectWithValues<everything.MetricValue<'a'>>>().toHaveProperty('values')
  expectTypeOf<everything.MetricConfiguration<'a'>>().toHaveProperty('labelNames')
  expectTypeOf<everything.CollectFunction<string>>().toEqualTypeOf<PromClient.CollectFunction<string>>()
})
