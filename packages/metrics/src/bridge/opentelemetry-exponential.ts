/**
 * Exponential histograms of OpenTelemetry as native ones: specification of OpenTelemetry, "Prometheus and OpenMetrics Compatibility",
 * section "Exponential Histograms".
 */
import { isCount } from '../amounts.ts'
import { COARSEST_SCHEMA, coarsen, FINEST_SCHEMA, keyOf, upperBound } from '../distributions/exponential-keys.ts'
import { completeSnapshot, type NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import { SparseCounts } from '../distributions/sparse-counts.ts'
import { quote } from '../names.ts'
import type { OpenTelemetryBuckets, OpenTelemetryExponentialHistogram } from './opentelemetry-model.ts'

/** The specification's, for histograms that tell none: the SDK counts zero alone there. */
const ZERO_THRESHOLD = 1e-128
/** The SDK's; beyond, numbers of buckets would no longer be integers of 32 bits. */
const FINEST_SCALE = 20

/** @returns what a series is left out for, as the end of a sentence, when it has no native form. */
export function toNative(histogram: OpenTelemetryExponentialHistogram, createdMilliseconds: number): NativeHistogramSnapshot | string {
  const { scale, count, sum = Number.NaN } = histogram
  if (!Number.isInteger(scale) || scale < COARSEST_SCHEMA || scale > FINEST_SCALE) return `has the scale ${quote(scale)}`
  const schema = Math.min(scale, FINEST_SCHEMA)
  const positive = gather(histogram.positive, scale - schema, FINEST_SCHEMA - schema)
  const negative = gather(histogram.negative, scale - schema, FINEST_SCHEMA - schema)
  const zeroCount = isCount(histogram.zeroCount) ? histogram.zeroCount + (positive?.nearZero ?? 0) + (negative?.nearZero ?? 0) : undefined
  if (positive === undefined || negative === undefined || zeroCount === undefined) return 'has buckets that no histogram has'
  if (!isCount(count) || zeroCount + positive.held + negative.held !== count) {
    return `has ${quote(count)} observations, and others in its buckets`
  }
  const facts = { schema, zeroThreshold: ZERO_THRESHOLD, zeroCount, count, sum, createdMilliseconds }
  return completeSnapshot(facts, positive.counts, negative.counts)
}

interface Gathered {
  readonly counts: SparseCounts
  /** Observations in these buckets. */
  readonly held: number
  /** And in those that the zero bucket takes in. */
  readonly nearZero: number
}

/** Their bucket `i` is our bucket `i + 1`: they number buckets by the lower bound, which is exclusive in both. */
function gather({ offset, bucketCounts }: OpenTelemetryBuckets, steps: number, shift: number): Gathered | undefined {
  const counts = new SparseCounts()
  const [lowest, highest] = [keyOf(Number.MIN_VALUE, shift), keyOf(Infinity, shift)]
  let [held, nearZero] = [0, 0]
  for (const [at, count] of bucketCounts.entries()) {
    if (count === 0) continue
    const index = offset + at + 1
    const key = coarsen(index, steps)
    if (!isCount(count) || (index | 0) !== index || key < lowest || key > highest) return undefined
    if (upperBound(key, shift) <= ZERO_THRESHOLD) nearZero += count
    else {
      counts.add(key, count)
      held += count
    }
  }
  return { counts, held, nearZero }
}
