/** A metric as text by way of plain data: for metrics of other libraries, merged workers, and objects that only have a `get`. */
import { escapeLabelValue } from '../exposition/escape.ts'
import { formatCanonical } from '../exposition/number.ts'
import { counterBaseName, quote } from '../names.ts'
import type { MetricData, Sample } from './sample.ts'
import { checkLabelName, checkMetricName, textOf } from './validation.ts'
import { headOf } from './writers.ts'

export interface SampleTextOptions {
  readonly isOpenMetrics: boolean
  readonly defaultLabels: Readonly<Record<string, unknown>>
}

/** A word, as all types are. */
const TYPE = /^[a-zA-Z]+$/

export interface MetricText {
  /** Lines that each end in a line feed. */
  readonly text: string
  /** What its samples are called, each once. */
  readonly sampleNames: readonly string[]
}

/**
 * Whatever a label value is, its text is escaped.
 * @throws {TypeError} for a name or a type that could forge a line: it may come from another process.
 */
export function formatMetric(metric: MetricData, options: SampleTextOptions): MetricText {
  const isCounter = options.isOpenMetrics && metric.type === 'counter'
  const name = isCounter ? counterBaseName(metric.name) : metric.name
  checkMetricName(name)
  if (!TYPE.test(metric.type)) {
    throw new TypeError(`The metric ${quote(name)} has the type ${quote(metric.type)}. Write a word such as gauge.`)
  }
  let text = headOf(name, metric.help, metric.type)
  const sampleNames = new Set<string>()
  for (const sample of metric.values ?? []) {
    const given = sample.metricName ?? name
    const sampleName = isCounter ? `${counterBaseName(given)}_total` : given
    sampleNames.add(sampleName)
    text += formatSample(sampleName, sample, options)
  }
  return { text, sampleNames: [...sampleNames] }
}

function formatSample(name: string, sample: Partial<Sample>, { isOpenMetrics, defaultLabels }: SampleTextOptions): string {
  const { labels = {}, sharedLabels = {}, value, exemplar } = sample
  const own = Object.entries({ ...labels, ...defaultLabels, ...labels }).filter(([label]) => !Object.hasOwn(sharedLabels, label))
  checkMetricName(name)
  const parts = [...own, ...Object.entries(sharedLabels)].map(([label, given]) => formatLabel(label, given, isOpenMetrics))
  const braces = parts.length === 0 ? '' : `{${parts.join(',')}}`
  let line = `${name}${braces} ${formatNumber(value)}`
  if (exemplar && isOpenMetrics) {
    const pairs = Object.entries(exemplar.labelSet).map(([label, given]) => formatLabel(label, given, false))
    const time = Number.isFinite(exemplar.timestamp) ? ` ${exemplar.timestamp}` : ''
    line += ` # {${pairs.join(',')}} ${formatNumber(exemplar.value)}${time}`
  }
  return `${line}\n`
}

/** Numbers under the reserved labels are bounds, which OpenMetrics spells in one way only. */
function formatLabel(name: string, value: unknown, isOpenMetrics: boolean): string {
  checkLabelName(name)
  const isBound = isOpenMetrics && typeof value === 'number' && (name === 'le' || name === 'quantile')
  return `${name}="${isBound ? formatCanonical(value) : escapeLabelValue(textOf(value))}"`
}

function formatNumber(value: number | undefined): string {
  // From other processes NaN comes as null.
  if (typeof value !== 'number' || Number.isNaN(value)) return 'Nan'
  if (Number.isFinite(value)) return `${value}`
  return value < 0 ? '-Inf' : '+Inf'
}
