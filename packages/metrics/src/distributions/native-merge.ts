/** Sums of native histograms, such as those of the workers of a cluster, whose resolutions and zero buckets may have drifted apart. */
import { coarsen, FINEST_SCHEMA, keyOf, upperBound } from './exponential-keys.ts'
import { type BucketRun, completeSnapshot, decodeBuckets, type NativeHistogramSnapshot } from './native-snapshot.ts'
import { SparseCounts } from './sparse-counts.ts'

/**
 * The histogram that would have seen the observations of both. It has the coarser of the two schemas and the wider of the two zero
 * buckets; where these differ, the zero bucket ends at a bound of that schema, so that no bucket is cut in two. Commutative, and
 * associative up to the rounding of the sum. The earlier of the two creation times is kept, since the count reaches back to it.
 *
 * `maxBuckets` is not applied: the sum can have as many buckets as all its parts.
 */
export function mergeNativeHistograms(one: NativeHistogramSnapshot, other: NativeHistogramSnapshot): NativeHistogramSnapshot {
  const schema = Math.min(one.schema, other.schema)
  const zeroThreshold = commonThreshold(one, other, FINEST_SCHEMA - schema)
  let zeroCount = one.zeroCount + other.zeroCount
  const gather = (runs: readonly [BucketRun, BucketRun]): SparseCounts => {
    const sum = new SparseCounts()
    for (const [index, { schema: from }] of [one, other].entries()) {
      const counts = decodeBuckets(runs[index] as BucketRun)
      for (const key of counts.sortedKeys()) {
        const common = coarsen(key, from - schema)
        if (upperBound(common, FINEST_SCHEMA - schema) <= zeroThreshold) zeroCount += counts.get(key)
        else sum.add(common, counts.get(key))
      }
    }
    return sum
  }
  const positive = gather([one.positive, other.positive])
  const negative = gather([one.negative, other.negative])
  const facts = {
    schema,
    zeroThreshold,
    zeroCount,
    count: one.count + other.count,
    sum: one.sum + other.sum,
    createdMilliseconds: Math.min(one.createdMilliseconds, other.createdMilliseconds),
  }
  return completeSnapshot(facts, positive, negative)
}

/**
 * Rounded up to a bound of the common schema even where no observation would be cut: else the result would depend on the order in
 * which several are merged.
 */
function commonThreshold(one: NativeHistogramSnapshot, other: NativeHistogramSnapshot, shift: number): number {
  const wider = Math.max(one.zeroThreshold, other.zeroThreshold)
  if (wider === 0 || (one.schema === other.schema && one.zeroThreshold === other.zeroThreshold)) return wider
  return upperBound(keyOf(wider, shift), shift)
}
