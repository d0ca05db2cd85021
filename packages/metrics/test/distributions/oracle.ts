/** Second implementations, slow and plain: buckets found by division and a walk, as a reader of the specification would. */
import { decodeBuckets, type NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'

export const SCHEMAS = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8]

/** The bounds within [0.5, 1) of the schemas 0 to 8, laid out in the way client_golang documents for its table. */
const BOUNDS = [[0.5]]
for (let schema = 1; schema <= 8; schema += 1) {
  // The factor the table was made with: the square root of two there is one ulp below the nearest double.
  const factor = schema === 1 ? Math.SQRT2 - 2 ** -52 : 2 ** (2 ** -schema)
  BOUNDS.push(BOUNDS[schema - 1]!.flatMap((bound) => [bound, bound * factor]))
}

/** Magnitude as fraction × 2^exponent with the fraction in [0.5, 1), by nothing but halving and doubling. */
function split(magnitude: number): { fraction: number; exponent: number } {
  let fraction = magnitude
  let exponent = 0
  for (; fraction >= 1; exponent += 1) fraction /= 2
  for (; fraction < 0.5; exponent -= 1) fraction *= 2
  return { fraction, exponent }
}

export function naiveKey(magnitude: number, schema: number): number {
  if (magnitude === Infinity) return naiveKey(Number.MAX_VALUE, schema) + 1
  const { fraction, exponent } = split(magnitude)
  // Rounding up from below zero gives minus zero, which is no key.
  if (schema <= 0) return Math.ceil((fraction === 0.5 ? exponent - 1 : exponent) / 2 ** -schema) + 0
  const bounds = BOUNDS[schema]!
  const index = bounds.findIndex((bound) => bound >= fraction)
  return (index === -1 ? bounds.length : index) + (exponent - 1) * bounds.length
}

export interface Buckets {
  readonly zeroCount: number
  readonly positive: Record<string, number>
  readonly negative: Record<string, number>
}

/** Where the values belong, given a resolution and a zero bucket. */
export function naiveBuckets(values: readonly number[], schema: number, zeroThreshold: number): Buckets {
  const buckets = { zeroCount: 0, positive: {} as Record<string, number>, negative: {} as Record<string, number> }
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (Math.abs(value) <= zeroThreshold) {
      buckets.zeroCount += 1
      continue
    }
    const side = value > 0 ? buckets.positive : buckets.negative
    const key = naiveKey(Math.abs(value), schema)
    side[key] = (side[key] ?? 0) + 1
  }
  return buckets
}

/** The buckets a snapshot tells of. */
export function readBuckets(snapshot: NativeHistogramSnapshot): Buckets {
  const read = (run: NativeHistogramSnapshot['positive']): Record<string, number> => {
    const counts = decodeBuckets(run)
    return Object.fromEntries([...counts.sortedKeys()].map((key) => [key, counts.get(key)]))
  }
  return { zeroCount: snapshot.zeroCount, positive: read(snapshot.positive), negative: read(snapshot.negative) }
}
