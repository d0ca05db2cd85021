/** Infos: facts about the process that do not change, told as labels of a series that is always one. */
import type { Family, FamilyOptions } from '../series/family.ts'
import { copyLabels, type Labels, type UncheckedLabels } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { Instrument } from './instrument.ts'

/** The sample is called `name_info`, whether `name` says so or not. */
export interface InfoOptions<L extends string> extends Omit<FamilyOptions<L>, 'unit'> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (info: Info<L>) => void | Promise<void>
}

export class Info<L extends string = never> extends Instrument<L> {
  /** @internal */
  constructor(family: Family) {
    super(family)
    if (family.store.labelNames.length === 0) writeOne(family, 0)
  }

  /** Tells these facts instead of those told before. @throws {TypeError} when the labels are not the declared ones. */
  set(labels: Labels<L>): void {
    const { store } = this.family
    const now = copyLabels(labels)
    const known = store.findSlot(now)
    // The old ones go first: the new one may need their room.
    if (store.labelNames.length > 0) for (const other of store.slots()) if (other !== known) store.remove(other)
    writeOne(this.family, store.slotOf(now as UncheckedLabels))
    store.tidy()
  }

  /** Tells nothing any more; an info without labels goes on. */
  override clear(): void {
    super.clear()
    if (this.family.store.labelNames.length === 0) writeOne(this.family, 0)
  }
}

function writeOne({ store }: Family, slot: number): void {
  const segment = store.segmentOf(slot)
  segment.values[slot & SEGMENT_MASK] = 1
  segment.dirty[slot & SEGMENT_MASK] = CHANGED
}
