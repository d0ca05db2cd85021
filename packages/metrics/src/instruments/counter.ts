/** Counters: how often something has happened. They only grow, and start at zero with the process. */
import { createExemplar, type Exemplar, type ExemplarLabels } from '../series/exemplar.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { SeriesHandle } from '../series/handle.ts'
import type { Labels, SeriesArguments, UncheckedLabels } from '../series/labels.ts'
import { SEGMENT_MASK, type Segment } from '../series/segment.ts'
import { type ExemplarArguments, readExemplarArguments, type UncheckedExemplarArguments } from './exemplar-arguments.ts'
import { Instrument } from './instrument.ts'
import { addIn, increment, refuseIncrement } from './write.ts'

export interface CounterOptions<L extends string> extends FamilyOptions<L> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (counter: Counter<L>) => void | Promise<void>
}

/** The amount, one unless given, after the labels if there are any. */
export type IncrementArguments<L extends string> = [L] extends [never] ? [value?: number] : [labels: Labels<L>, value?: number]

export class Counter<L extends string = never> extends Instrument<L> {
  readonly #now: () => number
  /** Where the one series of a counter without labels is, which is never removed. */
  readonly #sole: Segment | undefined

  /** @param now Unix milliseconds, for exemplars. @internal */
  constructor(family: Family, now: () => number) {
    super(family)
    this.#now = now
    this.#sole = family.store.labelNames.length === 0 ? family.store.segmentOf(0) : undefined
  }

  /**
   * Grows by one, or by the amount: `inc()`, `inc(5)`, `inc({ route: '/' })`, `inc({ route: '/' }, 5)`. A refused call makes no series.
   * Cost: one lookup per label, least while labels come in declared order; a handle does without.
   * @throws {RangeError} when the amount is negative or not finite.
   * @throws {TypeError} when it is no number, or the labels are not the declared ones.
   */
  inc(...args: IncrementArguments<L>): void
  inc(first?: UncheckedLabels | number, second?: number): void {
    if (first === undefined && second === undefined && this.#sole !== undefined) {
      addIn(this.#sole, 0, 1)
      return
    }
    const { store } = this.family
    const given = typeof first === 'object' ? second : first
    const value = given === undefined ? 1 : given
    // Before the lookup: a refused call makes no series.
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(store, value)
    increment(store, typeof first === 'object' ? store.slotOf(first) : store.soleSlot(), value)
  }

  /**
   * Grows, and keeps the labels of a trace as the example of the amount; OpenMetrics and protobuf show the latest one of each series.
   * A refused call grows nothing and makes no series.
   * @throws {TypeError} when the amount is no number, the labels are not the declared ones, or those of the exemplar are malformed.
   * @throws {RangeError} when the amount is negative or not finite, or the exemplar is longer than 128 characters.
   */
  incWithExemplar(...args: ExemplarArguments<L>): void
  incWithExemplar(...args: UncheckedExemplarArguments): void {
    const { store } = this.family
    const { labels, value, exemplar } = readExemplarArguments(args)
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(store, value)
    const example = createExemplar(store.owner, exemplar, value, this.#now() / 1000)
    const slot = labels === undefined ? store.soleSlot() : store.slotOf(labels)
    addWithExemplarIn(store.segmentOf(slot), slot & SEGMENT_MASK, value, example)
  }

  /**
   * The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, at zero.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  labels(...args: SeriesArguments<L>): CounterHandle
  labels(labels?: UncheckedLabels): CounterHandle {
    return new CounterHandle(this.family, labels, this.#now)
  }
}

/** One series of a counter. */
export class CounterHandle extends SeriesHandle {
  readonly #now: () => number

  /** @internal */
  constructor(family: Family, labels: UncheckedLabels | undefined, now: () => number) {
    super(family.store, labels)
    this.#now = now
  }

  /**
   * Grows by `value`. Cost: a comparison and two stores into columns.
   * @throws {RangeError} when `value` is negative or not finite.
   * @throws {TypeError} when it is no number.
   */
  inc(value = 1): void {
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(this.store, value)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    addIn(this.segment, this.index, value)
  }

  /**
   * As {@link Counter.incWithExemplar}.
   * @throws {TypeError} when `value` is no number, or the labels of the exemplar are malformed.
   * @throws {RangeError} when `value` is negative or not finite, or the exemplar is longer than 128 characters.
   */
  incWithExemplar(value: number, exemplar: ExemplarLabels): void {
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) refuseIncrement(this.store, value)
    const example = createExemplar(this.store.owner, exemplar, value, this.#now() / 1000)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    addWithExemplarIn(this.segment, this.index, value, example)
  }
}

function addWithExemplarIn(segment: Segment, index: number, value: number, example: Exemplar): void {
  addIn(segment, index, value)
  segment.extras ??= []
  segment.extras[index] = example
}
