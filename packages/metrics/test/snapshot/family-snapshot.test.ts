import { createRegistry, type FamilySnapshot } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FamilyKind } from '../../src/names.ts'
import type { QuantileSource } from '../../src/series/family.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/snapshot/family-snapshot.ts'
import { CONTEXT, composeAll, createFamily, createWriter, type FamilyPlan } from '../support/family.ts'
import { sampleLines, scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'

const text = fc.constantFrom('', 'x', 'y', '"\\\n', '\ud800', '😀', '__overflow__')
const double = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 1e21, 2 ** 53))
const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5, comparator: (a, b) => a === b })
  .map((list) => list.toSorted((a, b) => a - b))

interface Plan {
  readonly counts: readonly (readonly [string, string, number])[]
  readonly levels: readonly (readonly [string, number])[]
  readonly observed: readonly (readonly [string, number])[]
  readonly bounds: readonly number[]
  readonly build: string
  readonly state: 'on' | 'off'
  readonly createdTimestamps: boolean
}

const plans: fc.Arbitrary<Plan> = fc.record({
  counts: fc.array(fc.tuple(text, text, fc.double({ min: 0, max: 1e300, noNaN: true })), { maxLength: 8 }),
  levels: fc.array(fc.tuple(text, double), { maxLength: 8 }),
  observed: fc.array(fc.tuple(text, double), { maxLength: 8 }),
  bounds,
  build: text,
  state: fc.constantFrom('on', 'off'),
  createdTimestamps: fc.boolean(),
})

function build({ counts, levels, observed, bounds: buckets, build: version, state, createdTimestamps }: Plan) {
  const registry = createRegistry({ createdTimestamps, defaultLabels: { app: 'shop "x"' }, wallClock: () => 1_700_000_000_123 })
  const counter = registry.counter({ name: 'c_seconds_total', help: 'C "c" \\ \n c.', labelNames: ['a', 'b'], unit: 'seconds' })
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] })
  const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets })
  for (const [a, b, value] of counts) counter.inc({ a, b }, value)
  for (const [a, value] of levels) gauge.set({ a }, value)
  for (const [a, value] of observed) histogram.observe({ a }, value)
  registry.info({ name: 'build', help: 'B.', labelNames: ['version'] }).set({ version })
  registry.stateSet({ name: 's', help: 'S.', labelNames: ['a'], states: ['on', 'off'] }).set({ a: 'x' }, state)
  registry.gauge({ name: 'alone', help: 'A.' }).set(7)
  return registry
}

test('what is taken, carried over and included is rendered as it was', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const registry = build(plan)
      const snapshots = structuredClone(await registry.snapshot())
      const { createdTimestamps } = plan
      const other = createRegistry({ createdTimestamps, defaultLabels: { app: 'shop "x"' }, wallClock: () => 0 })
      other.include({ name: 'other', collect: () => snapshots })
      expect(await scrapeText(other)).toBe(await scrapeText(registry))
      expect(await scrapeOpenMetrics(other)).toBe(await scrapeOpenMetrics(registry))
      expect(await other.snapshot()).toEqual(snapshots)
    }),
    { numRuns: 100, interruptAfterTimeLimit: 2_500 },
  )
})

test('JSON carries all but NaN and the infinities', async () => {
  const registry = createRegistry()
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] })
  for (const [a, value] of [
    ['x', 1.5],
    ['inf', Infinity],
    ['nan', Number.NaN],
  ] as const)
    gauge.set({ a }, value)
  registry.histogram({ name: 'h', help: 'H.', buckets: [1] }).observe(0.5)
  const other = createRegistry()
  const snapshots = JSON.parse(JSON.stringify(await registry.snapshot())) as FamilySnapshot[]
  other.include({ name: 'other', collect: async () => snapshots })
  expect(await sampleLines(other)).toEqual([
    'g{a="x"} 1.5',
    'g{a="inf"} 0',
    'g{a="nan"} 0',
    'h_bucket{le="1"} 1',
    'h_bucket{le="+Inf"} 1',
    'h_sum 0.5',
    'h_count 1',
  ])
})

test('a snapshot is a copy: neither side notices what the other does with it', async () => {
  const registry = createRegistry()
  const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1] })
  histogram.observe({ a: 'x' }, 0.5)
  const before = await scrapeText(registry)
  const [snapshot] = (await registry.snapshot()) as unknown as [
    { labelNames: string[]; bounds: number[]; quantiles: number[]; series: { labels: string[]; values: Float64Array }[] },
  ]
  snapshot.labelNames.push('b')
  snapshot.bounds[0] = 7
  snapshot.quantiles.push(1)
  snapshot.series[0]?.values.fill(9)
  snapshot.series[0]?.labels.fill('changed')
  expect(await scrapeText(registry)).toBe(before)
})

describe('a summary', () => {
  test('is carried over with its quantiles of now', () => {
    const source: QuantileSource = { sum: 5, count: 2, quantiles: (now) => Float64Array.of(now, Number.NaN) }
    const family = createFamily({ kind: 'summary', quantiles: [0.5, 0.9], createExtra: () => source })
    family.store.slotOfTexts(['v'])
    const snapshot = takeSnapshot(family, 7)
    expect(snapshot).toMatchObject({
      kind: 'summary',
      quantiles: [0.5, 0.9],
      series: [{ labels: ['v'], values: Float64Array.of(7, Number.NaN, 5, 2) }],
    })
    const restored = restoreSnapshot(snapshot, CONTEXT)
    expect(composeAll(restored, createWriter(restored))).toBe(
      'x{a="v",quantile="0.5"} 7\nx{a="v",quantile="0.9"} NaN\nx_sum{a="v"} 5\nx_count{a="v"} 2\n',
    )
  })

  test('without quantiles, labels or numbers is zero', () => {
    const restored = restoreSnapshot(
      { kind: 'summary', name: 'x', help: '', labelNames: [], series: [{ labels: [], values: [] }] },
      CONTEXT,
    )
    expect([restored.help, composeAll(restored, createWriter(restored))]).toEqual(['x', 'x_sum 0\nx_count 0\n'])
  })
})

describe('restoring', () => {
  const snapshotOf = (change: object): FamilySnapshot => ({
    kind: 'gauge',
    name: 'x',
    help: 'X.',
    labelNames: ['a'],
    series: [{ labels: ['v'], values: [1] }],
    ...change,
  })
  const linesOf = (change: object): string => {
    const family = restoreSnapshot(snapshotOf(change), CONTEXT)
    return composeAll(family, createWriter(family))
  }

  test.each([
    { name: 'nothing of a family without labels that has no series', change: { labelNames: [], series: [] }, lines: '' },
    {
      name: 'labels that are absent',
      change: {
        labelNames: ['a', 'b'],
        series: [
          { labels: ['v', undefined], values: [1] },
          { labels: [null, 'w'], values: [2] },
        ],
      },
      lines: 'x{a="v"} 1\nx{b="w"} 2\n',
    },
    {
      name: 'the last of two series with the same labels',
      change: {
        series: [
          { labels: ['\ud800'], values: [1] },
          { labels: ['\ufffd'], values: [2] },
        ],
      },
      lines: 'x{a="\ufffd"} 2\n',
    },
    {
      name: 'numbers for texts',
      change: {
        series: [
          { labels: [5], values: [1] },
          { labels: ['5'], values: [2] },
        ],
      },
      lines: 'x{a="5"} 2\n',
    },
    { name: 'zero for a number that is missing', change: { series: [{ labels: ['v'], values: [] }] }, lines: 'x{a="v"} 0\n' },
  ])('gives $name', ({ change, lines }) => {
    expect(linesOf(change)).toBe(lines)
  })

  test('knows the birth of a series where it is kept', () => {
    const change = {
      kind: 'counter',
      series: [
        { labels: ['v'], values: [1], created: 5_000 },
        { labels: ['w'], values: [1] },
      ],
    }
    const family = restoreSnapshot(snapshotOf(change), { ...CONTEXT, keepsCreated: true, wallClock: () => 9_000 })
    expect(composeAll(family, createWriter(family, 'openmetrics'))).toContain('x_created{a="v"} 5\nx_total{a="w"} 1\nx_created{a="w"} 9\n')
    expect(composeAll(restoreSnapshot(snapshotOf(change), CONTEXT), createWriter(family))).toBe('x{a="v"} 1\nx{a="w"} 1\n')
  })

  test.each<{ change: object; message: string }>([
    {
      change: { kind: 'number' },
      message: 'The included "x" has the kind "number". Write one of counter, gauge, histogram, summary, info, stateset.',
    },
    {
      change: { kind: '__proto__' },
      message: 'The included "x" has the kind "__proto__". Write one of counter, gauge, histogram, summary, info, stateset.',
    },
    {
      change: { kind: undefined },
      message: 'The included "x" has the kind undefined. Write one of counter, gauge, histogram, summary, info, stateset.',
    },
    { change: { name: 'x y' }, message: '"x y" is not a metric name' },
    { change: { labelNames: ['le'] }, message: 'Gauge "x" has the label "le"' },
    { change: { series: [{ labels: [], values: [1] }] }, message: 'The included "x" has a series with 0 label values, and 1 label names.' },
    {
      change: { series: [{ labels: ['v', 'w'], values: [1] }] },
      message: 'The included "x" has a series with 2 label values, and 1 label names.',
    },
    {
      change: { series: [{ labels: ['v'], values: ['1'] }] },
      message: 'The included gauge "x" has the number "1" at place 0, which it cannot have.',
    },
    {
      change: { kind: 'counter', series: [{ labels: ['v'], values: [-1] }] },
      message: 'The included counter "x" has the number -1 at place 0, which it cannot have.',
    },
    {
      change: { kind: 'counter', series: [{ labels: ['v'], values: [Number.NaN] }] },
      message: 'The included counter "x" has the number NaN at place 0, which it cannot have.',
    },
    {
      change: { kind: 'histogram', bounds: [1], series: [{ labels: ['v'], values: [0, -1, 5] }] },
      message: 'The included histogram "x" has the number -1 at place 1, which it cannot have.',
    },
    {
      change: { kind: 'histogram', bounds: [1], series: [{ labels: ['v'], values: [0.5, 0, 5] }] },
      message: 'The included histogram "x" has the number 0.5 at place 0, which it cannot have.',
    },
    { change: { kind: 'histogram', bounds: [2, 1] }, message: 'Histogram "x" has the bucket 1, which comes after 2' },
    {
      change: { kind: 'histogram', bounds: [1, Infinity] },
      message: 'The included "x" has the bound +Inf. Leave it out: it is always the last bucket.',
    },
    { change: { kind: 'histogram', bounds: 'many' }, message: 'Histogram "x" has the buckets "many", which is not an array.' },
    { change: { kind: 'summary', quantiles: [0.5, 2] }, message: 'The included "x" has the quantile 2. Write numbers from 0 to 1.' },
    {
      change: { kind: 'summary', series: [{ labels: ['v'], values: [-5, -1] }] },
      message: 'The included summary "x" has the number -1 at place 1, which it cannot have.',
    },
    {
      change: { kind: 'info', series: [{ labels: ['v'], values: [2] }] },
      message: 'The included info "x" has the number 2 at place 0, which it cannot have.',
    },
    {
      change: { kind: 'stateset', labelNames: ['x'], series: [{ labels: ['v'], values: [2] }] },
      message: 'The included stateset "x" has the number 2 at place 0',
    },
    { change: { kind: 'stateset' }, message: 'The included state set "x" has no label "x", which tells its state.' },
  ])('refuses $change', ({ change, message }) => {
    expect(() => restoreSnapshot(snapshotOf(change), CONTEXT)).toThrow(message)
  })

  test.each<{ change: object; error: typeof TypeError | typeof RangeError }>([
    { change: { series: [{ labels: ['v'], values: ['1'] }] }, error: TypeError },
    { change: { kind: 'counter', series: [{ labels: ['v'], values: [-1] }] }, error: RangeError },
    { change: { kind: 'summary', quantiles: ['0.5'] }, error: TypeError },
    { change: { kind: 'summary', quantiles: [-0.5] }, error: RangeError },
    { change: { kind: 'summary', quantiles: [Number.NaN] }, error: RangeError },
  ])('tells the wrong type from the wrong range: $change is a $error.name', ({ change, error }) => {
    expect(() => restoreSnapshot(snapshotOf(change), CONTEXT)).toThrow(error)
  })

  test.each<{ kind: FamilyKind; plan: FamilyPlan }>([
    { kind: 'counter', plan: {} },
    { kind: 'gauge', plan: {} },
    { kind: 'histogram', plan: { bounds: Float64Array.of(1) } },
    { kind: 'info', plan: {} },
  ])('brings back a $kind without series', ({ kind, plan }) => {
    const restored = restoreSnapshot(takeSnapshot(createFamily({ ...plan, kind }), 0), CONTEXT)
    expect([restored.kind, restored.store.live]).toEqual([kind, 0])
  })
})

test('an exemplar or a birth that no scraper could read is left away', async () => {
  const registry = createRegistry({ createdTimestamps: true, wallClock: () => 5_000 })
  const good = { labels: [['t', 'x']] as const, value: 1, timestamp: 2 }
  const bad = [
    { ...good, labels: [['a"} 1\nforged', 'x']] as const },
    { ...good, timestamp: NaN },
    { ...good, value: '1\nforged' as unknown as number },
    { ...good, labels: undefined as never },
    null as never,
  ]
  const series = [good, ...bad].map((exemplar, at) => ({ labels: [`${at}`], values: [1], created: NaN, exemplars: [exemplar] }))
  registry.include({ name: 'other', collect: () => [{ kind: 'counter', name: 'c', help: 'C.', labelNames: ['a'], series }] })
  const { body } = await registry.render({ accept: 'application/openmetrics-text;version=1.0.0' })
  const lines = body.split('\n').filter((line) => line.startsWith('c_total'))
  expect(lines).toEqual(['c_total{a="0"} 1 # {t="x"} 1 2', ...[1, 2, 3, 4, 5].map((at) => `c_total{a="${at}"} 1`)])
  expect(body).not.toContain('NaN')
})
