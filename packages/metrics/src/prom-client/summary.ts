/** Summaries of the drop-in. */
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { startClock } from './elapsed.ts'
import { Metric } from './metric.ts'
import { MetricSeries } from './metric-series.ts'
import type { Sample } from './sample.ts'
import { SeriesChild } from './series-child.ts'
import { type AnyLabels, invalidNumber, isObject, NO_LABELS, validateLabel } from './validation.ts'
import { compileWindow, type Window, WindowQuantiles } from './window-quantiles.ts'

const DEFAULTS = { percentiles: [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999], compressCount: 1000 }

export class Summary extends Metric {
  declare readonly percentiles: readonly number[]
  declare readonly maxAgeSeconds: number | undefined
  declare readonly ageBuckets: number | undefined
  declare pruneAgedBuckets: boolean | undefined

  constructor(config: unknown) {
    super(config, DEFAULTS, 'summary', createSeries)
  }

  /** @throws {TypeError} when the value is not a finite number. @throws {Error} for a label that is not declared. */
  observe(first?: unknown, second?: unknown): void {
    const labels = first === 0 ? 0 : first || {}
    if (second === undefined) this.#observe(labels, NO_LABELS, labels)
    else this.#observe(labels, isObject(labels) ? (labels as AnyLabels) : NO_LABELS, second)
  }

  startTimer(labels?: unknown): (endLabels?: unknown) => number {
    const elapsed = startClock()
    return (endLabels) => {
      const seconds = elapsed()
      this.observe({ ...(labels as AnyLabels), ...(endLabels as AnyLabels) }, seconds)
      return seconds
    }
  }

  labels(...args: unknown[]): SummaryChild {
    return new SummaryChild(this, this.series, this.labelsOf(args))
  }

  /** The series stay, without their observations. */
  reset(): void {
    for (const slot of this.series.slots()) {
      sourceAt(this.series, slot).reset(Date.now())
      this.series.touch(slot)
    }
  }

  protected override refresh(): void {
    if (!this.pruneAgedBuckets) return
    const now = Date.now()
    for (const slot of this.series.slots()) {
      if (sourceAt(this.series, slot).isEmpty(now)) this.series.remove(this.series.labelsOf(slot))
    }
  }

  protected samplesOf(slot: number): Sample[] {
    const source = sourceAt(this.series, slot)
    const quantiles = source.quantiles(Date.now())
    const labels = (): Record<string, unknown> => this.series.labelsOf(slot)
    return [
      ...this.percentiles.map((quantile, at): Sample => ({ labels: { quantile, ...labels() }, value: quantiles[at] as number })),
      { metricName: `${this.name}_sum`, labels: labels(), value: source.sum },
      { metricName: `${this.name}_count`, labels: labels(), value: source.count },
    ]
  }

  /** @param checked What prom-client looks for undeclared labels in: the first argument, whatever it is. */
  #observe(checked: unknown, labels: AnyLabels, value: unknown): void {
    const known = labels === NO_LABELS ? this.series.findSole() : this.series.store.peek(labels)
    if (known === -1 || labels === NO_LABELS) validateLabel(this.labelNames, checked)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidNumber(value)
    const slot = known === -1 ? this.series.make(labels) : known
    sourceAt(this.series, slot).observe(value, Date.now())
    this.series.touch(slot)
  }
}

/** One series of a summary. Its methods may be taken from it. */
export class SummaryChild extends SeriesChild {
  readonly #summary: Summary
  #observe: ((value?: unknown) => void) | undefined
  #startTimer: (() => (endLabels?: unknown) => number) | undefined

  constructor(summary: Summary, series: MetricSeries, labels: AnyLabels) {
    super(series, labels)
    this.#summary = summary
  }

  get observe(): (value?: unknown) => void {
    this.#observe ??= (value) => this.#add(value)
    return this.#observe
  }

  get startTimer(): () => (endLabels?: unknown) => number {
    this.#startTimer ??= () => this.#summary.startTimer(this.labels)
    return this.#startTimer
  }

  #add(value: unknown): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalidNumber(value)
    if (!this.isSettled) this.settle(this.series.make(this.labels))
    const source = this.segment.extras?.[this.index] as WindowQuantiles
    source.observe(value, Date.now())
    this.segment.dirty[this.index] = CHANGED
  }
}

function sourceAt(series: MetricSeries, slot: number): WindowQuantiles {
  return series.store.segmentOf(slot).extras?.[slot & SEGMENT_MASK] as WindowQuantiles
}

/** @throws {Error} for the label `quantile`. */
function createSeries({ labelNames, percentiles, maxAgeSeconds, ageBuckets }: Summary): MetricSeries {
  if (labelNames.includes('quantile')) throw new Error('quantile is a reserved label keyword')
  const window: Window = compileWindow(percentiles, maxAgeSeconds, ageBuckets)
  const createExtra = (): WindowQuantiles => new WindowQuantiles(window, Date.now())
  return new MetricSeries(labelNames, { kind: 'summary', stride: 1, quantiles: percentiles, createExtra })
}
