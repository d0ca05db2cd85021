/** Native histograms of others, judged before they are believed: a server refuses a whole scrape for one whose numbers contradict. */
import { COARSEST_SCHEMA, FINEST_SCHEMA, keyOf } from '../distributions/exponential-keys.ts'
import type { BucketRun, NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import { quote } from '../names.ts'

/** What a native histogram has beside the count and the sum, which its series has too. */
export type NativeBuckets = Omit<NativeHistogramSnapshot, 'count' | 'sum'>

/**
 * What is wrong with it, as the end of a sentence that begins with its owner; undefined when nothing is. Cost: linear in what is there,
 * whatever its spans claim.
 */
export function findNativeFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `has the native histogram ${quote(value)}, which is none`
  const { schema, zeroThreshold, zeroCount, createdMilliseconds, positive, negative } = value as Partial<
    Record<keyof NativeBuckets, unknown>
  >
  if (!isWhole(schema) || schema < COARSEST_SCHEMA || schema > FINEST_SCHEMA) {
    return `has the schema ${quote(schema)}, which is not a whole number from ${COARSEST_SCHEMA} to ${FINEST_SCHEMA}`
  }
  if (!isFinite(zeroThreshold) || zeroThreshold < 0) {
    return `has the zeroThreshold ${quote(zeroThreshold)}, which is not a finite number of zero or more`
  }
  if (!isWhole(zeroCount) || zeroCount < 0) return `has the zeroCount ${quote(zeroCount)}, which is not a whole number of zero or more`
  if (!isFinite(createdMilliseconds)) return `has the createdMilliseconds ${quote(createdMilliseconds)}, which is no finite number`
  return findRunFault('positive', positive, schema) ?? findRunFault('negative', negative, schema)
}

/**
 * The native histogram of a series. Its count and its sum are those of the series, which is written; a sum that JSON has lost is NaN where
 * observations are missing in the buckets, as only those of NaN are.
 * @param numbers Of the series: the count of each fixed bucket, and the sum, which may be changed here.
 * @throws {TypeError} when it cannot be, or contradicts the numbers.
 */
export function readNative(name: string, native: NativeHistogramSnapshot, numbers: Float64Array): NativeHistogramSnapshot {
  const fault = findNativeFault(native)
  if (fault !== undefined) throw new TypeError(`The included histogram "${name}" ${fault}.`)
  const last = numbers.length - 1
  const count = countOf(numbers)
  if (typeof native.sum !== 'number' && !holdsCount(native, count, numbers[last] as number)) numbers[last] = Number.NaN
  const sum = numbers[last] as number
  if (native.count === count && holdsCount(native, count, sum)) return { ...native, sum }
  throw new TypeError(`The included histogram "${name}" has ${count} observations, of which its native histogram holds others.`)
}

/** Observations of a series, from the counts of its fixed buckets and its sum. */
export function countOf(numbers: Float64Array): number {
  return numbers.subarray(0, -1).reduce((one, other) => one + other)
}

/** Whether the buckets hold what was counted; observations of NaN, after which the sum is NaN as well, are in none. */
export function holdsCount(buckets: NativeBuckets, count: number, sum: number): boolean {
  const held = buckets.zeroCount + heldBy(buckets.positive) + heldBy(buckets.negative)
  return isWhole(count) && (Number.isNaN(sum) ? held <= count : held === count)
}

function heldBy({ deltas }: BucketRun): number {
  let held = 0
  let count = 0
  for (const delta of deltas) held += count += delta
  return held
}

function findRunFault(sign: 'positive' | 'negative', run: unknown, schema: number): string | undefined {
  const { spans, deltas } = (run ?? {}) as Partial<Record<keyof BucketRun, unknown>>
  if (!Array.isArray(spans) || !spans.every(isSpan)) return `has ${sign} spans that are no list of { offset, length } in whole numbers`
  if (!Array.isArray(deltas) || !deltas.every(isWhole)) return `has ${sign} deltas that are no list of whole numbers`
  const shift = FINEST_SCHEMA - schema
  const lowest = keyOf(Number.MIN_VALUE, shift)
  const highest = keyOf(Infinity, shift)
  let length = 0
  let key = 0
  for (const [at, span] of spans.entries()) {
    if (at > 0 && span.offset < 0) return `has ${sign} spans that overlap`
    key += span.offset
    if (span.length > 0 && (key < lowest || key + span.length - 1 > highest)) return `has ${sign} spans beyond the numbers there are`
    key += span.length
    length += span.length
  }
  if (length !== deltas.length) return `has ${sign} spans of ${length} buckets, and ${deltas.length} deltas`
  let count = 0
  for (const delta of deltas) if (!isWhole((count += delta)) || count < 0) return `has the count ${count} in a ${sign} bucket`
  return undefined
}

function isSpan(value: unknown): value is BucketRun['spans'][number] {
  if (typeof value !== 'object' || value === null) return false
  const { offset, length } = value as Record<string, unknown>
  return isWhole(offset) && isWhole(length) && length >= 0
}

/** Exact: beyond 2^53, buckets would not add up to their count. */
function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value)
}
