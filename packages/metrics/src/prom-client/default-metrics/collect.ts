/** `collectDefaultMetrics`: all groups at once, in the order that prom-client shows them in. */
import { isObject } from '../validation.ts'
import { eventLoopLag } from './event-loop.ts'
import type { DefaultMetricsConfig, DefaultMetricsGroup } from './group.ts'
import { gc, heapSizeAndUsed, heapSpacesSizeAndUsed } from './heap.ts'
import {
  osMemoryHeap,
  processCpuTotal,
  processMaxFileDescriptors,
  processOpenFileDescriptors,
  processStartTime,
  version,
} from './process.ts'
import { processHandles, processRequests, processResources } from './resources.ts'

export const GROUPS: Readonly<Record<string, DefaultMetricsGroup>> = {
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  processResources,
  processHandles,
  processRequests,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
  gc,
}

/** @throws {TypeError} when the configuration is no object. @throws {Error} when a name is taken. */
function collect(config?: DefaultMetricsConfig | null): void {
  if (config !== null && config !== undefined && !isObject(config)) {
    throw new TypeError('config must be null, undefined, or an object')
  }
  const complete = { eventLoopMonitoringPrecision: 10, ...config }
  for (const group of Object.values(GROUPS)) group(complete.register, complete)
}

export const collectDefaultMetrics: typeof collect & { readonly metricsList: readonly string[] } = Object.assign(collect, {
  metricsList: Object.keys(GROUPS),
})
