/** Gauges of the drop-in. */
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from '../series/segment.ts'
import { startClock } from './elapsed.ts'
import { Metric } from './metric.ts'
import { MetricSeries } from './metric-series.ts'
import type { Sample } from './sample.ts'
import { SeriesChild } from './series-child.ts'
import { type AnyLabels, invalidNumber, isObject, NO_LABELS } from './validation.ts'

/** Any number will do, NaN and the infinities too. */
export class Gauge extends Metric {
  constructor(config: unknown) {
    super(config, {}, 'gauge', ({ labelNames }: Gauge) => new MetricSeries(labelNames, { kind: 'gauge', stride: 1 }))
  }

  /** @throws {TypeError} when the value is no number. @throws {Error} for a label that is not declared. */
  set(first: unknown, second?: unknown): void {
    if (isObject(first)) assign(this.series, this.labelNames, first as AnyLabels, second)
    else assign(this.series, this.labelNames, NO_LABELS, first)
  }

  inc(first?: unknown, second?: unknown): void {
    const value = isObject(first) ? second : first
    adjust(this.series, this.labelNames, isObject(first) ? (first as AnyLabels) : NO_LABELS, value === undefined ? 1 : value)
  }

  dec(first?: unknown, second?: unknown): void {
    const value = isObject(first) ? second : first
    adjust(this.series, this.labelNames, isObject(first) ? (first as AnyLabels) : NO_LABELS, -((value === undefined ? 1 : value) as number))
  }

  /** Unix seconds. */
  setToCurrentTime(labels?: unknown): void {
    const now = Date.now() / 1000
    if (labels === undefined) this.set(now)
    else this.set(labels, now)
  }

  startTimer(labels?: unknown): (endLabels?: unknown) => number {
    const elapsed = startClock()
    return (endLabels) => {
      const seconds = elapsed()
      this.set({ ...(labels as AnyLabels), ...(endLabels as AnyLabels) }, seconds)
      return seconds
    }
  }

  labels(...args: unknown[]): GaugeChild {
    return new GaugeChild(this, this.series, this.labelsOf(args))
  }

  reset(): void {
    this.series.store.clear()
    this.series.isHidden = false
  }

  /** Zero when there is no such series. Read by tests of programs. */
  _getValue(labels?: AnyLabels): number {
    const slot = this.series.findExact(labels || NO_LABELS)
    return slot === -1 ? 0 : (this.series.store.segmentOf(slot).values[slot & SEGMENT_MASK] as number)
  }

  protected samplesOf(slot: number): Sample[] {
    return [{ value: this.series.store.segmentOf(slot).values[slot & SEGMENT_MASK] as number, labels: this.series.labelsOf(slot) }]
  }
}

/** One series of a gauge. Its methods may be taken from it. */
export class GaugeChild extends SeriesChild {
  readonly #gauge: Gauge
  #set: ((value?: unknown) => void) | undefined
  #inc: ((value?: unknown) => void) | undefined
  #dec: ((value?: unknown) => void) | undefined
  #setToCurrentTime: (() => void) | undefined
  #startTimer: (() => (endLabels?: unknown) => number) | undefined

  constructor(gauge: Gauge, series: MetricSeries, labels: AnyLabels) {
    super(series, labels)
    this.#gauge = gauge
  }

  get set(): (value?: unknown) => void {
    this.#set ??= (value) => {
      if (this.isSettled && typeof value === 'number') {
        this.segment.values[this.index] = value
        this.segment.dirty[this.index] = CHANGED
      } else this.settle(assign(this.series, this.#gauge.labelNames, this.labels, value))
    }
    return this.#set
  }

  get inc(): (value?: unknown) => void {
    this.#inc ??= (value = 1) => this.#add(value)
    return this.#inc
  }

  get dec(): (value?: unknown) => void {
    this.#dec ??= (value = 1) => this.#add(-(value as number))
    return this.#dec
  }

  get setToCurrentTime(): () => void {
    this.#setToCurrentTime ??= () => this.set(Date.now() / 1000)
    return this.#setToCurrentTime
  }

  get startTimer(): () => (endLabels?: unknown) => number {
    this.#startTimer ??= () => this.#gauge.startTimer(this.labels)
    return this.#startTimer
  }

  #add(delta: unknown): void {
    if (this.isSettled && typeof delta === 'number') {
      const { segment, index } = this
      segment.values[index] = (segment.values[index] as number) + delta
      segment.dirty[index] = CHANGED
    } else this.settle(adjust(this.series, this.#gauge.labelNames, this.labels, delta))
  }
}

/** @returns the slot written to */
function assign(series: MetricSeries, declared: readonly string[], labels: AnyLabels, value: unknown): number {
  if (typeof value !== 'number') throw invalidNumber(value)
  const slot = slotFor(series, declared, labels)
  const segment = series.store.segments[slot >>> SEGMENT_SHIFT] as Segment
  segment.values[slot & SEGMENT_MASK] = value
  segment.dirty[slot & SEGMENT_MASK] = CHANGED
  return slot
}

/** @returns the slot written to */
function adjust(series: MetricSeries, declared: readonly string[], labels: AnyLabels, delta: unknown): number {
  if (typeof delta !== 'number') throw invalidNumber(delta, 'Delta')
  const slot = slotFor(series, declared, labels)
  const segment = series.store.segments[slot >>> SEGMENT_SHIFT] as Segment
  const index = slot & SEGMENT_MASK
  segment.values[index] = (segment.values[index] as number) + delta
  segment.dirty[index] = CHANGED
  return slot
}

function slotFor(series: MetricSeries, declared: readonly string[], labels: AnyLabels): number {
  const known = labels === NO_LABELS ? series.findSole() : series.find(declared, labels)
  return known === -1 ? series.make(labels) : known
}
