/** A metric reader that waits to be asked, as the SDK of OpenTelemetry wants one. */
import { type OpenTelemetryCollection, type OpenTelemetryReaderLike, TEMPORALITY } from './opentelemetry-model.ts'

export interface OpenTelemetryReaderOptions {
  /** Series that each instrument may have; the SDK puts the rest into one with the attribute `otel.metric.overflow`. Default: 2000. */
  readonly maxSeries?: number
}

/** The SDK's own count, by its specification ("Cardinality limits"). */
const MAX_SERIES = 2000
/** `AggregationType.DEFAULT` of the SDK: what each instrument does by itself. */
const DEFAULT_AGGREGATION = { type: 0 } as const

/** As the SDK's `IMetricReader`. */
export interface OpenTelemetryReader extends OpenTelemetryReaderLike {
  /** @throws {Error} when it already has one: a reader belongs to one provider. */
  setMetricProducer(producer: OpenTelemetryProducer): void
  selectAggregation(): typeof DEFAULT_AGGREGATION
  selectAggregationTemporality(): typeof TEMPORALITY.cumulative
  selectCardinalityLimit(): number
  /** Rejects without a provider, and after `shutdown`. The type is that of the SDK, which knows what it collected. */
  collect<T extends OpenTelemetryCollection = OpenTelemetryCollection>(options?: CollectOptions): Promise<T>
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

export interface OpenTelemetryProducer {
  collect(options?: CollectOptions): Promise<OpenTelemetryCollection>
}

export interface CollectOptions {
  /** How long callbacks of observable instruments may take, as far as the SDK limits it. */
  readonly timeoutMillis?: number
}

/** For `new MeterProvider({ readers: [reader] })` of @opentelemetry/sdk-metrics 2; then `registry.include(fromOpenTelemetry(reader))`. */
export function createOpenTelemetryReader({ maxSeries = MAX_SERIES }: OpenTelemetryReaderOptions = {}): OpenTelemetryReader {
  let producer: OpenTelemetryProducer | undefined
  let isShutDown = false
  return {
    setMetricProducer(given) {
      if (producer !== undefined) throw new Error('The reader has a MeterProvider already. Create one reader for each provider.')
      producer = given
    },
    selectAggregation: () => DEFAULT_AGGREGATION,
    selectAggregationTemporality: () => TEMPORALITY.cumulative,
    selectCardinalityLimit: () => maxSeries,
    async collect<T extends OpenTelemetryCollection>(options?: CollectOptions) {
      if (producer === undefined) {
        throw new Error('The reader has no MeterProvider. Pass it as new MeterProvider({ readers: [reader] }).')
      }
      if (isShutDown) throw new Error('The MeterProvider of the reader is shut down. Call the function that include() returned.')
      return (await producer.collect(options)) as T
    },
    forceFlush: () => Promise.resolve(),
    shutdown() {
      isShutDown = true
      return Promise.resolve()
    },
  }
}
