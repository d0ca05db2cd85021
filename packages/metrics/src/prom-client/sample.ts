/** One value of a metric as plain data: what `get()` answers, and what a registry can show of a metric that is not ours. */

export interface Sample {
  value: number
  labels: Record<string, unknown>
  /** Where it is not that of the metric. */
  metricName?: string
  /** Labels that come after all others: prom-client's form of a histogram on its way to text. */
  sharedLabels?: Readonly<Record<string, unknown>>
  exemplar?: { readonly labelSet: Readonly<Record<string, unknown>>; readonly value: number; readonly timestamp: number } | null | undefined
}

export interface MetricData {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values?: Sample[]
  readonly aggregator?: string
}

/** Whatever has been registered: one of our metrics, one of another library, or an object with the same methods. */
export interface MetricLike {
  readonly name: string
  readonly help?: unknown
  readonly type?: unknown
  readonly get: () => MetricData | Promise<MetricData>
  readonly getForPromString?: () => MetricData | Promise<MetricData>
  readonly reset: () => void
}
