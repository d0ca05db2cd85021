/** Counts by bucket key, for keys that are few but may be far apart. */

const EMPTY_SLOTS = 8

/**
 * An open-addressed table: one probe in the usual case, 12 bytes a slot, at most three quarters full. A `Map` takes twice as long
 * and holds an object for each count beyond 2^30.
 */
export class SparseCounts {
  #keys = new Int32Array(EMPTY_SLOTS)
  /** Zero marks a free slot: a count that is there is never zero. */
  #counts = new Float64Array(EMPTY_SLOTS)
  #shift = 32 - Math.log2(EMPTY_SLOTS)
  #size = 0

  /** How many keys have a count. */
  get size(): number {
    return this.#size
  }

  /** Adds a number above zero. @returns whether the key is new. Allocates only when the table grows. */
  add(key: number, count: number): boolean {
    const slot = this.#slotOf(key)
    const counts = this.#counts
    const before = counts[slot] as number
    counts[slot] = before + count
    if (before !== 0) return false
    this.#keys[slot] = key
    this.#size += 1
    if (this.#size > counts.length * 0.75) this.#grow()
    return true
  }

  /** The count of a key; zero when it has none. */
  get(key: number): number {
    return this.#counts[this.#slotOf(key)] as number
  }

  /** The keys, ascending. Allocates an array of them. */
  sortedKeys(): Int32Array {
    const sorted = new Int32Array(this.#size)
    let next = 0
    for (const [slot, count] of this.#counts.entries()) {
      if (count !== 0) sorted[next++] = this.#keys[slot] as number
    }
    return sorted.sort()
  }

  /** The smallest key; Infinity when there is none. */
  smallestKey(): number {
    let smallest = Infinity
    for (const [slot, count] of this.#counts.entries()) {
      if (count !== 0) smallest = Math.min(smallest, this.#keys[slot] as number)
    }
    return smallest
  }

  /** A new table with every key mapped; counts of keys that meet are added. Keys mapped to undefined are left out. */
  rekeyed(map: (key: number) => number | undefined): SparseCounts {
    const other = new SparseCounts()
    for (const [slot, count] of this.#counts.entries()) {
      const key = count === 0 ? undefined : map(this.#keys[slot] as number)
      if (key !== undefined) other.add(key, count)
    }
    return other
  }

  /** Where the key is, or would go. */
  #slotOf(key: number): number {
    const keys = this.#keys
    const counts = this.#counts
    const last = counts.length - 1
    // Fibonacci hashing: powers of two as values make keys a fixed step apart, which a plain mask would pile onto one slot.
    let slot = Math.imul(key, 0x9e3779b1) >>> this.#shift
    while (counts[slot] !== 0 && keys[slot] !== key) slot = slot === last ? 0 : slot + 1
    return slot
  }

  #grow(): void {
    const keys = this.#keys
    const counts = this.#counts
    this.#keys = new Int32Array(keys.length * 2)
    this.#counts = new Float64Array(counts.length * 2)
    this.#shift -= 1
    for (const [from, count] of counts.entries()) {
      if (count === 0) continue
      const key = keys[from] as number
      const slot = this.#slotOf(key)
      this.#keys[slot] = key
      this.#counts[slot] = count
    }
  }
}
