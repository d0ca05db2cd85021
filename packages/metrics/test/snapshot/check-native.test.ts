import { createRegistry, type FamilySnapshot } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NativeHistogramState } from '../../src/distributions/native-histogram.ts'
import { compileNativeHistogram } from '../../src/distributions/native-options.ts'
import type { NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'
import { findNativeFault, holdsCount } from '../../src/snapshot/check-native.ts'
import { restoreSnapshot, takeSnapshot } from '../../src/snapshot/family-snapshot.ts'
import { SCHEMAS } from '../distributions/oracle.ts'
import { CONTEXT } from '../support/family.ts'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { sampleLines } from '../support/scrape.ts'

const native: NativeHistogramSnapshot = {
  schema: 0,
  zeroThreshold: 0.5,
  zeroCount: 1,
  count: 4,
  sum: 5,
  createdMilliseconds: 1,
  positive: { spans: [{ offset: 0, length: 2 }], deltas: [1, 1] },
  negative: { spans: [], deltas: [] },
}

const snapshot = (changed: object, values: readonly (number | null)[] = [4, 5]): FamilySnapshot => {
  const series = [{ labels: [], values: values as number[], native: { ...native, ...changed } }]
  return { kind: 'histogram', name: 'h', help: 'H.', labelNames: [], series }
}

const finite = fc.oneof(
  fc.double({ min: -8, max: 8, noNaN: true }),
  fc.double({ min: -1e300, max: 1e300, noNaN: true }),
  fc.constantFrom(0, 1, -1, 1e-130, 5e-324),
)

describe('what a native histogram tells', () => {
  test('is believed of every one that was observed', () => {
    const values = fc.array(fc.oneof(finite, fc.constantFrom(Infinity, -Infinity, Number.NaN, Number.MAX_VALUE)), { maxLength: 40 })
    fc.assert(
      fc.property(values, fc.constantFrom(...SCHEMAS), fc.constantFrom(0, 5), (observed, schema, maxBuckets) => {
        const state = new NativeHistogramState(compileNativeHistogram('Histogram "h"', { schema, maxBuckets, zeroThreshold: 0 }), 0)
        for (const value of observed) state.observe(value, 0)
        const taken = state.snapshot()
        expect(findNativeFault(taken)).toBe(undefined)
        expect(holdsCount(taken, taken.count, taken.sum)).toBe(true)
        const held = observed.filter((value) => !Number.isNaN(value)).length
        expect(holdsCount(taken, held, 0)).toBe(true)
        expect(holdsCount(taken, held + 1, 0)).toBe(false)
        expect(holdsCount(taken, held - 1, Number.NaN)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test.each<[string, unknown, string]>([
    ['nothing', null, 'has the native histogram null, which is none'],
    ['a schema that is none', { ...native, schema: 9 }, 'has the schema 9, which is not a whole number from -4 to 8'],
    ['a schema of text', { ...native, schema: '1' }, 'has the schema "1", which is not a whole number from -4 to 8'],
    [
      'a zero bucket without an end',
      { ...native, zeroThreshold: Infinity },
      'has the zeroThreshold Infinity, which is not a finite number of zero or more',
    ],
    [
      'a zero bucket below zero',
      { ...native, zeroThreshold: -1 },
      'has the zeroThreshold -1, which is not a finite number of zero or more',
    ],
    ['half an observation', { ...native, zeroCount: 0.5 }, 'has the zeroCount 0.5, which is not a whole number of zero or more'],
    ['less than none', { ...native, zeroCount: -1 }, 'has the zeroCount -1, which is not a whole number of zero or more'],
    ['no time', { ...native, createdMilliseconds: null }, 'has the createdMilliseconds null, which is no finite number'],
    ['no buckets', { ...native, positive: undefined }, 'has positive spans that are no list of { offset, length } in whole numbers'],
    ['a span of nothing', run([null], []), 'has negative spans that are no list of { offset, length } in whole numbers'],
    [
      'a length below zero',
      run([{ offset: 0, length: -1 }], []),
      'has negative spans that are no list of { offset, length } in whole numbers',
    ],
    ['no deltas', run([], undefined), 'has negative deltas that are no list of whole numbers'],
    ['half a delta', run([{ offset: 0, length: 1 }], [0.5]), 'has negative deltas that are no list of whole numbers'],
    ['fewer deltas than buckets', run([{ offset: 0, length: 1e15 }], [1]), 'has negative spans beyond the numbers there are'],
    ['fewer deltas than buckets within reach', run([{ offset: 0, length: 2 }], [1]), 'has negative spans of 2 buckets, and 1 deltas'],
    ['buckets below all numbers', run([{ offset: -2_000, length: 1 }], [1]), 'has negative spans beyond the numbers there are'],
    [
      'spans that overlap',
      run(
        [
          { offset: 0, length: 1 },
          { offset: -1, length: 1 },
        ],
        [1, 0],
      ),
      'has negative spans that overlap',
    ],
    ['a count below zero', run([{ offset: 0, length: 2 }], [1, -2]), 'has the count -1 in a negative bucket'],
    [
      'a count that is not exact',
      run([{ offset: 0, length: 2 }], [2 ** 52, 2 ** 52]),
      'has the count 9007199254740992 in a negative bucket',
    ],
  ])('is not believed with %s', (_, given, fault) => {
    expect(findNativeFault(given)).toBe(fault)
  })
})

function run(spans: unknown, deltas: unknown): object {
  return { ...native, negative: { spans, deltas } }
}

describe('an included native histogram', () => {
  test('is one for whoever reads the family, unless a series has none', () => {
    const [given] = snapshot({}).series
    const family = { ...snapshot({}), labelNames: ['a'], series: [{ ...given!, labels: ['x'] }] }
    const restored = restoreSnapshot(family, CONTEXT)
    expect(restored.native).toMatchObject({ schema: 3, maxBuckets: Infinity })
    expect(takeSnapshot(restored, 0).series[0]?.native).toEqual(native)
    const mixed = { ...family, series: [...family.series, { labels: ['y'], values: [0, 0] }] }
    expect(restoreSnapshot(mixed, CONTEXT).native).toBe(undefined)
    expect(restoreSnapshot({ ...family, series: [] }, CONTEXT).native).toBe(undefined)
  })

  test('with a sum that JSON has lost has NaN where that alone explains its buckets', () => {
    const read = (changed: object, values: readonly (number | null)[]): ArrayLike<number> | undefined =>
      takeSnapshot(restoreSnapshot(snapshot(changed, values), CONTEXT), 0).series[0]?.values
    expect(read({ sum: null }, [4, null])).toEqual(Float64Array.of(4, 0))
    expect(read({ sum: null, count: 5 }, [5, null])).toEqual(Float64Array.of(5, Number.NaN))
  })

  test.each<[string, FamilySnapshot, string]>([
    ['cannot be', snapshot({ schema: 9 }), 'The included histogram "h" has the schema 9, which is not a whole number from -4 to 8.'],
    [
      'has another count',
      snapshot({ count: 3 }),
      'The included histogram "h" has 4 observations, of which its native histogram holds others.',
    ],
    [
      'holds less',
      snapshot({ zeroCount: 0 }),
      'The included histogram "h" has 4 observations, of which its native histogram holds others.',
    ],
  ])('that %s is left out', (_, given, message) => {
    expect(() => restoreSnapshot(given, CONTEXT)).toThrow(new TypeError(message))
  })

  test('looks as it did before it was JSON', async () => {
    const observed = fc.array(fc.tuple(fc.constantFrom('x', 'y'), finite), { maxLength: 30 })
    const options = fc.record({
      schema: fc.constantFrom(...SCHEMAS),
      maxBuckets: fc.constantFrom(0, 4),
      zeroThreshold: fc.constantFrom(0, 1e-128, 0.3, 2),
      buckets: fc.constantFrom([], [1, 2]),
    })
    await fc.assert(
      fc.asyncProperty(observed, options, async (all, given) => {
        const theirs = createRegistry()
        const histogram = theirs.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['a'], ...given })
        for (const [a, value] of all) histogram.observe({ a }, value)
        theirs.nativeHistogram({ name: 'alone', help: 'A.', ...given }).observe(all[0]?.[1] ?? 1)
        const families = JSON.parse(JSON.stringify(await theirs.snapshot())) as FamilySnapshot[]
        const ours = createRegistry()
        ours.include({ name: 'theirs', collect: () => families })
        expect(await sampleLines(ours)).toEqual(await sampleLines(theirs))
        expect((await scrapeProtobuf(ours)).families).toEqual((await scrapeProtobuf(theirs)).families)
        expect(JSON.parse(JSON.stringify(await ours.snapshot()))).toEqual(families)
      }),
      { numRuns: 150, interruptAfterTimeLimit: 2_500 },
    )
  })
})
