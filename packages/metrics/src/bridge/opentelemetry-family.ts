/** Metrics of OpenTelemetry on their way to one snapshot: several meters may have the same metric, and a name is shown once. */
import { quote } from '../names.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import { Faults, isCount, isTotal } from './faults.ts'
import {
  type OpenTelemetryHistogram,
  type OpenTelemetryMetric,
  type OpenTelemetryPoint,
  POINT,
  TEMPORALITY,
} from './opentelemetry-model.ts'
import type { PrometheusName } from './opentelemetry-names.ts'
import { SeriesGroups } from './series-groups.ts'

export type OpenTelemetryKind = 'counter' | 'gauge' | 'histogram'

interface Series {
  values: readonly number[]
  created: number
}

/**
 * What a metric becomes. A sum that also falls is a gauge.
 * @throws {TypeError} for what Prometheus has no kind for: deltas and exponential histograms.
 */
export function kindOf({ descriptor, dataPointType, aggregationTemporality, isMonotonic }: OpenTelemetryMetric): OpenTelemetryKind {
  const owner = `Metric "${descriptor.name}" of OpenTelemetry`
  if (dataPointType === POINT.gauge) return 'gauge'
  if (dataPointType === POINT.exponentialHistogram) {
    // Its buckets move with the data: as classic ones, bounds would come and go, and no rate over them would be right.
    throw new TypeError(
      `${owner} is an exponential histogram, which has no fixed buckets. Give it some by a view: { instrumentName: ${quote(descriptor.name)}, aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM } }.`,
    )
  }
  if (dataPointType !== POINT.sum && dataPointType !== POINT.histogram) {
    throw new TypeError(`${owner} has the data point type ${quote(dataPointType)}, which is none of @opentelemetry/sdk-metrics 2.`)
  }
  if (aggregationTemporality !== TEMPORALITY.cumulative) {
    throw new TypeError(
      `${owner} tells only what was added since it was read last, and Prometheus reads totals, from more than one server. Use a reader with cumulative temporality, such as createOpenTelemetryReader().`,
    )
  }
  if (dataPointType === POINT.histogram) return 'histogram'
  return isMonotonic === true ? 'counter' : 'gauge'
}

export class OpenTelemetryFamily {
  readonly #kind: OpenTelemetryKind
  readonly #name: PrometheusName
  #help: string
  readonly #groups = new SeriesGroups<Series>()
  readonly #faults = new Faults()
  #bounds: readonly number[] | undefined

  constructor(kind: OpenTelemetryKind, name: PrometheusName) {
    this.#kind = kind
    this.#name = name
    this.#help = ''
  }

  /**
   * Takes the series of a metric. Where they are already there, which distinct meters prevent, what counts adds up and of gauges the
   * last is shown.
   * @throws {TypeError} when another metric of that name has another kind or other buckets; nothing is taken then.
   */
  add(
    kind: OpenTelemetryKind,
    { descriptor, dataPoints }: OpenTelemetryMetric,
    labelsOf: (point: OpenTelemetryPoint) => Map<string, string>,
  ): void {
    if (kind !== this.#kind) {
      throw new TypeError(
        `Metric "${descriptor.name}" of OpenTelemetry is a ${kind}, and another of the name "${this.#name.name}" is a ${this.#kind}. Rename one by a view.`,
      )
    }
    const read = dataPoints.map((point) => ({ point, values: this.#read(descriptor.name, point) }))
    if (this.#help === '') this.#help = descriptor.description
    for (const { point, values } of read) {
      if (values === undefined) continue
      const { startTime } = point
      const series = this.#groups.at(labelsOf(point), () => ({ values: [], created: startTime[0] * 1000 + startTime[1] / 1e6 }))
      const before = this.#kind === 'gauge' ? [] : series.values
      series.values = values.map((value, at) => value + (before[at] ?? 0))
    }
  }

  toSnapshot(): FamilySnapshot {
    const series = this.#groups.map((labels, { values, created }) => ({ labels, values, created }))
    const { labelNames } = this.#groups
    return { kind: this.#kind, ...this.#name, help: this.#help, labelNames, bounds: this.#bounds, series }
  }

  /** What was left out of it, if anything. */
  get error(): TypeError | undefined {
    return this.#faults.toError(`Metric "${this.#name.name}" of OpenTelemetry`, 'Record numbers; what counts takes those of at least zero.')
  }

  /** Undefined for a series that is left out. */
  #read(metric: string, { value }: OpenTelemetryPoint): readonly number[] | undefined {
    if (this.#kind === 'histogram') return this.#readHistogram(metric, value as OpenTelemetryHistogram)
    if (this.#kind === 'counter' ? isTotal(value) : typeof value === 'number') return [value as number]
    this.#faults.add(`has the value ${quote(value)}`)
    return undefined
  }

  #readHistogram(
    metric: string,
    { buckets: { boundaries, counts }, sum = Number.NaN }: OpenTelemetryHistogram,
  ): readonly number[] | undefined {
    this.#bounds ??= boundaries
    const bounds = this.#bounds
    if (boundaries.length !== bounds.length || !boundaries.every((bound, at) => bound === bounds[at])) {
      throw new TypeError(
        `Metric "${metric}" of OpenTelemetry has the buckets [${boundaries.join(', ')}], and "${this.#name.name}" has [${bounds.join(', ')}] elsewhere. Give all meters the same by a view.`,
      )
    }
    if (counts.length === bounds.length + 1 && counts.every(isCount)) return [...counts, sum]
    this.#faults.add(`has the counts [${counts.join(', ')}] for ${bounds.length} boundaries`)
    return undefined
  }
}
