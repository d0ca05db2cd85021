/** How late the event loop runs. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DELAYS, LAG, readDelays } from '../../runtime/delays.ts'
import { HELP } from '../../runtime/help.ts'
import { startClock } from '../elapsed.ts'
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

export const eventLoopLag: DefaultMetricsGroup = defineGroup(
  [LAG, ...DELAYS.map(({ name }) => name)],
  ({ prefix, labels, labelNames, registers, config }) => {
    const monitor = monitorEventLoopDelay({ resolution: config.eventLoopMonitoringPrecision ?? 10 })
    monitor.enable()
    const collect = (): void => {
      const elapsed = startClock()
      // Told at the next scrape: this one does not wait, which it would for ever under faked timers.
      setImmediate(() => lag.set(labels, elapsed()))
      readDelays(monitor, (seconds, at) => gauges[at]?.set(labels, seconds))
    }
    const common = { registers, labelNames }
    const lag = new Gauge({ name: prefix + LAG, help: HELP[LAG], aggregator: 'average', collect, ...common })
    const gauges = DELAYS.map(
      ({ name, aggregation }) => new Gauge({ name: prefix + name, help: HELP[name], aggregator: aggregation, ...common }),
    )
  },
)
