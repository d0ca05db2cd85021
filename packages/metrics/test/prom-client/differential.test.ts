/** prom-client 15.1.3 is the specification: one program, two libraries, the same text, JSON, answers and errors. */
import { describe, expect, test } from 'vitest'
import { type AnyClient, OPENMETRICS, observe, ours, type Program, theirs } from './support/libraries.ts'

const counter = (c: AnyClient, r: AnyClient, more: object = {}): AnyClient =>
  new c.Counter({ name: 'jobs_total', help: 'Jobs.', registers: [r], ...more })
const gauge = (c: AnyClient, r: AnyClient, more: object = {}): AnyClient =>
  new c.Gauge({ name: 'depth', help: 'Depth.', registers: [r], ...more })
const histogram = (c: AnyClient, r: AnyClient, more: object = {}): AnyClient =>
  new c.Histogram({ name: 'seconds', help: 'Seconds.', registers: [r], ...more })
const summary = (c: AnyClient, r: AnyClient, more: object = {}): AnyClient =>
  new c.Summary({ name: 'rpc', help: 'Calls.', registers: [r], ...more })
const ab = { labelNames: ['a', 'b'] }

interface Row {
  readonly name: string
  readonly program: Program
}

const COUNTERS: Row[] = [
  { name: 'starts at zero without labels', program: (c, r) => void counter(c, r) },
  { name: 'shows head and nothing else of a labelled metric', program: (c, r) => void counter(c, r, ab) },
  {
    name: 'takes amounts in every form',
    program: (c, r, step) => {
      const metric = counter(c, r)
      for (const args of [[], [1], [2.5], [0], [undefined], [null], [{}], [{}, 3], [{}, null], [{}, undefined]])
        step(() => void metric.inc(...args))
    },
  },
  {
    name: 'refuses what is no amount',
    program: (c, r, step) => {
      const metric = counter(c, r)
      for (const value of ['5', 'x', -1, -0.5, Infinity, -Infinity, true, [1], 5n, () => 1]) {
        step(() => metric.inc(value))
        step(() => metric.inc({}, value))
      }
    },
  },
  {
    name: 'keeps the order and the types of labels of the first call',
    program: (c, r) => {
      const metric = counter(c, r, ab)
      metric.inc({ b: 'x', a: 200 })
      metric.inc({ a: 200, b: 'x' }, 2)
      metric.inc({ a: '200', b: 'x' }, 4)
      metric.inc({ a: 'y', b: true })
      metric.inc({ a: 1.5, b: null })
    },
  },
  {
    name: 'lets labels be missing, empty, and all missing',
    program: (c, r) => {
      const metric = counter(c, r, ab)
      metric.inc()
      metric.inc(3)
      metric.inc({ b: '' })
      metric.inc({ a: '' })
      metric.inc({ a: '', b: '' })
      metric.inc({}, 2)
    },
  },
  {
    name: 'refuses labels that are not declared, before the amount',
    program: (c, r, step) => {
      const metric = counter(c, r, ab)
      step(() => metric.inc({ c: 1 }))
      step(() => metric.inc({ a: 1, c: 1 }, 'x'))
      step(() => metric.inc({ a: 1 }, 'x'))
      step(() => counter(c, r, { name: 'other' }).inc({ a: 1 }))
      step(() => metric.remove({ d: 1 }))
    },
  },
  {
    name: 'escapes values and help',
    program: (c, r) => {
      const metric = counter(c, r, { ...ab, help: 'A "help"\\ with\nlines and \u00e9\u{1f600}.' })
      metric.inc({ a: 'quote " backslash \\ line \n tab \t', b: '\u00e9\u{1f600}\ufeff' })
    },
  },
  {
    name: 'gives children by object and by place',
    program: (c, r, step) => {
      const metric = counter(c, r, ab)
      metric.labels('x', 'y').inc()
      metric.labels({ a: 'x', b: 'y' }).inc(2)
      metric.labels({ b: 'only' }).inc()
      metric.labels(1, 2).inc(null)
      metric.labels(null).inc(7)
      const { inc } = metric.labels('free', 'bound')
      inc()
      inc(4)
      step(() => metric.labels('one'))
      step(() => metric.labels())
      step(() => metric.labels('a', 'b', 'c'))
      step(() => metric.labels({ z: 1 }).inc())
      step(() => metric.labels('x', 'y').inc(-1))
      step(() => metric.labels('x', 'y').inc('1'))
      step(() => metric.labels('never', 'written') && 0)
    },
  },
  {
    name: 'lets held children revive their series',
    program: (c, r) => {
      const metric = counter(c, r, ab)
      const child = metric.labels('x', 'y')
      child.inc(5)
      metric.remove('x', 'y')
      child.inc(2)
      metric.reset()
      child.inc()
      const bare = counter(c, r, { name: 'bare_total' })
      const handle = bare.labels()
      handle.inc(3)
      bare.reset()
      handle.inc()
      bare.remove()
    },
  },
  {
    name: 'removes by object and by place, and says what is wrong',
    program: (c, r, step) => {
      const metric = counter(c, r, ab)
      for (const a of ['x', 'y', 'z']) metric.inc({ a, b: 1 })
      step(() => metric.remove('x', 1))
      step(() => metric.remove({ a: 'y', b: '1' }))
      step(() => metric.remove('x', 1))
      step(() => metric.remove({ a: 'z' }))
      step(() => metric.remove('x'))
      step(() => metric.remove(null))
    },
  },
  {
    name: 'resets a labelled metric to no series and others to zero',
    program: (c, r, step) => {
      const labelled = counter(c, r, ab)
      labelled.inc({ a: 1 })
      const bare = counter(c, r, { name: 'bare_total' })
      bare.inc(4)
      step(() => r.resetMetrics())
    },
  },
  {
    name: 'shows a bare counter again after it was removed',
    program: (c, r) => {
      const metric = counter(c, r)
      metric.inc(4)
      metric.remove()
      metric.inc(2)
    },
  },
  {
    name: 'counts beyond the integers',
    program: (c, r) => void [2 ** 53, 1e21, 5e-324, 1e300].map((v) => counter(c, r, { name: `c${String(v).replace(/\W/g, '')}` }).inc(v)),
  },
]

const GAUGES: Row[] = [
  {
    name: 'sets, adds and subtracts in every form',
    program: (c, r, step) => {
      const metric = gauge(c, r, ab)
      step(() => metric.set({ a: 'x' }, 5))
      step(() => metric.inc({ a: 'x' }))
      step(() => metric.dec({ a: 'x' }, 0.5))
      step(() => metric.inc())
      step(() => metric.dec())
      step(() => metric.set(3))
      step(() => metric.inc({ b: 'y', a: 'x' }, -2))
      step(() => metric.dec('4'))
    },
  },
  {
    name: 'holds every number',
    program: (c, r) => {
      const metric = gauge(c, r, { labelNames: ['v'] })
      for (const v of [NaN, Infinity, -Infinity, -0, 0.1, -1e-7, 1e21, 123456789012]) metric.set({ v: String(v) }, v)
    },
  },
  {
    name: 'refuses what is no number',
    program: (c, r, step) => {
      const metric = gauge(c, r, ab)
      for (const value of ['5', undefined, null, {}, [], true]) {
        step(() => metric.set(value))
        step(() => metric.set({ a: 1 }, value))
        step(() => metric.inc({ a: 1 }, value === undefined ? 'x' : value))
      }
      step(() => metric.inc('x'))
      step(() => metric.dec('x'))
      step(() => metric.set({ c: 1 }, 1))
      step(() => metric.set({ c: 1 }, 'x'))
      step(() => metric.setToCurrentTime(null))
      step(() => metric.labels({ c: 1 }))
      step(() => metric.labels('x'))
    },
  },
  {
    name: 'gives children with methods of their own',
    program: (c, r, step) => {
      const metric = gauge(c, r, ab)
      const child = metric.labels('held', 'child')
      for (const value of [undefined, 2, '3']) {
        step(() => child.inc(value))
        step(() => child.dec(value))
        step(() => child.set(value))
      }
      const { set, inc, dec, startTimer, setToCurrentTime } = metric.labels('x', 'y')
      step(() => set(10))
      step(() => inc())
      step(() => inc(5))
      step(() => dec())
      step(() => dec(2))
      step(() => set('x'))
      step(() => inc('x'))
      step(() => dec(null))
      step(() => typeof startTimer())
      step(() => typeof setToCurrentTime)
      step(() => metric._getValue({ a: 'x', b: 'y' }))
      step(() => metric._getValue({ a: 'none' }))
      step(() => metric._getValue())
      step(() => metric.reset())
      step(() => set(1))
      step(() => metric.remove({ a: 'x', b: 'y' }))
      step(() => metric.remove({ c: 1 }))
    },
  },
]

const HISTOGRAMS: Row[] = [
  { name: 'shows all buckets of a bare histogram from the start', program: (c, r) => void histogram(c, r) },
  {
    name: 'observes in every form',
    program: (c, r, step) => {
      const metric = histogram(c, r, { ...ab, buckets: [0.1, 1, 5] })
      for (const args of [[{ a: 'x' }, 0.1], [{ a: 'x' }, 0.10000001], [{ a: 'x' }, 6], [0], [3], [{ b: 1, a: 2 }, -1]])
        step(() => metric.observe(...args))
      metric.labels('p', 'q').observe(2)
      metric.labels({ b: 'q' }).observe(2)
      const { observe: bound } = metric.labels('p', 'q')
      step(() => bound(0.5))
    },
  },
  {
    name: 'refuses what is no finite number',
    program: (c, r, step) => {
      const metric = histogram(c, r, ab)
      for (const value of [NaN, Infinity, -Infinity, '5', undefined, null, true, '', false]) {
        step(() => metric.observe(value))
        step(() => metric.observe({ a: 1 }, value))
        step(() => metric.labels('x', 'y').observe(value))
      }
      step(() => metric.observe({ c: 1 }, 1))
      step(() => metric.observe({ c: 1 }, 'x'))
      step(() => metric.labels({ c: 1 }))
    },
  },
  {
    name: 'shows nothing of a bare histogram after a reset, and counts anew',
    program: async (c, r, step) => {
      const metric = histogram(c, r, { buckets: [1] })
      const child = metric.labels()
      child.observe(0.5)
      metric.reset()
      const text = await r.metrics()
      step(() => text)
      child.observe(3)
      metric.remove()
      const empty = await r.metrics()
      step(() => empty)
      metric.observe(0.1)
    },
  },
  {
    name: 'makes series at zero, and sets them back',
    program: (c, r, step) => {
      const metric = histogram(c, r, { ...ab, buckets: [1] })
      step(() => metric.zero({ a: 'x', b: 'y' }))
      metric.observe({ a: 'z' }, 1)
      step(() => metric.zero({ a: 'z' }))
      metric.observe({ a: 'x', b: 'y' }, 0.5)
    },
  },
  { name: 'spells bounds as JavaScript does', program: (c, r) => void histogram(c, r, { buckets: [-1, 1e-7, 0.3, 1, 1e21] }) },
  { name: 'has no buckets but +Inf when none are asked for', program: (c, r) => void histogram(c, r, { buckets: [] }).observe(3) },
]

const SUMMARIES: Row[] = [
  { name: 'shows zeros from the start', program: (c, r) => void summary(c, r) },
  {
    name: 'observes in every form',
    program: (c, r, step) => {
      const metric = summary(c, r, { ...ab, percentiles: [0.5, 0.99] })
      step(() => metric.observe({ b: 'y', a: 'x' }, 5))
      step(() => metric.observe(0))
      step(() => metric.observe({}, 0))
      metric.labels('p', 'q').observe(7)
      const { observe: bound } = metric.labels('p', 'q')
      step(() => bound(7))
    },
  },
  {
    name: 'refuses what is no finite number',
    program: (c, r, step) => {
      const metric = summary(c, r, ab)
      for (const value of [NaN, Infinity, '5', undefined, null, true, '', false]) {
        step(() => metric.observe(value))
        step(() => metric.labels('x', 'y').observe(value === undefined ? 'x' : value))
      }
      for (const value of [NaN, Infinity, '5', null, true]) step(() => metric.observe({ a: 1 }, value))
      step(() => metric.observe({ c: 1 }, 1))
      step(() => metric.observe({ a: 1 }))
      step(() => metric.labels({ c: 1 }))
      step(() => metric.labels('x'))
    },
  },
  {
    name: 'keeps its series through a reset, and loses them by removal',
    program: (c, r, step) => {
      const metric = summary(c, r, ab)
      metric.observe({ a: 'x' }, 5)
      metric.observe({ a: 'y' }, 5)
      metric.reset()
      step(() => metric.remove({ a: 'y' }))
      const bare = summary(c, r, { name: 'bare' })
      bare.observe(2)
      bare.reset()
    },
  },
  {
    name: 'prunes series whose window is empty',
    program: (c, r) => {
      summary(c, r, { pruneAgedBuckets: true, maxAgeSeconds: 60, ageBuckets: 3 })
      const labelled = summary(c, r, { name: 'labelled', ...ab, pruneAgedBuckets: true })
      labelled.observe({ a: 1 }, 2)
    },
  },
  {
    name: 'has only sum and count when no percentiles are asked for',
    program: (c, r) => void summary(c, r, { percentiles: [] }).observe(2),
  },
]

const CONSTRUCTION: Row[] = [
  ...['Counter', 'Gauge', 'Histogram', 'Summary'].map(
    (kind): Row => ({
      name: `checks the configuration of a ${kind}`,
      program: (c, r, step) => {
        const make = (config: unknown) => () => typeof new c[kind](config)
        for (const config of [undefined, null, 'x', 5, {}, { help: 'x' }, { name: 'x' }, { name: '', help: 'x' }, { name: 'x', help: '' }])
          step(make(config))
        for (const name of ['1a', 'a-b', 'a b', 'a\n', '\u00e9']) step(make({ name, help: 'x', registers: [r] }))
        for (const labelNames of [['1'], ['a', 'b-c'], [''], ['a b'], ['a:b']])
          step(make({ name: 'x', help: 'x', labelNames, registers: [r] }))
        step(make({ name: 'y', help: 'x', collect: 'x', registers: [r] }))
        step(make({ name: 'z', help: 'x', enableExemplars: true, registers: [r] }))
        step(make({ name: 'ok:name_1', help: 'x', labelNames: ['_a', 'B1'], registers: [r] }))
        step(make({ name: 'ok:name_1', help: 'x', registers: [r] }))
        step(make({ name: 'nowhere', help: 'x', registers: [] }))
        r.removeSingleMetric('z')
      },
    }),
  ),
  {
    name: 'shows its configuration as properties, unknown keys too',
    program: (c, r, step) => {
      const metric = counter(c, r, { ...ab, aggregator: 'max', extra: 7 })
      step(() =>
        [
          metric.name,
          metric.help,
          metric.type,
          metric.labelNames,
          metric.aggregator,
          metric.extra,
          metric.enableExemplars,
          metric.registers[0] === r,
        ].map(String),
      )
      const other = histogram(c, r, { buckets: [1, 2] })
      step(() => [other.type, other.aggregator, ...other.buckets, ...other.upperBounds])
      const third = summary(c, r)
      step(() => [third.type, ...third.percentiles, third.compressCount])
    },
  },
]

const REGISTRIES: Row[] = [
  { name: 'says a line feed when it is empty', program: () => {} },
  {
    name: 'puts default labels last, and before those of a histogram',
    program: (c, r) => {
      counter(c, r, ab).inc({ b: 1, a: 2 })
      counter(c, r, { name: 'bare_total' }).inc()
      gauge(c, r, ab).set({ b: 'x' }, 1)
      histogram(c, r, { ...ab, buckets: [1] }).observe({ a: 'x' }, 1)
      histogram(c, r, { name: 'bare_seconds', buckets: [1] }).observe(1)
      summary(c, r, { ...ab, percentiles: [0.5] }).observe({ a: 'x' }, 1)
      r.setDefaultLabels({ region: 'e"u\n', zone: 3 })
    },
  },
  {
    name: 'lets a label of the series win over a default one, series by series',
    program: (c, r) => {
      r.setDefaultLabels({ a: 'default', z: 'z' })
      const one = counter(c, r, ab)
      one.inc({ a: 'own' })
      one.inc({ b: 'without' })
      const other = histogram(c, r, { ...ab, buckets: [1] })
      other.observe({ a: 'own' }, 1)
      other.observe({ b: 'without' }, 1)
      const last = summary(c, r, { ...ab, percentiles: [0.5] })
      last.observe({ b: 'without' }, 1)
    },
  },
  {
    name: 'changes default labels at any time',
    program: async (c, r, step) => {
      counter(c, r).inc()
      const texts: string[] = []
      const labels = { one: 1 } as Record<string, unknown>
      r.setDefaultLabels(labels)
      texts.push(await r.metrics())
      labels['two'] = 2
      texts.push(await r.metrics())
      r.setDefaultLabels({})
      texts.push(await r.metrics())
      step(() => texts)
    },
  },
  {
    name: 'finds, removes and lists metrics',
    program: async (c, r, step) => {
      const one = counter(c, r)
      const two = gauge(c, r)
      step(() => r.getSingleMetric('jobs_total') === one)
      step(() => r.getSingleMetric('none'))
      step(() => r.getMetricsAsArray().map((metric: AnyClient) => metric === one || metric === two))
      step(() => Object.keys(r._metrics))
      step(() => r.registerMetric(one))
      step(() => counter(c, r))
      const text = await r.getSingleMetricAsString('jobs_total')
      step(() => text)
      step(() => r.removeSingleMetric('jobs_total'))
      step(() => r.removeSingleMetric('none'))
      step(() => counter(c, r) && 0)
      step(() => r.clear())
      step(() => r.getMetricsAsArray().length)
      await expect(r.getSingleMetricAsString('none')).rejects.toThrow(TypeError)
    },
  },
  {
    name: 'knows two content types',
    program: (c, r, step) => {
      step(() => r.contentType)
      step(() => r.setContentType('text/html'))
      step(() => new c.Registry('text/html'))
      step(() => [
        c.Registry.PROMETHEUS_CONTENT_TYPE,
        c.Registry.OPENMETRICS_CONTENT_TYPE,
        c.prometheusContentType,
        c.openMetricsContentType,
      ])
      step(() => c.contentType)
      step(() => c.Registry.globalRegistry === c.register)
    },
  },
  {
    name: 'merges registries, which go on sharing metrics',
    program: async (c, r, step) => {
      const other = new c.Registry()
      r.setDefaultLabels({ lost: 1 })
      counter(c, r).inc()
      gauge(c, other).set(4)
      const merged = c.Registry.merge([r, other])
      other.getSingleMetric('depth').set(5)
      const text = await merged.metrics()
      step(() => text)
      step(() => c.Registry.merge([r, new c.Registry(c.openMetricsContentType)]))
      counter(c, other)
      step(() => c.Registry.merge([r, other]))
      step(() => merged.contentType)
    },
  },
  {
    name: 'shows metrics that only have a get',
    program: (_c, r) => {
      const values = [{ value: 1, labels: { a: 'x' } }, { value: NaN }, { value: -Infinity, labels: {}, metricName: 'other_name' }]
      r.registerMetric({ name: 'own', get: async () => ({ name: 'own', help: 'x', type: 'gauge', values }) })
      r.registerMetric({ name: 'none', get: () => ({ name: 'none', help: 'y', type: 'untyped' }) })
      r.setDefaultLabels({ d: 1 })
    },
  },
  {
    name: 'runs collect with the metric as this, waits for promises, and lets it be set later',
    program: (c, r, step) => {
      const order: string[] = []
      gauge(c, r, {
        async collect(this: AnyClient) {
          order.push('one')
          await Promise.resolve()
          this.set(7)
        },
      })
      const later = counter(c, r)
      later.collect = function collect(this: AnyClient) {
        order.push('two')
        this.inc(2)
      }
      step(() => order)
    },
  },
  {
    name: 'answers get as JSON does',
    program: async (c, r, step) => {
      const metrics = [counter(c, r, ab), gauge(c, r), histogram(c, r, { ...ab, buckets: [1] }), summary(c, r, { percentiles: [0.5] })]
      metrics[0].inc({ a: 20, b: 'x' })
      metrics[2].observe({ a: 20 }, 1)
      const answers = await Promise.all(metrics.map((metric) => metric.get()))
      step(() => answers.map((answer) => JSON.stringify(answer)))
      const raw = await metrics[2].getForPromString()
      step(() => JSON.stringify(raw))
    },
  },
]

const OPENMETRICS_ROWS: Row[] = [
  {
    name: 'calls the samples of a counter _total, however it is called, and the family not',
    program: (c, r) => {
      counter(c, r, { name: 'plain' }).inc()
      gauge(c, r).set(NaN)
    },
  },
]

describe.each([
  ['counters', COUNTERS],
  ['gauges', GAUGES],
  ['histograms', HISTOGRAMS],
  ['summaries', SUMMARIES],
  ['construction', CONSTRUCTION],
  ['registries', REGISTRIES],
] as const)('%s', (_, rows) => {
  test.each(rows)('$name', async ({ program }) => {
    expect(await observe(ours, program)).toEqual(await observe(theirs, program))
  })
})

describe('openmetrics', () => {
  test.each(OPENMETRICS_ROWS)('$name', async ({ program }) => {
    expect(await observe(ours, program, OPENMETRICS)).toEqual(await observe(theirs, program, OPENMETRICS))
  })
})

describe('exports', () => {
  test('has every export of prom-client, of the same type', () => {
    const shape = (client: AnyClient): [string, string][] => Object.keys(client).map((key): [string, string] => [key, typeof client[key]])
    expect(Object.fromEntries(shape(ours))).toEqual(Object.fromEntries(shape(theirs)))
    expect(ours.collectDefaultMetrics.metricsList).toEqual(theirs.collectDefaultMetrics.metricsList)
    expect(Object.keys(ours.aggregators).sort()).toEqual(Object.keys((theirs as AnyClient).aggregators).sort())
  })

  test.each([
    ['linearBuckets', [0, 50, 10]],
    ['linearBuckets', [0.1, 0.1, 3]],
    ['linearBuckets', [0, 1, 0]],
    ['linearBuckets', [0, 1, -1]],
    ['linearBuckets', [0, 1, 1.5]],
    ['exponentialBuckets', [1, 2, 5]],
    ['exponentialBuckets', [0.001, 1.3, 8]],
    ['exponentialBuckets', [0, 2, 5]],
    ['exponentialBuckets', [1, 1, 5]],
    ['exponentialBuckets', [1, 2, 0]],
    ['validateMetricName', ['a_b:c']],
    ['validateMetricName', ['1a']],
    ['validateMetricName', ['']],
  ])('%s(%j) is the same', (name, args) => {
    const call = (client: AnyClient): unknown => {
      try {
        return client[name](...args)
      } catch (error) {
        return String(error)
      }
    }
    expect(call(ours)).toEqual(call(theirs))
  })

  test('the content type of the global registry is set and read on the object', () => {
    for (const client of [ours, theirs] as AnyClient[]) {
      expect(client.contentType).toBe(client.prometheusContentType)
      client.contentType = client.openMetricsContentType
      expect(client.register.contentType).toBe(OPENMETRICS)
      client.register.setContentType(client.prometheusContentType)
      expect(client.contentType).toBe(client.prometheusContentType)
    }
  })
})
