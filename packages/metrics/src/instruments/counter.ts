/** Counters: how often something has happened. They only grow, and start at zero with the process. */
import type { Family, FamilyOptions } from '../series/family.ts'
import { CounterHandle, increment } from '../series/handle.ts'
import type { Labels, UncheckedLabels } from '../series/labels.ts'

export interface CounterOptions<L extends string> extends FamilyOptions<L> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (counter: Counter<L>) => void | Promise<void>
}

/** The amount, one unless given, after the labels if there are any. */
export type IncrementArguments<L extends string> = [L] extends [never] ? [value?: number] : [labels: Labels<L>, value?: number]

export class Counter<L extends string = never> {
  readonly #family: Family

  constructor(family: Family) {
    this.#family = family
  }

  /**
   * @throws {RangeError} when the amount is negative or not finite.
   * @throws {TypeError} when it is no number, or the labels are not the declared ones.
   */
  inc(...args: IncrementArguments<L>): void
  inc(first?: UncheckedLabels | number, second?: number): void {
    const { store } = this.#family
    if (typeof first === 'object') increment(store, store.slotOf(first), second === undefined ? 1 : second)
    else increment(store, store.soleSlot(), first === undefined ? 1 : first)
  }

  /** The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, at zero. */
  labels(labels: Labels<L>): CounterHandle {
    return new CounterHandle(this.#family, this.#family.store.slotOf(labels))
  }
}
