/** What `labels(...)` answers: one series, found by the first write and then written to without a lookup. */
import { SEGMENT_MASK, Segment } from '../series/segment.ts'
import type { MetricSeries } from './metric-series.ts'
import type { AnyLabels } from './validation.ts'

/** Where nothing lives: a child that has not written yet finds no series of its own here. */
const NOWHERE = new Segment({ stride: 1, labelCount: 0, capacity: 1, keepsCreated: false })
const NEVER = -1

/** Makes no series by itself. When its series was removed or reset, the next write finds or makes it anew. */
export class SeriesChild {
  protected readonly series: MetricSeries
  /** Copied when the child was made. */
  protected readonly labels: AnyLabels
  protected segment: Segment = NOWHERE
  protected index = 0
  protected generation: number = NEVER

  constructor(series: MetricSeries, labels: AnyLabels) {
    this.series = series
    this.labels = labels
  }

  /** True when the place of the last write is still that of this series. */
  protected get isSettled(): boolean {
    return this.segment.generations[this.index] === this.generation
  }

  /** Remembers where the series is. */
  protected settle(slot: number): void {
    this.segment = this.series.store.segmentOf(slot)
    this.index = slot & SEGMENT_MASK
    this.generation = this.segment.generations[this.index] as number
  }
}
