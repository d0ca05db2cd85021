/** A native (exponential) histogram of one series: its counts, and how it stays within its limit of buckets. */
import { COARSEST_SCHEMA, coarsen, FINEST_SCHEMA, keyOf, upperBound } from './exponential-keys.ts'
import type { CompiledNativeHistogram } from './native-options.ts'
import { completeSnapshot, type NativeHistogramSnapshot } from './native-snapshot.ts'
import { SparseCounts } from './sparse-counts.ts'

/**
 * Behaves as client_golang's, with two differences: all steps a limit takes are taken at once, so that no more than `maxBuckets`
 * are ever left in use unless the schema is already −4; and a reset that falls due waits for the next observation, so that what
 * was counted until then is still scraped.
 */
export class NativeHistogramState {
  readonly #options: CompiledNativeHistogram
  #shift: number
  #zeroThreshold: number
  #zeroCount = 0
  #count = 0
  #sum = 0
  // Most series only ever see one sign, and many see none.
  #positive: SparseCounts | undefined
  #negative: SparseCounts | undefined
  #created: number
  /** When lost resolution is restored by a reset; Infinity while none is lost, or no reset allowed. */
  #resetDue = Infinity

  /** @param nowMilliseconds Since the epoch, here and below. A clock that goes back only delays resets. */
  constructor(options: CompiledNativeHistogram, nowMilliseconds: number) {
    this.#options = options
    this.#shift = FINEST_SCHEMA - options.schema
    this.#zeroThreshold = options.zeroThreshold
    this.#created = nowMilliseconds
  }

  /**
   * Any number. NaN counts in no bucket but makes the sum NaN; infinities count in a bucket of their own. Allocates nothing unless
   * a bucket is the first of its key.
   */
  observe(value: number, nowMilliseconds: number): void {
    if (nowMilliseconds >= this.#resetDue) this.reset(nowMilliseconds)
    this.#count += 1
    this.#sum += value
    const magnitude = Math.abs(value)
    if (magnitude > this.#zeroThreshold) {
      const counts = value > 0 ? (this.#positive ??= new SparseCounts()) : (this.#negative ??= new SparseCounts())
      const isNew = counts.add(keyOf(magnitude, this.#shift), 1)
      if (isNew && this.#size() > this.#options.maxBuckets) this.#limit(value, nowMilliseconds)
    } else if (magnitude <= this.#zeroThreshold) {
      this.#zeroCount += 1
    }
  }

  /** Back to no observations, full resolution and the configured zero bucket. */
  reset(nowMilliseconds: number): void {
    this.#shift = FINEST_SCHEMA - this.#options.schema
    this.#zeroThreshold = this.#options.zeroThreshold
    this.#zeroCount = 0
    this.#count = 0
    this.#sum = 0
    this.#positive = undefined
    this.#negative = undefined
    this.#created = nowMilliseconds
    this.#resetDue = Infinity
  }

  /** The state now, as a copy. Cost: a sort of the buckets in use. */
  snapshot(): NativeHistogramSnapshot {
    const facts = {
      schema: FINEST_SCHEMA - this.#shift,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      count: this.#count,
      sum: this.#sum,
      createdMilliseconds: this.#created,
    }
    return completeSnapshot(facts, this.#positive, this.#negative)
  }

  #size(): number {
    return (this.#positive?.size ?? 0) + (this.#negative?.size ?? 0)
  }

  /** Called with one bucket too many; `value` is the observation that made it. */
  #limit(value: number, nowMilliseconds: number): void {
    const { maxBuckets, minResetMilliseconds } = this.#options
    const resetAllowed = this.#created + minResetMilliseconds
    if (nowMilliseconds >= resetAllowed) {
      this.reset(nowMilliseconds)
      // The reset must not lose the very observation that caused it.
      this.observe(value, nowMilliseconds)
      return
    }
    this.#resetDue = resetAllowed
    while (this.#size() > maxBuckets && (this.#widenZeroBucket() || this.#halveResolution())) {
      // Each step leaves fewer buckets or a coarser schema.
    }
  }

  /** Takes the bucket nearest to zero, or the two that are equally near, into the zero bucket, if that may become so wide. */
  #widenZeroBucket(): boolean {
    const nearest = Math.min(this.#positive?.smallestKey() ?? Infinity, this.#negative?.smallestKey() ?? Infinity)
    const threshold = upperBound(nearest, this.#shift)
    if (threshold > this.#options.maxZeroThreshold) return false
    this.#zeroThreshold = threshold
    this.#zeroCount += (this.#positive?.get(nearest) ?? 0) + (this.#negative?.get(nearest) ?? 0)
    this.#rekey((key) => (key === nearest ? undefined : key))
    return true
  }

  /** Joins every two buckets, unless they are the widest there are. */
  #halveResolution(): boolean {
    if (this.#shift === FINEST_SCHEMA - COARSEST_SCHEMA) return false
    this.#shift += 1
    this.#rekey((key) => coarsen(key, 1))
    return true
  }

  #rekey(map: (key: number) => number | undefined): void {
    this.#positive = this.#positive?.rekeyed(map)
    this.#negative = this.#negative?.rekeyed(map)
  }
}
