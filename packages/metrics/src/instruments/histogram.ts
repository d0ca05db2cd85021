/** Histograms: how a quantity is distributed, as counts below fixed bounds. */
import type { Family, FamilyOptions } from '../series/family.ts'
import { HistogramHandle, observe } from '../series/handle.ts'
import type { LabelArguments, Labels, LabelValue, UncheckedLabels } from '../series/labels.ts'
import type { ValueArguments } from './gauge.ts'

export interface HistogramOptions<L extends string> extends FamilyOptions<L> {
  /** Upper bounds, ascending, finite; +Inf is implied. The unit is that of the observed values. Default: 5 ms to 10 s, in seconds. */
  readonly buckets?: readonly number[]
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (histogram: Histogram<L>) => void | Promise<void>
}

export class Histogram<L extends string = never> {
  readonly #family: Family
  readonly #now: () => number

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(family: Family, now: () => number) {
    this.#family = family
    this.#now = now
  }

  /** NaN counts in +Inf and makes the sum NaN. @throws {TypeError} when the value is no number or the labels are not the declared ones. */
  observe(...args: ValueArguments<L>): void
  observe(first: UncheckedLabels | number, second?: number): void {
    const { store, bounds } = this.#family
    if (typeof first === 'object') observe(store, bounds, store.slotOf(first), second as number)
    else observe(store, bounds, store.soleSlot(), first)
  }

  /** The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, all zero. */
  labels(labels: Labels<L>): HistogramHandle {
    return new HistogramHandle(this.#family, this.#family.store.slotOf(labels), this.#now)
  }

  /**
   * The function it returns observes the seconds since now and returns them. Labels known at the start go in here, the others,
   * such as a status, go to that function.
   */
  startTimer<const K extends L = never>(labels?: Readonly<Record<K, LabelValue>>): (...rest: LabelArguments<Exclude<L, K>>) => number
  startTimer(labels?: UncheckedLabels): (rest?: UncheckedLabels) => number {
    const started = this.#now()
    const known = { ...labels }
    return (rest) => {
      const seconds = (this.#now() - started) / 1000
      const { store, bounds } = this.#family
      observe(store, bounds, store.slotOf({ ...known, ...rest }), seconds)
      return seconds
    }
  }
}
