import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { fromPromClient, type PromClientLike } from '../../src/bridge/index.ts'
import { sampleLines, scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'
import { CLIENTS, type Client, digest, OPENMETRICS } from './clients.ts'

const ERRORS = 'postern_metrics_collect_errors_total'

interface Told {
  readonly family: string
  readonly message: string
}

function include(...registers: unknown[]): { registry: Registry; told: Told[] } {
  const told: Told[] = []
  const registry = createRegistry({ onCollectError: (error, family) => told.push({ family, message: (error as Error).message }) })
  for (const register of registers) registry.include(fromPromClient(register as PromClientLike))
  return { registry, told }
}

function openMetricsRegistry(client: Client): InstanceType<Client['Registry']> {
  const register = new client.Registry()
  register.setContentType(OPENMETRICS as never)
  return register
}

describe.each(CLIENTS)('a registry of $name', ({ client }) => {
  test('stands beside our own families', async () => {
    const register = new client.Registry()
    new client.Counter({ name: 'theirs', help: 'Theirs.', registers: [register] }).inc(2)
    const { registry } = include(register)
    registry.counter({ name: 'ours_total', help: 'Ours.' }).inc()
    expect(await scrapeText(registry)).toBe(
      '# HELP ours_total Ours.\n# TYPE ours_total counter\nours_total 1\n# HELP theirs Theirs.\n# TYPE theirs counter\ntheirs 2\n',
    )
    expect(await scrapeOpenMetrics(registry)).toContain('# TYPE theirs counter\n# HELP theirs Theirs.\ntheirs_total 2\n')
  })

  test('keeps each bucket where it was', async () => {
    const register = new client.Registry()
    const histogram = new client.Histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1, 5], registers: [register] })
    for (const value of [1, 2, 3, 9]) histogram.observe({ a: 'x' }, value)
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual([
      'h_bucket{a="x",le="1"} 1',
      'h_bucket{a="x",le="5"} 3',
      'h_bucket{a="x",le="+Inf"} 4',
      'h_sum{a="x"} 15',
      'h_count{a="x"} 4',
    ])
  })

  test('takes the bucket Infinity for the last, which it is', async () => {
    const register = openMetricsRegistry(client)
    const options = { name: 'h', help: 'H.', buckets: [1, Infinity], registers: [register], enableExemplars: true }
    const histogram = new client.Histogram(options)
    histogram.observe({ labels: {}, value: 7, exemplarLabels: { trace_id: 'a' } } as never)
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 1', 'h_sum 7', 'h_count 1'])
    expect(await scrapeOpenMetrics(registry)).toMatch(/^h_bucket\{le="\+Inf"\} 1 # \{trace_id="a"\} 7 \d+/m)
  })

  test('needs no bucket but the last', async () => {
    const register = new client.Registry()
    new client.Histogram({ name: 'h', help: 'H.', buckets: [Infinity], registers: [register] }).observe(7)
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="+Inf"} 1', 'h_sum 7', 'h_count 1'])
  })

  test('shows what is registered without the classes of the library', async () => {
    const register = new client.Registry()
    const custom = { name: 'custom', get: () => Promise.resolve({ name: 'custom', help: 'C.', type: 'gauge' }) }
    register.registerMetric(custom as never)
    const { registry } = include(register)
    expect(await scrapeText(registry)).toBe('# HELP custom C.\n# TYPE custom gauge\n')
  })

  test('loses nothing but the family whose collect fails, default labels included', async () => {
    const register = new client.Registry()
    const registers = [register]
    register.setDefaultLabels({ app: 'shop' })
    const collect = (): never => {
      throw new Error('no database')
    }
    new client.Gauge({ name: 'broken', help: 'Broken.', registers, collect }).set(1)
    new client.Gauge({ name: 'late', help: 'Late.', registers, collect: () => Promise.reject(new Error('too late')) }).set(1)
    new client.Gauge({ name: 'whole', help: 'Whole.', registers }).set(3)
    await expect(register.getMetricsAsJSON()).rejects.toThrow('no database')
    const { registry, told } = include(register)
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="broken"} 1`, `${ERRORS}{family="late"} 1`, 'whole{app="shop"} 3'])
    expect(told).toEqual([
      { family: 'broken', message: 'no database' },
      { family: 'late', message: 'too late' },
    ])
  })

  test('writes nothing into the registry, and follows its default labels', async () => {
    const register = new client.Registry()
    const counter = new client.Counter({ name: 'c', help: 'C.', labelNames: ['a', 'app'], registers: [register] })
    counter.inc({ a: '1' })
    counter.inc({ a: '2', app: 'own' })
    const { registry } = include(register)
    for (const app of ['one', 'two']) {
      register.setDefaultLabels({ app })
      expect(await sampleLines(registry)).toEqual([`c{a="1",app="${app}"} 1`, 'c{a="2",app="own"} 1'])
    }
  })

  test('shows label values that are 0, false or empty, whatever the default labels', async () => {
    const register = new client.Registry()
    register.setDefaultLabels({ a: 'default' })
    const gauge = new client.Gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'], registers: [register] })
    gauge.set({ a: 0, b: 1 }, 1)
    gauge.set({ a: false as unknown as string, b: 2 }, 2)
    gauge.set({ a: '', b: 3 }, 3)
    gauge.set({ b: 4 }, 4)
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual(['g{a="0",b="1"} 1', 'g{a="false",b="2"} 2', 'g{b="3"} 3', 'g{a="default",b="4"} 4'])
  })

  test.each<{ name: string; value: unknown }>([
    { name: 'an array, as Express makes of ?a[]=', value: ['x"} 1\nevil_metric{b="y'] },
    { name: 'an object with a text of its own', value: { toString: () => 'x"} 1\nevil_metric{b="y' } },
  ])('forges no line with $name', async ({ value }) => {
    const register = new client.Registry()
    new client.Counter({ name: 'x', help: 'X.', labelNames: ['a'], registers: [register] }).inc({ a: value as string })
    expect(await register.metrics()).toContain('\nevil_metric{b="y"} 1')
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual(['x{a="x\\"} 1\\nevil_metric{b=\\"y"} 1'])
  })

  test('makes one series of those that a reused label object made alike, and loses no event', async () => {
    const register = new client.Registry()
    const registers = [register]
    const labels = { a: '1' }
    const counter = new client.Counter({ name: 'c', help: 'C.', labelNames: ['a'], registers })
    const gauge = new client.Gauge({ name: 'g', help: 'G.', labelNames: ['a'], registers })
    const histogram = new client.Histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1], registers })
    const summary = new client.Summary({ name: 's', help: 'S.', labelNames: ['a'], percentiles: [0.5], registers })
    for (const [at, a] of ['1', '2'].entries()) {
      labels.a = a
      counter.inc(labels, 3)
      gauge.set(labels, at)
      histogram.observe(labels, at + 1)
      summary.observe(labels, at + 1)
    }
    const { registry, told } = include(register)
    expect(await sampleLines(registry)).toEqual([
      ...['c', 'g', 'h', 's'].map((family) => `${ERRORS}{family="${family}"} 1`),
      'c{a="2"} 6',
      'g{a="2"} 1',
      'h_bucket{a="2",le="1"} 1',
      'h_bucket{a="2",le="+Inf"} 2',
      'h_sum{a="2"} 3',
      'h_count{a="2"} 2',
      's{a="2",quantile="0.5"} 2',
      's_sum{a="2"} 3',
      's_count{a="2"} 2',
    ])
    const advice = 'Pass each label object once, and only texts in it.'
    expect(told.map(({ message }) => message)).toEqual([
      `Counter "c" of prom-client has a series more than once, such as {a="2"}: their numbers are added up. ${advice}`,
      `Gauge "g" of prom-client has a series more than once, such as {a="2"}: the last value is shown. ${advice}`,
      `Histogram "h" of prom-client has a series more than once, such as {a="2"}: their numbers are added up. ${advice}`,
      `Summary "s" of prom-client has a series more than once, such as {a="2"}: their sums and counts are added up, and the last quantiles shown. ${advice}`,
    ])
  })

  test('takes undefined and null for no label', async () => {
    const register = new client.Registry()
    const gauge = new client.Gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'], registers: [register] })
    gauge.set({ a: undefined as unknown as string, b: '1' }, 1)
    gauge.set({ a: null as unknown as string, b: '2' }, 2)
    gauge.set({ a: '\ud800', b: '3' }, 3)
    const { registry } = include(register)
    expect(await sampleLines(registry)).toEqual(['g{b="1"} 1', 'g{b="2"} 2', 'g{b="3",a="\ufffd"} 3'])
  })

  test('leaves out a counter that NaN has poisoned, and no other', async () => {
    const register = new client.Registry()
    const counter = new client.Counter({ name: 'c', help: 'C.', labelNames: ['a'], registers: [register] })
    counter.inc({ a: 'good' })
    for (const a of ['bad', 'worse']) counter.inc({ a }, Number.NaN)
    const { registry, told } = include(register)
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="c"} 1`, 'c{a="good"} 1'])
    expect(told[0]?.message).toBe(
      'Counter "c" of prom-client: 2 series are left out, because one has the value NaN. Pass inc() numbers of at least zero; a counter that was given NaN stays so until reset().',
    )
  })

  test.each([
    {
      name: 'buckets that do not ascend',
      declare: (registers: never[]) => new client.Histogram({ name: 'x', help: 'X.', buckets: [5, 1], registers }),
      message:
        'Histogram "x" of prom-client has the bucket "1" after 5, and its counts are wrong for it: buckets must ascend, each once. Sort them where the histogram is made.',
    },
    {
      name: 'a bucket twice',
      declare: (registers: never[]) => new client.Histogram({ name: 'x', help: 'X.', buckets: [1, 1], registers }),
      message:
        'Histogram "x" of prom-client has the bucket "1" after 1, and its counts are wrong for it: buckets must ascend, each once. Sort them where the histogram is made.',
    },
    {
      name: 'a quantile that is a percentage',
      declare: (registers: never[]) => new client.Summary({ name: 'x', help: 'X.', percentiles: [50], registers }),
      message: 'Summary "x" of prom-client has the quantile "50". Write percentiles as numbers from 0 to 1, such as 0.99.',
    },
    {
      name: 'a label in "__"',
      declare: (registers: never[]) =>
        new client.Gauge({ name: 'x', help: 'X.', labelNames: ['__name__'], registers }).set({ __name__: 'y' }, 1),
      message: 'Gauge "x" has the label "__name__": names in "__" belong to Prometheus itself. Write it without them.',
    },
    {
      name: 'the label of buckets',
      declare: (registers: never[]) => new client.Gauge({ name: 'x', help: 'X.', labelNames: ['le'], registers }).set({ le: '1' }, 1),
      message: 'Gauge "x" has the label "le": it marks the buckets of histograms. Write another name, such as limit.',
    },
  ])('leaves out a family with $name, and says so', async ({ declare, message }) => {
    const register = new client.Registry()
    declare([register as never])
    new client.Gauge({ name: 'other', help: 'Other.', registers: [register] }).set(1)
    const { registry, told } = include(register)
    expect((await sampleLines(registry)).toSorted()).toEqual(['other 1', `${ERRORS}{family="x"} 1`])
    expect(told).toEqual([{ family: 'x', message }])
  })

  test('shows exemplars in OpenMetrics, and every counter by the same name before and after a scrape of its own', async () => {
    const register = openMetricsRegistry(client)
    const registers = [register]
    const counter = new client.Counter({ name: 'c_total', help: 'C.', registers, enableExemplars: true })
    counter.inc({ value: 2, labels: {}, exemplarLabels: { trace_id: 'a"b' } } as never)
    const options = { name: 'h', help: 'H.', labelNames: ['a'], buckets: [1, 5], registers, enableExemplars: true }
    const histogram = new client.Histogram(options)
    for (const value of [3, 9]) {
      histogram.observe({ labels: { a: 'x' }, value, exemplarLabels: { trace_id: `t${value}` } } as never)
    }
    histogram.observe({ labels: { a: 'y' }, value: 1 } as never)
    const { registry } = include(register)
    const before = await scrapeText(registry)
    expect(before).toContain('\nc_total 2\n')
    expect(digest(await scrapeOpenMetrics(registry), 'openmetrics')).toEqual(digest(await register.metrics(), 'openmetrics'))
    expect(await scrapeText(registry)).toBe(before)
  })

  test('shows a series without the exemplar that a scraper would refuse', async () => {
    const register = openMetricsRegistry(client)
    const counter = new client.Counter({ name: 'c', help: 'C.', registers: [register], enableExemplars: true })
    counter.inc({ value: 2, labels: {}, exemplarLabels: { 'trace-id': 'a' } } as never)
    const { registry, told } = include(register)
    expect(await scrapeOpenMetrics(registry)).toContain('\nc_total 2\n')
    expect(told).toEqual([])
  })

  test('gives way to families of ours, and to those included before it', async () => {
    const register = new client.Registry()
    const other = new client.Registry()
    for (const one of [register, other]) new client.Gauge({ name: 'g', help: 'G.', registers: [one] }).set(1)
    new client.Counter({ name: 'ours', help: 'C.', registers: [register] }).inc()
    const { registry, told } = include(register, other)
    registry.counter({ name: 'ours_total', help: 'Ours.' })
    expect(await sampleLines(registry)).toEqual(['ours_total 0', `${ERRORS}{family="ours"} 1`, `${ERRORS}{family="g"} 1`, 'g 1'])
    expect(told.map(({ message }) => message)).toEqual([
      'The included counter "ours" needs the name "ours", which another family has taken.',
      'The included gauge "g" needs the name "g", which another family has taken.',
    ])
  })

  test('shows the default metrics of the library', async () => {
    const register = new client.Registry()
    client.collectDefaultMetrics({ register })
    const { registry, told } = include(register)
    const body = await scrapeText(registry)
    expect(body).toMatch(/^process_cpu_user_seconds_total \d/m)
    expect(body).toMatch(/^nodejs_version_info\{version="v\d+/m)
    expect(told).toEqual([])
  })

  test('shows what an aggregated registry of cluster workers adds up', async () => {
    const workers = [1, 2].map((value) => {
      const register = new client.Registry()
      new client.Counter({ name: 'c', help: 'C.', labelNames: ['a'], registers: [register] }).inc({ a: String(value) }, value)
      const histogram = new client.Histogram({ name: 'h', help: 'H.', buckets: [1], registers: [register] })
      histogram.observe(value)
      return register
    })
    const { registry } = include(client.AggregatorRegistry.aggregate(await Promise.all(workers.map((one) => one.getMetricsAsJSON()))))
    expect((await sampleLines(registry)).toSorted()).toEqual([
      'c{a="1"} 1',
      'c{a="2"} 2',
      'h_bucket{le="+Inf"} 2',
      'h_bucket{le="1"} 1',
      'h_count 2',
      'h_sum 3',
    ])
  })
})

describe('what only has getMetricsAsJSON', () => {
  const of = (...families: object[]): PromClientLike => ({ getMetricsAsJSON: () => Promise.resolve(families) })

  test('is read as it is', async () => {
    const { registry, told } = include(
      of(
        { name: 'g', type: 'gauge', values: [{ value: 1, labels: { a: null } }] },
        { name: 'empty', type: 'counter', help: 'E.' },
        { name: 'h', type: 'histogram', help: 'H.' },
        { name: 's', type: 'summary', help: 'S.' },
      ),
    )
    expect(await scrapeText(registry)).toContain('# HELP g g\n# TYPE g gauge\ng 1\n')
    expect(told).toEqual([])
  })

  const bucket = (le: unknown, value: unknown, exemplar?: object) => ({ metricName: 'x_bucket', labels: { le }, value, exemplar })
  const ends = (sum: unknown, count: unknown) => [
    { metricName: 'x_sum', value: sum },
    { metricName: 'x_count', value: count },
  ]

  test('needs no bucket for what is above all others', async () => {
    const values = [bucket(1, 1, { labelSet: {}, value: 9, timestamp: 1 }), ...ends(3, 2)]
    const { registry } = include(of({ name: 'x', type: 'histogram', help: 'X.', values }))
    const lines = ['x_bucket{le="1"} 1', 'x_bucket{le="+Inf"} 2', 'x_sum 3', 'x_count 2']
    expect(await sampleLines(registry)).toEqual(lines)
    // The exemplar is not in its bucket, so that none is shown.
    expect(await scrapeOpenMetrics(registry)).not.toContain(' # ')
  })

  test.each<{ name: string; type: string; values: unknown[]; message: string }>([
    {
      name: 'a type that there is not',
      type: 'untyped',
      values: [{ value: 1 }],
      message: '"x" has the type "untyped". Register a counter, gauge, histogram or summary.',
    },
    {
      name: 'a gauge that is no number',
      type: 'gauge',
      values: [{ value: '1' }],
      message: 'Gauge "x" of prom-client: one series is left out, because one has the value "1". Set it to a number.',
    },
    {
      name: 'buckets that fall',
      type: 'histogram',
      values: [bucket(1, 2), bucket('+Inf', 1), ...ends(1, 1)],
      message:
        'Histogram "x" of prom-client: one series is left out, because one has the count 1 in a bucket, after 2 in the one below. Buckets count observations: whole numbers that grow with the bound. Observe through the library alone.',
    },
    {
      name: 'a histogram without a sum',
      type: 'histogram',
      values: [bucket('+Inf', 1), ...ends(undefined, 1)],
      message:
        'Histogram "x" of prom-client: one series is left out, because one has the sum undefined. Buckets count observations: whole numbers that grow with the bound. Observe through the library alone.',
    },
    {
      name: 'a bucket that is no number',
      type: 'histogram',
      values: [bucket('big', 1)],
      message:
        'Histogram "x" of prom-client has the bucket "big" after -Infinity, and its counts are wrong for it: buckets must ascend, each once. Sort them where the histogram is made.',
    },
    {
      name: 'a bucket without a bound',
      type: 'histogram',
      values: [{ metricName: 'x_bucket', value: 1 }],
      message:
        'Histogram "x" of prom-client has the bucket undefined after -Infinity, and its counts are wrong for it: buckets must ascend, each once. Sort them where the histogram is made.',
    },
    {
      name: 'buckets that differ',
      type: 'histogram',
      values: [bucket(1, 1), ...ends(1, 1), bucket(2, 1), ...ends(1, 1)],
      message:
        'Histogram "x" of prom-client has series with the buckets [1, Infinity] and with [2, Infinity]. Give all of a family the same.',
    },
    {
      name: 'half an observation',
      type: 'summary',
      values: [{ labels: { quantile: '0.5' }, value: 1 }, ...ends(1, 0.5)],
      message: 'Summary "x" of prom-client: one series is left out, because one has the count 0.5. Observe through the library alone.',
    },
    {
      name: 'a summary without a sum',
      type: 'summary',
      values: ends(null, 1),
      message: 'Summary "x" of prom-client: one series is left out, because one has the sum null. Observe through the library alone.',
    },
  ])('has nothing shown of $name', async ({ type, values, message }) => {
    const { registry, told } = include(of({ name: 'x', type, help: 'X.', values }))
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="x"} 1`])
    expect(told).toEqual([{ family: 'x', message }])
  })

  test('fills a quantile that one series lacks with NaN', async () => {
    const one = (a: string, quantile: number) => [
      { labels: { a, quantile }, value: 1 },
      { metricName: 'x_sum', labels: { a }, value: 1 },
      { metricName: 'x_count', labels: { a }, value: 1 },
    ]
    const values = [...one('x', 0.5), ...one('y', 0.9)]
    const { registry } = include(of({ name: 'x', type: 'summary', help: 'X.', values }))
    expect(await sampleLines(registry)).toContain('x{a="y",quantile="0.5"} NaN')
  })

  test('that comes under several names is shown by its own, and the rest told', async () => {
    const { registry, told } = include(
      of(
        { name: 'g', type: 'gauge', values: [{ value: 1 }, { value: 2, metricName: 'g_max' }] },
        {
          name: 'c',
          type: 'counter',
          values: [
            { value: 1, metricName: 'c_total' },
            { value: 2, metricName: 'd_total' },
          ],
        },
        { name: 'x', type: 'histogram', values: [bucket('+Inf', 1), { metricName: 'x_created', value: 9 }, ...ends(1, 1)] },
        {
          name: 's',
          type: 'summary',
          values: [
            { metricName: 's_max', value: 9 },
            { metricName: 's_sum', value: 1 },
            { metricName: 's_count', value: 1 },
          ],
        },
      ),
    )
    expect((await sampleLines(registry)).filter((line) => !line.startsWith(ERRORS))).toEqual([
      'g 1',
      'c 1',
      'x_bucket{le="+Inf"} 1',
      'x_sum 1',
      'x_count 1',
      's_sum 1',
      's_count 1',
    ])
    expect(told.map(({ family, message }) => [family, message.match(/one is called "\w+"/)?.[0]])).toEqual([
      ['g', 'one is called "g_max"'],
      ['c', 'one is called "d_total"'],
      ['x', 'one is called "x_created"'],
      ['s', 'one is called "s_max"'],
    ])
  })

  test('has each family once: the first of two is shown, and the other told', async () => {
    const { registry, told } = include(
      of(
        { name: 'g', type: 'gauge', values: [{ value: 1 }] },
        { name: 'g', type: 'gauge', values: [{ value: 2 }] },
        { name: 'c', type: 'counter', values: [{ value: 1 }] },
        { name: 'c_total', type: 'counter', values: [{ value: 2 }] },
        { name: 'c_created', type: 'gauge', values: [{ value: 3 }] },
      ),
    )
    expect(await sampleLines(registry)).toEqual([
      ...['g', 'c_total', 'c_created'].map((family) => `${ERRORS}{family="${family}"} 1`),
      'g 1',
      'c 1',
    ])
    expect(told.map(({ message }) => message)).toEqual([
      'The included gauge "g" needs the name "g", which another family has taken.',
      'The included counter "c_total" needs the name "c", which another family has taken.',
      'The included gauge "c_created" needs the name "c_created", which another family has taken.',
    ])
  })

  test('counts each scrape in which it has a label set more than once, whatever makes two the same', async () => {
    const values = [{ a: '' }, {}, { a: null, b: undefined }, { b: '\ud800' }, { b: '\ufffd' }].map((labels, value) => ({ labels, value }))
    const { registry, told } = include(of({ name: 'g', type: 'gauge', values }))
    await scrapeText(registry)
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="g"} 2`, 'g 2', 'g{b="\ufffd"} 4'])
    expect(told[0]?.message).toBe(
      'Gauge "g" of prom-client has 3 series more than once, such as {}: the last value is shown. Pass each label object once, and only texts in it.',
    )
  })

  test('fails as a whole under the name of the source', async () => {
    const told: string[] = []
    const registry = createRegistry({ onCollectError: (_, family) => told.push(family) })
    const source = { getMetricsAsJSON: () => Promise.reject(new Error('gone')) }
    registry.include(fromPromClient(source, { name: 'legacy' }))
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="legacy"} 1`])
    expect(told).toEqual(['legacy'])
  })
})
