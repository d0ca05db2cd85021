/** Infos: facts about the process that do not change, told as labels of a series that is always one. */
import type { Family, FamilyOptions } from '../series/family.ts'
import type { Labels } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { Instrument } from './instrument.ts'

/** The sample is called `name_info`, whether `name` says so or not. */
export interface InfoOptions<L extends string> extends Omit<FamilyOptions<L>, 'unit'> {
  /** Runs at the start of every scrape, before anything is rendered. When it fails, this family alone is left out. */
  readonly collect?: (info: Info<L>) => void | Promise<void>
}

export class Info<L extends string = never> extends Instrument<L> {
  constructor(family: Family) {
    super(family)
    if (family.store.labelNames.length === 0) writeOne(family, 0)
  }

  /** Tells these facts instead of those told before. @throws {TypeError} when the labels are not the declared ones. */
  set(labels: Labels<L>): void {
    const { store } = this.family
    const slot = store.slotOf(labels)
    for (const other of store.slots()) if (other !== slot) store.remove(other)
    writeOne(this.family, slot)
  }
}

function writeOne({ store }: Family, slot: number): void {
  const segment = store.segmentOf(slot)
  segment.values[slot & SEGMENT_MASK] = 1
  segment.dirty[slot & SEGMENT_MASK] = CHANGED
}
