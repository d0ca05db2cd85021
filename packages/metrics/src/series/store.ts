/**
 * The series of one family: found by the numbers of their label values, born into segments, removed without moving the others. Long
 * because finding, bearing and ending share private columns, and every write of a program goes through here.
 */
import { ABSENT, LabelDictionary } from './dictionary.ts'
import { type LabelPair, type LabelsText, readLabels, type UncheckedLabels } from './labels.ts'
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE, Segment, TOUCHED } from './segment.ts'
import { SlotTable } from './slot-table.ts'

export interface StoreOptions {
  /** What messages call the family: `Counter "http_requests_total"`. */
  readonly owner: string
  /** Distinct and well formed; their order is that of the exposition. */
  readonly labelNames: readonly string[]
  /** Numbers per series. */
  readonly stride: number
  /** Series this family may have at most. */
  readonly maxSeries: number
  /** Series of all families of the registry together. */
  readonly budget: SeriesBudget
  /** Unix milliseconds, for the birth of series; undefined when nobody wants to know. */
  readonly now: (() => number) | undefined
  /** Hears of each lookup that ended in the overflow series. */
  readonly onOverflow: () => void
  /** Fills the extras of a newborn series. */
  readonly createExtra: (() => unknown) | undefined
}

/** Shared by the families of a registry. */
export interface SeriesBudget {
  readonly limit: number
  used: number
}

/** For families that count against nobody's limit. */
export function unlimited(): SeriesBudget {
  return { limit: Infinity, used: 0 }
}

/** What every label of the series says that stands for those beyond the cap. */
export const OVERFLOW = '__overflow__'

/**
 * A slot number is a series: segment `slot >>> 8`, place `slot & 255`. A family without labels has its one series, at slot 0, from the
 * start, so that its zero is scraped before the first event.
 */
export class SeriesStore {
  readonly owner: string
  readonly labelNames: readonly string[]
  readonly stride: number
  readonly dictionaries: readonly LabelDictionary[]
  readonly segments: Segment[] = []
  /** Slots given so far, those of removed series included: what a scrape starts with is all it shows. */
  size = 0
  /** Series alive. */
  live = 0
  /** Scrapes under way: while there are any, slots that fall free stay so, or a series could be shown under two of them. */
  readers = 0
  readonly #options: StoreOptions
  #budget: SeriesBudget
  readonly #table: SlotTable
  readonly #free: number[] = []
  /** Series ended since values were forgotten last. */
  #ended = 0
  /** Bits of `dirty` that are taken. */
  #marks = 0
  /** Numbers of the labels looked for; one array for all lookups, since none waits. */
  readonly #wanted: Uint32Array
  /** Lookups so far: by it a lookup knows that another has come in between, out of a getter or a `toString` of the caller's. */
  #lookups = 0

  constructor(options: StoreOptions) {
    this.#options = options
    this.#budget = options.budget
    this.owner = options.owner
    this.labelNames = options.labelNames
    this.stride = options.stride
    this.dictionaries = options.labelNames.map(() => new LabelDictionary())
    this.#wanted = new Uint32Array(options.labelNames.length)
    this.#table = new SlotTable(this.segments, options.labelNames.length)
    if (options.labelNames.length === 0) this.#bear()
  }

  /**
   * The slot of a label set, made when it is new. Cost: that of {@link LabelDictionary.idOf} per label and one lookup in a table, least
   * while the caller's keys come in declared order. Beyond the cap it is the slot of the overflow series.
   * @throws {TypeError} when the labels are not exactly the declared ones.
   */
  slotOf(labels: UncheckedLabels): number {
    const table = this.#table
    const { bits } = table
    if (bits === undefined) return this.#slotHashed(labels)
    const { labelNames, dictionaries } = this
    let depth = 0
    let place = 0
    // Walking the caller's own keys proves in the same pass that none is missing and none unknown.
    for (const key in labels) {
      if (key !== labelNames[depth]) return this.#slotInAnyOrder(labels)
      let text = labels[key]
      if (typeof text !== 'string') {
        if (typeof text !== 'number') return this.#slotInAnyOrder(labels)
        text = String(text)
      }
      const id = (dictionaries[depth] as LabelDictionary).idOf(text)
      const width = bits[depth] as number
      if (id === undefined || id >>> width !== 0) return this.#resolve(labels)
      place = (place << width) | id
      depth += 1
    }
    // Other bits: a getter of the caller's has come in between, and the numbers may be others now.
    if (depth !== labelNames.length || depth === 0 || bits !== table.bits) return this.#resolve(labels)
    const slot = table.at(place)
    return slot === -1 ? this.#resolve(labels) : slot
  }

  /** As {@link SeriesStore.slotOf}, where values are many. */
  #slotHashed(labels: UncheckedLabels): number {
    const names = this.labelNames
    const wanted = this.#wanted
    const lookup = (this.#lookups += 1)
    let depth = 0
    for (const key in labels) {
      if (key !== names[depth]) return this.#slotInAnyOrder(labels)
      const value = labels[key]
      const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
      if (text === undefined) return this.#slotInAnyOrder(labels)
      const id = (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) return this.#resolve(labels)
      wanted[depth] = id
      depth += 1
    }
    if (depth !== names.length || depth === 0 || lookup !== this.#lookups) return this.#resolve(labels)
    const slot = this.#table.find(wanted)
    return slot === -1 ? this.#resolve(labels) : slot
  }

  /**
   * The slot when all declared labels are given in declared order, as texts or numbers, and the series is there; -1 for all else. Makes
   * and checks nothing: for callers that know the rest of the way themselves.
   */
  peek(labels: object): number {
    const names = this.labelNames
    const wanted = this.#wanted
    let depth = 0
    for (const key in labels) {
      if (key !== names[depth]) return -1
      const value = (labels as UncheckedLabels)[key]
      const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
      const id = text === undefined ? undefined : (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) return -1
      wanted[depth] = id
      depth += 1
    }
    return depth !== names.length || depth === 0 ? -1 : this.#table.find(wanted)
  }

  /** As {@link SeriesStore.peek}, with labels in any order, and of them some missing or undefined: the series that does not have those. */
  peekByName(labels: object): number {
    const wanted = this.#wanted
    let undeclared = 0
    for (const _ in labels) undeclared += 1
    for (let depth = 0; depth < wanted.length; depth += 1) {
      const name = this.labelNames[depth] as string
      const value = (labels as UncheckedLabels)[name]
      if (value === undefined) {
        wanted[depth] = ABSENT
        if (name in labels) undeclared -= 1
        continue
      }
      const text = typeof value === 'string' ? value : typeof value === 'object' ? undefined : String(value)
      const id = text === undefined ? undefined : (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) return -1
      wanted[depth] = id
      undeclared -= 1
    }
    return undeclared > 0 || wanted.length === 0 ? -1 : this.#table.find(wanted)
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
    const wanted = this.#wanted
    if (wanted.length === 0) return 0
    this.#lookups += 1
    let known = true
    for (let depth = 0; depth < wanted.length; depth += 1) {
      const text = texts[depth]
      const id = text === undefined ? ABSENT : (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) known = false
      else wanted[depth] = id
    }
    const slot = known ? this.#table.find(wanted) : -1
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
    this.#lookups += 1
    const last = this.labelNames.length - 1
    const missing = this.#countMissing(whole)
    if (missing > 0 && last > 0) {
      const overflow = whole.map((texts) => texts.map((text, depth) => (depth < last ? OVERFLOW : text)))
      // Overflow series are above the cap, so they take nobody's room.
      const above = overflow.length - this.#countMissing(overflow)
      if (!this.#hasRoom(above - missing + 1)) {
        this.#options.onOverflow()
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
    const wanted = this.#wanted
    for (const [depth, text] of texts.entries()) {
      const id = text === undefined ? ABSENT : this.dictionaries[depth]?.idOf(text)
      if (id === undefined) return -1
      wanted[depth] = id
    }
    return this.#table.find(wanted)
  }

  /** Takes its series out of the registry's budget, for a family that goes on unseen. */
  leaveBudget(): void {
    this.#budget.used -= this.live
    this.#budget = { limit: Infinity, used: this.live }
  }

  /** A bit of `dirty` for one reader's own; undefined when there is none left. */
  takeMark(): number | undefined {
    for (let bit = 1; bit < TOUCHED; bit <<= 1) {
      if ((this.#marks & bit) !== 0) continue
      this.#marks |= bit
      return bit
    }
    return undefined
  }

  returnMark(bit: number): void {
    this.#marks &= ~bit
  }

  segmentOf(slot: number): Segment {
    return this.segments[slot >>> SEGMENT_SHIFT] as Segment
  }

  isLive(slot: number): boolean {
    return this.segmentOf(slot).isLive(slot & SEGMENT_MASK)
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
    const segment = this.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    if (!segment.isLive(index)) return
    this.#table.remove(slot)
    segment.generations[index] = (segment.generations[index] as number) + 1
    segment.values.fill(0, index * this.stride, (index + 1) * this.stride)
    segment.dirty[index] = CHANGED
    if (segment.extras) segment.extras[index] = undefined
    if (segment.origins) segment.origins[index] = undefined
    this.#free.push(slot)
    this.live -= 1
    this.#budget.used -= 1
    this.#ended += 1
  }

  /**
   * Values of ended series are memory as well: forgotten here once more series have ended than are left, so that the cost is shared by
   * many ends. Never while a walk over the series is under way, because it changes the numbers of values.
   */
  tidy(): void {
    if (this.readers === 0 && this.#ended >= COMPACT_MIN && this.#ended > this.live) this.#compactDictionaries()
  }

  /**
   * Ends every series whose labels have these values. Cost: linear in the series.
   * @returns how many.
   */
  removeWhere(partial: ReadonlyMap<number, string>): number {
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
      if (!wanted.every(([depth, id]) => ids[base + depth] === id)) continue
      this.remove(slot)
      removed += 1
    }
    this.tidy()
    return removed
  }

  /** Ends every series; the one of a family without labels goes on, at zero. */
  clear(): void {
    if (this.labelNames.length > 0) {
      // Backwards, so that those that come next are in order again.
      for (let slot = this.size - 1; slot >= 0; slot -= 1) this.remove(slot)
      this.tidy()
      return
    }
    const segment = this.segmentOf(0)
    segment.values.fill(0)
    // Another life of the same place, for whoever keeps what was rendered of it.
    segment.generations[0] = (segment.generations[0] as number) + 2
    this.#begin(segment, 0)
  }

  /** The live slots, in order. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.size; slot += 1) if (this.isLive(slot)) yield slot
  }

  /** The way for keys in another order and for values of other types, of a series that is there. */
  #slotInAnyOrder(labels: UncheckedLabels): number {
    const wanted = this.#wanted
    const lookup = (this.#lookups += 1)
    let unseen = wanted.length
    for (const name in labels) {
      const depth = this.labelNames.indexOf(name)
      const value = labels[name]
      // Undefined and null have no text of their own: 'undefined' and 'null' are values that a caller may mean.
      if (depth === -1 || value === undefined || value === null) return this.#resolve(labels)
      const id = (this.dictionaries[depth] as LabelDictionary).idOf(String(value))
      if (id === undefined) return this.#resolve(labels)
      wanted[depth] = id
      unseen -= 1
    }
    if (unseen !== 0 || lookup !== this.#lookups) return this.#resolve(labels)
    const slot = this.#table.find(wanted)
    return slot === -1 ? this.#resolve(labels) : slot
  }

  /** The way for new series, and for mistakes. */
  #resolve(labels: UncheckedLabels | undefined): number {
    return this.slotOfTexts(readLabels(this.owner, this.labelNames, labels).map(textOf))
  }

  /** A new series, or the overflow series where there may be no more. */
  #add(texts: LabelsText): number {
    if (this.#hasRoom(0)) return this.#insert(texts)
    const overflow = this.labelNames.map(() => OVERFLOW)
    const slot = this.findTexts(overflow)
    // The one series that may be above the cap, so it takes nobody's room.
    if (slot !== -1 && this.#hasRoom(1)) return this.#insert(texts)
    this.#options.onOverflow()
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

  /** @param uncounted Series of this family that do not count. */
  #hasRoom(uncounted: number): boolean {
    return this.live - uncounted < this.#options.maxSeries && this.#budget.used - uncounted < this.#budget.limit
  }

  #insert(texts: LabelsText): number {
    const wanted = this.#wanted
    // Numbers are found anew: an array that all lookups share holds those of the last one.
    for (const [depth, text] of texts.entries()) {
      wanted[depth] = text === undefined ? ABSENT : (this.dictionaries[depth] as LabelDictionary).intern(text)
    }
    const slot = this.#bear()
    const { ids } = this.segmentOf(slot)
    const base = (slot & SEGMENT_MASK) * wanted.length
    for (let depth = 0; depth < wanted.length; depth += 1) ids[base + depth] = wanted[depth] as number
    this.#table.add(slot)
    return slot
  }

  /** Gives a slot and begins its life; labels are the caller's. */
  #bear(): number {
    const reused = this.readers === 0 ? this.#free.pop() : undefined
    const slot = reused ?? this.size
    if (reused === undefined) this.#makeRoom(slot)
    const segment = this.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    segment.generations[index] = (segment.generations[index] as number) + 1
    this.#begin(segment, index)
    this.live += 1
    this.#budget.used += 1
    return slot
  }

  #begin(segment: Segment, index: number): void {
    const { now, createExtra } = this.#options
    segment.dirty[index] = CHANGED
    if (segment.created && now) segment.created[index] = now()
    if (segment.idle) segment.idle[index] = 0
    if (createExtra) segment.extras ??= []
    if (segment.extras) segment.extras[index] = createExtra?.()
  }

  #makeRoom(slot: number): void {
    this.size += 1
    const at = slot >>> SEGMENT_SHIFT
    const segment = this.segments[at]
    if (segment) {
      if ((slot & SEGMENT_MASK) >= segment.capacity) segment.grow()
      return
    }
    const labelCount = this.labelNames.length
    // The first segment starts small, since most families have a few series; later ones will be filled.
    const capacity = at > 0 ? SEGMENT_SIZE : labelCount === 0 ? 1 : 4
    this.segments.push(new Segment({ stride: this.stride, labelCount, capacity, keepsCreated: this.#options.now !== undefined }))
  }

  #compactDictionaries(): void {
    this.#ended = 0
    for (const [depth, dictionary] of this.dictionaries.entries()) {
      const used = new Uint8Array(dictionary.size)
      for (const slot of this.slots()) used[this.#idAt(slot, depth)] = 1
      const moved = dictionary.compact((id) => used[id] === 1)
      for (const segment of this.segments) {
        for (let at = depth; at < segment.ids.length; at += segment.labelCount) segment.ids[at] = moved[segment.ids[at] as number] as number
      }
    }
    this.#table.rebuild(this.slots(), this.live)
  }

  #idAt(slot: number, depth: number): number {
    const { ids, labelCount } = this.segmentOf(slot)
    return ids[(slot & SEGMENT_MASK) * labelCount + depth] as number
  }
}

/** Below that many ended series, what is left behind is not worth a walk over all series. */
const COMPACT_MIN = 1024

const textOf = ([, text]: LabelPair): string => text
