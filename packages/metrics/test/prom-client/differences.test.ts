/** Where prom-client 15.1.3 is wrong, the drop-in is right: both are asserted, so that the list in docs/reference/prom-client.md is true. */
import { describe, expect, test, vi } from 'vitest'
import { type AnyClient, OPENMETRICS, ours, theirs } from './support/libraries.ts'

interface Difference {
  readonly name: string
  readonly contentType?: string
  /** What can be seen of it. */
  readonly run: (client: AnyClient, registry: AnyClient) => unknown
  readonly theirs: unknown
  readonly ours: unknown
}

/** Sample lines alone. */
async function samples(registry: AnyClient): Promise<string[]> {
  const text: string = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
}

const counter = (c: AnyClient, r: AnyClient, labelNames: string[] = [], more: object = {}): AnyClient =>
  new c.Counter({ name: 'c', help: 'x', labelNames, registers: [r], ...more })

const message = (act: () => unknown): string => {
  try {
    act()
    return 'nothing thrown'
  } catch (error) {
    return String(error)
  }
}

const FORGED = ['x"} 1\nevil_metric{b="y']

const DIFFERENCES: Difference[] = [
  {
    name: 'a label value that is no text forges no line',
    run: (c, r) => {
      counter(c, r, ['a']).inc({ a: FORGED })
      return samples(r)
    },
    theirs: ['c{a="x"} 1', 'evil_metric{b="y"} 1'],
    ours: ['c{a="x\\"} 1\\nevil_metric{b=\\"y"} 1'],
  },
  {
    name: 'a default label forges no line either',
    run: (c, r) => {
      counter(c, r).inc()
      r.setDefaultLabels({ a: FORGED })
      return samples(r)
    },
    theirs: ['c{a="x"} 1', 'evil_metric{b="y"} 1'],
    ours: ['c{a="x\\"} 1\\nevil_metric{b=\\"y"} 1'],
  },
  {
    name: 'an exemplar forges no line, by value or by name',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      counter(c, r, [], { enableExemplars: true }).inc({ exemplarLabels: { a: FORGED } })
      const text: string = await r.metrics()
      const name = message(() => r.getSingleMetric('c').inc({ exemplarLabels: { 'a="1"} 1\nevil': 'x' } }))
      return [text.split('\n').some((line) => line.startsWith('evil')), name]
    },
    theirs: [true, 'nothing thrown'],
    ours: [
      false,
      'TypeError: The exemplar has the label "a=\\"1\\"} 1\\nevil": a name has letters, digits and "_". Write it like trace_id.',
    ],
  },
  {
    name: 'NaN does not spoil a counter',
    run: async (c, r) => {
      const metric = counter(c, r)
      metric.inc(3)
      const thrown = [NaN, '', false].map((value) => message(() => metric.inc(value)))
      metric.inc(1)
      return [thrown, await samples(r)]
    },
    theirs: [['nothing thrown', 'nothing thrown', 'nothing thrown'], ['c +Inf']],
    ours: [
      [
        'TypeError: Value is not a valid number: NaN',
        'TypeError: Value is not a valid number: ',
        'TypeError: Value is not a valid number: false',
      ],
      ['c 4'],
    ],
  },
  {
    name: 'label values with marks in them are not taken for other labels',
    run: (c, r) => {
      const metric = counter(c, r, ['a', 'b'])
      metric.inc({ a: '1,b:2' })
      metric.inc({ a: '1', b: '2' })
      return samples(r)
    },
    theirs: ['c{a="1,b:2"} 2'],
    ours: ['c{a="1,b:2"} 1', 'c{a="1",b="2"} 1'],
  },
  {
    name: 'a label object may be changed and used again',
    run: (c, r) => {
      const metric = counter(c, r, ['a'])
      const labels = { a: '1' }
      metric.inc(labels)
      labels.a = '2'
      metric.inc(labels)
      return samples(r)
    },
    theirs: ['c{a="2"} 1', 'c{a="2"} 1'],
    ours: ['c{a="1"} 1', 'c{a="2"} 1'],
  },
  {
    name: 'a scrape in OpenMetrics does not rename a counter',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      const metric = counter(c, r, [], { name: 'jobs_total' })
      await r.metrics()
      return [metric.name, (await r.getMetricsAsJSON())[0].name, await r.getSingleMetricAsString('jobs_total')]
    },
    theirs: ['jobs', 'jobs', '# HELP jobs x\n# TYPE jobs counter\njobs_total 0'],
    ours: ['jobs_total', 'jobs_total', '# HELP jobs x\n# TYPE jobs counter\njobs_total 0'],
  },
  {
    name: 'the text of a single counter in OpenMetrics is right before the first scrape too',
    contentType: OPENMETRICS,
    run: (c, r) => {
      counter(c, r, [], { name: 'jobs_total' })
      return r.getSingleMetricAsString('jobs_total')
    },
    theirs: '# HELP jobs_total x\n# TYPE jobs_total counter\njobs_total_total 0',
    ours: '# HELP jobs x\n# TYPE jobs counter\njobs_total 0',
  },
  {
    name: 'JSON with default labels leaves the series alone',
    run: async (c, r) => {
      counter(c, r, ['a']).inc({ a: 'x' })
      r.setDefaultLabels({ region: 'eu' })
      await r.getMetricsAsJSON()
      r.setDefaultLabels({})
      return samples(r)
    },
    theirs: ['c{a="x",region="eu"} 1'],
    ours: ['c{a="x"} 1'],
  },
  {
    name: 'an empty label of the series wins over a default one in JSON as it does in text',
    run: async (c, r) => {
      counter(c, r, ['a']).inc({ a: 0 })
      r.setDefaultLabels({ a: 'default' })
      return [await samples(r), (await r.getMetricsAsJSON())[0].values[0].labels.a]
    },
    theirs: [['c{a="0"} 1'], 'default'],
    ours: [['c{a="0"} 1'], 0],
  },
  {
    name: 'buckets are shown in order, once each, and +Inf last',
    run: async (c, r) => {
      const metric = new c.Histogram({ name: 'h', help: 'x', buckets: [5, 1, Infinity, 1], registers: [r] })
      metric.observe(0.5)
      metric.observe(3)
      return (await samples(r)).filter((line) => line.includes('le='))
    },
    theirs: ['h_bucket{le="5"} 2', 'h_bucket{le="1"} 2', 'h_bucket{le="Infinity"} 2', 'h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 2'],
    ours: ['h_bucket{le="1"} 1', 'h_bucket{le="5"} 2', 'h_bucket{le="+Inf"} 2'],
  },
  {
    name: 'a label that is undefined is not there',
    run: (c, r) => {
      const metric = counter(c, r, ['a'])
      metric.inc({ a: undefined })
      metric.inc({})
      return samples(r)
    },
    theirs: ['c{a="undefined"} 2'],
    ours: ['c 2'],
  },
  {
    name: 'half a character does not fail the scrape',
    run: async (c, r) => {
      counter(c, r, ['a']).inc({ a: 'x\ud800y' })
      return (await r.metrics()).isWellFormed()
    },
    theirs: false,
    ours: true,
  },
  {
    name: 'workers are shown in OpenMetrics when that is asked for',
    run: async (c) => {
      const worker = new c.Registry(OPENMETRICS)
      counter(c, worker, [], { name: 'jobs_total' }).inc()
      void new c.Histogram({ name: 'h', help: 'x', buckets: [1], registers: [worker] })
      return c.AggregatorRegistry.aggregate([JSON.parse(JSON.stringify(await worker.getMetricsAsJSON()))], OPENMETRICS).metrics()
    },
    theirs: `# HELP jobs_total x
# TYPE jobs_total counter
jobs_total_total 1
# HELP h x
# TYPE h histogram
h_bucket{le="1"} 0
h_bucket{le="+Inf"} 0
h_sum 0
h_count 0
# EOF
`,
    ours: `# HELP jobs x
# TYPE jobs counter
jobs_total 1
# HELP h x
# TYPE h histogram
h_bucket{le="1.0"} 0
h_bucket{le="+Inf"} 0
h_sum 0
h_count 0
# EOF
`,
  },
  {
    name: 'OpenMetrics has no empty line, be there a metric or not',
    contentType: OPENMETRICS,
    run: (_, r) => r.metrics(),
    theirs: '\n# EOF\n',
    ours: '# EOF\n',
  },
  {
    name: 'of metrics that OpenMetrics cannot tell apart the first is shown',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      for (const name of ['beside', 'beside_total']) counter(c, r, [], { name }).inc()
      return samples(r)
    },
    theirs: ['beside_total 1', 'beside_total 1'],
    ours: ['beside_total 1', 'postern_metrics_collect_errors_total{family="beside_total"} 1'],
  },
  {
    name: 'of metrics that no format can tell apart the first is shown',
    run: async (c, r) => {
      void new c.Summary({ name: 'beside', help: 'x', percentiles: [], registers: [r] })
      void new c.Gauge({ name: 'beside_count', help: 'x', registers: [r] })
      return samples(r)
    },
    theirs: ['beside_sum 0', 'beside_count 0', 'beside_count 0'],
    ours: ['beside_sum 0', 'beside_count 0', 'postern_metrics_collect_errors_total{family="beside_count"} 1'],
  },
  {
    name: 'bounds and quantiles have the one spelling of OpenMetrics',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      void new c.Histogram({ name: 'h', help: 'x', buckets: [1, 1e6], registers: [r] })
      void new c.Summary({ name: 's', help: 'x', percentiles: [1], registers: [r] })
      return (await samples(r)).filter((line) => line.includes('{'))
    },
    theirs: ['h_bucket{le="1"} 0', 'h_bucket{le="1000000"} 0', 'h_bucket{le="+Inf"} 0', 's{quantile="1"} 0'],
    ours: ['h_bucket{le="1.0"} 0', 'h_bucket{le="1e+06"} 0', 'h_bucket{le="+Inf"} 0', 's{quantile="1.0"} 0'],
  },
  {
    name: 'a collect that fails costs its own metric',
    run: async (c, r) => {
      counter(c, r).inc()
      for (const [name, collect] of Object.entries({
        thrown: () => {
          throw new Error('no database')
        },
        rejected: async () => {
          throw new Error('no database')
        },
      })) {
        void new c.Gauge({ name, help: 'x', registers: [r], collect })
      }
      try {
        return [await samples(r), (await r.getMetricsAsJSON()).map(({ name }: { name: string }) => name)]
      } catch (error) {
        return String(error)
      }
    },
    theirs: 'Error: no database',
    ours: [
      ['c 1', 'postern_metrics_collect_errors_total{family="thrown"} 1', 'postern_metrics_collect_errors_total{family="rejected"} 1'],
      ['c', 'postern_metrics_collect_errors_total'],
    ],
  },
  {
    name: 'a child counts for its own series where exemplars are on',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      counter(c, r, ['a'], { enableExemplars: true }).labels('x').inc(2)
      return samples(r)
    },
    theirs: ['c_total 1'],
    ours: ['c_total{a="x"} 2'],
  },
  {
    name: 'an exemplar that is too long leaves nothing behind',
    contentType: OPENMETRICS,
    run: async (c, r) => {
      const metric = counter(c, r, [], { enableExemplars: true })
      return [message(() => metric.inc({ exemplarLabels: { id: 'x'.repeat(127) } })), await samples(r)]
    },
    theirs: ['RangeError: Label set size must be smaller than 128 UTF-8 chars', ['c_total 1 # {} +Inf undefined']],
    ours: ['RangeError: Label set size must be smaller than 128 UTF-8 chars', ['c_total 1']],
  },
  {
    name: 'the length of an exemplar is counted in characters',
    contentType: OPENMETRICS,
    run: (c, r) => message(() => counter(c, r, [], { enableExemplars: true }).inc({ exemplarLabels: { id: '\u{1f600}'.repeat(126) } })),
    theirs: 'RangeError: Label set size must be smaller than 128 UTF-8 chars',
    ours: 'nothing thrown',
  },
  {
    name: 'a metric that cannot be made is not registered',
    run: async (c, r) => {
      const thrown = [
        message(() => new c.Histogram({ name: 'h', help: 'x', labelNames: ['le'], registers: [r] })),
        message(() => new c.Summary({ name: 's', help: 'x', labelNames: ['quantile'], registers: [r] })),
      ]
      return [thrown, r.getMetricsAsArray().length]
    },
    theirs: [['Error: le is a reserved label keyword', 'Error: quantile is a reserved label keyword'], 2],
    ours: [['Error: le is a reserved label keyword', 'Error: quantile is a reserved label keyword'], 0],
  },
  {
    name: 'zero makes no label that is not declared',
    run: async (c, r) => {
      const metric = new c.Histogram({ name: 'h', help: 'x', labelNames: ['a'], buckets: [], registers: [r] })
      return [message(() => metric.zero({ evil: 1 })), await samples(r)]
    },
    theirs: ['nothing thrown', ['h_bucket{le="+Inf",evil="1"} 0', 'h_sum{evil="1"} 0', 'h_count{evil="1"} 0']],
    ours: [`Error: Added label "evil" is not included in initial labelset: [ 'a' ]`, []],
  },
  {
    name: 'the labels of a gauge keep the order of the first call',
    run: (c, r) => {
      const metric = new c.Gauge({ name: 'g', help: 'x', labelNames: ['a', 'b'], registers: [r] })
      metric.set({ a: 1, b: 2 }, 1)
      metric.set({ b: 2, a: 1 }, 2)
      return samples(r)
    },
    theirs: ['g{b="2",a="1"} 2'],
    ours: ['g{a="1",b="2"} 2'],
  },
  {
    name: 'no labels at all may be passed as null',
    run: (c, r) => {
      const metric = new c.Gauge({ name: 'g', help: 'x', registers: [r] })
      return message(() => metric.labels(null).set(1))
    },
    theirs: 'TypeError: Value is not a valid number: null',
    ours: 'nothing thrown',
  },
  {
    name: 'a quantile is a value that was observed',
    run: async (c, r) => {
      const metric = new c.Summary({ name: 's', help: 'x', percentiles: [0.5], registers: [r] })
      for (const value of [1, 100]) metric.observe(value)
      return (await samples(r))[0]
    },
    theirs: 's{quantile="0.5"} 50.5',
    ours: 's{quantile="0.5"} 1',
  },
  {
    name: 'the array of buckets stays the caller\u2019s',
    run: (c, r) => {
      const buckets = [1, 2]
      void new c.Histogram({ name: 'h', help: 'x', buckets, registers: [r] })
      return Object.isFrozen(buckets)
    },
    theirs: true,
    ours: false,
  },
  {
    name: 'a metric may be called as a property of every object',
    run: (c, r) => [
      message(() => counter(c, r, [], { name: 'constructor' })),
      message(() => counter(c, r, [], { name: '__proto__' })),
      r.getMetricsAsArray().length,
    ],
    theirs: [
      'Error: A metric with the name constructor has already been registered.',
      'Error: A metric with the name __proto__ has already been registered.',
      0,
    ],
    ours: ['nothing thrown', 'nothing thrown', 2],
  },
]

describe('differs from prom-client on purpose', () => {
  test.each(DIFFERENCES)('$name', async ({ run, contentType, ...expected }) => {
    using _ = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await run(theirs, new theirs.Registry(...((contentType === undefined ? [] : [contentType]) as []))), 'prom-client').toEqual(
      expected.theirs,
    )
    expect(await run(ours, new ours.Registry(contentType)), 'the drop-in').toEqual(expected.ours)
  })
})
