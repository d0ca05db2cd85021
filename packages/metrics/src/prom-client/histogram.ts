/** Histograms of the drop-in. */

import { bucketOf, observeIn } from '../instruments/write.ts'
import { bucketExemplars, type HistogramExtra } from '../series/histogram-extra.ts'
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from '../series/segment.ts'
import { startClock } from './elapsed.ts'
import { createExemplar, type Exemplar } from './exemplar.ts'
import { Metric } from './metric.ts'
import { MetricSeries } from './metric-series.ts'
import type { MetricData, Sample } from './sample.ts'
import { SeriesChild } from './series-child.ts'
import { type AnyLabels, invalidNumber, isObject, NO_LABELS, validateLabel } from './validation.ts'

interface WithExemplar {
  readonly labels?: unknown
  readonly value?: unknown
  readonly exemplarLabels?: AnyLabels
}

/** Seconds. */
const DEFAULTS = { buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] }

export class Histogram extends Metric {
  /** Ascending and finite, whatever was configured. */
  declare readonly buckets: readonly number[]
  declare readonly upperBounds: readonly number[]
  readonly #bounds: Float64Array

  constructor(config: unknown) {
    super(config, DEFAULTS, 'histogram', createSeries)
    const { bounds = new Float64Array(0) } = this.series.shape
    this.#bounds = bounds
    Object.assign(this, { buckets: Object.freeze([...bounds]) })
    Object.assign(this, { upperBounds: this.buckets })
  }

  /** @throws {TypeError} when the value is not a finite number. @throws {Error} for a label that is not declared. */
  observe(first?: unknown, second?: unknown): void {
    if (this.enableExemplars) this.#observeWithExemplar(first as WithExemplar | undefined)
    else if (typeof first === 'object' && first !== null) observe(this.series, this.#bounds, this.labelNames, first as AnyLabels, second)
    else if (first || first === 0) observe(this.series, this.#bounds, this.labelNames, NO_LABELS, first)
    // Whatever else counts as no labels at all, and its value is the second argument.
    else observe(this.series, this.#bounds, this.labelNames, NO_LABELS, second)
  }

  /** Makes the series, or sets it back to zero. @throws {Error} for a label that is not declared. */
  zero(labels: AnyLabels = NO_LABELS): void {
    validateLabel(this.labelNames, labels)
    const { store } = this.series
    const slot = this.series.make(labels)
    const segment = this.series.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    segment.values.fill(0, index * store.stride, (index + 1) * store.stride)
    if (segment.extras) segment.extras[index] = undefined
    this.series.touch(slot)
  }

  startTimer(labels?: unknown, exemplarLabels?: unknown): (endLabels?: unknown, endExemplarLabels?: unknown) => number {
    const elapsed = startClock()
    return (endLabels, endExemplarLabels) => {
      const value = elapsed()
      const all: AnyLabels = { ...(labels as AnyLabels), ...(endLabels as AnyLabels) }
      if (this.enableExemplars) this.observe({ labels: all, value, exemplarLabels: Object.assign({}, exemplarLabels, endExemplarLabels) })
      else this.observe(all, value)
      return value
    }
  }

  labels(...args: unknown[]): HistogramChild {
    return new HistogramChild(this, this.series, this.labelsOf(args))
  }

  /** To no series at all, without labels too, until the next observation. */
  reset(): void {
    if (this.series.store.labelNames.length === 0) this.series.hide()
    else this.series.store.clear()
  }

  /** As `get`, with the labels of the series apart from `le`: for code that calls what prom-client has for itself. */
  async getForPromString(): Promise<MetricData> {
    await this.prepare()
    return this.describe((slot) => this.#samples(slot, false))
  }

  protected samplesOf(slot: number): Sample[] {
    return this.#samples(slot, true)
  }

  #samples(slot: number, splayed: boolean): Sample[] {
    const { name } = this
    const segment = this.series.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    const own = this.series.labelsOf(slot)
    const extra = segment.extras?.[index] as HistogramExtra | undefined
    const exemplars = extra?.exemplars as readonly (Exemplar | undefined)[] | undefined
    const sample = (value: number, metricName: string, exemplar: Exemplar | null | undefined, labels: Record<string, unknown>): Sample =>
      splayed ? { value, metricName, exemplar, labels: { ...labels, ...own } } : { labels, sharedLabels: own, value, metricName, exemplar }
    const samples: Sample[] = []
    const base = index * (this.#bounds.length + 2)
    let count = 0
    for (let bucket = 0; bucket <= this.#bounds.length; bucket += 1) {
      count += segment.values[base + bucket] as number
      const isLast = bucket === this.#bounds.length
      // Of the last bucket prom-client says null only where exemplars are off, and nothing where there is none.
      const none = isLast && this.enableExemplars ? undefined : null
      samples.push(sample(count, `${name}_bucket`, exemplars?.[bucket]?.copy() ?? none, { le: isLast ? '+Inf' : this.#bounds[bucket] }))
    }
    const sum = segment.values[base + this.#bounds.length + 1] as number
    samples.push(sample(sum, `${name}_sum`, undefined, {}), sample(count, `${name}_count`, undefined, {}))
    return samples
  }

  #observeWithExemplar({ labels, value, exemplarLabels }: WithExemplar = {}): void {
    const slot = observe(this.series, this.#bounds, this.labelNames, isObject(labels) ? (labels as AnyLabels) : NO_LABELS, value)
    if (exemplarLabels !== undefined) keepExemplar(this.series, this.#bounds, slot, exemplarLabels, value as number)
  }
}

/** One series of a histogram. Its methods may be taken from it. */
export class HistogramChild extends SeriesChild {
  readonly #histogram: Histogram
  readonly #bounds: Float64Array
  #observe: ((value?: unknown) => void) | undefined
  #startTimer: ((exemplarLabels?: unknown) => (endLabels?: unknown, endExemplarLabels?: unknown) => number) | undefined

  constructor(histogram: Histogram, series: MetricSeries, labels: AnyLabels) {
    super(series, labels)
    this.#histogram = histogram
    this.#bounds = series.shape.bounds as Float64Array
  }

  /** With `enableExemplars` it also takes `{ value, exemplarLabels }`. */
  get observe(): (value?: unknown) => void {
    this.#observe ??= (value) => this.#add(value)
    return this.#observe
  }

  get startTimer(): (exemplarLabels?: unknown) => (endLabels?: unknown, endExemplarLabels?: unknown) => number {
    this.#startTimer ??= (exemplarLabels) => this.#histogram.startTimer(this.labels, exemplarLabels)
    return this.#startTimer
  }

  #add(value: unknown): void {
    if (this.isSettled && typeof value === 'number' && Number.isFinite(value)) {
      observeIn(this.segment, this.#bounds, this.index, value)
      return
    }
    const { labelNames, enableExemplars } = this.#histogram
    const { value: amount, exemplarLabels } = (enableExemplars && isObject(value) ? value : { value }) as WithExemplar
    const slot = observe(this.series, this.#bounds, labelNames, this.labels, amount)
    if (exemplarLabels !== undefined) keepExemplar(this.series, this.#bounds, slot, exemplarLabels, amount as number)
    this.settle(slot)
  }
}

/** @returns the slot written to */
function observe(series: MetricSeries, bounds: Float64Array, declared: readonly string[], labels: AnyLabels, value: unknown): number {
  const known = labels === NO_LABELS ? series.findSole() : series.find(declared, labels)
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidNumber(value)
  const slot = known === -1 ? series.make(labels) : known
  observeIn(series.store.segments[slot >>> SEGMENT_SHIFT] as Segment, bounds, slot & SEGMENT_MASK, value)
  return slot
}

function keepExemplar(series: MetricSeries, bounds: Float64Array, slot: number, labels: AnyLabels, value: number): void {
  for (const _ in labels) {
    const exemplar = createExemplar(labels, value)
    const segment = series.store.segmentOf(slot)
    bucketExemplars(segment, slot & SEGMENT_MASK)[bucketOf(bounds, value)] = exemplar
    return
  }
}

/** @throws {Error} for the label `le`. */
function createSeries({ labelNames, buckets }: Histogram): MetricSeries {
  if (labelNames.includes('le')) throw new Error('le is a reserved label keyword')
  const bounds = normaliseBuckets(buckets)
  return new MetricSeries(labelNames, { kind: 'histogram', stride: bounds.length + 2, bounds })
}

/** prom-client counts into bounds as they come, and shows buckets that shrink or are there twice; here they are put in order. */
function normaliseBuckets(buckets: readonly unknown[]): Float64Array {
  const finite = buckets.map(Number).filter(Number.isFinite)
  return Float64Array.from(new Set(finite)).sort()
}
