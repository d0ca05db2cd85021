/** Histograms: how a quantity is distributed, as counts below fixed bounds. */
import { createExemplar, type ExemplarLabels } from '../series/exemplar.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { SeriesHandle } from '../series/handle.ts'
import { bucketExemplars } from '../series/histogram-extra.ts'
import type { LabelArguments, LabelValue, SeriesArguments, UncheckedLabels } from '../series/labels.ts'
import { SEGMENT_MASK } from '../series/segment.ts'
import { type ExemplarArguments, readExemplarArguments, type UncheckedExemplarArguments } from './exemplar-arguments.ts'
import type { ValueArguments } from './gauge.ts'
import { Instrument } from './instrument.ts'
import { type Clocks, createLabelledTimer, createTimer } from './timer.ts'
import { bucketOf, observe, observeIn, refuseNonNumber } from './write.ts'

export interface HistogramOptions<L extends string> extends FamilyOptions<L> {
  /** Upper bounds, ascending, finite; +Inf is implied. The unit is that of the observed values. Default: 5 ms to 10 s, in seconds. */
  readonly buckets?: readonly number[]
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (histogram: Histogram<L>) => void | Promise<void>
}

export class Histogram<L extends string = never> extends Instrument<L> {
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, clocks: Clocks) {
    super(family)
    this.#clocks = clocks
  }

  /**
   * Any number, in the unit of the buckets. NaN counts in +Inf and makes the sum NaN. A refused call makes no series. Cost: one lookup per
   * label and a search among the bounds, which is a walk up to 16 of them and halves beyond.
   * @throws {TypeError} when the value is no number or the labels are not the declared ones.
   */
  observe(...args: ValueArguments<L>): void
  observe(first: UncheckedLabels | number, second?: number): void {
    const { store, bounds } = this.family
    const value = typeof first === 'object' ? second : first
    // Before the lookup: a refused call makes no series.
    if (typeof value !== 'number') refuseNonNumber(store, value)
    observe(store, bounds, typeof first === 'object' ? store.slotOf(first) : store.soleSlot(), value)
  }

  /**
   * Observes, and keeps the labels of a trace as the example of its bucket; OpenMetrics and protobuf show the latest one of each. A
   * refused call observes nothing and makes no series.
   * @throws {TypeError} when the value is no number, the labels are not the declared ones, or those of the exemplar are malformed.
   * @throws {RangeError} when the exemplar is longer than 128 characters.
   */
  observeWithExemplar(...args: ExemplarArguments<L>): void
  observeWithExemplar(...args: UncheckedExemplarArguments): void {
    const { store, bounds } = this.family
    const { labels, value, exemplar } = readExemplarArguments(args)
    if (typeof value !== 'number') refuseNonNumber(store, value)
    const now = this.#clocks.wallClock()
    const example = createExemplar(store.owner, exemplar, value, now / 1000)
    const slot = labels === undefined ? store.soleSlot() : store.slotOf(labels)
    const segment = store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    observeIn(segment, bounds, index, value)
    bucketExemplars(segment, index)[bucketOf(bounds, value)] = example
  }

  /**
   * The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, all zero.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  labels(...args: SeriesArguments<L>): HistogramHandle
  labels(labels?: UncheckedLabels): HistogramHandle {
    return new HistogramHandle(this.family, labels, this.#clocks)
  }

  /**
   * The function it returns observes the seconds since now and returns them. Labels known at the start go in here, the others,
   * such as a status, go to that function.
   * @throws {TypeError} from that function, when together they are not the declared ones.
   */
  startTimer<const K extends L = never>(labels?: Readonly<Record<K, LabelValue>>): (...rest: LabelArguments<Exclude<L, K>>) => number
  startTimer(labels?: UncheckedLabels): (rest?: UncheckedLabels) => number {
    const { store, bounds } = this.family
    return createLabelledTimer(this.#clocks, labels, (all, seconds) => observe(store, bounds, store.slotOf(all), seconds))
  }
}

/** One series of a histogram. */
export class HistogramHandle extends SeriesHandle {
  readonly #bounds: Float64Array
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, labels: UncheckedLabels | undefined, clocks: Clocks) {
    super(family.store, labels)
    this.#bounds = family.bounds
    this.#clocks = clocks
  }

  /** As {@link Histogram.observe}, without the lookup. @throws {TypeError} when the value is no number. */
  observe(value: number): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    observeIn(this.segment, this.#bounds, this.index, value)
  }

  /**
   * As {@link Histogram.observeWithExemplar}.
   * @throws {TypeError} when `value` is no number, or the labels of the exemplar are malformed.
   * @throws {RangeError} when the exemplar is longer than 128 characters.
   */
  observeWithExemplar(value: number, exemplar: ExemplarLabels): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    const example = createExemplar(this.store.owner, exemplar, value, this.#clocks.wallClock() / 1000)
    this.observe(value)
    bucketExemplars(this.segment, this.index)[bucketOf(this.#bounds, value)] = example
  }

  /** The function it returns observes the seconds since now and returns them. */
  startTimer(): () => number {
    return createTimer(this.#clocks, (seconds) => this.observe(seconds))
  }
}
