/** Families of one number per series: counters, gauges, infos and state sets. */
import type { Exemplar } from '../../series/exemplar.ts'
import type { Family } from '../../series/family.ts'
import type { Segment } from '../../series/segment.ts'
import { type ByteWriter, MAX_NUMBER_BYTES, numberWidth, writeNumber } from '../byte-writer.ts'
import { type BlockWriter, LineWriter } from './block-writer.ts'
import type { LabelStyle } from './line-style.ts'

export interface ScalarOptions {
  readonly head: Uint8Array
  readonly sampleName: string
  /** Name of the line that tells when the series was born, where it is shown. */
  readonly createdName: string | undefined
  readonly showExemplars: boolean
}

const SPACE = 32
const NEWLINE = 10

export class ScalarWriter implements BlockWriter {
  readonly head: Uint8Array
  readonly #lines: LineWriter
  readonly #numbers: Float64Array
  readonly #stride: number
  readonly #showExemplars: boolean

  constructor(family: Family, labels: LabelStyle, { head, sampleName, createdName, showExemplars }: ScalarOptions) {
    this.head = head
    const names = createdName === undefined ? [sampleName] : [sampleName, createdName]
    this.#lines = new LineWriter(
      labels,
      names.map((name) => labels.shape(name)),
    )
    this.#numbers = new Float64Array(names.length)
    this.#stride = family.store.stride
    this.#showExemplars = showExemplars
  }

  compose(writer: ByteWriter, segment: Segment, index: number): void {
    const numbers = this.#numbers
    numbers[0] = segment.values[index * this.#stride] as number
    if (numbers.length > 1) numbers[1] = (segment.created?.[index] as number) / 1000
    const exemplar = this.#showExemplars ? (segment.extras?.[index] as Exemplar | undefined) : undefined
    this.#lines.compose(writer, segment, index, numbers, 0, numbers.length, exemplar && [exemplar])
  }

  /** The number is what stands after the last space, so no label has to be looked at. */
  patch(bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    const at = this.#numberAt(bytes, start, end, segment, index)
    if (at === -1) return false
    const value = segment.values[index * this.#stride] as number
    if (numberWidth(value) !== end - 1 - at) return false
    writeNumber(bytes, at, value)
    return true
  }

  rewrite(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    const at = this.#numberAt(bytes, start, end, segment, index)
    if (at === -1) return false
    writer.reserve(end - start + MAX_NUMBER_BYTES)
    writer.writeRange(bytes, start, at)
    writer.number(segment.values[index * this.#stride] as number)
    writer.byte(NEWLINE)
    return true
  }

  /** -1 when the block does not end in its number. */
  #numberAt(bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): number {
    if (this.#numbers.length > 1 || (this.#showExemplars && segment.extras?.[index] !== undefined)) return -1
    if (end === start) return -1
    let at = end - 1
    while (bytes[at - 1] !== SPACE) at -= 1
    return at
  }
}
