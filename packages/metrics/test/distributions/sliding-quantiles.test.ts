import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlidingQuantiles } from '../../src/distributions/sliding-quantiles.ts'
import { allowedError, compileSummary, type SummaryOptions } from '../../src/distributions/summary-options.ts'
import { exactQuantile, rankError } from './ranks.ts'

const YEAR = 365 * 24 * 3600 * 1000
const create = (options: SummaryOptions, now = 0): SlidingQuantiles => new SlidingQuantiles(compileSummary('Summary "s"', options), now)
const read = (summary: SlidingQuantiles, now: number): number[] => [...summary.quantiles(now)]

describe('a summary', () => {
  test('answers in the order of its quantiles, each with a value that was observed', () => {
    const summary = create({ quantiles: [0.99, 0, 0.5, 1] })
    for (let value = 100; value >= 1; value -= 1) summary.observe(value, 0)
    expect(read(summary, 0)).toEqual([99, 1, 50, 100])
  })

  test('that saw nothing has quantiles that are NaN', () => {
    expect(read(create({ quantiles: [0, 0.5, 1] }), 0)).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })

  test('of a constant is the constant', () => {
    const summary = create({ quantiles: [0.01, 0.5, 0.999] })
    for (let observed = 0; observed < 10_000; observed += 1) summary.observe(0.1, observed)
    expect(read(summary, 0)).toEqual([0.1, 0.1, 0.1])
  })

  test('counts NaN, which makes the sum NaN, and leaves it out of the quantiles', () => {
    const summary = create({ quantiles: [0, 0.5, 1] })
    for (const value of [1, Number.NaN, 2, 3, Number.NaN]) summary.observe(value, 0)
    expect([summary.count, summary.sum, ...read(summary, 0)]).toEqual([5, Number.NaN, 1, 2, 3])
  })

  test('has the infinities among its values', () => {
    const summary = create({ quantiles: [0, 0.5, 1] })
    for (const value of [1, Infinity, 2, -Infinity, 3]) summary.observe(value, 0)
    expect([summary.count, summary.sum, ...read(summary, 0)]).toEqual([5, Number.NaN, -Infinity, 2, Infinity])
  })

  test('without quantiles still has count and sum', () => {
    const summary = create({ quantiles: [] })
    summary.observe(2, 0)
    summary.observe(3, YEAR)
    expect([summary.count, summary.sum, read(summary, YEAR)]).toEqual([2, 5, []])
  })

  test('starts anew when it is reset, and its window with it', () => {
    const summary = create({ quantiles: [0.5], maxAgeSeconds: 10, ageBuckets: 2 })
    summary.observe(1, 0)
    summary.observe(2, 6000)
    summary.reset(7000)
    expect([summary.count, summary.sum, ...read(summary, 7000)]).toEqual([0, 0, Number.NaN])
    summary.observe(5, 7000)
    expect([summary.count, summary.sum, ...read(summary, 16_999)]).toEqual([1, 5, 5])
    expect(read(summary, 17_000)).toEqual([Number.NaN])
  })

  test('keeps a million observations within its errors, for each age bucket anew', () => {
    const quantiles = [0.5, 0.9, 0.99, 0.999]
    const summary = create({ quantiles, maxAgeSeconds: 10, ageBuckets: 5 })
    const all = Float64Array.from({ length: 2 ** 20 }, (_, index) => Math.exp(((index * 0.618_033_988_749) % 1) * 9))
    // A little over nine of the ten seconds: the oldest age bucket has begun with the first observation.
    for (const [index, value] of all.entries()) summary.observe(value, index * 9e-6 * 1000)
    const sorted = all.slice().sort()
    for (const [index, value] of read(summary, 9500).entries()) {
      const quantile = quantiles[index]!
      expect([quantile, rankError(sorted, quantile, value) <= allowedError(quantile) * sorted.length + 1]).toEqual([quantile, true])
    }
    expect(summary.count).toBe(2 ** 20)
  })
})

describe('the window of a summary', () => {
  const options = { quantiles: [0, 1], maxAgeSeconds: 10, ageBuckets: 5 }

  test('slides in steps: what is older than the age is gone, what is younger by a step is there', () => {
    const summary = create(options)
    for (let second = 0; second < 20; second += 1) summary.observe(second, second * 1000)
    expect(read(summary, 19_999)).toEqual([10, 19])
    expect(read(summary, 20_000)).toEqual([12, 19])
    expect(read(summary, 27_999)).toEqual([18, 19])
    expect(read(summary, 28_000)).toEqual([Number.NaN, Number.NaN])
    expect([summary.count, summary.sum]).toEqual([20, 190])
  })

  test('has no end where the age has none', () => {
    const summary = create({ quantiles: [0, 1], maxAgeSeconds: Infinity })
    summary.observe(1, 0)
    summary.observe(2, 50 * YEAR)
    expect(read(summary, 100 * YEAR)).toEqual([1, 2])
    expect(read(summary, -100 * YEAR)).toEqual([1, 2])
  })

  test('is empty after a jump of years, at the cost of one round, and goes on from there', () => {
    const summary = create({ quantiles: [0.5], maxAgeSeconds: 0.001, ageBuckets: 100 })
    summary.observe(1, 0)
    // A loop over each step that was missed would still be at it.
    expect(read(summary, 300 * YEAR)).toEqual([Number.NaN])
    summary.observe(2, 300 * YEAR)
    expect(read(summary, 300 * YEAR)).toEqual([2])
  })

  test('goes on sliding when the clock has gone back by years, and loses nothing by it', () => {
    const summary = create(options, 50 * YEAR)
    summary.observe(1, 50 * YEAR)
    summary.observe(2, 0)
    expect(read(summary, 1999)).toEqual([1, 2])
    expect(read(summary, 9999)).toEqual([1, 2])
    expect(read(summary, 10_000)).toEqual([Number.NaN, Number.NaN])
  })

  /** Plainly: one list per age bucket, and a step at a time. */
  function naive(events: readonly { after: number; value: number }[], steps: number, step: number): { now: number; values: number[] } {
    const lists: number[][] = Array.from({ length: steps }, () => [])
    let now = 0
    let began = 0
    for (const { after, value } of events) {
      now += after
      if (now < began) began = now
      for (let missed = 0; now >= began + step; missed += 1) {
        began += step
        lists.shift()
        lists.push([])
        if (missed > 1e5) throw new Error('The clock of this test jumps too far.')
      }
      for (const list of lists) list.push(value)
    }
    return { now, values: lists[0]! }
  }

  test('holds what a list for each age bucket would hold, wherever the clock goes', () => {
    const events = fc.array(
      fc.record({
        after: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: -2000, max: 2000 }), fc.constant(0)),
        value: fc.integer({ min: 0, max: 99 }),
      }),
      { minLength: 1, maxLength: 45 },
    )
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 400 }), (events, ageBuckets, step) => {
        const quantiles = [0, 0.25, 0.5, 0.9, 1]
        const summary = create({ quantiles, maxAgeSeconds: (step * ageBuckets) / 1000, ageBuckets })
        let now = 0
        for (const { after, value } of events) summary.observe(value, (now += after))
        const { values } = naive(events, ageBuckets, step)
        expect(read(summary, now)).toEqual(quantiles.map((quantile) => exactQuantile(values, quantile)))
        expect(summary.count).toBe(events.length)
      }),
      { numRuns: 300 },
    )
  })
})
