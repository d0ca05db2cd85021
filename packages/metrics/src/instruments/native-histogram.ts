/** Native histograms: buckets that are there where values are, narrow everywhere, and cost nothing where there are none. */
import { NativeHistogramState } from '../distributions/native-histogram.ts'
import type { NativeHistogramOptions as BucketOptions, CompiledNativeHistogram } from '../distributions/native-options.ts'
import { createExemplar, type ExemplarLabels } from '../series/exemplar.ts'
import type { Family, FamilyOptions } from '../series/family.ts'
import { SeriesHandle } from '../series/handle.ts'
import { bucketExemplars, type HistogramExtra } from '../series/histogram-extra.ts'
import type { LabelArguments, LabelValue, SeriesArguments, UncheckedLabels } from '../series/labels.ts'
import { SEGMENT_MASK, type Segment } from '../series/segment.ts'
import { type ExemplarArguments, readExemplarArguments, type UncheckedExemplarArguments } from './exemplar-arguments.ts'
import type { ValueArguments } from './gauge.ts'
import { Instrument } from './instrument.ts'
import { type Clocks, createLabelledTimer, createTimer } from './timer.ts'
import { bucketOf, observeIn, refuseNonNumber } from './write.ts'

/**
 * Servers see the native buckets in protobuf, which they ask for when native histograms are switched on there. In the text formats,
 * which have no form for them, the `buckets` are shown; without any, only `+Inf`, sum and count.
 */
export interface NativeHistogramOptions<L extends string> extends FamilyOptions<L>, BucketOptions {
  /** Native buckets in use, of both signs. What happens beyond is for the other options to say. Default: 160; 0 is no limit. */
  readonly maxBuckets?: number
  /** Fixed bounds beside the native buckets, for servers without them: ascending, finite. Default: none. */
  readonly buckets?: readonly number[]
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (histogram: NativeHistogram<L>) => void | Promise<void>
}

export class NativeHistogram<L extends string = never> extends Instrument<L> {
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, clocks: Clocks) {
    super(family)
    this.#clocks = clocks
  }

  /**
   * Any number. NaN counts in no bucket and makes the sum NaN. A refused call makes no series. Cost: that of a histogram, and some 60 ns for
   * the native bucket and the time.
   * @throws {TypeError} when the value is no number or the labels are not the declared ones.
   */
  observe(...args: ValueArguments<L>): void
  observe(first: UncheckedLabels | number, second?: number): void {
    const { store, bounds } = this.family
    const value = typeof first === 'object' ? second : first
    if (typeof value !== 'number') refuseNonNumber(store, value)
    const slot = typeof first === 'object' ? store.slotOf(first) : store.soleSlot()
    observeBoth(store.segmentOf(slot), bounds, slot & SEGMENT_MASK, value, this.#clocks.wallClock())
  }

  /**
   * Observes, and keeps the labels of a trace as the example of its fixed bucket; OpenMetrics and protobuf show the latest one of each. A
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
    observeBoth(segment, bounds, index, value, now)
    bucketExemplars(segment, index)[bucketOf(bounds, value)] = example
  }

  /**
   * The series as a handle: keep it where the labels are known beforehand, it costs no lookup. Makes the series, all zero.
   * @throws {TypeError} when the labels are not the declared ones.
   */
  labels(...args: SeriesArguments<L>): NativeHistogramHandle
  labels(labels?: UncheckedLabels): NativeHistogramHandle {
    return new NativeHistogramHandle(this.family, labels, this.#clocks)
  }

  /**
   * The function it returns observes the seconds since now and returns them. Labels known at the start go in here, the others,
   * such as a status, go to that function.
   * @throws {TypeError} from that function, when together they are not the declared ones.
   */
  startTimer<const K extends L = never>(labels?: Readonly<Record<K, LabelValue>>): (...rest: LabelArguments<Exclude<L, K>>) => number
  startTimer(labels?: UncheckedLabels): (rest?: UncheckedLabels) => number {
    const { store, bounds } = this.family
    return createLabelledTimer(this.#clocks, labels, (all, seconds) => {
      const slot = store.slotOf(all)
      observeBoth(store.segmentOf(slot), bounds, slot & SEGMENT_MASK, seconds, this.#clocks.wallClock())
    })
  }
}

/** One series of a native histogram. */
export class NativeHistogramHandle extends SeriesHandle {
  readonly #bounds: Float64Array
  readonly #clocks: Clocks

  /** @internal */
  constructor(family: Family, labels: UncheckedLabels | undefined, clocks: Clocks) {
    super(family.store, labels)
    this.#bounds = family.bounds
    this.#clocks = clocks
  }

  /** As {@link NativeHistogram.observe}, without the lookup. @throws {TypeError} when the value is no number. */
  observe(value: number): void {
    if (typeof value !== 'number') refuseNonNumber(this.store, value)
    if (this.segment.generations[this.index] !== this.generation) this.revive()
    observeBoth(this.segment, this.#bounds, this.index, value, this.#clocks.wallClock())
  }

  /**
   * As {@link NativeHistogram.observeWithExemplar}.
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

/** The extra that each series is born with. */
export function createNativeExtra(options: CompiledNativeHistogram, wallClock: () => number): HistogramExtra {
  return { exemplars: undefined, native: new NativeHistogramState(options, wallClock()) }
}

function observeBoth(segment: Segment, bounds: Float64Array, index: number, value: number, now: number): void {
  const extra = segment.extras?.[index] as HistogramExtra
  const native = extra.native as NativeHistogramState
  const { resets } = native
  native.observe(value, now)
  if (native.resets !== resets) {
    // What was counted before is gone there: both forms tell of the same observations.
    const stride = bounds.length + 2
    segment.values.fill(0, index * stride, (index + 1) * stride)
    if (segment.created) segment.created[index] = now
    extra.exemplars = undefined
  }
  observeIn(segment, bounds, index, value)
}
