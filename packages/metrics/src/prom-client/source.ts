/** What a registry finds in a metric of this library and in no other: its series, to be rendered without a detour over plain data. */
import type { MetricSeries } from './metric-series.ts'
import type { MetricViews } from './views.ts'

export interface MetricSource {
  readonly series: MetricSeries
  readonly views: MetricViews
  /** The `get` and `getForPromString` of the class; a metric that has others wants them to be asked. */
  readonly get: unknown
  readonly getForPromString: unknown
  /** Calls `collect` and brings the series up to date. @throws what `collect` throws */
  prepare(): Promise<void> | undefined
}

const sources = new WeakMap<object, MetricSource>()

export function setSource(metric: object, source: MetricSource): void {
  sources.set(metric, source)
}

/** Undefined for whatever is not a metric of this library, or answers otherwise than its class. */
export function sourceOf(metric: object): MetricSource | undefined {
  const source = sources.get(metric)
  if (source === undefined) return undefined
  const { get, getForPromString } = metric as { get?: unknown; getForPromString?: unknown }
  return get === source.get && getForPromString === source.getForPromString ? source : undefined
}

export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
