/** Metrics of OpenTelemetry on their way to one snapshot: several meters may have the same metric, and a name is shown once. */
import { isAmount, isCount } from '../amounts.ts'
import { mergeNativeHistograms } from '../distributions/native-merge.ts'
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import { quote } from '../names.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import { Faults } from './faults.ts'
import { toNative } from './opentelemetry-exponential.ts'
import {
  type OpenTelemetryExponentialHistogram,
  type OpenTelemetryHistogram,
  type OpenTelemetryMetric,
  type OpenTelemetryPoint,
  POINT,
  TEMPORALITY,
} from './opentelemetry-model.ts'
import type { PrometheusName } from './opentelemetry-names.ts'
import { SeriesGroups } from './series-groups.ts'

export type OpenTelemetryKind = 'counter' | 'gauge' | 'histogram' | 'exponential histogram'

interface Numbers {
  readonly values: readonly number[]
  readonly native?: NativeHistogramSnapshot
}

interface Series {
  values: readonly number[]
  native: NativeHistogramSnapshot | undefined
  created: number
}

/**
 * What a metric becomes. A sum that also falls is a gauge.
 * @throws {TypeError} for what Prometheus has no kind for: deltas.
 */
export function kindOf({ descriptor, dataPointType, aggregationTemporality, isMonotonic }: OpenTelemetryMetric): OpenTelemetryKind {
  const owner = `Metric "${descriptor.name}" of OpenTelemetry`
  if (dataPointType === POINT.gauge) return 'gauge'
  if (dataPointType !== POINT.sum && dataPointType !== POINT.histogram && dataPointType !== POINT.exponentialHistogram) {
    throw new TypeError(`${owner} has the data point type ${quote(dataPointType)}, which is none of @opentelemetry/sdk-metrics 2.`)
  }
  if (aggregationTemporality !== TEMPORALITY.cumulative) {
    throw new TypeError(
      `${owner} tells only what was added since it was read last, and Prometheus reads totals, from more than one server. Use a reader with cumulative temporality, such as createOpenTelemetryReader().`,
    )
  }
  if (dataPointType === POINT.histogram) return 'histogram'
  if (dataPointType === POINT.exponentialHistogram) return 'exponential histogram'
  return isMonotonic === true ? 'counter' : 'gauge'
}

/** Of histograms both forms are one kind of family, but never one family. */
export function familyKindOf(kind: OpenTelemetryKind): 'counter' | 'gauge' | 'histogram' {
  return kind === 'exponential histogram' ? 'histogram' : kind
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
        `Metric "${descriptor.name}" of OpenTelemetry is ${article(kind)}, and another of the name "${this.#name.name}" is ${article(this.#kind)}. Rename one by a view.`,
      )
    }
    const read = dataPoints.map((point) => ({ point, numbers: this.#read(descriptor.name, point) }))
    if (this.#help === '') this.#help = descriptor.description
    for (const { point, numbers } of read) {
      if (numbers === undefined) continue
      const { values, native } = numbers
      const series = this.#groups.at(labelsOf(point), () => ({ values: [], native: undefined, created: createdAt(point) }))
      const before = this.#kind === 'gauge' ? [] : series.values
      series.values = values.map((value, at) => value + (before[at] ?? 0))
      series.native = native && series.native ? mergeNativeHistograms(native, series.native) : native
    }
  }

  toSnapshot(): FamilySnapshot {
    const series = this.#groups.map((labels, { values, created, native }) => ({ labels, values, created, native }))
    const { labelNames } = this.#groups
    return { kind: familyKindOf(this.#kind), ...this.#name, help: this.#help, labelNames, bounds: this.#bounds, series }
  }

  /** What was left out of it, if anything. */
  get error(): TypeError | undefined {
    const advice = this.#kind === 'exponential histogram' ? ADVICE.exponential : ADVICE.others
    return this.#faults.toError(`Metric "${this.#name.name}" of OpenTelemetry`, advice)
  }

  /** Undefined for a series that is left out. */
  #read(metric: string, point: OpenTelemetryPoint): Numbers | undefined {
    const { value } = point
    if (this.#kind === 'histogram') return this.#readHistogram(metric, value as OpenTelemetryHistogram)
    if (this.#kind === 'exponential histogram') return this.#readExponential(point)
    if (this.#kind === 'counter' ? isAmount(value) : typeof value === 'number') return { values: [value as number] }
    this.#faults.add(`has the value ${quote(value)}`)
    return undefined
  }

  #readExponential(point: OpenTelemetryPoint): Numbers | undefined {
    const native = toNative(point.value as OpenTelemetryExponentialHistogram, createdAt(point))
    if (typeof native !== 'string') return { values: [native.count, native.sum], native }
    this.#faults.add(native)
    return undefined
  }

  #readHistogram(metric: string, { buckets: { boundaries, counts }, sum = Number.NaN }: OpenTelemetryHistogram): Numbers | undefined {
    this.#bounds ??= boundaries
    const bounds = this.#bounds
    if (boundaries.length !== bounds.length || !boundaries.every((bound, at) => bound === bounds[at])) {
      throw new TypeError(
        `Metric "${metric}" of OpenTelemetry has the buckets [${boundaries.join(', ')}], and "${this.#name.name}" has [${bounds.join(', ')}] elsewhere. Give all meters the same by a view.`,
      )
    }
    if (counts.length === bounds.length + 1 && counts.every(isCount)) return { values: [...counts, sum] }
    this.#faults.add(`has the counts [${counts.join(', ')}] for ${bounds.length} boundaries`)
    return undefined
  }
}

const ADVICE = {
  others: 'Record numbers; what counts takes those of at least zero.',
  // With that many of each sign, all numbers there are have room at scale -4.
  exponential:
    'Prometheus has scales from -4: give the view a maxSize of 160, which never needs a lower one: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 160 } }.',
} as const

/** Milliseconds since the epoch. */
function createdAt({ startTime: [seconds, nanoseconds] }: OpenTelemetryPoint): number {
  return seconds * 1000 + nanoseconds / 1e6
}

function article(kind: OpenTelemetryKind): string {
  return `${kind === 'exponential histogram' ? 'an' : 'a'} ${kind}`
}
