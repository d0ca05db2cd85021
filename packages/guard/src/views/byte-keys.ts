/**
 * Numbers pieces of bytes in the order in which they were first met, without making a string of any: a table over one long array of
 * bytes. Whoever chooses the bytes can make them meet in one place of the table, and gains a bounded walk by it.
 */

const ROOM = 4_096
const SLOTS = 256
/** Far more than chance needs in a table that is half empty. */
const MAX_STEPS = 512

export class ByteKeys {
  readonly #maxBytes: number
  /** By place: one more than the number of the key there; 0 where there is none. A power of two of them. */
  #slots: Int32Array = new Int32Array(SLOTS)
  #slotOf: number[] = []
  #hashes: number[] = []
  #ends: number[] = []
  #bytes: Uint8Array = new Uint8Array(ROOM)
  #count = 0

  /** @param maxBytes that all keys together may have */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get count(): number {
    return this.#count
  }

  clear(): void {
    for (let key = 0; key < this.#count; key += 1) this.#slots[this.#slotOf[key] as number] = 0
    this.#count = 0
  }

  /** The number of a key, which is `count` before the call for a new one; -1 for one that there is no room for. */
  add(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to)
    const last = this.#slots.length - 1
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const slot = (hash + step) & last
      const key = (this.#slots[slot] as number) - 1
      if (key < 0) return this.#insert(slot, hash, bytes, from, to)
      if (this.#hashes[key] === hash && this.#equals(key, bytes, from, to)) return key
    }
    return -1
  }

  #insert(slot: number, hash: number, bytes: Uint8Array, from: number, to: number): number {
    const start = this.#startOf(this.#count)
    const end = start + to - from
    if (end > this.#maxBytes) return -1
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(end * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    for (let at = from; at < to; at += 1) this.#bytes[start + at - from] = bytes[at] as number
    const key = this.#count
    this.#count += 1
    this.#hashes[key] = hash
    this.#ends[key] = end
    this.#slots[slot] = key + 1
    this.#slotOf[key] = slot
    if (this.#count * 2 > this.#slots.length) this.#widen()
    return key
  }

  #widen(): void {
    const slots = new Int32Array(this.#slots.length * 4)
    for (let key = 0; key < this.#count; key += 1) {
      let slot = (this.#hashes[key] as number) & (slots.length - 1)
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = key + 1
      this.#slotOf[key] = slot
    }
    this.#slots = slots
  }

  #startOf(key: number): number {
    return key === 0 ? 0 : (this.#ends[key - 1] as number)
  }

  #equals(key: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#startOf(key)
    if ((this.#ends[key] as number) - start !== to - from) return false
    for (let at = from; at < to; at += 1) if (this.#bytes[start + at - from] !== bytes[at]) return false
    return true
  }
}

/** FNV-1a, its bits stirred once more so that the lower ones hang on all. */
export function hashOf(bytes: Uint8Array, from: number, to: number, seed = 0x811c9dc5): number {
  let hash = seed
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
