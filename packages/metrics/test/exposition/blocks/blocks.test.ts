/** Blocks composed, patched and rewritten: three ways that must come to the same bytes. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HistogramWriter } from '../../../src/exposition/blocks/histogram.ts'
import { LabelStyle } from '../../../src/exposition/blocks/line-style.ts'
import { spellingOf } from '../../../src/exposition/blocks/spelling.ts'
import { SummaryWriter } from '../../../src/exposition/blocks/summary.ts'
import { ByteWriter } from '../../../src/exposition/byte-writer.ts'
import type { Exemplar } from '../../../src/series/exemplar.ts'
import type { QuantileSource } from '../../../src/series/family.ts'
import { composeAll, createFamily, createWriter, decode, type FamilyPlan } from '../../support/family.ts'

const NUMBERS = [0, 1, 9, 10, 99, 12_345, -1, -10, 0.5, 1e21, Infinity, -Infinity, Number.NaN]
const number = fc.constantFrom(...NUMBERS)
const counts = fc.constantFrom(0, 1, 9, 10, 99, 100, 1_000_000)

/** What `patch` and `rewrite` make of a block composed before, where they say that they can; and the block composed anew. */
function threeWays(plan: FamilyPlan, syntax: 'text' | 'openmetrics', moments: readonly (readonly number[])[]) {
  const family = createFamily(plan)
  const slot = family.store.slotOfTexts(['x'])
  const segment = family.store.segmentOf(slot)
  const writer = createWriter(family, syntax)
  const rounds: { composed: string; patched: string | undefined; rewritten: string | undefined }[] = []
  const block = (): Uint8Array => {
    const to = new ByteWriter(8)
    to.byte(60)
    writer.compose(to, segment, 0)
    to.reserve(1)
    to.byte(62)
    return to.view().slice()
  }
  segment.values.set(moments[0] ?? [])
  let before = block()
  for (const values of moments.slice(1)) {
    segment.values.set(values)
    const patched = before.slice()
    const canPatch = writer.patch(patched, 1, patched.length - 1, segment, 0)
    const to = new ByteWriter(8)
    to.byte(60)
    const canRewrite = writer.rewrite(to, before, 1, before.length - 1, segment, 0)
    to.reserve(1)
    to.byte(62)
    const after = block()
    rounds.push({
      composed: decode(after),
      patched: canPatch ? decode(patched) : undefined,
      rewritten: canRewrite ? decode(to.view()) : undefined,
    })
    before = after
  }
  return rounds
}

const SHAPES: { name: string; plan: FamilyPlan; values: fc.Arbitrary<number[]> }[] = [
  { name: 'a gauge', plan: {}, values: fc.tuple(number) },
  { name: 'a counter', plan: { kind: 'counter' }, values: fc.tuple(counts) },
  { name: 'a counter with its birth', plan: { kind: 'counter', context: { keepsCreated: true } }, values: fc.tuple(counts) },
  {
    name: 'a histogram',
    plan: { kind: 'histogram', bounds: Float64Array.of(0, 1, 2) },
    values: fc.tuple(counts, counts, counts, counts, number),
  },
  {
    name: 'a histogram with bounds below zero',
    plan: { kind: 'histogram', bounds: Float64Array.of(-1, 1) },
    values: fc.tuple(counts, counts, counts, number),
  },
  {
    name: 'a histogram with its birth',
    plan: { kind: 'histogram', bounds: Float64Array.of(1), context: { keepsCreated: true } },
    values: fc.tuple(counts, counts, number),
  },
  { name: 'a histogram without bounds', plan: { kind: 'histogram', bounds: new Float64Array(0) }, values: fc.tuple(counts, number) },
]

describe.each(['text', 'openmetrics'] as const)('in %s', (syntax) => {
  test.each(SHAPES)('$name is the same composed, patched and rewritten', ({ plan, values }) => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 8 }), (moments) => {
        for (const { composed, patched, rewritten } of threeWays(plan, syntax, moments)) {
          if (patched !== undefined) expect(patched).toBe(composed)
          if (rewritten !== undefined) expect(rewritten).toBe(composed)
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 1_000 },
    )
  })
})

describe('a patch', () => {
  test.each<{ name: string; plan: FamilyPlan; moments: number[][]; patched: boolean; rewritten: boolean }>([
    { name: 'takes a number of the same width', plan: {}, moments: [[1], [2]], patched: true, rewritten: true },
    { name: 'leaves a wider one to a rewriting', plan: {}, moments: [[9], [10]], patched: false, rewritten: true },
    {
      name: 'takes the numbers of a histogram',
      plan: { kind: 'histogram', bounds: Float64Array.of(1) },
      moments: [
        [1, 0, 5],
        [0, 1, 7],
      ],
      patched: true,
      rewritten: true,
    },
    {
      name: 'leaves lines that have come to a composition',
      plan: { kind: 'histogram', bounds: Float64Array.of(1) },
      moments: [
        [1, 0, -5],
        [1, 0, 5],
      ],
      patched: false,
      rewritten: false,
    },
    {
      name: 'leaves lines that have gone to a composition',
      plan: { kind: 'histogram', bounds: Float64Array.of(1) },
      moments: [
        [1, 0, 5],
        [1, 0, -5],
      ],
      patched: false,
      rewritten: false,
    },
    {
      name: 'is not tried where births are told',
      plan: { kind: 'histogram', bounds: Float64Array.of(1), context: { keepsCreated: true } },
      moments: [
        [1, 0, 5],
        [1, 0, 6],
      ],
      patched: false,
      rewritten: false,
    },
  ])('$name', ({ plan, moments, patched, rewritten }) => {
    const [round] = threeWays(plan, 'openmetrics', moments)
    expect([round?.patched !== undefined, round?.rewritten !== undefined]).toEqual([patched, rewritten])
  })

  test('does not put numbers where a rewriting that was given up would have put them', () => {
    const plan: FamilyPlan = { kind: 'histogram', bounds: Float64Array.of(1) }
    // The totals go, which ends a rewriting halfway; then they come back, and then every number is wider.
    const rounds = threeWays(plan, 'openmetrics', [
      [1, 0, 5],
      [1, 1, -5],
      [1, 0, 5],
      [100, 100, 5_000],
    ])
    for (const { composed, rewritten } of rounds) expect(rewritten ?? composed).toBe(composed)
    expect(rounds.at(-1)?.rewritten).toBeDefined()
  })

  test('of an empty place is refused', () => {
    const family = createFamily()
    const slot = family.store.slotOfTexts(['x'])
    const writer = createWriter(family)
    expect(writer.patch(new Uint8Array(0), 0, 0, family.store.segmentOf(slot), 0)).toBe(false)
    expect(writer.rewrite(new ByteWriter(0), new Uint8Array(0), 0, 0, family.store.segmentOf(slot), 0)).toBe(false)
  })
})

describe('exemplars', () => {
  const EXAMPLE: Exemplar = { labels: [['trace_id', 'a"b']], value: 0.5, timestamp: 1_700_000_000.5 }
  const LONG: Exemplar = { labels: [['trace_id', 'x'.repeat(110)]], value: 1, timestamp: 1 }

  test('stand behind their samples in OpenMetrics, and nowhere in text', () => {
    const counter = createFamily({ kind: 'counter' })
    counter.store.segmentOf(counter.store.slotOfTexts(['x'])).extras = [EXAMPLE]
    expect(composeAll(counter, createWriter(counter, 'openmetrics'))).toBe('x_total{a="x"} 0 # {trace_id="a\\"b"} 0.5 1700000000.5\n')
    expect(composeAll(counter, createWriter(counter))).toBe('x{a="x"} 0\n')
  })

  test('of buckets stand behind their buckets, and end every patching', () => {
    const histogram = createFamily({ kind: 'histogram', bounds: Float64Array.of(1, 2) })
    const segment = histogram.store.segmentOf(histogram.store.slotOfTexts(['x']))
    segment.extras = [{ exemplars: [undefined, LONG, LONG], native: undefined }]
    const long = `# {trace_id="${'x'.repeat(110)}"} 1 1`
    const writer = createWriter(histogram, 'openmetrics')
    const body = composeAll(histogram, writer)
    expect(body).toBe(
      [
        'x_bucket{a="x",le="1.0"} 0',
        `x_bucket{a="x",le="2.0"} 0 ${long}`,
        `x_bucket{a="x",le="+Inf"} 0 ${long}`,
        'x_sum{a="x"} 0',
        'x_count{a="x"} 0',
        '',
      ].join('\n'),
    )
    const bytes = new TextEncoder().encode(body)
    expect(writer.patch(bytes, 0, bytes.length, segment, 0)).toBe(false)
    expect(writer.rewrite(new ByteWriter(0), bytes, 0, bytes.length, segment, 0)).toBe(false)
    const text = createWriter(histogram)
    const plain = new TextEncoder().encode(composeAll(histogram, text))
    expect(text.patch(plain, 0, plain.length, segment, 0)).toBe(true)
  })

  test('of a counter end patching as well', () => {
    const counter = createFamily({ kind: 'counter' })
    const segment = counter.store.segmentOf(counter.store.slotOfTexts(['x']))
    const writer = createWriter(counter, 'openmetrics')
    const bytes = new TextEncoder().encode(composeAll(counter, writer))
    expect(writer.patch(bytes, 0, bytes.length, segment, 0)).toBe(true)
    segment.extras = [EXAMPLE]
    expect(writer.patch(bytes, 0, bytes.length, segment, 0)).toBe(false)
  })
})

describe('births', () => {
  test('are told in seconds in OpenMetrics, of counters, histograms and summaries alone', () => {
    const context = { keepsCreated: true, wallClock: () => 1_700_000_000_250 }
    const bodyOf = (plan: FamilyPlan): string => {
      const family = createFamily({ ...plan, context })
      family.store.slotOfTexts(['x'])
      return composeAll(family, createWriter(family, 'openmetrics'))
    }
    const created = 'x_created{a="x"} 1700000000.25\n'
    expect(bodyOf({ kind: 'counter' })).toBe(`x_total{a="x"} 0\n${created}`)
    expect(bodyOf({ kind: 'gauge' })).toBe('x{a="x"} 0\n')
    expect(bodyOf({ kind: 'histogram', bounds: new Float64Array(0) })).toBe(
      `x_bucket{a="x",le="+Inf"} 0\nx_sum{a="x"} 0\nx_count{a="x"} 0\n${created}`,
    )
    expect(bodyOf({ kind: 'histogram', bounds: Float64Array.of(-1) })).toBe(
      `x_bucket{a="x",le="-1.0"} 0\nx_bucket{a="x",le="+Inf"} 0\n${created}`,
    )
    const createExtra = (): QuantileSource => ({ sum: 1, count: 2, quantiles: () => new Float64Array(0) })
    expect(bodyOf({ kind: 'summary', createExtra })).toBe(`x_sum{a="x"} 1\nx_count{a="x"} 2\n${created}`)
  })
})

describe('a summary', () => {
  const summary = (sum: number) => {
    const createExtra = (): QuantileSource => ({ sum, count: 2, quantiles: (now) => Float64Array.of(now, Number.NaN) })
    return createFamily({ kind: 'summary', quantiles: [0.5, 1], createExtra })
  }

  test.each([
    { syntax: 'text' as const, one: '1', sum: 3, sums: 'x_sum{a="x"} 3\n' },
    { syntax: 'openmetrics' as const, one: '1.0', sum: 3, sums: 'x_sum{a="x"} 3\n' },
    { syntax: 'text' as const, one: '1', sum: -3, sums: 'x_sum{a="x"} -3\n' },
    { syntax: 'openmetrics' as const, one: '1.0', sum: -3, sums: '' },
    { syntax: 'openmetrics' as const, one: '1.0', sum: Number.NaN, sums: '' },
  ])('in $syntax tells quantiles of now, its count, and a sum of $sum where the format has it', ({ syntax, one, sum, sums }) => {
    const family = summary(sum)
    family.store.slotOfTexts(['x'])
    expect(composeAll(family, createWriter(family, syntax))).toBe(
      `x{a="x",quantile="0.5"} 0\nx{a="x",quantile="${one}"} NaN\n${sums}x_count{a="x"} 2\n`,
    )
  })

  test('is never patched', () => {
    const family = summary(1)
    const segment = family.store.segmentOf(family.store.slotOfTexts(['x']))
    const writer = createWriter(family)
    const bytes = new TextEncoder().encode(composeAll(family, writer))
    expect(writer.patch(bytes, 0, bytes.length, segment, 0)).toBe(false)
    expect(writer.rewrite(new ByteWriter(0), bytes, 0, bytes.length, segment, 0)).toBe(false)
  })
})

test('heads tell kind, help and unit as each format has them', () => {
  const head = (plan: FamilyPlan, syntax: 'text' | 'openmetrics'): string => decode(createWriter(createFamily(plan), syntax).head)
  const help = 'A "quoted" \\ help\nof two lines.'
  const unit = { kind: 'counter', name: 'x_seconds_total', unit: 'seconds', help } as const
  expect(head(unit, 'text')).toBe('# HELP x_seconds_total A "quoted" \\\\ help\\nof two lines.\n# TYPE x_seconds_total counter\n')
  expect(head(unit, 'openmetrics')).toBe(
    '# TYPE x_seconds counter\n# UNIT x_seconds seconds\n# HELP x_seconds A \\"quoted\\" \\\\ help\\nof two lines.\n',
  )
  expect(head({ kind: 'info', name: 'x_info' }, 'text')).toBe('# HELP x_info X.\n# TYPE x_info gauge\n')
  expect(head({ kind: 'info', name: 'x' }, 'text')).toBe('# HELP x_info X.\n# TYPE x_info gauge\n')
  expect(head({ kind: 'info', name: 'x_info' }, 'openmetrics')).toBe('# TYPE x info\n# HELP x X.\n')
  expect(head({ kind: 'stateset', name: 'x', labelNames: ['x'] }, 'text')).toBe('# HELP x X.\n# TYPE x gauge\n')
  expect(head({ kind: 'stateset', name: 'x', labelNames: ['x'] }, 'openmetrics')).toBe('# TYPE x stateset\n# HELP x X.\n')
})

test('a bound may come before the labels, as prom-client writes it', () => {
  const plain = { head: new Uint8Array(0), name: 'x', createdName: undefined }
  const histogram = createFamily({ kind: 'histogram', bounds: Float64Array.of(1) })
  histogram.store.slotOfTexts(['v'])
  const options = { ...plain, bounds: ['1'], boundFirst: true, showTotals: () => false, showExemplars: false }
  expect(composeAll(histogram, new HistogramWriter(histogram, new LabelStyle(histogram, spellingOf('underscores')), options))).toBe(
    'x_bucket{le="1",a="v"} 0\nx_bucket{le="+Inf",a="v"} 0\n',
  )
  const source: QuantileSource = { sum: 0, count: 0, quantiles: () => Float64Array.of(7) }
  const summary = createFamily({ kind: 'summary', quantiles: [0.5], createExtra: () => source })
  summary.store.slotOfTexts(['v'])
  const first = { ...plain, quantiles: ['0.5'], quantileFirst: true, showSum: () => true, now: () => 0 }
  expect(composeAll(summary, new SummaryWriter(new LabelStyle(summary, spellingOf('underscores')), first))).toBe(
    'x{quantile="0.5",a="v"} 7\nx_sum{a="v"} 0\nx_count{a="v"} 0\n',
  )
})
