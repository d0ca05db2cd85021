/**
 * Series of one family that have become equal because their labels were changed: the first stays, and the others are hidden, since two
 * equal ones break a scrape and a sum of them would be a number that nobody has counted.
 */
import { ByteKeys, hashOf } from './byte-keys.ts'
import { LF } from './bytes.ts'
import type { LabelName, SampleLine } from './sample-line.ts'

/** Bytes that are remembered of one family; what comes beyond is hidden, because nothing can be said of it. */
const MAX_REMEMBERED = 67_108_864
const ROOM = 1_024

/** What becomes of the labels of a line, one for each: bytes for its value, `null` for one that is dropped, undefined for one that stays. */
export type Changes = readonly (Uint8Array | null | undefined)[]

export class SeenSeries {
  /** What series look like now, and by the number of that, a digest of the values that it was made from. */
  readonly #looks = new ByteKeys(MAX_REMEMBERED)
  readonly #origins: number[] = []
  #key: Buffer = Buffer.allocUnsafe(ROOM)
  #length = 0
  /** By how many labels there are; all for one layout. */
  readonly #orders: (readonly number[])[] = []
  #arranged = -1

  /** For the next family. */
  clear(): void {
    this.#looks.clear()
  }

  /**
   * False for a sample of a series that looks like an earlier, other one. The samples of a histogram or summary are one series here,
   * whatever their `le` or `quantile`: a bucket of one and the sum of another would be nobody's histogram.
   */
  isFirst(line: SampleLine, data: Uint8Array, changes: Changes): boolean {
    const origin = this.#read(line, data, changes)
    const { count } = this.#looks
    const look = this.#looks.add(this.#key, 0, this.#length)
    if (look < count) return this.#origins[look] === origin
    this.#origins[look] = origin
    return true
  }

  /** Writes what the series looks like, whatever the order of the labels, and answers the digest of the values that were changed. */
  #read(line: SampleLine, data: Uint8Array, changes: Changes): number {
    this.#length = 0
    let origin = 0
    for (const index of this.#arrange(line)) {
      const { bytes, rule } = line.labels[index] as LabelName
      const [start, end] = [line.valueStarts[index] as number, line.valueEnds[index] as number]
      const change = changes[index]
      if (rule.isStructure) continue
      if (change !== undefined) origin = hashOf(data, start, end, hashOf(bytes, 0, bytes.length, origin + 1))
      if (change === null) continue
      const value = change ?? data
      const [from, to] = change === undefined ? [start, end] : [0, change.length]
      // A label without a value is one that is not there.
      if (from < to) this.#write(bytes, value, from, to)
    }
    return origin
  }

  #write(name: Uint8Array, value: Uint8Array, from: number, to: number): void {
    const key = this.#key
    const needed = this.#length + name.length + to - from + 2
    if (needed > key.length) {
      this.#key = Buffer.allocUnsafe(needed * 2)
      key.copy(this.#key)
    }
    this.#put(name, 0, name.length)
    this.#put(value, from, to)
  }

  /** A line feed ends each part: there is none in any. */
  #put(bytes: Uint8Array, from: number, to: number): void {
    const key = this.#key
    let length = this.#length
    for (let at = from; at < to; at += 1) key[length++] = bytes[at] as number
    key[length++] = LF
    this.#length = length
  }

  /** The labels in the order of their names. */
  #arrange(line: SampleLine): readonly number[] {
    if (this.#arranged !== line.layout) this.#orders.length = 0
    this.#arranged = line.layout
    const known = this.#orders[line.own]
    if (known !== undefined) return known
    const nameAt = (index: number): string => (line.labels[index] as LabelName).text
    const order = Array.from({ length: line.own }, (_, index) => index).toSorted((one, other) => (nameAt(one) < nameAt(other) ? -1 : 1))
    this.#orders[line.own] = order
    return order
  }
}
