/** What a native histogram looks like to a writer: buckets as spans and deltas, the form the protobuf message has. */
import { SparseCounts } from './sparse-counts.ts'

/** Adjacent buckets. The offset counts keys: from zero for the first span, from the end of the span before for others. */
export interface BucketSpan {
  readonly offset: number
  readonly length: number
}

/** The buckets of one sign by ascending key. There is one delta per bucket: its count less that of the bucket before. */
export interface BucketRun {
  readonly spans: readonly BucketSpan[]
  readonly deltas: readonly number[]
}

/** One series at one moment. Shares nothing with the histogram it came from, and survives `structuredClone` and JSON while finite. */
export interface NativeHistogramSnapshot {
  /** −4 to 8; may be below what was configured, after a limit was hit. */
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  /** All observations; those of NaN are in no bucket. */
  readonly count: number
  readonly sum: number
  /** Milliseconds since the epoch: when counting began, or began anew. */
  readonly createdMilliseconds: number
  readonly positive: BucketRun
  readonly negative: BucketRun
}

/** Empty buckets that are rather written than skipped: a delta or two is shorter than another span. client_golang's choice. */
const MAX_GAP = 2

const EMPTY_RUN: BucketRun = { spans: [], deltas: [] }
/** Tells the server that there is a native histogram where no bucket, no zero count and no threshold would. */
const NO_OP_RUN: BucketRun = { spans: [{ offset: 0, length: 0 }], deltas: [] }

/** Cost: a sort of the keys in use. */
export function encodeBuckets(counts: SparseCounts): BucketRun {
  const spans: { offset: number; length: number }[] = []
  const deltas: number[] = []
  let previous = 0
  let expected = 0
  const append = (count: number): void => {
    deltas.push(count - previous)
    previous = count
  }
  for (const key of counts.sortedKeys()) {
    const gap = key - expected
    const last = spans.at(-1)
    if (last === undefined || gap > MAX_GAP) {
      spans.push({ offset: gap, length: 1 })
    } else {
      for (let empty = 0; empty < gap; empty += 1) append(0)
      last.length += gap + 1
    }
    append(counts.get(key))
    expected = key + 1
  }
  return { spans, deltas }
}

/** The buckets of a run that are not empty, by key. */
export function decodeBuckets(run: BucketRun): SparseCounts {
  const counts = new SparseCounts()
  let key = 0
  let next = 0
  let count = 0
  for (const { offset, length } of run.spans) {
    key += offset
    // Bounded by what is there, not by what a span claims.
    for (const delta of run.deltas.slice(next, next + length)) {
      count += delta
      if (count > 0) counts.add(key, count)
      key += 1
      next += 1
    }
  }
  return counts
}

/** Puts the buckets, undefined where there never was one, to the other facts of a snapshot. */
export function completeSnapshot(
  facts: Omit<NativeHistogramSnapshot, 'positive' | 'negative'>,
  positive: SparseCounts | undefined,
  negative: SparseCounts | undefined,
): NativeHistogramSnapshot {
  const runs = { positive: positive ? encodeBuckets(positive) : EMPTY_RUN, negative: negative ? encodeBuckets(negative) : EMPTY_RUN }
  const bare = facts.zeroThreshold === 0 && facts.zeroCount === 0 && runs.positive.spans.length + runs.negative.spans.length === 0
  return { ...facts, ...runs, ...(bare ? { positive: NO_OP_RUN } : {}) }
}
