/** How late the event loop runs: its own delay at the moment of the scrape, and the delays since the scrape before. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { DELAYS, type DelayMonitor, LAG, readDelays } from './delays.ts'
import { HELP } from './help.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

export interface EventLoopOptions {
  /** Milliseconds between two looks. */
  readonly resolution: number
  /** Milliseconds. */
  readonly now: () => number
  /** Default: Node's own, whose timer does not keep the process alive. */
  readonly monitor?: DelayMonitor
}

export function observeEventLoop(scope: RuntimeScope, { resolution, now, monitor: given }: EventLoopOptions): void {
  if (!scope.wants([LAG, ...DELAYS.map(({ name }) => name)])) return
  const monitor = given ?? monitorEventLoopDelay({ resolution })
  const collect = shareReading(async () => {
    readDelays(monitor, (seconds, at) => delays[at]?.set(seconds))
    const asked = now()
    // From node:timers, so that faked global timers in a program's tests cannot hang its scrape.
    await setImmediate()
    lag.set((now() - asked) / 1000)
  })
  const lag = scope.gauge({ name: LAG, help: HELP[LAG], collect })
  const delays = DELAYS.map(({ name }) => scope.gauge({ name, help: HELP[name], collect }))
  monitor.enable()
  scope.onStop(() => void monitor.disable())
}
