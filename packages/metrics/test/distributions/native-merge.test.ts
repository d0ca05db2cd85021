import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NativeHistogramState } from '../../src/distributions/native-histogram.ts'
import { mergeNativeHistograms } from '../../src/distributions/native-merge.ts'
import { compileNativeHistogram, type NativeHistogramOptions } from '../../src/distributions/native-options.ts'
import type { NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'
import { naiveBuckets, readBuckets, SCHEMAS } from './oracle.ts'

function snapshotOf(values: readonly number[], options: NativeHistogramOptions, created = 0): NativeHistogramSnapshot {
  const state = new NativeHistogramState(compileNativeHistogram('Histogram "h"', options), created)
  for (const value of values) state.observe(value, created)
  return state.snapshot()
}

describe('the sum of two native histograms', () => {
  test('of one make is the histogram of all observations, created with the first', () => {
    const options = { bucketFactor: 1.2, zeroThreshold: 1.3 }
    const sum = mergeNativeHistograms(snapshotOf([1.35, 0, 3], options, 7), snapshotOf([1.38, -3, 1.2], options, 5))
    expect(sum).toEqual(snapshotOf([1.35, 0, 3, 1.38, -3, 1.2], options, 5))
  })

  test('has the coarser schema', () => {
    const sum = mergeNativeHistograms(snapshotOf([1.1, 1.9, 3, Infinity], { schema: 8 }), snapshotOf([1.5, -6], { schema: 0 }))
    expect(sum).toEqual(snapshotOf([1.1, 1.9, 3, Infinity, 1.5, -6], { schema: 0 }))
  })

  test('has the wider zero bucket, with what the other had within', () => {
    const sum = mergeNativeHistograms(snapshotOf([0.1, 1, -1, 3], { zeroThreshold: 0 }), snapshotOf([0.5, 5], { zeroThreshold: 1 }))
    expect(sum).toEqual(snapshotOf([0.1, 1, -1, 3, 0.5, 5], { zeroThreshold: 1 }))
  })

  test('rounds a zero bucket that would cut a bucket in two up to the end of that bucket', () => {
    const sum = mergeNativeHistograms(snapshotOf([1.6, 3], { schema: 0 }), snapshotOf([0.5, 1.5], { schema: 0, zeroThreshold: 1.3 }))
    expect(sum).toMatchObject({ zeroThreshold: 2, zeroCount: 3, count: 4 })
  })

  test('of nothing and nothing still shows that it is a native histogram', () => {
    const nothing = snapshotOf([], { zeroThreshold: 0 })
    expect(mergeNativeHistograms(nothing, nothing)).toEqual(nothing)
  })

  const histograms = fc
    .record({
      values: fc.array(
        fc.oneof(
          fc.double({ min: -8, max: 8, noNaN: true }),
          fc.double(),
          fc.constantFrom(0, 1, -1, 2, 1.3, Infinity, -Infinity, Number.NaN, 5e-324),
        ),
        { maxLength: 30 },
      ),
      schema: fc.constantFrom(...SCHEMAS),
      zeroThreshold: fc.constantFrom(0, 2 ** -128, 1, 1.3, 1.31, 2 ** 0.125, Number.MAX_VALUE),
      maxBuckets: fc.constantFrom(0, 4),
      created: fc.integer({ min: 0, max: 9 }),
    })
    .map(({ values, created, ...options }) => ({ values, snapshot: snapshotOf(values, options, created) }))

  test('has every observation in the bucket it would have been counted in', () => {
    fc.assert(
      fc.property(histograms, histograms, (one, other) => {
        const sum = mergeNativeHistograms(one.snapshot, other.snapshot)
        expect(readBuckets(sum)).toEqual(naiveBuckets([...one.values, ...other.values], sum.schema, sum.zeroThreshold))
        expect(sum.schema).toBe(Math.min(one.snapshot.schema, other.snapshot.schema))
        expect(sum.zeroThreshold).toBeGreaterThanOrEqual(Math.max(one.snapshot.zeroThreshold, other.snapshot.zeroThreshold))
        expect(sum.count).toBe(one.values.length + other.values.length)
      }),
      { numRuns: 400 },
    )
  })

  test('does not depend on the order in which histograms are added', () => {
    fc.assert(
      fc.property(histograms, histograms, histograms, ({ snapshot: a }, { snapshot: b }, { snapshot: c }) => {
        expect(mergeNativeHistograms(a, b)).toEqual(mergeNativeHistograms(b, a))
        // The sums of doubles alone may differ in their last digits.
        const left = { ...mergeNativeHistograms(mergeNativeHistograms(a, b), c), sum: 0 }
        const right = { ...mergeNativeHistograms(a, mergeNativeHistograms(b, c)), sum: 0 }
        expect(left).toEqual(right)
      }),
      { numRuns: 400 },
    )
  })
})
