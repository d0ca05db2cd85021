/** The shapes of @opentelemetry/sdk-metrics 2, as far as they are read. Nothing of it is imported. */

/** Values of the SDK's enum `AggregationTemporality`. */
export const TEMPORALITY = { delta: 0, cumulative: 1 } as const

/** Values of the SDK's enum `DataPointType`. */
export const POINT = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3 } as const

/** A metric reader of the SDK: whatever can collect. */
export interface OpenTelemetryReaderLike {
  collect(): Promise<OpenTelemetryCollection>
}

export interface OpenTelemetryCollection {
  readonly resourceMetrics: {
    readonly resource: OpenTelemetryResource
    readonly scopeMetrics: readonly OpenTelemetryScopeMetrics[]
  }
  /** What callbacks of observable instruments threw. */
  readonly errors: readonly unknown[]
}

export interface OpenTelemetryResource {
  readonly attributes: Attributes
  readonly asyncAttributesPending?: boolean
  waitForAsyncAttributes?(): Promise<void>
}

export interface OpenTelemetryScopeMetrics {
  readonly scope: OpenTelemetryScope
  readonly metrics: readonly OpenTelemetryMetric[]
}

export interface OpenTelemetryScope {
  readonly name: string
  readonly version?: string
  readonly schemaUrl?: string
}

export interface OpenTelemetryMetric {
  readonly descriptor: { readonly name: string; readonly description: string; readonly unit: string }
  readonly aggregationTemporality: number
  readonly dataPointType: number
  /** Of a sum. */
  readonly isMonotonic?: boolean
  readonly dataPoints: readonly OpenTelemetryPoint[]
}

export interface OpenTelemetryPoint {
  readonly attributes: Attributes
  /** Of a sum or gauge a number, else a histogram. */
  readonly value: unknown
  readonly startTime: readonly [seconds: number, nanoseconds: number]
}

export interface OpenTelemetryHistogram {
  readonly buckets: {
    /** Upper bounds, inclusive, as those of Prometheus are. */
    readonly boundaries: readonly number[]
    /** Of each bucket by itself, one more than boundaries. */
    readonly counts: readonly number[]
  }
  /** Undefined where observations may be negative. */
  readonly sum?: number
}

/** Of the buckets `offset`, `offset + 1` and so on; bucket `i` takes (b^i, b^(i+1)], where b is 2^(2^-scale). */
export interface OpenTelemetryBuckets {
  readonly offset: number
  readonly bucketCounts: readonly number[]
}

export interface OpenTelemetryExponentialHistogram {
  readonly count: number
  /** Undefined where observations may be negative. */
  readonly sum?: number
  /** -10 to 20. */
  readonly scale: number
  readonly zeroCount: number
  readonly positive: OpenTelemetryBuckets
  /** By magnitude. */
  readonly negative: OpenTelemetryBuckets
}

export type Attributes = Readonly<Record<string, string | number | boolean | readonly unknown[] | null | undefined>>
