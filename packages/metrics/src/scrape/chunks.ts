/** What a rendering hands on: pieces of some ten thousand bytes, copied together when small, lent from images when large. */
import { ByteWriter } from '../exposition/byte-writer.ts'
import type { Lease, SegmentImage } from './image.ts'

/** Part of an exposition. The bytes stay as they are until `lease` is given back, or for ever without one. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly lease: Lease | undefined
}

/** Bytes after which a piece is handed on. */
const CHUNK_BYTES = 65_536
/** Below that a copy costs less than a piece of its own. */
const LEND_MIN = 8_192

export class ChunkSink {
  /** Small pieces go straight in here. */
  readonly writer: ByteWriter = new ByteWriter(4_096)
  readonly #emit: (chunk: Chunk) => void

  constructor(emit: (chunk: Chunk) => void) {
    this.#emit = emit
  }

  write(bytes: Uint8Array): void {
    this.writer.reserve(bytes.length)
    this.writer.write(bytes)
  }

  /** The first `count` blocks of an image, in order after what was written. */
  lend(image: SegmentImage, count: number): void {
    const bytes = image.view(count)
    if (bytes.length < LEND_MIN) {
      this.write(bytes)
      return
    }
    this.flush()
    this.#emit({ bytes, lease: image.lend() })
  }

  /** A chunk that another sink made. */
  pass(chunk: Chunk): void {
    if (chunk.lease === undefined && chunk.bytes.length < LEND_MIN) {
      this.write(chunk.bytes)
      return
    }
    this.flush()
    this.#emit(chunk)
  }

  /** To be asked between blocks: hands on what has become large enough. */
  checkpoint(): void {
    if (this.writer.length >= CHUNK_BYTES) this.flush()
  }

  flush(): void {
    const { writer } = this
    if (writer.length === 0) return
    this.#emit({ bytes: writer.view(), lease: undefined })
    // The bytes are another's now. A full chunk is usually followed by another.
    writer.bytes = new Uint8Array(writer.length >= CHUNK_BYTES ? CHUNK_BYTES + LEND_MIN : 4_096)
    writer.length = 0
  }
}
