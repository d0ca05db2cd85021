/** A block: all lines of one series, which are rendered together so that they tell of one moment. */
import type { Exemplar } from '../../series/exemplar.ts'
import type { Segment } from '../../series/segment.ts'
import { type ByteWriter, MAX_NUMBER_BYTES, numberWidth, writeNumber } from '../byte-writer.ts'
import { writeExemplar } from './exemplar.ts'
import type { LabelStyle, LineShape } from './line-style.ts'

/** Writes the series of one family in one format. */
export interface BlockWriter {
  /** HELP, TYPE and what else comes before the series. */
  readonly head: Uint8Array
  /** Appends the block of a live series. */
  compose(writer: ByteWriter, segment: Segment, index: number): void
  /**
   * Writes the numbers of now into a block composed before, when each has the width it had. False when one has not, or the block has
   * other lines than before; the numbers in it are then of no use.
   */
  patch(bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean
  /**
   * Appends the block of now, taking everything but the numbers from one composed before. False when that has other lines; what was
   * appended then is of no use.
   */
  rewrite(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean
}

const NEWLINE = 10

/** The lines of a block, one after the other, under the same labels. */
export class LineWriter {
  readonly #labels: LabelStyle
  readonly #shapes: readonly LineShape[]
  readonly #roomiest: number
  /** Bytes of each shape but for labels and number, with labels and without. */
  readonly #fixed: Uint32Array
  readonly #fixedBare: Uint32Array
  /** Where `rewrite` still has to put numbers, by line; zero where it has. */
  readonly #places: Uint32Array

  constructor(labels: LabelStyle, shapes: readonly LineShape[]) {
    this.#labels = labels
    this.#shapes = shapes
    this.#fixed = Uint32Array.from(shapes, ({ open, tail }) => open.length + tail.length)
    this.#fixedBare = Uint32Array.from(shapes, ({ bare }) => bare.length)
    this.#places = new Uint32Array(shapes.length)
    this.#roomiest = Math.max(...this.#fixed, ...this.#fixedBare, 0) + MAX_NUMBER_BYTES + 1
  }

  /** Appends the lines `from` up to `to`, with the `numbers` and `exemplars` of the same places. */
  compose(
    writer: ByteWriter,
    segment: Segment,
    index: number,
    numbers: Float64Array,
    from: number,
    to: number,
    exemplars?: readonly (Exemplar | undefined)[],
  ): void {
    const width = this.#labels.width(segment, index)
    writer.reserve((to - from) * (width + this.#roomiest))
    // Labels are put together once; the other lines copy them from the first.
    let labelsAt = -1
    for (let line = from; line < to; line += 1) {
      const { open, tail, bare } = this.#shapes[line] as LineShape
      if (width === 0) writer.write(bare)
      else {
        writer.write(open)
        if (labelsAt === -1) {
          labelsAt = writer.length
          this.#labels.write(writer, segment, index)
        } else writer.writeRange(writer.bytes, labelsAt, labelsAt + width)
        writer.write(tail)
      }
      writer.number(numbers[line] as number)
      const exemplar = exemplars?.[line]
      if (exemplar) {
        writeExemplar(writer, exemplar)
        writer.reserve((to - line) * (width + this.#roomiest))
      }
      writer.byte(NEWLINE)
    }
  }

  /** Writes the numbers of the lines `from` up to `to`, which fill `start` to `end`, as {@link BlockWriter.patch} does. */
  patch(
    bytes: Uint8Array,
    start: number,
    end: number,
    segment: Segment,
    index: number,
    numbers: Float64Array,
    from: number,
    to: number,
  ): boolean {
    const width = this.#labels.width(segment, index)
    const fixed = width === 0 ? this.#fixedBare : this.#fixed
    let at = start
    for (let line = from; line < to; line += 1) {
      at += width + (fixed[line] as number)
      let old = at
      while (old < end && bytes[old] !== NEWLINE) old += 1
      if (old >= end) return false
      const value = numbers[line] as number
      if (numberWidth(value) !== old - at) return false
      writeNumber(bytes, at, value)
      at = old + 1
    }
    return at === end
  }

  /** Appends the lines `from` up to `to` by those that fill `start` to `end`, as {@link BlockWriter.rewrite} does. */
  rewrite(
    writer: ByteWriter,
    bytes: Uint8Array,
    start: number,
    end: number,
    segment: Segment,
    index: number,
    numbers: Float64Array,
    from: number,
    to: number,
  ): boolean {
    const width = this.#labels.width(segment, index)
    const fixed = width === 0 ? this.#fixedBare : this.#fixed
    writer.reserve(end - start + (to - from) * MAX_NUMBER_BYTES)
    let at = start
    // Text between two numbers of new widths is one copy; numbers of the old width are written into it.
    let runStart = start
    let runTo = writer.length
    for (let line = from; line < to; line += 1) {
      at += width + (fixed[line] as number)
      let old = at
      while (old < end && bytes[old] !== NEWLINE) old += 1
      if (old >= end) return false
      if (numberWidth(numbers[line] as number) !== old - at) {
        writer.writeRange(bytes, runStart, at)
        writer.number(numbers[line] as number)
        runStart = old
        runTo = writer.length
        this.#places[line] = 0
      } else this.#places[line] = runTo + at - runStart
      at = old + 1
    }
    if (at !== end) return false
    writer.writeRange(bytes, runStart, end)
    for (let line = from; line < to; line += 1) {
      const place = this.#places[line] as number
      if (place !== 0) writeNumber(writer.bytes, place, numbers[line] as number)
    }
    return true
  }
}
