import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileTargets, RankSummary } from '../../src/distributions/rank-summary.ts'
import { allowedError } from '../../src/distributions/summary-options.ts'
import { exactQuantile, rankError } from './ranks.ts'

const QUANTILES = [0.001, 0.01, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999]
const summarize = (quantiles: readonly number[], error = allowedError): RankSummary =>
  new RankSummary(compileTargets(quantiles.map((quantile) => ({ quantile, error: error(quantile) }))))

/** A reproducible number in [0, 1) per index (mulberry32). */
function noise(index: number): number {
  let mixed = (index + 1) * 0x6d2b79f5
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const STREAMS: Record<string, (index: number) => number> = {
  'uniform numbers': noise,
  'a heavy tail': (index) => (1 - noise(index)) ** -3,
  'ascending numbers': (index) => index,
  'descending numbers': (index) => -index,
  'one number': () => 0.25,
  'two numbers': (index) => (noise(index) < 0.98 ? 1 : 1000),
  'few whole numbers': (index) => Math.floor(noise(index) * 12),
  'numbers closing in from both ends': (index) => (index % 2 === 0 ? index : 1e6 - index),
  'numbers that grow at both ends': (index) => (index % 2 === 0 ? index : -index),
  'a saw of blocks': (index) => (index % 700) + index / 1e6,
  'quiet, then a burst far above': (index) => (index < 30_000 ? noise(index) : 1000 + noise(index)),
  'infinities among others': (index) => (index % 100 === 0 ? Infinity : index % 77 === 0 ? -Infinity : noise(index)),
  'both ends of the doubles': (index) => (noise(index) - 0.5) * Number.MAX_VALUE * (index % 3 === 0 ? 5e-324 : 1),
}

describe.each(Object.keys(STREAMS))('of %s', (name) => {
  test.each([1, 37, 512])('added by %d, each quantile is within its error, at any time, in little room', (batch) => {
    const stream = STREAMS[name]!
    const summary = summarize(QUANTILES)
    const all: number[] = []
    // Adding one by one is slow in the oracle, not in the summary; a shorter stream shows as much.
    const size = batch === 1 ? 4000 : 50_000
    let check = 100
    while (all.length < size) {
      const added = Float64Array.from({ length: batch }, (_, index) => stream(all.length + index)).sort()
      summary.addSorted(added)
      all.push(...added)
      if (all.length < check) continue
      check *= 2.5
      const sorted = Float64Array.from(all).sort()
      expect(summary.size).toBe(sorted.length)
      expect(summary.kept).toBeLessThan(2000)
      for (const quantile of QUANTILES) {
        const error = rankError(sorted, quantile, summary.quantile(quantile))
        expect([quantile, error <= allowedError(quantile) * sorted.length + 1]).toEqual([quantile, true])
      }
      expect([summary.quantile(0), summary.quantile(1)]).toEqual([sorted[0], sorted.at(-1)])
    }
  })
})

const numbers = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -5, max: 5 }), fc.double({ min: 0, max: 1, noNaN: true }))
const batches = (maxLength: number): fc.Arbitrary<Float64Array[]> =>
  fc.array(
    fc.array(numbers, { minLength: 1, maxLength }).map((batch) => Float64Array.from(batch).sort()),
    { minLength: 1, maxLength: 40 },
  )

test('whatever is added in whatever batches, each quantile is within its error, however rough that is', () => {
  fc.assert(
    fc.property(
      batches(120),
      fc.uniqueArray(
        fc.integer({ min: 1, max: 999 }).map((thousandths) => thousandths / 1000),
        { minLength: 1, maxLength: 3 },
      ),
      fc.double({ min: 0.001, max: 0.4, noNaN: true }),
      (added, quantiles, error) => {
        const summary = summarize(quantiles, () => error)
        for (const batch of added) summary.addSorted(batch)
        const sorted = Float64Array.from(added.flatMap((batch) => [...batch])).sort()
        for (const quantile of quantiles) {
          expect(rankError(sorted, quantile, summary.quantile(quantile))).toBeLessThanOrEqual(error * sorted.length + 1)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('up to 50 numbers, every quantile asked for is exact', () => {
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 50 }), (values, batch) => {
      const summary = summarize(QUANTILES)
      for (let from = 0; from < values.length; from += batch) summary.addSorted(Float64Array.from(values.slice(from, from + batch)).sort())
      for (const quantile of [0, ...QUANTILES, 1]) {
        // Minus zero equals zero here, as it does in any comparison of numbers.
        expect(summary.quantile(quantile) + 0).toBe(exactQuantile(values, quantile) + 0)
      }
    }),
    { numRuns: 300 },
  )
})

test('a decimal means itself and not the double a little above it', () => {
  const summary = summarize([0.07])
  summary.addSorted(Float64Array.from({ length: 100 }, (_, index) => index + 1))
  expect(summary.quantile(0.07)).toBe(7)
})

test('without targets, only the least and the greatest number are kept', () => {
  const summary = summarize([])
  for (let from = 0; from < 1000; from += 10) summary.addSorted(Float64Array.from({ length: 10 }, (_, index) => from + index))
  expect([summary.kept, summary.quantile(0), summary.quantile(1)]).toEqual([2, 0, 999])
})

test('of nothing there is no quantile, and cleared it is of nothing', () => {
  const summary = summarize([0.5])
  expect(summary.quantile(0.5)).toBeNaN()
  summary.addSorted(Float64Array.of(1, 2))
  summary.clear()
  expect([summary.size, summary.kept, summary.quantile(0.5), summary.quantile(0), summary.quantile(1)]).toEqual([
    0,
    0,
    Number.NaN,
    Number.NaN,
    Number.NaN,
  ])
  summary.addSorted(Float64Array.of(3))
  expect(summary.quantile(0.5)).toBe(3)
})
