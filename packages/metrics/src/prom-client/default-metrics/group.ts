/** What every group of default metrics is given. */
import type { Registry } from '../registry.ts'
import type { AnyLabels } from '../validation.ts'

export interface DefaultMetricsConfig {
  readonly register?: Registry
  /** Put before every name. */
  readonly prefix?: string
  /** Of every series, after its own. */
  readonly labels?: AnyLabels
  /** Seconds. */
  readonly gcDurationBuckets?: readonly number[]
  /** Milliseconds between two looks at the event loop. */
  readonly eventLoopMonitoringPrecision?: number
  /** For the processor time, which then carries the trace of the scrape. */
  readonly enableExemplars?: boolean
}

/** Registers its metrics; `metricNames` are their names without prefix. */
export interface DefaultMetricsGroup {
  (registry?: Registry, config?: DefaultMetricsConfig): void
  readonly metricNames: readonly string[]
}

/** How a group declares its metrics, but for the name without prefix and the help. */
export interface GroupScope {
  readonly prefix: string
  readonly labels: AnyLabels
  readonly labelNames: readonly string[]
  /** Undefined for the global registry. */
  readonly registers: readonly Registry[] | undefined
  readonly config: DefaultMetricsConfig
}

export function defineGroup(metricNames: readonly string[], register: (scope: GroupScope) => void): DefaultMetricsGroup {
  const group = (registry?: Registry, config: DefaultMetricsConfig = {}): void => {
    const labels = config.labels || {}
    register({
      prefix: config.prefix || '',
      labels,
      labelNames: Object.keys(labels),
      registers: registry ? [registry] : undefined,
      config,
    })
  }
  return Object.assign(group, { metricNames })
}
