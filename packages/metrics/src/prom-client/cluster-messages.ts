/** What the processes of a cluster tell each other: prom-client's own messages, so that both libraries may be in one cluster. */
import type { Cluster } from 'node:cluster'
import type { MetricData } from './sample.ts'

export const REQUEST = 'prom-client:getMetricsReq'
export const RESPONSE = 'prom-client:getMetricsRes'

export interface MetricsRequest {
  readonly type: typeof REQUEST
  readonly requestId: number
}

export interface MetricsResponse {
  readonly type: typeof RESPONSE
  readonly requestId: number
  /** One list for each registry of the worker. */
  readonly metrics?: readonly (readonly MetricData[])[]
  readonly error?: string
}

/** Loaded when it is needed: some application servers replace the module and fail when it is touched. */
export function loadCluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster
}

/** Other libraries send messages too. */
export function isResponse(message: unknown): message is MetricsResponse {
  return hasType(message, RESPONSE)
}

export function isRequest(message: unknown): message is MetricsRequest {
  return hasType(message, REQUEST)
}

function hasType(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type
}
