/** Summaries: quantiles of what was observed lately, for when no bounds can be told beforehand. They cannot be added up across processes. */
import { SlidingQuantiles } from '../distributions/sliding-quantiles.ts'
import type { SummaryOptions as QuantileOptions } from '../distributions/summary-options.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { SeriesHandle } from '../series/handle.ts'
import type { LabelArguments, LabelValue, SeriesArguments, UncheckedLabels } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK, type Segment } from '../series/segment.ts'
import type { ValueArguments } from './gauge.ts'
import { Instrument } from './instrument.ts'
import { type Clocks, createLabelledTimer, createTimer } from './timer.ts'
import { refuseNonNumber } from './write.ts'

export interface SummaryOptions<L extends string> extends FamilyOptions<L>, Partial<QuantileOptions> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (summary: Summary<L>) => void | Promise<void>
}

/** @internal */
export interface SummaryWindow {
  /** `Infinity` without a window. */
  readonly maxAgeSeconds: number
  readonly ageBuckets: number
}

/** What is asked for unless a summary says otherwise. */
export const DEFAULT_QUANTILES: readonly number[] = [0.5, 0.9, 0.99]

export class Summary<L extends string = never> extends Instrument<L> {
  /** What a second declaration must say as well. @internal */
  readonly window: SummaryWindow
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, clocks: Clocks, window: SummaryWindow) {
    super(family)
    this.window = window
    this.#clocks = clocks
  }

  /**
   * Any number. NaN counts and makes the sum NaN, and bears on no quantile. A refused call makes no series. Cost: 0.2 µs with five age
   * buckets, most of it at every 512th call.
   * @throws {TypeError} when the value is no number or the labels are not the declared ones.
   */
  observe(...args: ValueArguments<L>): void
  observe(first: UncheckedLabels | number, second?: number): void {
    const { store } = this.family
    const value = typeof first === 'object' ? second : first
    if (typeof value !== 'number') refuseNonNumber(store, value)
    const slot = typeof first === 'object' ? store.slotOf(first) : store.soleSlot()
    observeIn(store.segmentOf(slot), slot & SEGMENT_MASK, value, this.#clocks.wallClock())
  }

  /**
   * The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, without observations.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  labels(...args: SeriesArguments<L>): SummaryHandle
  labels(labels?: UncheckedLabels): SummaryHandle {
    return new SummaryHandle(this.family, labels, this.#clocks)
  }

  /**
   * The function it returns observes the seconds since now and returns them. Labels known at the start go in here, the others,
   * such as a status, go to that function.
   * @throws {TypeError} from that function, when together they are not the declared ones.
   */
  startTimer<const K extends L = never>(labels?: Readonly<Record<K, LabelValue>>): (...rest: LabelArguments<Exclude<L, K>>) => number
  startTimer(labels?: UncheckedLabels): (rest?: UncheckedLabels) => number {
    const { store } = this.family
    return createLabelledTimer(this.#clocks, labels, (all, seconds) => {
      const slot = store.slotOf(all)
      observeIn(store.segmentOf(slot), slot & SEGMENT_MASK, seconds, this.#clocks.wallClock())
    })
  }
}

/** One series of a summary. */
export class SummaryHandle extends SeriesHandle {
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, labels: UncheckedLabels | undefined, clocks: Clocks) {
    super(family.store, labels)
    this.#clocks = clocks
  }

  /** As {@link Summary.observe}, without the lookup. @throws {TypeError} when the value is no number. */
  observe(value: number): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    observeIn(this.segment, this.index, value, this.#clocks.wallClock())
  }

  /** The function it returns observes the seconds since now and returns them. */
  startTimer(): () => number {
    return createTimer(this.#clocks, (seconds) => this.observe(seconds))
  }
}

function observeIn(segment: Segment, index: number, value: number, now: number): void {
  // Every series of a summary is born with one.
  const quantiles = segment.extras?.[index] as SlidingQuantiles
  quantiles.observe(value, now)
  segment.dirty[index] = CHANGED
}
