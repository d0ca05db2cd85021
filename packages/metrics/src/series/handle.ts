/** Handles: one series, found once and then written to without a lookup. */
import { copyLabels, type UncheckedLabels } from './labels.ts'
import { SEGMENT_MASK, type Segment } from './segment.ts'
import type { SeriesStore } from './store.ts'

/**
 * Stays valid: when its series was removed, the next write begins a new one under the same labels. A write costs a comparison and two
 * stores into columns.
 */
export class SeriesHandle {
  /** @internal */
  protected readonly store: SeriesStore
  /** @internal */
  protected segment: Segment
  /** @internal */
  protected index: number
  /** @internal */
  protected generation: number
  readonly #labels: UncheckedLabels | undefined

  /** @param labels Those of the series, to find it again; undefined for the one of a family without labels. Copied. @internal */
  constructor(store: SeriesStore, labels: UncheckedLabels | undefined) {
    this.store = store
    this.#labels = copyLabels(labels) as UncheckedLabels | undefined
    const slot = this.#labels === undefined ? store.soleSlot() : store.slotOf(this.#labels)
    this.segment = store.segmentOf(slot)
    this.index = slot & SEGMENT_MASK
    this.generation = this.segment.generations[this.index] as number
  }

  /** Finds the series anew, or makes it: to be called when its life is another than the one known here. @internal */
  protected revive(): void {
    const slot = this.#labels === undefined ? this.store.soleSlot() : this.store.slotOf(this.#labels)
    this.segment = this.store.segmentOf(slot)
    this.index = slot & SEGMENT_MASK
    this.generation = this.segment.generations[this.index] as number
  }
}
