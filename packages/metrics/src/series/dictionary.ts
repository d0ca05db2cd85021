/** The values that one label of one family has had: each is known by a small number and kept as the bytes it has in an exposition. */
import { encodeUtf8 } from '../exposition/byte-writer.ts'
import { escapeLabelValue, unescapeLabelValue } from '../exposition/escape.ts'
import { ValueCache } from './value-cache.ts'

/** The number of a label that a series does not have. */
export const ABSENT = 0

/**
 * Series hold numbers instead of texts: a value that a thousand series share is kept, escaped and encoded once.
 * Numbers are given in order of arrival, from 1; only {@link LabelDictionary.compact} changes them.
 */
export class LabelDictionary {
  #ids = new Map<string, number>()
  readonly #cache = new ValueCache()
  /** A new value is asked for several times before it is known, and in a large map nothing is found slowly. */
  #lastMissed: string | undefined
  /** Escaped UTF-8 of all values, end to end. */
  bytes: Uint8Array = new Uint8Array(32)
  /** Value `id` is `bytes[starts[id]]` up to `bytes[starts[id + 1]]`. */
  starts: Uint32Array = new Uint32Array(8)

  /** Numbers given; all are below. */
  get size(): number {
    return this.#ids.size + 1
  }

  /** Undefined when the value has not been seen. Cost: one comparison for a value that calls pass often, else one Map lookup. */
  idOf(value: string): number | undefined {
    const cached = this.#cache.get(value)
    if (cached !== 0) return cached
    if (value === this.#lastMissed) return undefined
    const id = this.#ids.get(value)
    if (id === undefined) this.#lastMissed = value
    else this.#cache.put(value, id, this.#ids.size)
    return id
  }

  /** The number of `value`, a new one when it has not been seen. */
  intern(value: string): number {
    const known = this.idOf(value)
    if (known !== undefined) return known
    const id = this.size
    this.#lastMissed = undefined
    this.#ids.set(value, id)
    this.#append(id, encodeUtf8(escapeLabelValue(value)))
    return id
  }

  /** The bytes that the value with that number takes. */
  widthOf(id: number): number {
    return (this.starts[id + 1] as number) - (this.starts[id] as number)
  }

  /** The value with that number, back from its bytes. For exports and messages. */
  valueOf(id: number): string {
    return unescapeLabelValue(decoder.decode(this.bytes.subarray(this.starts[id], this.starts[id + 1])))
  }

  /**
   * Forgets the values that no series has any more.
   * @param used By number.
   * @returns the new number of each old one.
   */
  compact(used: (id: number) => boolean): Uint32Array {
    const moved = new Uint32Array(this.size)
    const { bytes, starts } = this
    const kept = [...this.#ids].filter(([, id]) => used(id))
    this.#ids = new Map()
    this.bytes = new Uint8Array(32)
    this.starts = new Uint32Array(8)
    for (const [value, old] of kept) {
      const id = this.size
      moved[old] = id
      this.#ids.set(value, id)
      this.#append(id, bytes.subarray(starts[old], starts[old + 1]))
    }
    this.#cache.clear()
    return moved
  }

  #append(id: number, encoded: Uint8Array): void {
    const start = this.starts[id] as number
    const end = start + encoded.length
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, Math.ceil(this.bytes.length * GROWTH)))
      grown.set(this.bytes.subarray(0, start))
      this.bytes = grown
    }
    this.bytes.set(encoded, start)
    if (id + 2 > this.starts.length) {
      const grown = new Uint32Array(Math.ceil(this.starts.length * GROWTH))
      grown.set(this.starts)
      this.starts = grown
    }
    this.starts[id + 1] = end
  }
}

// A value may begin with the character that decoders take for a mark of byte order.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Half more, not twice: what is not used yet is memory too. */
const GROWTH = 1.5
