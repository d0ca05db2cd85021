/**
 * The types of prom-client: all that a program written for it can name. They stand apart from the classes, which take what callers without
 * types pass, and import nothing, so that every file here may use them.
 *
 * The namespaces hold types alone and merge with what they are named after; prom-client's users write `Counter.Internal`.
 */
export type Charset = 'utf-8'
export type PrometheusMIME = 'text/plain'
export type PrometheusMetricsVersion = '0.0.4'
export type OpenMetricsMIME = 'application/openmetrics-text'
export type OpenMetricsVersion = '1.0.0'
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`
export type PrometheusContentType = `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType

export type Collector = () => void
export type Metric<T extends string = string> = Counter<T> | Gauge<T> | Summary<T> | Histogram<T>
/** How the values of several processes become one. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average'
/** prom-client declares an enum that is not there at run time; what is there are these texts. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'

export type CollectFunction<T> = (this: T) => void | Promise<void>

export interface MetricObject {
  name: string
  help: string
  type: MetricType
  aggregator: Aggregator
  // As in prom-client, so that the function of any metric fits.
  // oxlint-disable-next-line typescript/no-explicit-any
  collect: CollectFunction<any>
}

export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject {
  values: T[]
}

export type MetricValue<T extends string> = { value: number; labels: LabelValues<T> }
export type MetricValueWithName<T extends string> = MetricValue<T> & { metricName?: string }
export type LabelValues<T extends string> = Partial<Record<T, string | number>>

export interface MetricConfiguration<T extends string> {
  name: string
  help: string
  labelNames?: T[] | readonly T[] | undefined
  /** Default: the global one. An empty list is none. */
  registers?: (Registry | Registry<OpenMetricsContentType>)[] | undefined
  aggregator?: Aggregator | undefined
  // oxlint-disable-next-line typescript/no-explicit-any
  collect?: CollectFunction<any> | undefined
  enableExemplars?: boolean | undefined
}

export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Counter<T>> | undefined
}

export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Gauge<T>> | undefined
}

export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  buckets?: number[] | undefined
  collect?: CollectFunction<Histogram<T>> | undefined
}

export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /** From 0 to 1. */
  percentiles?: number[] | undefined
  maxAgeSeconds?: number | undefined
  ageBuckets?: number | undefined
  /** Whether a series whose window is empty is removed by the scrape that finds it so. */
  pruneAgedBuckets?: boolean | undefined
  /** Accepted, and of no effect: our quantiles are compressed all the time. */
  compressCount?: number | undefined
  collect?: CollectFunction<Summary<T>> | undefined
}

export interface IncreaseDataWithExemplar<T extends string> {
  value?: number | undefined
  labels?: LabelValues<T> | undefined
  exemplarLabels?: LabelValues<T> | undefined
}

export interface ObserveDataWithExemplar<T extends string> {
  value: number
  labels?: LabelValues<T> | undefined
  exemplarLabels?: LabelValues<T> | undefined
}

export interface DefaultMetricsCollectorConfiguration<T extends RegistryContentType> {
  register?: Registry<T> | undefined
  prefix?: string | undefined
  gcDurationBuckets?: number[] | undefined
  eventLoopMonitoringPrecision?: number | undefined
  labels?: object | undefined
  /** Not in prom-client's types, but read by it. */
  enableExemplars?: boolean | undefined
}

export interface Counter<T extends string = string> {
  inc(labels: LabelValues<T>, value?: number): void
  inc(value?: number): void
  /** With `enableExemplars` only. */
  inc(data: IncreaseDataWithExemplar<T>): void
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>
  labels(...values: string[]): Counter.Internal
  labels(labels: LabelValues<T>): Counter.Internal
  reset(): void
  remove(...values: string[]): void
  remove(labels: LabelValues<T>): void
}

export declare namespace Counter {
  interface Internal {
    inc(value?: number): void
  }
}

export interface CounterConstructor {
  new <T extends string = string>(configuration: CounterConfiguration<T>): Counter<T>
}

export interface Gauge<T extends string = string> {
  inc(labels: LabelValues<T>, value?: number): void
  inc(value?: number): void
  dec(labels: LabelValues<T>, value?: number): void
  dec(value?: number): void
  set(labels: LabelValues<T>, value: number): void
  set(value: number): void
  get(): Promise<MetricObjectWithValues<MetricValue<T>>>
  /** Unix seconds. */
  setToCurrentTime(labels?: LabelValues<T>): void
  /** The function it returns sets the seconds since now and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number
  labels(...values: string[]): Gauge.Internal<T>
  labels(labels: LabelValues<T>): Gauge.Internal<T>
  reset(): void
  remove(...values: string[]): void
  remove(labels: LabelValues<T>): void
}

export declare namespace Gauge {
  interface Internal<T extends string> {
    inc(value?: number): void
    dec(value?: number): void
    set(value: number): void
    setToCurrentTime(): void
    startTimer(): (labels?: LabelValues<T>) => number
  }
}

export interface GaugeConstructor {
  new <T extends string = string>(configuration: GaugeConfiguration<T>): Gauge<T>
}

export interface Histogram<T extends string = string> {
  observe(value: number): void
  observe(labels: LabelValues<T>, value: number): void
  /** With `enableExemplars` only. */
  observe(data: ObserveDataWithExemplar<T>): void
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>
  /** The function it returns observes the seconds since now and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number
  startTimer(labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<T>) => number
  reset(): void
  /** Makes the series, or sets it back to zero. */
  zero(labels: LabelValues<T>): void
  labels(...values: string[]): Histogram.Internal<T>
  labels(labels: LabelValues<T>): Histogram.Internal<T>
  remove(...values: string[]): void
  remove(labels: LabelValues<T>): void
}

export declare namespace Histogram {
  interface Internal<T extends string> {
    observe(value: number): void
    startTimer(): (labels?: LabelValues<T>) => void
  }

  interface Config {
    buckets?: number[]
  }
}

export interface HistogramConstructor {
  new <T extends string = string>(configuration: HistogramConfiguration<T>): Histogram<T>
}

export interface Summary<T extends string = string> {
  observe(value: number): void
  observe(labels: LabelValues<T>, value: number): void
  get(): Promise<MetricObjectWithValues<MetricValueWithName<T>>>
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number
  reset(): void
  labels(...values: string[]): Summary.Internal<T>
  labels(labels: LabelValues<T>): Summary.Internal<T>
  remove(...values: string[]): void
  remove(labels: LabelValues<T>): void
}

export declare namespace Summary {
  interface Internal<T extends string> {
    observe(value: number): void
    startTimer(): (labels?: LabelValues<T>) => number
  }

  interface Config {
    percentiles?: number[]
  }
}

export interface SummaryConstructor {
  new <T extends string = string>(configuration: SummaryConfiguration<T>): Summary<T>
}

export interface Registry<B extends RegistryContentType = PrometheusContentType> {
  /** The whole exposition. A `collect` that fails costs its own metric. */
  metrics(): Promise<string>
  /** Takes out all metrics, and the default labels. */
  clear(): void
  resetMetrics(): void
  registerMetric<T extends string>(metric: Metric<T>): void
  getMetricsAsJSON(): Promise<MetricObjectWithValues<MetricValue<string>>[]>
  getMetricsAsArray(): MetricObject[]
  removeSingleMetric(name: string): void
  getSingleMetric<T extends string>(name: string): Metric<T> | undefined
  /** Shown with every series of this registry that has no label of that name. */
  setDefaultLabels(labels: object): void
  getSingleMetricAsString(name: string): Promise<string>
  readonly contentType: B
  setContentType(contentType: B): void
}

export interface RegistryConstructor {
  new <B extends RegistryContentType = PrometheusContentType>(contentType?: B): Registry<B>
  merge(registers: Registry[]): Registry
  PROMETHEUS_CONTENT_TYPE: PrometheusContentType
  OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType
  /** The one that metrics are in unless they say otherwise. */
  globalRegistry: Registry
}

export interface AggregatorRegistry<T extends RegistryContentType> extends Registry<T> {
  /** The metrics of all workers as one exposition; asked in the primary process of a cluster. */
  clusterMetrics(): Promise<string>
}

export interface AggregatorRegistryConstructor extends Omit<RegistryConstructor, 'new'> {
  new <T extends RegistryContentType>(contentType?: T): AggregatorRegistry<T>
  /** @param metricsArr What `getMetricsAsJSON` of each registry answered. */
  aggregate<T extends RegistryContentType>(metricsArr: object[], contentType?: T): Registry<T>
  setRegistries(regs: (Registry | Registry<OpenMetricsContentType>)[] | Registry | Registry<OpenMetricsContentType>): void
}

export interface Pushgateway<T extends RegistryContentType> {
  readonly registry: Registry<T>
  /** Adds to what the gateway has, by name (POST). */
  pushAdd(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }>
  /** Replaces what the gateway has of this job and grouping (PUT). */
  push(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }>
  delete(params: Pushgateway.Parameters): Promise<{ resp?: unknown; body?: unknown }>
}

export declare namespace Pushgateway {
  interface Parameters {
    jobName: string
    /** Labels of the pushed group. */
    groupings?: { [key: string]: string }
  }
}

export interface PushgatewayConstructor {
  /** @param options Of `http.request`, and `requireJobName`. */
  // oxlint-disable-next-line typescript/no-explicit-any
  new <T extends RegistryContentType>(url: string, options?: any, registry?: Registry<T>): Pushgateway<T>
}

export interface CollectDefaultMetrics {
  <T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T>): void
  /** Names of the groups there are. */
  metricsList: string[]
}
