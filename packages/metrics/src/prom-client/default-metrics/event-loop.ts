/** How late the event loop runs. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startClock } from '../elapsed.ts'
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

type Monitor = ReturnType<typeof monitorEventLoopDelay>

interface Delay {
  readonly name: string
  readonly help: string
  readonly aggregator: string
  readonly read: (monitor: Monitor) => number
}

const LAG = 'nodejs_eventloop_lag_seconds'
const percentile = (of: number): Delay => ({
  name: `nodejs_eventloop_lag_p${of}_seconds`,
  help: `The ${of}th percentile of the recorded event loop delays.`,
  aggregator: 'average',
  read: (monitor) => monitor.percentile(of),
})

const DELAYS: readonly Delay[] = [
  {
    name: 'nodejs_eventloop_lag_min_seconds',
    help: 'The minimum recorded event loop delay.',
    aggregator: 'min',
    read: (monitor) => monitor.min,
  },
  {
    name: 'nodejs_eventloop_lag_max_seconds',
    help: 'The maximum recorded event loop delay.',
    aggregator: 'max',
    read: (monitor) => monitor.max,
  },
  {
    name: 'nodejs_eventloop_lag_mean_seconds',
    help: 'The mean of the recorded event loop delays.',
    aggregator: 'average',
    read: (monitor) => monitor.mean,
  },
  {
    name: 'nodejs_eventloop_lag_stddev_seconds',
    help: 'The standard deviation of the recorded event loop delays.',
    aggregator: 'average',
    read: (monitor) => monitor.stddev,
  },
  percentile(50),
  percentile(90),
  percentile(99),
]

export const eventLoopLag: DefaultMetricsGroup = defineGroup(
  [LAG, ...DELAYS.map(({ name }) => name)],
  ({ prefix, labels, labelNames, registers, config }) => {
    const monitor = monitorEventLoopDelay({ resolution: config.eventLoopMonitoringPrecision ?? 10 })
    monitor.enable()
    const collect = (): void => {
      const elapsed = startClock()
      // Told at the next scrape: this one does not wait, which it would for ever under faked timers.
      setImmediate(() => lag.set(labels, elapsed()))
      // Without a sample the monitor answers with the limits of its range; the last reading is the better answer.
      if (monitor.count > 0) for (const [at, { read }] of DELAYS.entries()) gauges[at]?.set(labels, read(monitor) / 1e9)
      monitor.reset()
    }
    const common = { registers, labelNames }
    const lag = new Gauge({ name: prefix + LAG, help: 'Lag of event loop in seconds.', aggregator: 'average', collect, ...common })
    const gauges = DELAYS.map(({ name, help, aggregator }) => new Gauge({ name: prefix + name, help, aggregator, ...common }))
  },
)
