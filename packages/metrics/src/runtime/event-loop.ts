/** How late the event loop runs: its own delay at the moment of the scrape, and the delays since the scrape before. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Gauge } from '../instruments/gauge.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

export interface EventLoopOptions {
  /** Milliseconds between two looks. */
  readonly resolution: number
  /** Milliseconds. */
  readonly now: () => number
  /** Default: Node's own, whose timer does not keep the process alive. */
  readonly monitor?: Pick<IntervalHistogram, 'enable' | 'disable' | 'reset' | 'count' | 'min' | 'max' | 'mean' | 'stddev' | 'percentile'>
}

const NANOSECONDS = 1e9
const LAGS = ['', '_min', '_max', '_mean', '_stddev', '_p50', '_p90', '_p99'].map((kind) => `nodejs_eventloop_lag${kind}_seconds`)

export function observeEventLoop(scope: RuntimeScope, { resolution, now, monitor: given }: EventLoopOptions): void {
  if (!scope.wants(LAGS)) return
  const monitor = given ?? monitorEventLoopDelay({ resolution })
  const delays: [gauge: Gauge, read: () => number][] = []
  const collect = shareReading(async () => {
    // Without a sample the monitor answers with the limits of its range; the last reading is the better answer.
    if (monitor.count > 0) for (const [delay, read] of delays) delay.set(read() / NANOSECONDS)
    monitor.reset()
    const asked = now()
    // From node:timers, so that faked global timers in a program's tests cannot hang its scrape.
    await setImmediate()
    lag.set((now() - asked) / 1000)
  })
  const lag = scope.gauge({ name: 'nodejs_eventloop_lag_seconds', help: 'Lag of event loop in seconds.', collect })
  const add = (name: string, help: string, read: () => number): void => {
    delays.push([scope.gauge({ name: `nodejs_eventloop_lag_${name}_seconds`, help, collect }), read])
  }
  add('min', 'The minimum recorded event loop delay.', () => monitor.min)
  add('max', 'The maximum recorded event loop delay.', () => monitor.max)
  add('mean', 'The mean of the recorded event loop delays.', () => monitor.mean)
  add('stddev', 'The standard deviation of the recorded event loop delays.', () => monitor.stddev)
  add('p50', 'The 50th percentile of the recorded event loop delays.', () => monitor.percentile(50))
  add('p90', 'The 90th percentile of the recorded event loop delays.', () => monitor.percentile(90))
  add('p99', 'The 99th percentile of the recorded event loop delays.', () => monitor.percentile(99))
  monitor.enable()
  scope.onStop(() => void monitor.disable())
}
