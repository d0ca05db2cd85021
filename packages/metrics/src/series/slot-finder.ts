/** Finds the series of labels, in whatever form a call passes them, by the numbers of their values. Makes none, and refuses nothing. */
import { ABSENT, LabelDictionary } from './dictionary.ts'
import type { LabelsText, UncheckedLabels } from './labels.ts'
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from './segment.ts'
import { SlotTable } from './slot-table.ts'

/** Every method that finds answers -1 for what it has not found. */
export class SlotFinder {
  /** One for each label, in declared order. */
  readonly dictionaries: readonly LabelDictionary[]
  readonly #labelNames: readonly string[]
  readonly #segments: readonly Segment[]
  readonly #table: SlotTable
  /** Numbers of the labels looked for; one array for all lookups, since none waits. */
  readonly #wanted: Uint32Array
  /** Lookups so far: by it a lookup knows that another has come in between, out of a getter or a `toString` of the caller's. */
  #lookups = 0

  constructor(labelNames: readonly string[], segments: readonly Segment[]) {
    this.#labelNames = labelNames
    this.#segments = segments
    this.dictionaries = labelNames.map(() => new LabelDictionary())
    this.#wanted = new Uint32Array(labelNames.length)
    this.#table = new SlotTable(segments, labelNames.length)
  }

  /**
   * The slot when all declared labels are given in declared order, as texts or numbers. Cost: that of {@link LabelDictionary.idOf} per
   * label and one lookup in a table.
   */
  inOrder(labels: UncheckedLabels): number {
    const table = this.#table
    const { bits } = table
    if (bits === undefined) return this.#inOrderHashed(labels)
    const names = this.#labelNames
    const { dictionaries } = this
    let depth = 0
    let place = 0
    // Walking the caller's own keys proves in the same pass that none is missing and none unknown.
    for (const key in labels) {
      if (key !== names[depth]) return -1
      let text = labels[key]
      if (typeof text !== 'string') {
        if (typeof text !== 'number') return -1
        text = String(text)
      }
      const id = (dictionaries[depth] as LabelDictionary).idOf(text)
      const width = bits[depth] as number
      if (id === undefined || id >>> width !== 0) return -1
      place = (place << width) | id
      depth += 1
    }
    // Other bits: a getter of the caller's has come in between, and the numbers may be others now.
    return depth !== names.length || depth === 0 || bits !== table.bits ? -1 : table.at(place)
  }

  /** The slot when exactly the declared labels are given, in any order, with values of any type. */
  inAnyOrder(labels: UncheckedLabels): number {
    const wanted = this.#wanted
    const lookup = (this.#lookups += 1)
    let unseen = wanted.length
    for (const name in labels) {
      const depth = this.#labelNames.indexOf(name)
      const value = labels[name]
      // Undefined and null have no text of their own: 'undefined' and 'null' are values that a caller may mean.
      if (depth === -1 || value === undefined || value === null) return -1
      const id = (this.dictionaries[depth] as LabelDictionary).idOf(String(value))
      if (id === undefined) return -1
      wanted[depth] = id
      unseen -= 1
    }
    return unseen !== 0 || wanted.length === 0 || lookup !== this.#lookups ? -1 : this.#table.find(wanted)
  }

  /** The slot for labels in any order, of which some may be missing or undefined: that of the series that does not have those. */
  byName(labels: UncheckedLabels): number {
    const wanted = this.#wanted
    const lookup = (this.#lookups += 1)
    let undeclared = 0
    for (const _ in labels) undeclared += 1
    for (let depth = 0; depth < wanted.length; depth += 1) {
      const name = this.#labelNames[depth] as string
      const value = labels[name]
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
    return undeclared > 0 || wanted.length === 0 || lookup !== this.#lookups ? -1 : this.#table.find(wanted)
  }

  /** The slot for texts in declared order, undefined where the series does not have the label. */
  byTexts(texts: LabelsText): number {
    const wanted = this.#wanted
    this.#lookups += 1
    for (let depth = 0; depth < wanted.length; depth += 1) {
      const text = texts[depth]
      const id = text === undefined ? ABSENT : (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) return -1
      wanted[depth] = id
    }
    return this.#table.find(wanted)
  }

  /** Writes the labels of a newborn series, which is found from now on. */
  enter(slot: number, texts: LabelsText): void {
    const { ids, labelCount } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
    const base = (slot & SEGMENT_MASK) * labelCount
    for (let depth = 0; depth < labelCount; depth += 1) {
      const text = texts[depth]
      ids[base + depth] = text === undefined ? ABSENT : (this.dictionaries[depth] as LabelDictionary).intern(text)
    }
    this.#table.add(slot)
  }

  /** The series is not found any more; its labels stay known. */
  leave(slot: number): void {
    this.#table.remove(slot)
  }

  /**
   * Forgets the values that no series has any more, which changes the numbers of others. Cost: linear in series and values.
   * @param slots Those of now.
   */
  compact(slots: readonly number[]): void {
    for (const [depth, dictionary] of this.dictionaries.entries()) {
      const used = new Uint8Array(dictionary.size)
      for (const slot of slots) used[this.#idAt(slot, depth)] = 1
      const moved = dictionary.compact((id) => used[id] === 1)
      for (const { ids, labelCount } of this.#segments) {
        for (let at = depth; at < ids.length; at += labelCount) ids[at] = moved[ids[at] as number] as number
      }
    }
    this.#table.rebuild(slots, slots.length)
  }

  /** As {@link SlotFinder.inOrder}, where values are many. */
  #inOrderHashed(labels: UncheckedLabels): number {
    const names = this.#labelNames
    const wanted = this.#wanted
    const lookup = (this.#lookups += 1)
    let depth = 0
    for (const key in labels) {
      if (key !== names[depth]) return -1
      const value = labels[key]
      const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
      const id = text === undefined ? undefined : (this.dictionaries[depth] as LabelDictionary).idOf(text)
      if (id === undefined) return -1
      wanted[depth] = id
      depth += 1
    }
    return depth !== names.length || depth === 0 || lookup !== this.#lookups ? -1 : this.#table.find(wanted)
  }

  #idAt(slot: number, depth: number): number {
    const { ids, labelCount } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
    return ids[(slot & SEGMENT_MASK) * labelCount + depth] as number
  }
}
