/** The writers of prom-client's two formats over our blocks. */
import type { BlockWriter } from '../exposition/blocks/block-writer.ts'
import { HistogramWriter } from '../exposition/blocks/histogram.ts'
import { ScalarWriter } from '../exposition/blocks/scalar.ts'
import { SummaryWriter } from '../exposition/blocks/summary.ts'
import { type ByteWriter, encodeUtf8 } from '../exposition/byte-writer.ts'
import { escapeTextHelp } from '../exposition/escape.ts'
import { formatCanonical, formatValue } from '../exposition/number.ts'
import { counterBaseName } from '../names.ts'
import type { LabelPair } from '../series/labels.ts'
import type { Segment } from '../series/segment.ts'
import { DropInLabelStyle } from './label-style.ts'
import type { MetricSeries } from './metric-series.ts'
import { textOf } from './validation.ts'

export interface WriterOptions {
  /** As registered. */
  readonly name: string
  readonly help: string
  readonly isOpenMetrics: boolean
  /** Default labels of the registry that the metric does not declare; values escaped. */
  readonly constantLabels: readonly LabelPair[]
}

/** HELP comes before TYPE in both formats, and quotes in it stay as they are. */
export function headOf(name: string, help: unknown, type: string): string {
  const escaped = escapeTextHelp(name)
  return `# HELP ${escaped} ${escapeTextHelp(textOf(help))}\n# TYPE ${escaped} ${type}\n`
}

export function createWriter(series: MetricSeries, { name: registered, help, isOpenMetrics, constantLabels }: WriterOptions): BlockWriter {
  const { kind } = series.shape
  const name = isOpenMetrics && kind === 'counter' ? counterBaseName(registered) : registered
  const head = encodeUtf8(headOf(name, help, kind))
  const family = series.familyAs(name, help, kind === 'histogram' ? [] : constantLabels)
  const labels = new DropInLabelStyle(family, kind === 'histogram' ? constantLabels : [])
  const spell = isOpenMetrics ? formatCanonical : formatValue
  const plain = { head, createdName: undefined, showExemplars: isOpenMetrics }
  switch (kind) {
    case 'histogram':
      return new HistogramWriter(family, labels, {
        ...plain,
        name,
        bounds: Array.from(family.bounds, spell),
        boundFirst: true,
        showTotals: () => true,
      })
    case 'summary':
      return new SummaryWriter(labels, {
        ...plain,
        name,
        quantiles: family.quantiles.map(spell),
        quantileFirst: true,
        showSum: () => true,
        now: () => Date.now(),
      })
    case 'counter':
      return new ScalarWriter(family, labels, { ...plain, sampleName: isOpenMetrics ? `${name}_total` : name })
    case 'gauge':
    default:
      return new NanSpelling(new ScalarWriter(family, labels, { ...plain, sampleName: name }))
  }
}

const SMALL_N = 110

/** prom-client writes `Nan`, which every parser of Prometheus takes for NaN: text that is compared stays the same. */
class NanSpelling implements BlockWriter {
  readonly head: Uint8Array
  readonly #writer: BlockWriter

  constructor(writer: BlockWriter) {
    this.head = writer.head
    this.#writer = writer
  }

  compose(writer: ByteWriter, segment: Segment, index: number): void {
    this.#writer.compose(writer, segment, index)
    respell(writer.bytes, writer.length, segment, index)
  }

  patch(bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    const isPatched = this.#writer.patch(bytes, start, end, segment, index)
    if (isPatched) respell(bytes, end, segment, index)
    return isPatched
  }

  rewrite(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, segment: Segment, index: number): boolean {
    const isWritten = this.#writer.rewrite(writer, bytes, start, end, segment, index)
    if (isWritten) respell(writer.bytes, writer.length, segment, index)
    return isWritten
  }
}

/** @param end Behind the line, whose number is its last word. */
function respell(bytes: Uint8Array, end: number, segment: Segment, index: number): void {
  if (Number.isNaN(segment.values[index])) bytes[end - 2] = SMALL_N
}
