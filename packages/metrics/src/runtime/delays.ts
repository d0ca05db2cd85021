/** The delays of the event loop that are told of, from the monitor of Node.js. */
import type { IntervalHistogram } from 'node:perf_hooks'
import type { DefaultMetricName } from './names.ts'

export type DelayMonitor = Pick<
  IntervalHistogram,
  'enable' | 'disable' | 'reset' | 'count' | 'min' | 'max' | 'mean' | 'stddev' | 'percentile'
>

export interface Delay {
  readonly name: DefaultMetricName
  /** How those of several processes become one. */
  readonly aggregation: 'min' | 'max' | 'average'
  /** Nanoseconds. */
  readonly read: (monitor: DelayMonitor) => number
}

export const LAG: DefaultMetricName = 'nodejs_eventloop_lag_seconds'

export const DELAYS: readonly Delay[] = [
  { name: 'nodejs_eventloop_lag_min_seconds', aggregation: 'min', read: (monitor) => monitor.min },
  { name: 'nodejs_eventloop_lag_max_seconds', aggregation: 'max', read: (monitor) => monitor.max },
  { name: 'nodejs_eventloop_lag_mean_seconds', aggregation: 'average', read: (monitor) => monitor.mean },
  { name: 'nodejs_eventloop_lag_stddev_seconds', aggregation: 'average', read: (monitor) => monitor.stddev },
  { name: 'nodejs_eventloop_lag_p50_seconds', aggregation: 'average', read: (monitor) => monitor.percentile(50) },
  { name: 'nodejs_eventloop_lag_p90_seconds', aggregation: 'average', read: (monitor) => monitor.percentile(90) },
  { name: 'nodejs_eventloop_lag_p99_seconds', aggregation: 'average', read: (monitor) => monitor.percentile(99) },
]

/**
 * Hands over what was recorded since the call before, in seconds. Without a sample nothing: the monitor would answer with the limits of its
 * range, and the last reading is the better answer.
 */
export function readDelays(monitor: DelayMonitor, take: (seconds: number, at: number) => void): void {
  if (monitor.count > 0) for (const [at, { read }] of DELAYS.entries()) take(read(monitor) / 1e9, at)
  monitor.reset()
}
