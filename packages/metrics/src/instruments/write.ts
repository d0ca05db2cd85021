/** Writes to a series: checked, added, and marked as changed. Handles, which know their segment already, call those that end in `In`. */
import { quote } from '../names.ts'
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from '../series/segment.ts'
import type { SeriesStore } from '../series/store.ts'

/** Above this many bounds halving beats walking. */
const LINEAR_SEARCH_MAX = 16

/** @throws {RangeError} when `value` is negative or not finite: one NaN would poison the counter for good. */
export function increment(store: SeriesStore, slot: number, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(store, value)
  addIn(store.segments[slot >>> SEGMENT_SHIFT] as Segment, slot & SEGMENT_MASK, value)
}

/** Any number may be added to a gauge, NaN and the infinities too. @throws {TypeError} when `value` is no number. */
export function adjust(store: SeriesStore, slot: number, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  addIn(store.segments[slot >>> SEGMENT_SHIFT] as Segment, slot & SEGMENT_MASK, value)
}

/** Adds a number that has been checked, to the one number of a series in a segment that is known. */
export function addIn(segment: Segment, index: number, value: number): void {
  const { values } = segment
  values[index] = (values[index] as number) + value
  segment.dirty[index] = CHANGED
}

/** @throws {TypeError} when `value` is no number. */
export function assign(store: SeriesStore, slot: number, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  const segment = store.segments[slot >>> SEGMENT_SHIFT] as Segment
  const index = slot & SEGMENT_MASK
  segment.values[index] = value
  segment.dirty[index] = CHANGED
}

/**
 * Adds to one bucket and to the sum; cumulating is left to the scrape. NaN is above every bound, so it counts in +Inf and makes
 * the sum NaN, as in client_golang.
 * @throws {TypeError} when `value` is no number.
 */
export function observe(store: SeriesStore, bounds: Float64Array, slot: number, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  observeIn(store.segments[slot >>> SEGMENT_SHIFT] as Segment, bounds, slot & SEGMENT_MASK, value)
}

/** As {@link observe}, of a number, in a segment that is known. */
export function observeIn(segment: Segment, bounds: Float64Array, index: number, value: number): void {
  const { values } = segment
  const count = bounds.length
  const base = index * (count + 2)
  const bucket = base + bucketOf(bounds, value)
  const sum = base + count + 1
  values[bucket] = (values[bucket] as number) + 1
  values[sum] = (values[sum] as number) + value
  segment.dirty[index] = CHANGED
}

/** The index of the first bound that is not below `value`; `bounds.length` is +Inf. Comparisons are written so that NaN fails each. */
export function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0
  let high = bounds.length
  if (high > LINEAR_SEARCH_MAX) {
    while (low < high) {
      const middle = (low + high) >>> 1
      if (value <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    return low
  }
  while (low < high && !(value <= (bounds[low] as number))) low += 1
  return low
}

export function refuseIncrement(store: SeriesStore, value: unknown): never {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  throw new RangeError(
    `${store.owner} was to grow by ${value}, and a counter only grows by finite amounts. Pass zero or more, or use a gauge.`,
  )
}

export function refuseNonNumber(store: SeriesStore, value: unknown): never {
  throw new TypeError(`${store.owner} was given ${quote(value)}, which is not a number. Pass a number.`)
}
