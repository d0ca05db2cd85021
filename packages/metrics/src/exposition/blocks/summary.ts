/** Summaries: quantiles of a sliding window, sum and count of the whole life. */
import type { QuantileSource } from '../../series/family.ts'
import type { Segment } from '../../series/segment.ts'
import type { ByteWriter } from '../byte-writer.ts'
import { type BlockWriter, LineWriter } from './block-writer.ts'
import type { LabelStyle, LineShape } from './line-style.ts'

export interface SummaryOptions {
  readonly head: Uint8Array
  readonly name: string
  /** The `quantile` texts, in the order the source answers. */
  readonly quantiles: readonly string[]
  readonly quantileFirst: boolean
  /** Asked for each series with its sum; false leaves out its `_sum`. */
  readonly showSum: (sum: number) => boolean
  readonly createdName: string | undefined
  /** Unix milliseconds: a window slides although nothing is observed. */
  readonly now: () => number
}

/** Never patched: what is in the window changes without a mark. */
export class SummaryWriter implements BlockWriter {
  readonly head: Uint8Array
  readonly #lines: LineWriter
  readonly #numbers: Float64Array
  readonly #now: () => number
  readonly #showSum: (sum: number) => boolean

  constructor(labels: LabelStyle, options: SummaryOptions) {
    const { head, name, quantiles, quantileFirst, showSum, createdName, now } = options
    this.head = head
    this.#now = now
    this.#showSum = showSum
    const shapes: LineShape[] = quantiles.map((quantile) =>
      labels.shape(name, { [quantileFirst ? 'first' : 'last']: `quantile="${quantile}"` }),
    )
    shapes.push(labels.shape(`${name}_sum`), labels.shape(`${name}_count`))
    if (createdName !== undefined) shapes.push(labels.shape(createdName))
    this.#lines = new LineWriter(labels, shapes)
    this.#numbers = new Float64Array(shapes.length)
  }

  compose(writer: ByteWriter, segment: Segment, index: number): void {
    const source = segment.extras?.[index] as QuantileSource
    const numbers = this.#numbers
    const quantiles = source.quantiles(this.#now())
    numbers.set(quantiles)
    numbers[quantiles.length] = source.sum
    numbers[quantiles.length + 1] = source.count
    if (numbers.length > quantiles.length + 2) numbers[quantiles.length + 2] = (segment.created?.[index] as number) / 1000
    const all = numbers.length
    if (this.#showSum(source.sum)) this.#lines.compose(writer, segment, index, numbers, 0, all)
    else {
      this.#lines.compose(writer, segment, index, numbers, 0, quantiles.length)
      this.#lines.compose(writer, segment, index, numbers, quantiles.length + 1, all)
    }
  }

  patch(): boolean {
    return false
  }

  rewrite(): boolean {
    return false
  }
}
