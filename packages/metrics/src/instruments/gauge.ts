/** Gauges: how much of something there is right now. */
import type { Family, FamilyOptions, GaugeAggregation } from '../series/family.ts'
import { SeriesHandle } from '../series/handle.ts'
import type { Labels, SeriesArguments, UncheckedLabels } from '../series/labels.ts'
import { CHANGED } from '../series/segment.ts'
import type { SeriesStore } from '../series/store.ts'
import type { IncrementArguments } from './counter.ts'
import { Instrument } from './instrument.ts'
import { type Clocks, createTimer } from './timer.ts'
import { addIn, adjust, assign, refuseNonNumber } from './write.ts'

export interface GaugeOptions<L extends string> extends FamilyOptions<L> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (gauge: Gauge<L>) => void | Promise<void>
  /** What many workers' values become. Default: `sum`. */
  readonly aggregation?: GaugeAggregation
}

/** The value, after the labels if there are any. */
export type ValueArguments<L extends string> = [L] extends [never] ? [value: number] : [labels: Labels<L>, value: number]

/**
 * Every method takes any number, NaN and the infinities too. One that throws has changed nothing and made no series. Cost of a call: one
 * lookup per label, least while labels come in declared order; a handle does without.
 */
export class Gauge<L extends string = never> extends Instrument<L> {
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, clocks: Clocks) {
    super(family)
    this.#clocks = clocks
  }

  /** Is this from now on. @throws {TypeError} when the value is no number or the labels are not the declared ones. */
  set(...args: ValueArguments<L>): void
  set(first: UncheckedLabels | number, second?: number): void {
    const { store } = this.family
    const value = typeof first === 'object' ? second : first
    // Before the lookup: a refused call makes no series.
    if (typeof value !== 'number') refuseNonNumber(store, value)
    assign(store, slotFor(store, first), value)
  }

  /** Grows by one, or by the amount. @throws {TypeError} when it is no number or the labels are not the declared ones. */
  inc(...args: IncrementArguments<L>): void
  inc(first?: UncheckedLabels | number, second?: number): void {
    const { store } = this.family
    const value = amount(store, first, second)
    adjust(store, slotFor(store, first), value)
  }

  /** Shrinks by one, or by the amount. @throws {TypeError} when it is no number or the labels are not the declared ones. */
  dec(...args: IncrementArguments<L>): void
  dec(first?: UncheckedLabels | number, second?: number): void {
    const { store } = this.family
    const value = -amount(store, first, second)
    adjust(store, slotFor(store, first), value)
  }

  /** Sets the Unix time in seconds: when something happened last. @throws {TypeError} when the labels are not the declared ones. */
  setToCurrentTime(...args: SeriesArguments<L>): void
  setToCurrentTime(labels?: UncheckedLabels): void {
    const { store } = this.family
    assign(store, labels === undefined ? store.soleSlot() : store.slotOf(labels), this.#clocks.wallClock() / 1000)
  }

  /**
   * The function it returns sets the seconds since now and returns them: how long the latest run took. Makes the series, at zero.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  startTimer(...args: SeriesArguments<L>): () => number
  startTimer(labels?: UncheckedLabels): () => number {
    return new GaugeHandle(this.family, labels, this.#clocks).startTimer()
  }

  /**
   * The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, at zero.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  labels(...args: SeriesArguments<L>): GaugeHandle
  labels(labels?: UncheckedLabels): GaugeHandle {
    return new GaugeHandle(this.family, labels, this.#clocks)
  }
}

/** One series of a gauge. Its methods take what those of the gauge take. Cost of a call: a comparison and two stores into columns. */
export class GaugeHandle extends SeriesHandle {
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, labels: UncheckedLabels | undefined, clocks: Clocks) {
    super(family.store, labels)
    this.#clocks = clocks
  }

  /** Is this from now on. @throws {TypeError} when it is no number. */
  set(value: number): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    this.segment.values[this.index] = value
    this.segment.dirty[this.index] = CHANGED
  }

  /** @throws {TypeError} when the amount is no number. */
  inc(value = 1): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    this.#add(value)
  }

  /** @throws {TypeError} when the amount is no number. */
  dec(value = 1): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    this.#add(-value)
  }

  /** Sets the Unix time in seconds: when something happened last. */
  setToCurrentTime(): void {
    this.set(this.#clocks.wallClock() / 1000)
  }

  /** The function it returns sets the seconds since now and returns them: how long the latest run took. */
  startTimer(): () => number {
    return createTimer(this.#clocks, (seconds) => this.set(seconds))
  }

  #add(value: number): void {
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    addIn(this.segment, this.index, value)
  }
}

function slotFor(store: SeriesStore, first: UncheckedLabels | number | undefined): number {
  return typeof first === 'object' ? store.slotOf(first) : store.soleSlot()
}

/** @throws {TypeError} when it is no number: the negative of a text is one, and would be believed. */
function amount(store: SeriesStore, first: UncheckedLabels | number | undefined, second: number | undefined): number {
  const value = typeof first === 'object' ? second : first
  if (value === undefined) return 1
  if (typeof value !== 'number') refuseNonNumber(store, value)
  return value
}
