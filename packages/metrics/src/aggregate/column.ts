/** What one worker has told of one family, in the order of the merged series. */
import { SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE } from '../series/segment.ts'

/** What a column knows of a series: nothing, its numbers, or numbers that the report under way has yet to confirm. */
export const MISSING = 0
export const TOLD = 1
export const UNCONFIRMED = 2

export interface ColumnPiece {
  readonly values: Float64Array
  readonly states: Uint8Array
}

/** Pieces as large as the segments of a store, made where there is something to keep. */
export class Column {
  readonly #stride: number
  readonly #pieces: (ColumnPiece | undefined)[] = []

  /** @param stride Numbers per series. */
  constructor(stride: number) {
    this.#stride = stride
  }

  /** Pieces there may be. */
  get length(): number {
    return this.#pieces.length
  }

  piece(at: number): ColumnPiece | undefined {
    return this.#pieces[at]
  }

  has(slot: number): boolean {
    const state = this.#pieces[slot >>> SEGMENT_SHIFT]?.states[slot & SEGMENT_MASK]
    return state !== undefined && state !== MISSING
  }

  /** The piece of a slot, made when it is not there. */
  at(slot: number): ColumnPiece {
    const at = slot >>> SEGMENT_SHIFT
    let piece = this.#pieces[at]
    if (piece === undefined) {
      piece = { values: new Float64Array(SEGMENT_SIZE * this.#stride), states: new Uint8Array(SEGMENT_SIZE) }
      this.#pieces[at] = piece
    }
    return piece
  }

  /** Adds the numbers of a series in another column to those here. */
  add(slot: number, other: ColumnPiece): void {
    const { values, states } = this.at(slot)
    const base = (slot & SEGMENT_MASK) * this.#stride
    for (let at = base; at < base + this.#stride; at += 1) values[at] = (values[at] as number) + (other.values[at] as number)
    states[slot & SEGMENT_MASK] = TOLD
  }

  forget(slot: number): void {
    const piece = this.#pieces[slot >>> SEGMENT_SHIFT]
    if (piece === undefined) return
    const index = slot & SEGMENT_MASK
    piece.states[index] = MISSING
    piece.values.fill(0, index * this.#stride, (index + 1) * this.#stride)
  }

  /** What is known from now on has to be told again. */
  doubt(): void {
    for (const piece of this.#pieces) {
      if (piece === undefined) continue
      for (let index = 0; index < SEGMENT_SIZE; index += 1) if (piece.states[index] === TOLD) piece.states[index] = UNCONFIRMED
    }
  }
}
