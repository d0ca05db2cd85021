/** Delimited protobuf: io.prometheus.client.MetricFamily, each with its length before it (github.com/prometheus/client_model). */
import { type FamilyKind, infoBaseName } from '../../names.ts'
import type { Exemplar } from '../../series/exemplar.ts'
import type { Family, QuantileSource } from '../../series/family.ts'
import type { HistogramExtra } from '../../series/histogram-extra.ts'
import type { Segment } from '../../series/segment.ts'
import type { BlockWriter } from '../blocks/block-writer.ts'
import { type ByteWriter, encodeUtf8 } from '../byte-writer.ts'
import { type EscapingScheme, escapeLabelName, escapeName, isLegacyLabelName, isLegacyMetricName } from '../escaping-scheme.ts'
import { LabelMessages, writeExemplarMessage } from './labels.ts'
import { MessageWriter, writeVarint } from './message.ts'
import { writeNativeBuckets } from './native.ts'

/** Field numbers of the schema. */
const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const
const METRIC = { label: 1, gauge: 2, counter: 3, summary: 4, histogram: 7 } as const
const TYPE: Record<FamilyKind, number> = { counter: 0, gauge: 1, summary: 2, histogram: 4, info: 1, stateset: 1 }
const COUNTER = { value: 1, exemplar: 2, created: 3 } as const
const GAUGE = { value: 1 } as const
const SUMMARY = { count: 1, sum: 2, quantile: 3, created: 4 } as const
const QUANTILE = { quantile: 1, value: 2 } as const
const HISTOGRAM = { count: 1, sum: 2, bucket: 3, created: 15, exemplars: 16 } as const
const BUCKET = { cumulativeCount: 1, upperBound: 2, exemplar: 3 } as const

const metric = new MessageWriter()
const value = new MessageWriter()
const part = new MessageWriter()
const scratch = new MessageWriter()

/** Writes `head` and blocks that together are one MetricFamily, without its length: that is known when all are there. */
export class ProtobufWriter implements BlockWriter {
  readonly head: Uint8Array
  readonly #family: Family
  readonly #labels: LabelMessages
  readonly #wallClock: () => number

  constructor(family: Family, scheme: EscapingScheme, wallClock: () => number) {
    this.#family = family
    this.#wallClock = wallClock
    const isQuoting = scheme === 'allow-utf-8'
    this.#labels = new LabelMessages(family, (name) => (isQuoting || isLegacyLabelName(name) ? name : escapeLabelName(name, scheme)))
    const written = isQuoting || isLegacyMetricName(family.name) ? family.name : escapeName(family.name, scheme)
    const name = family.kind === 'info' ? `${infoBaseName(written)}_info` : written
    const head = new MessageWriter().bytes(FAMILY.name, encodeUtf8(name)).bytes(FAMILY.help, encodeUtf8(family.help))
    head.unsigned(FAMILY.type, TYPE[family.kind])
    if (family.unit !== undefined) head.bytes(FAMILY.unit, encodeUtf8(family.unit))
    this.head = head.writer.view()
  }

  /** Zeros are written too: readers of proto2 tell them from what is absent. */
  compose(writer: ByteWriter, segment: Segment, index: number): void {
    const { kind, store, keepsCreated } = this.#family
    metric.clear()
    this.#labels.write(metric, METRIC.label, segment, index)
    value.clear()
    const created = keepsCreated ? segment.created?.[index] : undefined
    if (kind === 'counter') {
      value.double(COUNTER.value, segment.values[index * store.stride] as number)
      const exemplar = segment.extras?.[index] as Exemplar | undefined
      if (exemplar) writeExemplarMessage(value, COUNTER.exemplar, exemplar)
      if (created !== undefined) value.timestamp(COUNTER.created, created, scratch)
      metric.message(METRIC.counter, value)
    } else if (kind === 'histogram') {
      this.#writeHistogram(segment, index)
      if (created !== undefined) value.timestamp(HISTOGRAM.created, created, scratch)
      metric.message(METRIC.histogram, value)
    } else if (kind === 'summary') {
      this.#writeSummary(segment.extras?.[index] as QuantileSource)
      if (created !== undefined) value.timestamp(SUMMARY.created, created, scratch)
      metric.message(METRIC.summary, value)
    } else {
      metric.message(METRIC.gauge, value.double(GAUGE.value, segment.values[index * store.stride] as number))
    }
    writeVarint(writer, FAMILY.metric * 8 + 2)
    writeVarint(writer, metric.writer.length)
    writer.reserve(metric.writer.length)
    writer.write(metric.writer.view())
  }

  patch(): boolean {
    return false
  }

  rewrite(): boolean {
    return false
  }

  #writeHistogram(segment: Segment, index: number): void {
    const { bounds, store } = this.#family
    const { exemplars, native } = (segment.extras?.[index] as HistogramExtra | undefined) ?? {}
    const base = index * store.stride
    let total = 0
    for (let bucket = 0; bucket <= bounds.length; bucket += 1) total += segment.values[base + bucket] as number
    value.unsigned(HISTOGRAM.count, total).double(HISTOGRAM.sum, segment.values[base + bounds.length + 1] as number)
    if (native) {
      writeNativeBuckets(value, native.snapshot())
      // A server that reads native buckets would otherwise take the one of +Inf for a second, coarser histogram.
      if (bounds.length === 0) {
        for (const exemplar of exemplars ?? []) if (exemplar) writeExemplarMessage(value, HISTOGRAM.exemplars, exemplar)
        return
      }
    }
    let count = 0
    for (let bucket = 0; bucket <= bounds.length; bucket += 1) {
      count += segment.values[base + bucket] as number
      part
        .clear()
        .unsigned(BUCKET.cumulativeCount, count)
        .double(BUCKET.upperBound, bounds[bucket] ?? Infinity)
      const exemplar = exemplars?.[bucket]
      if (exemplar) writeExemplarMessage(part, BUCKET.exemplar, exemplar)
      value.message(HISTOGRAM.bucket, part)
    }
  }

  #writeSummary(source: QuantileSource): void {
    value.unsigned(SUMMARY.count, source.count).double(SUMMARY.sum, source.sum)
    const found = source.quantiles(this.#wallClock())
    for (const [at, quantile] of this.#family.quantiles.entries()) {
      value.message(
        SUMMARY.quantile,
        part
          .clear()
          .double(QUANTILE.quantile, quantile)
          .double(QUANTILE.value, found[at] as number),
      )
    }
  }
}
