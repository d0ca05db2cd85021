/** Gauges: how much of something there is right now. */
import type { Family, FamilyOptions } from '../series/family.ts'
import { adjust, assign, GaugeHandle } from '../series/handle.ts'
import type { Labels, UncheckedLabels } from '../series/labels.ts'
import type { SeriesStore } from '../series/store.ts'
import type { IncrementArguments } from './counter.ts'

export interface GaugeOptions<L extends string> extends FamilyOptions<L> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (gauge: Gauge<L>) => void | Promise<void>
}

/** The value, after the labels if there are any. */
export type ValueArguments<L extends string> = [L] extends [never] ? [value: number] : [labels: Labels<L>, value: number]

/** Every method takes any number, NaN and the infinities too, and throws a TypeError for anything else or for wrong labels. */
export class Gauge<L extends string = never> {
  readonly #family: Family

  constructor(family: Family) {
    this.#family = family
  }

  set(...args: ValueArguments<L>): void
  set(first: UncheckedLabels | number, second?: number): void {
    const { store } = this.#family
    assign(store, slotFor(store, first), (typeof first === 'object' ? second : first) as number)
  }

  inc(...args: IncrementArguments<L>): void
  inc(first?: UncheckedLabels | number, second?: number): void {
    const { store } = this.#family
    adjust(store, slotFor(store, first), 1, amount(first, second))
  }

  dec(...args: IncrementArguments<L>): void
  dec(first?: UncheckedLabels | number, second?: number): void {
    const { store } = this.#family
    adjust(store, slotFor(store, first), -1, amount(first, second))
  }

  /** The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, at zero. */
  labels(labels: Labels<L>): GaugeHandle {
    return new GaugeHandle(this.#family, this.#family.store.slotOf(labels))
  }
}

function slotFor(store: SeriesStore, first: UncheckedLabels | number | undefined): number {
  return typeof first === 'object' ? store.slotOf(first) : store.soleSlot()
}

function amount(first: UncheckedLabels | number | undefined, second: number | undefined): number {
  const value = typeof first === 'object' ? second : first
  return value === undefined ? 1 : value
}
