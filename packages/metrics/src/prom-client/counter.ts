/** Counters of the drop-in. */
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from '../series/segment.ts'
import { createExemplar, type Exemplar } from './exemplar.ts'
import { Metric } from './metric.ts'
import { MetricSeries } from './metric-series.ts'
import type { Sample } from './sample.ts'
import { SeriesChild } from './series-child.ts'
import { type AnyLabels, invalidNumber, isObject, labelsOfArguments, NO_LABELS } from './validation.ts'

interface WithExemplar {
  readonly labels?: AnyLabels
  readonly value?: unknown
  readonly exemplarLabels?: AnyLabels
}

export class Counter extends Metric {
  constructor(config: unknown) {
    super(config, {}, 'counter', ({ labelNames }: Counter) => new MetricSeries(labelNames, { kind: 'counter', stride: 1 }))
  }

  /**
   * @throws {TypeError} when the amount is not a finite number.
   * @throws {Error} when it is negative, or a label is not declared.
   */
  inc(first?: unknown, second?: unknown): void {
    if (this.enableExemplars) this.#incWithExemplar(first as WithExemplar | undefined)
    else if (typeof first === 'object' && first !== null) increment(this.series, this.labelNames, first as AnyLabels, second)
    else increment(this.series, this.labelNames, NO_LABELS, first)
  }

  /** Labels are not checked before the first write. */
  labels(...args: unknown[]): CounterChild {
    return new CounterChild(this, this.series, labelsOfArguments(this.labelNames, args))
  }

  /** Back to the beginning: a metric without labels to zero, any other to no series. */
  reset(): void {
    this.series.store.clear()
    this.series.isHidden = false
  }

  protected samplesOf(slot: number): Sample[] {
    const segment = this.series.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    const sample: Sample = { value: segment.values[index] as number, labels: this.series.labelsOf(slot) }
    const exemplar = segment.extras?.[index] as Exemplar | undefined
    if (exemplar !== undefined) sample.exemplar = exemplar.copy()
    return [sample]
  }

  #incWithExemplar({ labels = NO_LABELS, value = 1, exemplarLabels }: WithExemplar = {}): void {
    const slot = increment(this.series, this.labelNames, isObject(labels) ? labels : NO_LABELS, value)
    if (exemplarLabels !== undefined) keepExemplar(this.series, slot, exemplarLabels, value)
  }
}

/** One series of a counter. Its methods may be taken from it: `const { inc } = counter.labels('GET')`. */
export class CounterChild extends SeriesChild {
  readonly #counter: Counter
  #inc: ((value?: unknown) => void) | undefined

  constructor(counter: Counter, series: MetricSeries, labels: AnyLabels) {
    super(series, labels)
    this.#counter = counter
  }

  /** With `enableExemplars` it also takes `{ value, exemplarLabels }`. */
  get inc(): (value?: unknown) => void {
    this.#inc ??= (value) => this.#add(value)
    return this.#inc
  }

  #add(value: unknown = 1): void {
    if (this.isSettled && typeof value === 'number' && value >= 0 && value < Infinity) {
      const { segment, index } = this
      segment.values[index] = (segment.values[index] as number) + value
      segment.dirty[index] = CHANGED
      return
    }
    const { labelNames, enableExemplars } = this.#counter
    const { value: amount, exemplarLabels } = (enableExemplars && isObject(value) ? value : { value }) as WithExemplar
    const slot = increment(this.series, labelNames, this.labels, amount)
    if (exemplarLabels !== undefined) keepExemplar(this.series, slot, exemplarLabels, amount)
    this.settle(slot)
  }
}

/** @returns the slot written to */
function increment(series: MetricSeries, declared: readonly string[], labels: AnyLabels, value: unknown): number {
  const known = labels === NO_LABELS ? series.findSole() : series.find(declared, labels)
  let amount = 1
  if (typeof value === 'number' && value >= 0 && value < Infinity) amount = value
  else if (value !== undefined && value !== null) refuse(value)
  const slot = known === -1 ? series.make(labels) : known
  const segment = series.store.segments[slot >>> SEGMENT_SHIFT] as Segment
  const index = slot & SEGMENT_MASK
  segment.values[index] = (segment.values[index] as number) + amount
  segment.dirty[index] = CHANGED
  return slot
}

/** NaN, and what would become a number by itself, are refused as well: one of them spoils the counter for good. */
function refuse(value: unknown): never {
  if (typeof value === 'number' && value < 0 && value > -Infinity) throw new Error('It is not possible to decrease a counter')
  throw invalidNumber(value)
}

function keepExemplar(series: MetricSeries, slot: number, labels: AnyLabels, value: unknown): void {
  const segment = series.store.segmentOf(slot)
  const exemplar = createExemplar(labels, (value as number) || 1)
  segment.extras ??= []
  segment.extras[slot & SEGMENT_MASK] = exemplar
}
