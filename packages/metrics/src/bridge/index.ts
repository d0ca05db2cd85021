export type { FamilySource, SnapshotFailure } from '../snapshot/included.ts'
export { fromOpenTelemetry, OPEN_TELEMETRY_DEFAULTS, type OpenTelemetryOptions } from './opentelemetry.ts'
export type { OpenTelemetryCollection, OpenTelemetryReaderLike } from './opentelemetry-model.ts'
export {
  type CollectOptions,
  createOpenTelemetryReader,
  type OpenTelemetryProducer,
  type OpenTelemetryReader,
  type OpenTelemetryReaderOptions,
} from './opentelemetry-reader.ts'
export { fromPromClient, type PromClientOptions } from './prom-client.ts'
export type { PromClientLike } from './prom-client-model.ts'
