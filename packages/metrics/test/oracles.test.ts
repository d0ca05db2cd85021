/** Registries of every kind before judges that are not us: Prometheus' own parser and lint, and the reference parser in Python. */
import { createRegistry, type FamilySnapshot, type Registry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMetrics, ingestOpenMetrics, skipReason } from './support/promtool.ts'
import { parseOpenMetrics, skipReason as pythonSkipReason } from './support/python-parser.ts'
import { scrapeOpenMetrics, scrapeText } from './support/scrape.ts'

const text = fc
  .array(fc.oneof(fc.constantFrom('\\', '"', '\n', '\0', ',', '}', '\ud800', '😀', '__overflow__'), fc.string()), { maxLength: 5 })
  .map((parts) => parts.join(''))
const positive = fc.oneof(fc.double({ min: 0, max: 1e300, noNaN: true }), fc.nat())
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 5e-324, 1e21))
const plans = fc.record({
  createdTimestamps: fc.boolean(),
  maxSeries: fc.constantFrom(3, Infinity),
  counts: fc.array(fc.tuple(text, positive), { maxLength: 8 }),
  levels: fc.array(fc.tuple(text, number), { maxLength: 8 }),
  observed: fc.array(fc.tuple(text, number), { maxLength: 8 }),
  // The parser in Python ends an exemplar's labels at the first brace, quoted or not.
  traces: fc.array(
    fc.tuple(
      fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', ',', ' ', '{', '=', '#', 'é', '😀', '\ud83d'), maxLength: 20 }),
      positive,
    ),
    { maxLength: 4 },
  ),
  lowest: fc.constantFrom(-1, 0, 1e-7),
  version: text,
  states: fc.subarray(['on', 'off', 'o"n\\\n']),
  // A quantile below zero is refused by the parser in Python and by no server.
  summary: fc.tuple(fc.array(positive, { minLength: 2, maxLength: 2 }), number, fc.nat()),
  removed: text,
})
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never

function build(plan: Plan): Registry {
  const { createdTimestamps, maxSeries } = plan
  const registry = createRegistry({ createdTimestamps, maxSeries, defaultLabels: { app: 'a"b' }, wallClock: () => 1_700_000_000_500 })
  const labelNames = ['a'] as const
  const counter = registry.counter({ name: 'c_seconds_total', help: 'C "c" \\ \n c.', labelNames, unit: 'seconds' })
  const gauge = registry.gauge({ name: 'g_bytes', help: 'G.', labelNames, unit: 'bytes' })
  const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames, buckets: [plan.lowest, 0.5, 1, 1e6], maxSeries: 5 })
  for (const [a, value] of plan.counts) counter.inc({ a }, value)
  for (const [a, value] of plan.levels) gauge.set({ a }, value)
  for (const [a, value] of plan.observed) histogram.observe({ a }, value)
  for (const [trace_id, value] of plan.traces) {
    counter.labels({ a: 'traced' }).incWithExemplar(value, { trace_id })
    histogram.labels({ a: 'traced' }).observeWithExemplar(value, { trace_id, n: 1 })
  }
  registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version: plan.version })
  registry.stateSet({ name: 's', help: 'S.', states: ['on', 'off', 'o"n\\\n'] as string[] }).setAll(plan.states)
  registry.stateSet({ name: 't', help: 'T.', labelNames, states: ['x', 'y'] }).set({ a: plan.version }, 'x')
  registry.gauge({ name: 'failing', help: 'F.', collect: () => Promise.reject(new Error('no')) })
  counter.removeWhere({ a: plan.removed })
  const [quantiles, sum, count] = plan.summary
  const summary: FamilySnapshot = {
    kind: 'summary',
    name: 'q',
    help: 'Q.',
    labelNames: ['b'],
    quantiles: [0.5, 1],
    series: [
      { labels: ['x'], values: [...quantiles, sum, count] },
      { labels: [undefined], values: [Number.NaN, Number.NaN, 0, 0] },
    ],
  }
  registry.include({ name: 'other', collect: () => [summary, { ...summary, kind: 'counter', name: 'c_seconds' }] })
  return registry
}

const SAMPLES = (body: string): number => body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length

/** Complaints about names that these registries have on purpose, so that every kind of name is there. */
const STYLE = /should|help|counter metrics|no unit|abbreviated/

describe(`promtool${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`, () => {
  test.skipIf(skipReason !== undefined)('reads text of every kind', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const registry = build(plan)
        for (let round = 0; round < 2; round += 1) {
          const { status, complaints } = checkMetrics(await scrapeText(registry))
          expect(complaints.filter((line) => !STYLE.test(line))).toEqual([])
          expect(status).not.toBe(1)
        }
      }),
      { numRuns: 6, interruptAfterTimeLimit: 1_000 },
    )
  })

  test.skipIf(skipReason !== undefined)('ingests OpenMetrics without exemplars of every kind, sample by sample', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        // What is backfilled has a time behind each line, where an exemplar would stand.
        const body = await scrapeOpenMetrics(build({ ...plan, traces: [] }))
        expect(ingestOpenMetrics(body)).toBe(SAMPLES(body))
      }),
      { numRuns: 3, interruptAfterTimeLimit: 1_200 },
    )
  })
})

describe(`the reference parser in Python${pythonSkipReason === undefined ? '' : ` (skipped: ${pythonSkipReason})`}`, () => {
  test.skipIf(pythonSkipReason !== undefined)('reads OpenMetrics of every kind, exemplars and births among it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plans, { minLength: 20, maxLength: 20 }), async (all) => {
        const bodies = await Promise.all(all.map((plan) => scrapeOpenMetrics(build(plan))))
        const read = parseOpenMetrics(bodies)
        for (const [at, families] of read.entries()) {
          expect(families.reduce((sum, { samples }) => sum + samples.length, 0)).toBe(SAMPLES(bodies[at] as string))
          // What a registry tells of itself comes with the first event, wherever that is.
          const own = families.filter(({ name }) => !name.startsWith('postern_'))
          expect(own.slice(0, 6).map(({ name, type }) => [name, type])).toEqual([
            ['c_seconds', 'counter'],
            ['g_bytes', 'gauge'],
            ['h', 'histogram'],
            ['build', 'info'],
            ['s', 'stateset'],
            ['t', 'stateset'],
          ])
          expect(families.at(-1)).toMatchObject({ name: 'q', type: 'summary' })
        }
      }),
      { numRuns: 3, interruptAfterTimeLimit: 2_000 },
    )
  })
})
