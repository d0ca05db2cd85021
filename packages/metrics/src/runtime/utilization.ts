/** How busy the event loop is: the time it worked and the time it waited, which is what tells an overloaded process from an idle one. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { HELP } from './help.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

/** @param read Milliseconds since the process began. Default: Node's own. */
export function observeUtilization(scope: RuntimeScope, read: () => EventLoopUtilization = () => performance.eventLoopUtilization()): void {
  let seen = { active: 0, idle: 0 }
  const collect = shareReading(() => {
    const { active, idle } = read()
    const worked = Math.max(0, active - seen.active)
    const waited = Math.max(0, idle - seen.idle)
    seen = { active, idle }
    time.inc({ state: 'active' }, worked / 1000)
    time.inc({ state: 'idle' }, waited / 1000)
    if (worked + waited > 0) utilization.set(worked / (worked + waited))
  })
  const time = scope.counter({
    name: 'nodejs_eventloop_time_seconds_total',
    help: HELP.nodejs_eventloop_time_seconds_total,
    labelNames: ['state'],
    collect,
  })
  const utilization = scope.gauge({
    name: 'nodejs_eventloop_utilization',
    help: HELP.nodejs_eventloop_utilization,
    collect,
  })
}
