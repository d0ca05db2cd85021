/** The series of one family under their labels: found, made when they are new, and ended. */

import { type ColumnOptions, SeriesColumns } from './columns.ts'
import { ABSENT, type LabelDictionary } from './dictionary.ts'
import { type LabelPair, type LabelsText, readLabels, type UncheckedLabels } from './labels.ts'
import { SEGMENT_MASK } from './segment.ts'
import { SlotFinder } from './slot-finder.ts'

export interface StoreOptions extends ColumnOptions {
  /** What messages call the family: `Counter "http_requests_total"`. */
  readonly owner: string
  /** Distinct and well formed; their order is that of the exposition. */
  readonly labelNames: readonly string[]
  /** Hears of each lookup that ended in the overflow series. */
  readonly onOverflow: () => void
}

/** What every label of the series says that stands for those beyond the cap. */
export const OVERFLOW = '__overflow__'

/** Below that many ended series, what is left behind is not worth a walk over all series. */
const COMPACT_MIN = 1024

/** A family without labels has its one series, at slot 0, from the start, so that its zero is scraped before the first event. */
export class SeriesStore extends SeriesColumns {
  readonly owner: string
  readonly labelNames: readonly string[]
  readonly dictionaries: readonly LabelDictionary[]
  readonly #finder: SlotFinder
  readonly #onOverflow: () => void
  /** Series ended since values were forgotten last. */
  #ended = 0

  constructor(options: StoreOptions) {
    super(options, options.labelNames.length)
    this.owner = options.owner
    this.labelNames = options.labelNames
    this.#finder = new SlotFinder(options.labelNames, this.segments)
    this.dictionaries = this.#finder.dictionaries
    this.#onOverflow = options.onOverflow
    if (options.labelNames.length === 0) this.begin()
  }

  /**
   * The slot of a label set, made when it is new. Cost: least while the caller's keys come in declared order, see
   * {@link SlotFinder.inOrder}. Beyond the cap it is the slot of the overflow series.
   * @throws {TypeError} when the labels are not exactly the declared ones.
   */
  slotOf(labels: UncheckedLabels): number {
    const slot = this.#finder.inOrder(labels)
    return slot === -1 ? this.#slotOtherwise(labels) : slot
  }

  /**
   * The slot when all declared labels are given in declared order, as texts or numbers, and the series is there; -1 for all else. Makes
   * and checks nothing: for callers that know the rest of the way themselves.
   */
  peek(labels: object): number {
    return this.#finder.inOrder(labels as UncheckedLabels)
  }

  /** As {@link SeriesStore.peek}, with labels in any order, and of them some missing or undefined: the series that does not have those. */
  peekByName(labels: object): number {
    return this.#finder.byName(labels as UncheckedLabels)
  }

  /** The slot of a family without labels. @throws {TypeError} when it has some. */
  soleSlot(): number {
    return this.labelNames.length === 0 ? 0 : this.#resolve(undefined)
  }

  /**
   * The slot for texts in declared order, undefined where the series does not have the label; made when it is new.
   * For the drop-in, which allows labels to be left out.
   */
  slotOfTexts(texts: LabelsText): number {
    if (this.labelNames.length === 0) return 0
    const slot = this.#finder.byTexts(texts)
    return slot === -1 ? this.#add(texts) : slot
  }

  /**
   * The slots of label sets that are one whole and differ in their last label alone; made when they are new, and all or none: a cap that
   * has no room for those missing turns the whole into overflow series, which keep that last label. Those of a family that has no other
   * label are always there, like the series of one without any.
   * @throws {TypeError} when the labels are not exactly the declared ones.
   */
  slotsOfWhole(sets: readonly UncheckedLabels[]): number[] {
    const whole = sets.map((labels) => readLabels(this.owner, this.labelNames, labels).map(textOf))
    const last = this.labelNames.length - 1
    const missing = this.#countMissing(whole)
    if (missing > 0 && last > 0) {
      const overflow = whole.map((texts) => texts.map((text, depth) => (depth < last ? OVERFLOW : text)))
      // Overflow series are above the cap, so they take nobody's room.
      const above = overflow.length - this.#countMissing(overflow)
      if (!this.hasRoom(above - missing + 1)) {
        this.#onOverflow()
        return overflow.map((texts) => this.#slotAboveCap(texts))
      }
    }
    return whole.map((texts) => this.#slotAboveCap(texts))
  }

  /** The slot of labels as a call passed them, -1 when there is no such series; makes nothing. @throws {TypeError} as `slotOf` does. */
  findSlot(labels: unknown): number {
    if (this.labelNames.length === 0 && labels === undefined) return 0
    return this.findTexts(readLabels(this.owner, this.labelNames, labels).map(textOf))
  }

  /** The slot for texts in declared order, -1 when there is no such series; makes nothing. */
  findTexts(texts: LabelsText): number {
    return this.#finder.byTexts(texts)
  }

  /** The label texts of a series, in declared order. Cost: each is decoded anew; for exports and messages. */
  textsOf(slot: number): LabelsText {
    const segment = this.segmentOf(slot)
    const base = (slot & SEGMENT_MASK) * segment.labelCount
    return this.dictionaries.map((dictionary, depth) => {
      const id = segment.ids[base + depth] as number
      return id === ABSENT ? undefined : dictionary.valueOf(id)
    })
  }

  /** Ends a series. Its numbers are gone; whoever holds its handle begins a new series under the same labels. */
  remove(slot: number): void {
    if (!this.isLive(slot)) return
    this.#finder.leave(slot)
    this.end(slot)
    this.#ended += 1
  }

  /**
   * Values of ended series are memory as well: forgotten here once more series have ended than are left, so that the cost is shared by
   * many ends. Never while a walk over the series is under way, because it changes the numbers of values.
   */
  tidy(): void {
    if (this.readers > 0 || this.#ended < COMPACT_MIN || this.#ended <= this.live) return
    this.#ended = 0
    this.#finder.compact([...this.slots()])
  }

  /**
   * Ends every series whose labels have these values. Cost: linear in the series.
   * @param partial Texts by the place of their label. @param kept A slot that goes on although it has them; -1 for none.
   * @returns how many.
   */
  removeWhere(partial: ReadonlyMap<number, string>, kept: number = -1): number {
    const wanted: [depth: number, id: number][] = []
    for (const [depth, text] of partial) {
      const id = this.dictionaries[depth]?.idOf(text)
      if (id === undefined) return 0
      wanted.push([depth, id])
    }
    let removed = 0
    for (const slot of this.slots()) {
      const { ids, labelCount } = this.segmentOf(slot)
      const base = (slot & SEGMENT_MASK) * labelCount
      if (slot === kept || !wanted.every(([depth, id]) => ids[base + depth] === id)) continue
      this.remove(slot)
      removed += 1
    }
    this.tidy()
    return removed
  }

  /** Ends every series; the one of a family without labels goes on, at zero. */
  clear(): void {
    if (this.labelNames.length === 0) {
      this.restart(0)
      return
    }
    // Backwards, so that those that come next are in order again.
    for (let slot = this.size - 1; slot >= 0; slot -= 1) this.remove(slot)
    this.tidy()
  }

  /** The way for keys in another order and values of other types, for new series, and for mistakes. */
  #slotOtherwise(labels: UncheckedLabels): number {
    const slot = this.#finder.inAnyOrder(labels)
    return slot === -1 ? this.#resolve(labels) : slot
  }

  #resolve(labels: UncheckedLabels | undefined): number {
    return this.slotOfTexts(readLabels(this.owner, this.labelNames, labels).map(textOf))
  }

  /** A new series, or the overflow series where there may be no more. */
  #add(texts: LabelsText): number {
    if (this.hasRoom(0)) return this.#insert(texts)
    const overflow = this.labelNames.map(() => OVERFLOW)
    const slot = this.findTexts(overflow)
    // The one series that may be above the cap, so it takes nobody's room.
    if (slot !== -1 && this.hasRoom(1)) return this.#insert(texts)
    this.#onOverflow()
    return slot === -1 ? this.#insert(overflow) : slot
  }

  #countMissing(sets: readonly LabelsText[]): number {
    return sets.filter((texts) => this.findTexts(texts) === -1).length
  }

  /** Made when it is new, whatever the cap says. */
  #slotAboveCap(texts: LabelsText): number {
    const slot = this.findTexts(texts)
    return slot === -1 ? this.#insert(texts) : slot
  }

  #insert(texts: LabelsText): number {
    const slot = this.begin()
    this.#finder.enter(slot, texts)
    return slot
  }
}

const textOf = ([, text]: LabelPair): string => text
