import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NativeHistogramState } from '../../src/distributions/native-histogram.ts'
import { compileNativeHistogram, type NativeHistogramOptions } from '../../src/distributions/native-options.ts'
import { decodeBuckets, encodeBuckets, type NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'
import { SparseCounts } from '../../src/distributions/sparse-counts.ts'
import { naiveBuckets, readBuckets, SCHEMAS } from './oracle.ts'

const MINUTE = 60_000
const THRESHOLD = 2.938735877055719e-39
const NONE = { spans: [], deltas: [] }

const create = (options: NativeHistogramOptions, now = 0): NativeHistogramState =>
  new NativeHistogramState(compileNativeHistogram('Histogram "h"', options), now)

/** Observes one value a minute, the first a minute after creation. */
function observeAll(options: NativeHistogramOptions, values: readonly number[]): NativeHistogramSnapshot {
  const state = create(options)
  for (const [index, value] of values.entries()) state.observe(value, (index + 1) * MINUTE)
  return state.snapshot()
}

const run = (spans: readonly (readonly [number, number])[], deltas: readonly number[]): NativeHistogramSnapshot['positive'] => ({
  spans: spans.map(([offset, length]) => ({ offset, length })),
  deltas,
})

/** A value and its mirror image, so that each row below is checked with negative observations too. */
const mirrored = (values: readonly number[]): number[] => values.map((value) => -value)

describe('a native histogram counts as client_golang does', () => {
  // Observations and outcomes of the table in client_golang's own test.
  const rows: {
    name: string
    options: NativeHistogramOptions
    values: number[]
    want: Partial<NativeHistogramSnapshot> & { sum: number }
    positive: NativeHistogramSnapshot['positive']
  }[] = [
    {
      name: 'with nothing observed',
      options: {},
      values: [],
      want: { schema: 3, zeroThreshold: THRESHOLD, count: 0, sum: 0 },
      positive: NONE,
    },
    {
      name: 'at schema 3',
      options: { bucketFactor: 1.1 },
      values: [0, 1, 2, 3],
      want: { schema: 3, zeroCount: 1, count: 4, sum: 6 },
      positive: run(
        [
          [0, 1],
          [7, 1],
          [4, 1],
        ],
        [1, 0, 0],
      ),
    },
    {
      name: 'at schema 2, with small gaps filled in',
      options: { bucketFactor: 1.2 },
      values: [0, 1, 1.2, 1.4, 1.8, 2],
      want: { schema: 2, zeroCount: 1, count: 6, sum: 7.4 },
      positive: run([[0, 5]], [1, -1, 2, -2, 2]),
    },
    {
      name: 'at schema -1',
      options: { bucketFactor: 4 },
      values: [0.0156251, 0.0625, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 3.5, 5, 6, 7, 33.33],
      want: { schema: -1, zeroCount: 0, count: 14, sum: 63.2581251 },
      positive: run([[-2, 6]], [2, 0, 0, 2, -1, -2]),
    },
    {
      name: 'at schema -2',
      options: { bucketFactor: 17 },
      values: [0.0156251, 0.0625, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 3.5, 5, 6, 7, 33.33],
      want: { schema: -2, zeroCount: 0, count: 14, sum: 63.2581251 },
      positive: run([[-1, 4]], [2, 2, 3, -6]),
    },
    {
      name: 'with a wide zero bucket',
      options: { bucketFactor: 1.2, zeroThreshold: 1.4 },
      values: [0, 1, 1.2, 1.4, 1.8, 2],
      want: { schema: 2, zeroThreshold: 1.4, zeroCount: 4, count: 6, sum: 7.4 },
      positive: run([[4, 1]], [2]),
    },
    {
      name: 'with NaN, in no bucket',
      options: { bucketFactor: 1.2 },
      values: [0, 1, 1.2, 1.4, 1.8, 2, Number.NaN],
      want: { zeroCount: 1, count: 7, sum: Number.NaN },
      positive: run([[0, 5]], [1, -1, 2, -2, 2]),
    },
    {
      name: 'with infinity, in a bucket of its own',
      options: { bucketFactor: 1.2 },
      values: [0, 1, 1.2, 1.4, 1.8, 2, Infinity],
      want: { zeroCount: 1, count: 7, sum: Infinity },
      positive: run(
        [
          [0, 5],
          [4092, 1],
        ],
        [1, -1, 2, -2, 2, -1],
      ),
    },
    {
      name: 'with as many buckets as allowed',
      options: { bucketFactor: 1.2, maxBuckets: 4 },
      values: [0, 1, 1.2, 1.4, 1.8, 2],
      want: { schema: 2, count: 6, sum: 7.4 },
      positive: run([[0, 5]], [1, -1, 2, -2, 2]),
    },
    {
      name: 'halving resolution',
      options: { bucketFactor: 1.2, maxBuckets: 4 },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 3],
      want: { schema: 1, zeroThreshold: THRESHOLD, zeroCount: 1, count: 8, sum: 11.5 },
      positive: run([[0, 5]], [1, 2, -1, -2, 1]),
    },
    {
      name: 'widening the zero bucket',
      options: { bucketFactor: 1.2, maxBuckets: 4, maxZeroThreshold: 1.2 },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 3],
      want: { schema: 2, zeroThreshold: 1, zeroCount: 2, count: 8, sum: 11.5 },
      positive: run([[1, 7]], [1, 1, -2, 2, -2, 0, 1]),
    },
    {
      name: 'widening the zero bucket twice',
      options: { bucketFactor: 1.2, maxBuckets: 4, maxZeroThreshold: 1.2 },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 3, 4],
      want: { schema: 2, zeroThreshold: 1.189207115002721, zeroCount: 3, count: 9, sum: 15.5 },
      positive: run([[2, 7]], [2, -2, 2, -2, 0, 1, 0]),
    },
    {
      name: 'with a reset, though the zero bucket might be widened',
      options: { bucketFactor: 1.2, maxBuckets: 4, maxZeroThreshold: 1.2, minResetMilliseconds: 5 * MINUTE },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 3, 4],
      want: { schema: 2, zeroThreshold: THRESHOLD, zeroCount: 0, count: 2, sum: 7, createdMilliseconds: 8 * MINUTE },
      positive: run([[7, 2]], [1, 0]),
    },
    {
      name: 'halving resolution, then with the reset that was due',
      options: { bucketFactor: 1.2, maxBuckets: 4, minResetMilliseconds: 9 * MINUTE },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 5, 5.1, 3, 4],
      want: { schema: 2, zeroThreshold: THRESHOLD, zeroCount: 0, count: 3, sum: 12.1, createdMilliseconds: 9 * MINUTE },
      positive: run([[7, 4]], [1, 0, -1, 1]),
    },
    {
      name: 'widening the zero bucket, then with the reset that was due',
      options: { bucketFactor: 1.2, maxBuckets: 4, maxZeroThreshold: 1.2, minResetMilliseconds: 9 * MINUTE },
      values: [0, 1, 1.1, 1.2, 1.4, 1.8, 2, 5, 5.1, 3, 4],
      want: { schema: 2, zeroThreshold: THRESHOLD, zeroCount: 0, count: 3, sum: 12.1, createdMilliseconds: 9 * MINUTE },
      positive: run([[7, 4]], [1, 0, -1, 1]),
    },
  ]

  test.each(rows)('$name', ({ options, values, want, positive }) => {
    expect(observeAll(options, values)).toMatchObject({ ...want, positive, negative: NONE })
  })

  test.each(rows)('$name, all of it negative', ({ options, values, want, positive }) => {
    expect(observeAll(options, mirrored(values))).toMatchObject({ ...want, sum: 0 - want.sum, positive: NONE, negative: positive })
  })

  test('of both signs at once', () => {
    const values = [0, -1, -1.2, -1.4, -1.8, -2, 1, 1.2, 1.4, 1.8, 2]
    const both = run([[0, 5]], [1, -1, 2, -2, 2])
    expect(observeAll({ bucketFactor: 1.2 }, values)).toMatchObject({ zeroCount: 1, count: 11, positive: both, negative: both })
  })
})

describe('a native histogram', () => {
  test('that has only zero in its zero bucket and nothing observed shows a span of no buckets', () => {
    const state = create({ zeroThreshold: 0 }, 5)
    const empty = { zeroThreshold: 0, zeroCount: 0, positive: run([[0, 0]], []), negative: NONE, createdMilliseconds: 5 }
    expect(state.snapshot()).toMatchObject(empty)
    state.observe(Number.NaN, 6)
    expect(state.snapshot()).toMatchObject({ ...empty, count: 1 })
    state.observe(-1, 7)
    expect(state.snapshot()).toMatchObject({ positive: NONE, negative: run([[0, 1]], [1]) })
  })

  test('counts minus zero and the smallest number apart when only zero is in the zero bucket', () => {
    const state = create({ schema: 0, zeroThreshold: 0 })
    state.observe(-0, 1)
    state.observe(5e-324, 1)
    state.observe(-5e-324, 1)
    const tiny = run([[-1074, 1]], [1])
    expect(state.snapshot()).toMatchObject({ zeroCount: 1, positive: tiny, negative: tiny })
  })

  test('takes the positive and the negative bucket that are equally near into the zero bucket at once', () => {
    const snapshot = observeAll({ schema: 0, maxBuckets: 2, maxZeroThreshold: 1 }, [1, -1, 4, 2])
    expect(snapshot).toMatchObject({ schema: 0, zeroThreshold: 1, zeroCount: 2, positive: run([[1, 2]], [1, 0]), negative: NONE })
  })

  test('halves resolution as often as it takes, until buckets are the widest there are', () => {
    const options = { schema: 8, maxBuckets: 1 }
    expect(observeAll(options, [2, 2 ** 15])).toMatchObject({ schema: -4, positive: run([[1, 1]], [2]) })
    expect(observeAll(options, [2, 2 ** 15, 2 ** 40, 2 ** 60])).toMatchObject({ schema: -4, positive: run([[1, 4]], [2, -2, 1, 0]) })
    expect(observeAll(options, [1, 2]).schema).toBe(-4)
    expect(observeAll(options, [1.5, 1.9]).schema).toBe(1)
  })

  test('is reset where it would lose resolution, if its last reset is long enough ago, and counts from then', () => {
    const state = create({ schema: 0, maxBuckets: 1, minResetMilliseconds: 100 }, 1000)
    state.observe(2, 1000)
    state.observe(8, 1100)
    expect(state.snapshot()).toMatchObject({ schema: 0, count: 1, sum: 8, createdMilliseconds: 1100 })
    state.observe(2, 1199)
    expect(state.snapshot()).toMatchObject({ schema: -2, count: 2, createdMilliseconds: 1100 })
    state.observe(2, 1200)
    expect(state.snapshot()).toMatchObject({ schema: 0, count: 1, createdMilliseconds: 1200 })
  })

  test('is not reset by a clock that goes back', () => {
    const state = create({ schema: 0, maxBuckets: 1, minResetMilliseconds: 100 }, 1000)
    state.observe(2, 10)
    state.observe(8, 10)
    expect(state.snapshot()).toMatchObject({ schema: -2, count: 2, createdMilliseconds: 1000 })
  })

  test('is as new after a reset', () => {
    const state = create({ schema: 2, maxBuckets: 2, minResetMilliseconds: 1000, maxZeroThreshold: 2 }, 0)
    for (const value of [1, -2, 4, 1000, 0, Number.NaN]) state.observe(value, 10)
    state.reset(20)
    expect(state.snapshot()).toEqual(create({ schema: 2 }, 20).snapshot())
    // The reset that was due at 1000 is no longer.
    state.observe(1, 1005)
    expect(state.snapshot()).toMatchObject({ count: 1, createdMilliseconds: 20 })
  })

  test('gives snapshots that later observations leave alone', () => {
    const state = create({})
    state.observe(1, 1)
    const before = state.snapshot()
    const copy = structuredClone(before)
    state.observe(1, 2)
    state.observe(-1, 2)
    expect(before).toEqual(copy)
  })
})

const values = fc.array(
  fc.oneof(
    fc.double({ min: -1000, max: 1000, noNaN: true }),
    fc.double(),
    fc.constantFrom(0, -0, 1, 2, -4, 0.5, 5e-324, Infinity, -Infinity, Number.NaN),
  ),
  { maxLength: 60 },
)
const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0)

describe('whatever is observed, a native histogram', () => {
  test.each(SCHEMAS)('counts every value but NaN in exactly its bucket, at schema %d', (schema) => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, THRESHOLD, 0.3, 2), (observed, zeroThreshold) => {
        const snapshot = observeAll({ schema, zeroThreshold }, observed)
        const buckets = readBuckets(snapshot)
        expect(buckets).toEqual(naiveBuckets(observed, schema, zeroThreshold))
        const unplaced = observed.filter(Number.isNaN).length
        expect(buckets.zeroCount + total(buckets.positive) + total(buckets.negative) + unplaced).toBe(snapshot.count)
        expect(snapshot.sum).toBe(observed.reduce((sum, value) => sum + value, 0))
      }),
      { numRuns: 60 },
    )
  })

  test('keeps to its limit, and is then what counting at the lower resolution from the start would have made it', () => {
    fc.assert(
      fc.property(
        values,
        fc.constantFrom(...SCHEMAS),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0, 0.7, 1, 1e300, Number.MAX_VALUE),
        (observed, schema, maxBuckets, maxZeroThreshold) => {
          const snapshot = observeAll({ schema, zeroThreshold: 2 ** -10, maxBuckets, maxZeroThreshold }, observed)
          const buckets = readBuckets(snapshot)
          expect(buckets).toEqual(naiveBuckets(observed, snapshot.schema, snapshot.zeroThreshold))
          const used = Object.keys(buckets.positive).length + Object.keys(buckets.negative).length
          expect(used <= maxBuckets || snapshot.schema === -4).toBe(true)
          expect(snapshot.zeroThreshold === 2 ** -10 || snapshot.zeroThreshold <= maxZeroThreshold).toBe(true)
          expect(snapshot.count).toBe(observed.length)
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('buckets as spans and deltas', () => {
  const buckets = fc.dictionary(fc.integer({ min: -40, max: 40 }).map(String), fc.integer({ min: 1, max: 1e12 }), { maxKeys: 40 })

  test('read back as the same buckets, with spans no closer than three empty ones', () => {
    fc.assert(
      fc.property(buckets, (given) => {
        const counts = new SparseCounts()
        for (const [key, count] of Object.entries(given)) counts.add(Number(key), count)
        const encoded = encodeBuckets(counts)
        const decoded = decodeBuckets(encoded)
        expect(Object.fromEntries([...decoded.sortedKeys()].map((key) => [key, decoded.get(key)]))).toEqual({ ...given })
        expect(encoded.spans.slice(1).every(({ offset }) => offset > 2)).toBe(true)
        expect(encoded.spans.reduce((sum, { length }) => sum + length, 0)).toBe(encoded.deltas.length)
      }),
      { numRuns: 300 },
    )
  })

  test('are read no further than there are deltas, whatever length a span claims', () => {
    expect(decodeBuckets(run([[3, 1e9]], [2, 1])).sortedKeys()).toEqual(Int32Array.of(3, 4))
  })
})
