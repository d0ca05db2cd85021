/** Which slot has which label values: a table of slot numbers, found by the numbers of the values. */
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from './segment.ts'

/** Of 1 ÷ how full a table may be before it doubles. */
const MAX_LOAD = 0.7

/** Places of a table in which every combination of values has its own, for the number of series there are. */
const DIRECT_MIN = 1024
const DIRECT_PER_SERIES = 8
const MAX_DIRECT_BITS = 20
const MAX_DIRECT_LABELS = 8

/**
 * While values are few, every combination of them has a place of its own: a lookup is shifts and one load. Beyond that places are
 * hashed; the keys are in the segments, so that an entry is four bytes, and distinct label sets differ in at least one number, so that
 * none can be taken for another. Growing moves every entry at once: 20 ms at a million series.
 */
export class SlotTable {
  readonly #segments: readonly Segment[]
  readonly #labelCount: number
  /** Slot plus one; zero is an empty place. */
  #places: Int32Array
  /** Bits that each label's number takes in a place; undefined where places are hashed. */
  #bits: Uint8Array | undefined
  #count = 0
  /** Values come from outside: an order that is not the same in every process makes collisions hard to prepare. */
  readonly #seed: number

  constructor(segments: readonly Segment[], labelCount: number, seed: number = (Math.random() * 2 ** 32) | 0) {
    this.#segments = segments
    this.#labelCount = labelCount
    this.#seed = seed
    this.#bits = new Uint8Array(labelCount).fill(1)
    this.#places = new Int32Array(labelCount > MAX_DIRECT_LABELS ? 8 : 2 ** labelCount)
    if (labelCount > MAX_DIRECT_LABELS) this.#bits = undefined
  }

  /**
   * Bits for the number of each label, when every combination has a place of its own: the place is the numbers one behind the other.
   * Undefined otherwise.
   */
  get bits(): Uint8Array | undefined {
    return this.#bits
  }

  /** The slot at a place put together from {@link SlotTable.bits}, whose numbers all fit; -1 when there is none. */
  at(place: number): number {
    return (this.#places[place] as number) - 1
  }

  /** The slot whose labels have these numbers; -1 when there is none. */
  find(wanted: Uint32Array): number {
    if (this.#bits) {
      const place = this.#directPlace(wanted, 0)
      return place === -1 ? -1 : (this.#places[place] as number) - 1
    }
    const count = this.#labelCount
    const places = this.#places
    const mask = places.length - 1
    let at = this.#hash(wanted, 0) & mask
    for (;;) {
      const slot = (places[at] as number) - 1
      if (slot === -1) return -1
      const ids = (this.#segments[slot >>> SEGMENT_SHIFT] as Segment).ids
      const base = (slot & SEGMENT_MASK) * count
      let depth = 0
      while (depth < count && ids[base + depth] === wanted[depth]) depth += 1
      if (depth === count) return slot
      at = (at + 1) & mask
    }
  }

  /** @param slot Whose labels are in its segment, and not in the table. */
  add(slot: number): void {
    this.#count += 1
    if (this.#bits) {
      const { ids } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
      const place = this.#directPlace(ids, (slot & SEGMENT_MASK) * this.#labelCount)
      if (place === -1) this.#widen(slot)
      else this.#places[place] = slot + 1
      return
    }
    if (this.#count > this.#places.length * MAX_LOAD) this.#grow()
    this.#put(slot)
  }

  /** Closes the gap behind it, so that lookups need no marks of what was there. */
  remove(slot: number): void {
    const places = this.#places
    if (this.#bits) {
      const { ids } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
      const place = this.#directPlace(ids, (slot & SEGMENT_MASK) * this.#labelCount)
      if (place !== -1 && places[place] === slot + 1) {
        places[place] = 0
        this.#count -= 1
      }
      return
    }
    const mask = places.length - 1
    let gap = this.#home(slot)
    while (places[gap] !== slot + 1) {
      if (places[gap] === 0) return
      gap = (gap + 1) & mask
    }
    this.#count -= 1
    for (let at = (gap + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home((places[at] as number) - 1)
      // Whoever is at home between the gap and here stays: it would not be found before its home.
      if (((at - home) & mask) < ((at - gap) & mask)) continue
      places[gap] = places[at] as number
      gap = at
    }
    places[gap] = 0
  }

  /** After the numbers of values have changed. */
  rebuild(slots: Iterable<number>, count: number): void {
    if (this.#bits) {
      // Numbers only get smaller: every place that was wide enough still is. A copy, so that a lookup under way knows.
      this.#bits = this.#bits.slice()
      this.#places.fill(0)
      this.#count = count
      for (const slot of slots) this.#putDirect(slot)
      return
    }
    let length = 8
    while (count > length * MAX_LOAD) length *= 2
    this.#places = new Int32Array(length)
    this.#count = count
    for (const slot of slots) this.#put(slot)
  }

  /** Makes room for the numbers of a slot that do not fit, or goes over to hashing where that would take too much. */
  #widen(slot: number): void {
    const { ids } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
    const base = (slot & SEGMENT_MASK) * this.#labelCount
    const bits = Uint8Array.from(this.#bits as Uint8Array, (width, depth) => Math.max(width, 32 - Math.clz32(ids[base + depth] as number)))
    const total = bits.reduce((sum, width) => sum + width, 0)
    const known = this.#places.filter((entry) => entry !== 0).map((entry) => entry - 1)
    const isDirect = total <= MAX_DIRECT_BITS && 2 ** total <= Math.max(DIRECT_MIN, DIRECT_PER_SERIES * this.#count)
    this.#bits = isDirect ? bits : undefined
    if (isDirect) {
      this.#places = new Int32Array(2 ** total)
      for (const other of known) this.#putDirect(other)
      this.#putDirect(slot)
    } else this.rebuild([...known, slot], this.#count)
  }

  #putDirect(slot: number): void {
    const { ids } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
    this.#places[this.#directPlace(ids, (slot & SEGMENT_MASK) * this.#labelCount)] = slot + 1
  }

  /** -1 when a number needs more bits than it has. */
  #directPlace(ids: Uint32Array, base: number): number {
    const bits = this.#bits as Uint8Array
    let place = 0
    for (let depth = 0; depth < bits.length; depth += 1) {
      const id = ids[base + depth] as number
      const width = bits[depth] as number
      if (id >>> width !== 0) return -1
      place = (place << width) | id
    }
    return place
  }

  #grow(): void {
    const old = this.#places
    this.#places = new Int32Array(old.length * 2)
    for (const entry of old) if (entry !== 0) this.#put(entry - 1)
  }

  #put(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let at = this.#home(slot)
    while (places[at] !== 0) at = (at + 1) & mask
    places[at] = slot + 1
  }

  #home(slot: number): number {
    const { ids } = this.#segments[slot >>> SEGMENT_SHIFT] as Segment
    return this.#hash(ids, (slot & SEGMENT_MASK) * this.#labelCount) & (this.#places.length - 1)
  }

  #hash(ids: Uint32Array, base: number): number {
    let hash = this.#seed
    for (let at = base; at < base + this.#labelCount; at += 1) {
      hash = Math.imul(hash ^ (ids[at] as number), 0x9e3779b1)
      hash ^= hash >>> 15
    }
    return hash
  }
}
