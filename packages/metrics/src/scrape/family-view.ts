/** One family in one format: its writer, and the images of its segments while there is room for them. */

import type { BlockWriter } from '../exposition/blocks/block-writer.ts'
import type { Family } from '../series/family.ts'
import { SEGMENT_SHIFT, SEGMENT_SIZE } from '../series/segment.ts'
import type { ChunkSink } from './chunks.ts'
import { type ImageBudget, SegmentImage } from './image.ts'

/** Below that many series composing them costs no more than keeping them. */
const IMAGE_MIN_SERIES = 32
/** What the first image of a segment is taken to need, per series, while it is decided whether there is room. */
const EXPECTED_BYTES = 128

export class FamilyView {
  readonly #family: Family
  readonly #writer: BlockWriter
  readonly #budget: ImageBudget
  #bit: number | undefined
  #isDisposed = false
  readonly #images: (SegmentImage | undefined)[] = []

  constructor(family: Family, writer: BlockWriter, budget: ImageBudget) {
    this.#family = family
    this.#writer = writer
    this.#budget = budget
  }

  get head(): Uint8Array {
    return this.#writer.head
  }

  /** The segments of the first `size` slots, one for each step; the head is the caller's. */
  *render(sink: ChunkSink, size: number): Generator<void> {
    const { store } = this.#family
    for (let at = 0; at << SEGMENT_SHIFT < size; at += 1) {
      this.#renderSegment(sink, at, Math.min(size - (at << SEGMENT_SHIFT), SEGMENT_SIZE))
      sink.checkpoint()
      if (at + 1 < store.segments.length) yield
    }
  }

  /** Gives up the images. A rendering that is still under way goes on without. */
  dispose(): void {
    this.#isDisposed = true
    for (const image of this.#images) image?.dispose()
    this.#images.length = 0
    if (this.#bit !== undefined) this.#family.store.returnMark(this.#bit)
    this.#bit = undefined
  }

  #renderSegment(sink: ChunkSink, at: number, count: number): void {
    const segment = this.#family.store.segments[at]
    if (segment === undefined) return
    const image = this.#imageOf(at, count)
    if (image !== undefined && this.#bit !== undefined) {
      image.update(this.#writer, segment, count, this.#bit)
      sink.lend(image, count)
      return
    }
    for (let index = 0; index < count; index += 1) if (segment.isLive(index)) this.#writer.compose(sink.writer, segment, index)
  }

  #imageOf(at: number, count: number): SegmentImage | undefined {
    const known = this.#images[at]
    if (known !== undefined || count < IMAGE_MIN_SERIES || this.#isDisposed) return known
    // The window of a summary slides although nothing is written.
    if (this.#family.kind === 'summary') return undefined
    if (this.#budget.used + count * EXPECTED_BYTES > this.#budget.limit) return undefined
    // Without a mark of its own nobody would know what has changed.
    this.#bit ??= this.#family.store.takeMark()
    if (this.#bit === undefined) return undefined
    const image = new SegmentImage(this.#budget)
    this.#images[at] = image
    return image
  }
}
