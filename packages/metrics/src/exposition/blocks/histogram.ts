/** Histograms with fixed bounds: buckets are kept apart in the store and summed up here, once per scrape. */
import type { Exemplar } from '../../series/exemplar.ts'
import type { Family } from '../../series/family.ts'
import type { HistogramExtra } from '../../series/histogram-extra.ts'
import type { Segment } from '../../series/segment.ts'
import type { ByteWriter } from '../byte-writer.ts'
import { type BlockWriter, LineWriter } from './block-writer.ts'
import type { LabelStyle, LineShape } from './line-style.ts'

export interface HistogramOptions {
  readonly head: Uint8Array
  readonly name: string
  /** The `le` texts, ascending, without `+Inf`. */
  readonly bounds: readonly string[]
  /** Whether the `le` label comes before those of the series, as prom-client writes it. */
  readonly boundFirst: boolean
  /** Asked for each series with its sum; false leaves out its `_sum` and `_count`. */
  readonly showTotals: (sum: number) => boolean
  readonly createdName: string | undefined
  readonly showExemplars: boolean
}

export class HistogramWriter implements BlockWriter {
  readonly head: Uint8Array
  readonly #lines: LineWriter
  /** Cumulative buckets, sum, count, birth. */
  readonly #numbers: Float64Array
  readonly #buckets: number
  readonly #stride: number
  readonly #options: HistogramOptions

  constructor(family: Family, labels: LabelStyle, options: HistogramOptions) {
    const { head, name, bounds, boundFirst, createdName } = options
    this.head = head
    this.#options = options
    this.#buckets = bounds.length + 1
    this.#stride = family.store.stride
    const shapes: LineShape[] = [...bounds, '+Inf'].map((bound) =>
      labels.shape(`${name}_bucket`, { [boundFirst ? 'first' : 'last']: `le="${bound}"` }),
    )
    shapes.push(labels.shape(`${name}_sum`), labels.shape(`${name}_count`))
    if (createdName !== undefined) shapes.push(labels.shape(createdName))
    this.#lines = new LineWriter(labels, shapes)
    this.#numbers = new Float64Array(shapes.length)
  }

  compose(writer: ByteWriter, segment: Segment, index: number): void {
    const totals = this.#read(segment, index)
    const buckets = this.#buckets
    const exemplars = this.#exemplarsOf(segment, index)
    const whole = this.#numbers.length
    if (totals) this.#lines.compose(writer, segment, index, this.#numbers, 0, whole, exemplars)
    else {
      this.#lines.compose(writer, segment, index, this.#numbers, 0, buckets, exemplars)
      if (whole > buckets + 2) this.#lines.compose(writer, segment, index, this.#numbers, buckets + 2, whole)
    }
  }

  patch(bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    if (!this.#hasPlainLines(segment, index)) return false
    const to = this.#read(segment, index) ? this.#numbers.length : this.#buckets
    return this.#lines.patch(bytes, start, end, segment, index, this.#numbers, 0, to)
  }

  rewrite(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    if (!this.#hasPlainLines(segment, index)) return false
    const to = this.#read(segment, index) ? this.#numbers.length : this.#buckets
    return this.#lines.rewrite(writer, bytes, start, end, segment, index, this.#numbers, 0, to)
  }

  #exemplarsOf(segment: Segment, index: number): readonly (Exemplar | undefined)[] | undefined {
    return this.#options.showExemplars ? (segment.extras?.[index] as HistogramExtra | undefined)?.exemplars : undefined
  }

  /** Whether each line ends in its number and nothing stands between. */
  #hasPlainLines(segment: Segment, index: number): boolean {
    const { createdName } = this.#options
    return createdName === undefined && this.#exemplarsOf(segment, index) === undefined
  }

  /** Brings the numbers of a series together; false when its totals are not shown. */
  #read(segment: Segment, index: number): boolean {
    const numbers = this.#numbers
    const { values } = segment
    const base = index * this.#stride
    const buckets = this.#buckets
    let count = 0
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      count += values[base + bucket] as number
      numbers[bucket] = count
    }
    const sum = values[base + buckets] as number
    numbers[buckets] = sum
    numbers[buckets + 1] = count
    if (numbers.length > buckets + 2) numbers[buckets + 2] = (segment.created?.[index] as number) / 1000
    return this.#options.showTotals(sum)
  }
}
