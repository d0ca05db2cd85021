/** Handles: one series, found once and then written to without a lookup. Also the only code that changes a value. */
import { quote } from '../names.ts'
import type { Family } from './family.ts'
import type { SeriesStore } from './store.ts'

/** Above this many bounds halving beats walking. */
const LINEAR_SEARCH_MAX = 16

/** @throws {RangeError} when `value` is negative or not finite: one NaN would poison the counter for good. */
export function increment(store: SeriesStore, slot: number, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(store, value)
  const values = store.values
  values[slot] = (values[slot] as number) + value
}

/** Any number may be added to a gauge, NaN and the infinities too. @throws {TypeError} when `value` is no number. */
export function adjust(store: SeriesStore, slot: number, sign: 1 | -1, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  const values = store.values
  values[slot] = (values[slot] as number) + sign * value
}

/** @throws {TypeError} when `value` is no number. */
export function assign(store: SeriesStore, slot: number, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  store.values[slot] = value
}

/**
 * Adds to one bucket and to the sum; cumulating is left to the scrape. NaN is above every bound, so it counts in +Inf and makes
 * the sum NaN, as in client_golang.
 * @throws {TypeError} when `value` is no number.
 */
export function observe(store: SeriesStore, bounds: Float64Array, slot: number, value: number): void {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  const values = store.values
  const base = slot * store.stride
  const bucket = base + bucketOf(bounds, value)
  const sum = base + bounds.length + 1
  values[bucket] = (values[bucket] as number) + 1
  values[sum] = (values[sum] as number) + value
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

/** One series of a counter. */
export class CounterHandle {
  readonly #store: SeriesStore
  readonly #slot: number

  constructor(family: Family, slot: number) {
    this.#store = family.store
    this.#slot = slot
  }

  /** @throws {RangeError} when `value` is negative or not finite. */
  inc(value = 1): void {
    increment(this.#store, this.#slot, value)
  }
}

/** One series of a gauge. */
export class GaugeHandle {
  readonly #store: SeriesStore
  readonly #slot: number

  constructor(family: Family, slot: number) {
    this.#store = family.store
    this.#slot = slot
  }

  set(value: number): void {
    assign(this.#store, this.#slot, value)
  }

  inc(value = 1): void {
    adjust(this.#store, this.#slot, 1, value)
  }

  dec(value = 1): void {
    adjust(this.#store, this.#slot, -1, value)
  }
}

/** One series of a histogram. */
export class HistogramHandle {
  readonly #store: SeriesStore
  readonly #bounds: Float64Array
  readonly #slot: number
  readonly #now: () => number

  constructor(family: Family, slot: number, now: () => number) {
    this.#store = family.store
    this.#bounds = family.bounds
    this.#slot = slot
    this.#now = now
  }

  observe(value: number): void {
    observe(this.#store, this.#bounds, this.#slot, value)
  }

  /** The function it returns observes the seconds since now and returns them. */
  startTimer(): () => number {
    const started = this.#now()
    return () => {
      const seconds = (this.#now() - started) / 1000
      this.observe(seconds)
      return seconds
    }
  }
}

function refuseIncrement(store: SeriesStore, value: unknown): never {
  if (typeof value !== 'number') refuseNonNumber(store, value)
  throw new RangeError(
    `${store.owner} was to grow by ${value}, and a counter only grows by finite amounts. Pass zero or more, or use a gauge.`,
  )
}

function refuseNonNumber(store: SeriesStore, value: unknown): never {
  throw new TypeError(`${store.owner} was given ${quote(value)}, which is not a number. Pass a number.`)
}
