/** Handles: one series, found once and then written to without a lookup. */
import type { UncheckedLabels } from './labels.ts'
import { SEGMENT_MASK, type Segment } from './segment.ts'
import type { SeriesStore } from './store.ts'

/**
 * Stays valid: when its series was removed, the next write begins a new one under the same labels. A write costs a comparison and two
 * stores into columns.
 */
export class SeriesHandle {
  protected readonly store: SeriesStore
  protected segment: Segment
  protected index: number
  protected generation: number
  readonly #labels: UncheckedLabels | undefined

  /** @param labels Those of the series, to find it again; undefined for the one of a family without labels. Copied. */
  constructor(store: SeriesStore, labels: UncheckedLabels | undefined) {
    this.store = store
    this.#labels = labels === undefined ? undefined : { ...labels }
    const slot = labels === undefined ? store.soleSlot() : store.slotOf(labels)
    this.segment = store.segmentOf(slot)
    this.index = slot & SEGMENT_MASK
    this.generation = this.segment.generations[this.index] as number
  }

  /** True when the series is there; makes it anew when it was removed, and when it stood for the overflow and there is room again. */
  protected revive(): void {
    if (this.segment.generations[this.index] === this.generation) return
    const slot = this.#labels === undefined ? this.store.soleSlot() : this.store.slotOf(this.#labels)
    this.segment = this.store.segmentOf(slot)
    this.index = slot & SEGMENT_MASK
    this.generation = this.segment.generations[this.index] as number
  }
}
