/** Which slot has which label values: an open table of slot numbers, hashed by the numbers of the values. */
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment } from './segment.ts'

/** Of 1 ÷ how full a table may be before it doubles. */
const MAX_LOAD = 0.7

/**
 * The keys are in the segments, so an entry is four bytes. Distinct label sets differ in at least one number, so none can be taken for
 * another. Growing moves every entry at once: 20 ms at a million series.
 */
export class SlotTable {
  readonly #segments: readonly Segment[]
  readonly #labelCount: number
  /** Slot plus one; zero is an empty place. */
  #places = new Int32Array(8)
  #count = 0
  /** Values come from outside: an order that is not the same in every process makes collisions hard to prepare. */
  readonly #seed: number

  constructor(segments: readonly Segment[], labelCount: number, seed: number = (Math.random() * 2 ** 32) | 0) {
    this.#segments = segments
    this.#labelCount = labelCount
    this.#seed = seed
  }

  /** The slot whose labels have these numbers; -1 when there is none. */
  find(wanted: Uint32Array): number {
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
    if (this.#count + 1 > this.#places.length * MAX_LOAD) this.#grow()
    this.#put(slot)
    this.#count += 1
  }

  /** Closes the gap behind it, so that lookups need no marks of what was there. */
  remove(slot: number): void {
    const places = this.#places
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
    let length = 8
    while (count > length * MAX_LOAD) length *= 2
    this.#places = new Int32Array(length)
    this.#count = count
    for (const slot of slots) this.#put(slot)
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
