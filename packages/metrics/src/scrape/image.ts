/** The rendered bytes of one segment, kept from scrape to scrape: only what has changed is written anew. */

import type { BlockWriter } from '../exposition/blocks/block-writer.ts'
import { ByteWriter } from '../exposition/byte-writer.ts'
import type { Segment } from '../series/segment.ts'

/** Bytes that all images of a registry may take together. */
export interface ImageBudget {
  readonly limit: number
  used: number
}

/** A hold on the bytes of an image: they are not written to until it is given back. */
export interface Lease {
  holders: number
}

const EACH_BYTE = 0x01010101

/** Room for numbers that grow by a digit, per image. */
const SLACK = 1.02
const scratch = new ByteWriter(32_768)

export class SegmentImage {
  #bytes = new Uint8Array(0)
  /** Block `i` is `[starts[i], starts[i + 1])`; empty for a series that is gone. */
  #starts = new Uint32Array(1)
  /** Which life of a place each block tells of: one that is given again has other labels. */
  #generations = new Uint32Array(0)
  /** Series rendered so far. */
  #count = 0
  /** Of the bytes of now: with other bytes comes another. */
  #lease: Lease = { holders: 0 }
  readonly #budget: ImageBudget
  #words: Uint32Array | undefined

  constructor(budget: ImageBudget) {
    this.#budget = budget
  }

  /**
   * Brings the image up to date with the first `count` series of the segment. Cost: a look at each of their marks, a few nanoseconds
   * for each number that kept its width, and one copy of the image when one did not.
   * @param bit That of this image in the marks; it is taken back here.
   */
  update(writer: BlockWriter, segment: Segment, count: number, bit: number): void {
    const kept = Math.min(this.#count, count)
    const words = this.#wordsOf(segment)
    const mask = Math.imul(bit, EACH_BYTE)
    for (let word = 0; word << 2 < kept; word += 1) {
      if (((words[word] as number) & mask) === 0) continue
      const end = Math.min((word << 2) + 4, kept)
      for (let index = word << 2; index < end; index += 1) {
        if (this.#updateBlock(writer, segment, bit, index)) continue
        this.#rebuild(writer, segment, count, bit, index)
        return
      }
    }
    if (count > this.#count) this.#rebuild(writer, segment, count, bit, kept)
  }

  /** False when the block has to be composed anew. */
  #updateBlock(writer: BlockWriter, segment: Segment, bit: number, index: number): boolean {
    const { dirty, generations } = segment
    if (((dirty[index] as number) & bit) === 0) return true
    if (this.#lease.holders > 0) this.#replace(this.#bytes.length, this.#bytes.length)
    const start = this.#starts[index] as number
    const end = this.#starts[index + 1] as number
    if (generations[index] !== this.#generations[index] || !writer.patch(this.#bytes, start, end, segment, index)) return false
    dirty[index] = (dirty[index] as number) & ~bit
    return true
  }

  /** The marks of four series at a time: most scrapes find most series as they were. */
  #wordsOf({ dirty }: Segment): Uint32Array {
    if (this.#words?.buffer !== dirty.buffer) this.#words = new Uint32Array(dirty.buffer, 0, dirty.length >> 2)
    return this.#words
  }

  /** The blocks of the first `count` series. A view of the image itself: valid while it is lent. */
  view(count: number): Uint8Array {
    return this.#bytes.subarray(0, this.#starts[Math.min(count, this.#count)])
  }

  /** Whoever keeps a view longer than this turn of the event loop takes one, and counts itself out when done. */
  lend(): Lease {
    this.#lease.holders += 1
    return this.#lease
  }

  /** Gives its bytes back to the budget. */
  dispose(): void {
    this.#budget.used -= this.#bytes.length
    this.#bytes = new Uint8Array(0)
    this.#starts = new Uint32Array(1)
    this.#count = 0
  }

  /** From block `from` on: unchanged ones are copied in runs, changed ones composed. */
  #rebuild(writer: BlockWriter, segment: Segment, wanted: number, bit: number, from: number): void {
    const { dirty, generations } = segment
    const had = this.#count
    // Until all is well again, for `compose` may throw with half of the starts overwritten: the next time all is composed anew.
    this.#count = 0
    // An image never gets shorter: a scrape that began earlier may ask for fewer series.
    const count = Math.max(wanted, had)
    const starts = count + 1 > this.#starts.length ? enlarge(this.#starts, count + 1) : this.#starts
    if (count > this.#generations.length) this.#generations = enlarge(this.#generations, count)
    const old = this.#bytes
    scratch.length = 0
    const offset = starts[from] as number
    let runStart = offset
    let runEnd = offset
    // The starts of old are overwritten on the way.
    let oldEnd = offset
    for (let index = from; index < count; index += 1) {
      const known = index < had
      const start = oldEnd
      const end = known ? (this.#starts[index + 1] as number) : oldEnd
      oldEnd = end
      if (known && ((dirty[index] as number) & bit) === 0) {
        starts[index + 1] = offset + scratch.length + end - runStart
        runEnd = end
        continue
      }
      flush()
      if (segment.isLive(index)) {
        const isSame = known && generations[index] === this.#generations[index]
        const at = scratch.length
        if (!isSame || !writer.rewrite(scratch, old, start, end, segment, index)) {
          scratch.length = at
          writer.compose(scratch, segment, index)
        }
      }
      dirty[index] = (dirty[index] as number) & ~bit
      this.#generations[index] = generations[index] as number
      runStart = runEnd = end
      starts[index + 1] = offset + scratch.length
    }
    flush()
    this.#starts = starts
    this.#count = count
    this.#store(offset)

    function flush(): void {
      if (runEnd > runStart) {
        scratch.reserve(runEnd - runStart)
        scratch.writeRange(old, runStart, runEnd)
      }
      runStart = runEnd
    }
  }

  /** Puts what was composed behind the first `offset` bytes. */
  #store(offset: number): void {
    const length = offset + scratch.length
    if (this.#lease.holders > 0 || length > this.#bytes.length) this.#replace(Math.ceil(length * SLACK), offset)
    this.#bytes.set(scratch.view(), offset)
  }

  /** Other bytes, the old ones being too few or in somebody's hands. */
  #replace(capacity: number, keep: number): void {
    const bytes = new Uint8Array(capacity)
    bytes.set(this.#bytes.subarray(0, keep))
    this.#budget.used += capacity - this.#bytes.length
    this.#bytes = bytes
    this.#lease = { holders: 0 }
  }
}

function enlarge(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length)
  to.set(from)
  return to
}
