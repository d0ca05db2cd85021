/** Whole expositions before judges that are not us: promtool, the Python parser, prom-client, and a strict reader of generated ones. */
import { collectDefaultMetrics, createRegistry, type Registry } from '@postern/metrics'
import * as fc from 'fast-check'
import * as prom from 'prom-client'
import { describe, expect, test } from 'vitest'
import { checkMetrics, ingestOpenMetrics, skipReason } from '../support/promtool.ts'
import { parseOpenMetrics, skipReason as pythonSkipReason } from '../support/python-parser.ts'
import { sampleLines, scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'
import { type ReadFamily, readExposition, type Sample, seriesKey } from '../support/strict-reader.ts'

const anyText = fc
  .array(fc.oneof(fc.constantFrom('\\', '"', '\n', '\r', '\0', ',', '}', '\ud800', '😀'), fc.string()))
  .map((parts) => parts.join(''))
const increments = fc.array(fc.record({ a: anyText, b: anyText, value: fc.double({ min: 0, max: 1e300, noNaN: true }) }), { maxLength: 20 })
const sets = fc.array(fc.record({ a: anyText, value: fc.double() }), { maxLength: 20 })
const observations = fc.array(fc.record({ a: anyText, value: fc.double() }), { maxLength: 20 })
const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 30, comparator: (a, b) => a === b })
  .map((list) => list.toSorted((a, b) => a - b))
const plan = fc.record({ help: fc.string({ minLength: 1 }).filter((help) => help.trim() !== ''), increments, sets, observations, bounds })

function build(steps: {
  help: string
  increments: { a: string; b: string; value: number }[]
  sets: { a: string; value: number }[]
  observations: { a: string; value: number }[]
  bounds: number[]
}): Registry {
  const registry = createRegistry({ defaultLabels: { app: 'a"b' } })
  const counter = registry.counter({ name: 'c_total', help: steps.help, labelNames: ['a', 'b'] })
  const gauge = registry.gauge({ name: 'g', help: steps.help, labelNames: ['a'] })
  const histogram = registry.histogram({ name: 'h', help: steps.help, labelNames: ['a'], buckets: steps.bounds })
  for (const { value, ...labels } of steps.increments) counter.inc(labels, value)
  for (const { value, ...labels } of steps.sets) gauge.set(labels, value)
  for (const { value, ...labels } of steps.observations) histogram.observe(labels, value)
  return registry
}

const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

const HISTOGRAM_HEAD = '# TYPE h histogram\n# HELP h H.\n'

/** What two readers, ours and Python's, have to say of a histogram. */
const REFUSED: readonly { name: string; samples: string; ours: string; python: string }[] = [
  {
    name: 'a sum below zero',
    samples: 'h_bucket{le="+Inf"} 1\nh_sum -5\nh_count 1\n',
    ours: 'h_sum is a counter and cannot be -5',
    python: 'Counter-like samples cannot be negative: h_sum -5',
  },
  {
    name: 'a sum that is NaN',
    samples: 'h_bucket{le="+Inf"} 1\nh_sum NaN\nh_count 1\n',
    ours: 'h_sum is a counter and cannot be NaN',
    python: 'Counter-like samples cannot be NaN: h_sum NaN',
  },
  {
    name: 'a sum without a count',
    samples: 'h_bucket{le="+Inf"} 1\nh_sum 5\n',
    ours: 'h_sum without its count: []',
    python: '_count must be present if _sum is present: h',
  },
  {
    name: 'a count without a sum',
    samples: 'h_bucket{le="+Inf"} 1\nh_count 1\n',
    ours: 'h_count without its sum: []',
    python: '_sum/_gsum must be present if _count is present: h',
  },
  {
    name: 'a sum beside a bound below zero',
    samples: 'h_bucket{le="-1.0"} 0\nh_bucket{le="+Inf"} 1\nh_sum 5\nh_count 1\n',
    ours: 'h_sum beside the bound -1.0',
    python: 'Cannot have _sum with negative buckets: h',
  },
  {
    name: 'a count that is not the last bucket',
    samples: 'h_bucket{le="+Inf"} 1\nh_sum 5\nh_count 2\n',
    ours: 'h_count is 2 and its last bucket 1',
    python: 'Count does not match +Inf value: h',
  },
]

describe('a strict reader', () => {
  test.each(['text', 'openmetrics'] as const)('reads back from %s what was counted, whatever the labels say', async (syntax) => {
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const registry = build(steps)
        const body = syntax === 'text' ? await scrapeText(registry) : await scrapeOpenMetrics(registry)
        const families = readExposition(body, syntax)
        const [counters, gauges, histograms] = families
        expect(families.map(({ type, help }) => [type, help])).toEqual(['counter', 'gauge', 'histogram'].map((type) => [type, steps.help]))
        expect(total(counters)).toEqual(
          expectedSums(steps.increments.map(({ a, b, value }) => [{ a: wellFormed(a), b: wellFormed(b), app: 'a"b' }, value])),
        )
        expect(total(gauges)).toEqual(
          new Map(steps.sets.map(({ a, value }) => [seriesKey({ a: wellFormed(a), app: 'a"b' }), value === 0 ? 0 : value])),
        )
        for (const { labels, value } of histograms?.samples.filter(({ name }) => name === 'h_bucket') ?? []) {
          const limit = labels['le'] === '+Inf' ? Infinity : Number(labels['le'])
          expect(value).toBe(
            steps.observations.filter((seen) => wellFormed(seen.a) === labels['a'] && (limit === Infinity || seen.value <= limit)).length,
          )
        }
      }),
      { interruptAfterTimeLimit: 4_000 },
    )
  })

  test.each(REFUSED)('refuses OpenMetrics with $name', ({ samples, ours }) => {
    expect(() => readExposition(`${HISTOGRAM_HEAD}${samples}# EOF\n`, 'openmetrics')).toThrow(ours)
  })
})

const total = (family: ReadFamily | undefined): Map<string, number> =>
  new Map(family?.samples.map((sample: Sample) => [seriesKey(sample.labels), sample.value]))

function expectedSums(entries: [Record<string, string>, number][]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [labels, value] of entries) sums.set(seriesKey(labels), (sums.get(seriesKey(labels)) ?? 0) + value)
  return sums
}

function example(): Registry {
  const registry = createRegistry()
  const requests = registry.counter({ name: 'http_requests_total', help: 'Requests "served".', labelNames: ['path'] })
  const nasty = ['/', 'x"} 1\nevil_metric{b="y', 'C:\\new\r\0\t', 'ü😀', '\ud800', '']
  for (const [index, path] of nasty.entries()) requests.inc({ path }, index + 0.5)
  registry.gauge({ name: 'temperature_celsius', help: 'Below zero too.' }).set(-0.25)
  registry.gauge({ name: 'nothing_yet', help: 'A family without series.', labelNames: ['x'] })
  const seconds = registry.histogram({ name: 'request_seconds', help: 'Duration.', labelNames: ['path'] })
  for (const path of nasty) for (const value of [0.001, 0.3, 20]) seconds.observe({ path }, value)
  return registry
}

describe(`promtool${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`, () => {
  test.skipIf(skipReason !== undefined)('finds nothing to complain of in text 0.0.4', async () => {
    expect(checkMetrics(await scrapeText(example()))).toEqual({ status: 0, complaints: [] })
  })

  test.skipIf(skipReason !== undefined)('ingests every sample of OpenMetrics', async () => {
    const body = await scrapeOpenMetrics(example())
    const samples = readExposition(body, 'openmetrics').flatMap((family) => family.samples)
    expect(samples).toHaveLength(91)
    expect(ingestOpenMetrics(body)).toBe(91)
  })

  test.skipIf(skipReason !== undefined)('notices what it should, so that its silence means something', () => {
    expect(checkMetrics('x{a="\n"} 1\n').status).toBe(1)
    expect(() => ingestOpenMetrics('# TYPE x gauge\nx 1\n')).toThrow()
  })
})

/** All that is legal and that nobody expects. */
function odd(): Registry {
  const registry = createRegistry({ defaultLabels: { app: 'a "b" \\' } })
  const numbers = [-5, -0, 0, 1.5, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, Infinity, -Infinity, Number.NaN]
  const texts = [
    '',
    '"',
    '\\',
    '\n',
    '\r',
    '\r\n',
    '\0',
    '\t',
    '\u2028',
    '😀',
    '\ud83d',
    'é',
    ',',
    '} 1 # {a="b"} 1',
    'x"} 1\nevil{b="y',
    '# EOF',
  ]
  const help = 'A "quoted" \\ help\r\nwith \0 and 😀. '
  const counter = registry.counter({ name: 'without_suffix', help, labelNames: ['text'] })
  const gauge = registry.gauge({ name: 'gauge_total', help, labelNames: ['text', 'number'] })
  const extremes = [Number.MIN_VALUE, 1e-5, 0.1, 1, 123_456, 1e6, 1e21, Number.MAX_VALUE]
  const defaults = registry.histogram({ name: 'default_buckets', help, labelNames: ['number'] })
  const wide = registry.histogram({ name: 'wide_buckets', help, labelNames: ['number'], buckets: [-0, ...extremes] })
  const negative = registry.histogram({ name: 'negative_buckets', help, labelNames: ['number'], buckets: [-Number.MAX_VALUE, ...extremes] })
  const none = registry.histogram({ name: 'no_buckets', help, labelNames: ['number'], buckets: [] })
  for (const text of texts) counter.inc({ text }, Number.MAX_VALUE)
  for (const number of numbers) {
    for (const text of texts) gauge.set({ text, number }, number)
    for (const histogram of [defaults, wide, negative, none]) histogram.observe({ number }, number)
  }
  registry.counter({ name: 'zero_total', help }).inc(-0)
  registry.gauge({ name: 'no_series', help, labelNames: ['x'] })
  registry.gauge({ name: 'failing', help, collect: () => Promise.reject(new Error('no')) })
  return registry
}

describe(`the reference parser in Python${pythonSkipReason === undefined ? '' : ` (skipped: ${pythonSkipReason})`}`, () => {
  test.skipIf(pythonSkipReason !== undefined)('reads what the strict reader reads from an empty registry and from odd ones', async () => {
    const registry = odd()
    const running = collectDefaultMetrics(registry)
    const bodies = [await scrapeOpenMetrics(createRegistry()), await scrapeOpenMetrics(example()), await scrapeOpenMetrics(registry)]
    running.stop()
    const read = parseOpenMetrics(bodies)
    expect(read).toEqual(bodies.map((body) => readExposition(body, 'openmetrics')))
    expect(read.map((families) => families.length)).toEqual([0, 4, 44])
  })

  test.skipIf(pythonSkipReason !== undefined)('reads generated registries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 20, maxLength: 20 }), async (plans) => {
        const bodies = await Promise.all(plans.map((steps) => scrapeOpenMetrics(build(steps))))
        expect(parseOpenMetrics(bodies)).toEqual(bodies.map((body) => readExposition(body, 'openmetrics')))
      }),
      { numRuns: 5, interruptAfterTimeLimit: 4_000 },
    )
  })

  test.skipIf(pythonSkipReason !== undefined).each(REFUSED)('refuses $name', ({ samples, python }) => {
    expect(() => parseOpenMetrics([`${HISTOGRAM_HEAD}${samples}# EOF\n`])).toThrow(`ValueError: ${python}`)
  })
})

describe('prom-client', () => {
  test('shows the same samples for the same calls', async () => {
    const ours = createRegistry({ defaultLabels: { app: 'shop' } })
    const theirs = new prom.Registry()
    theirs.setDefaultLabels({ app: 'shop' })
    const labelNames = ['method', 'status'] as const
    const on = { registers: [theirs] }
    const all = {
      counters: [
        ours.counter({ name: 'c_total', help: 'C.', labelNames }),
        new prom.Counter({ ...on, name: 'c_total', help: 'C.', labelNames }),
      ],
      gauges: [ours.gauge({ name: 'g', help: 'G.', labelNames }), new prom.Gauge({ ...on, name: 'g', help: 'G.', labelNames })],
      histograms: [ours.histogram({ name: 'h', help: 'H.', labelNames }), new prom.Histogram({ ...on, name: 'h', help: 'H.', labelNames })],
    }
    for (let step = 0; step < 300; step += 1) {
      const labels = { method: ['GET', 'a"\\\nb', ''][step % 3] ?? '', status: String(200 + (step % 7)) }
      for (const counter of all.counters) counter.inc(labels, step / 7)
      for (const gauge of all.gauges) gauge.set(labels, step * -1.1)
      for (const histogram of all.histograms) histogram.observe(labels, step / 25)
    }
    const read = (body: string): ReadFamily[] => readExposition(body.replaceAll('\n\n', '\n'), 'text')
    const byKey = (families: ReadFamily[]): Map<string, number> =>
      new Map(families.flatMap(({ samples }) => samples.map((sample) => [sample.name + seriesKey(sample.labels), sample.value])))
    const [mine, other] = [read(await scrapeText(ours)), read(await theirs.metrics())]
    expect(byKey(mine)).toEqual(byKey(other))
    expect(mine.map(({ name, type, help }) => [name, type, help])).toEqual(other.map(({ name, type, help }) => [name, type, help]))
  })

  test('shows the same zeros before the first event', async () => {
    const ours = createRegistry()
    const theirs = new prom.Registry()
    ours.counter({ name: 'c_total', help: 'C.' })
    ours.gauge({ name: 'g', help: 'G.' })
    ours.histogram({ name: 'h', help: 'H.' })
    theirs.registerMetric(new prom.Counter({ name: 'c_total', help: 'C.', registers: [] }))
    theirs.registerMetric(new prom.Gauge({ name: 'g', help: 'G.', registers: [] }))
    theirs.registerMetric(new prom.Histogram({ name: 'h', help: 'H.', registers: [] }))
    expect((await theirs.metrics()).split('\n').filter((line) => /^[a-z]/.test(line))).toEqual(await sampleLines(ours))
  })
})
