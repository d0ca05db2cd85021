/** Process and Node.js metrics under the names of prom-client, so that its dashboards and alerts go on working. */
import type { Registry } from '../registry.ts'
import { observeEventLoop } from './event-loop.ts'
import { observeGarbageCollection } from './gc.ts'
import { observeHeap } from './heap.ts'
import { observeProcess } from './process.ts'
import { observeResources } from './resources.ts'
import { RuntimeScope } from './scope.ts'

export interface DefaultMetricsOptions {
  /** Put before every name. */
  readonly prefix?: string
  readonly gcDurationBuckets?: readonly number[]
  readonly eventLoopResolutionMilliseconds?: number
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number
}

export const DEFAULTS: Required<DefaultMetricsOptions> = {
  /** As in prom-client. */
  prefix: '',
  /** Seconds. */
  gcDurationBuckets: [0.001, 0.01, 0.1, 1, 2, 5],
  /** Milliseconds between two looks at the event loop. */
  eventLoopResolutionMilliseconds: 10,
  now: () => performance.now(),
}

export interface DefaultMetrics {
  /** Ends all observation and takes the metrics out of the registry. */
  stop(): void
}

/**
 * Registers the metrics this platform can tell: what is read from /proc is absent elsewhere. Nothing here keeps the process alive.
 * @throws {TypeError} when one of the names is taken; nothing is registered then.
 */
export function collectDefaultMetrics(registry: Registry, options: DefaultMetricsOptions = {}): DefaultMetrics {
  const {
    prefix = DEFAULTS.prefix,
    gcDurationBuckets = DEFAULTS.gcDurationBuckets,
    eventLoopResolutionMilliseconds = DEFAULTS.eventLoopResolutionMilliseconds,
    now = DEFAULTS.now,
  } = options
  const scope = new RuntimeScope(registry, prefix)
  try {
    observeProcess(scope)
    // Before the event loop, whose look at itself is an active resource while it lasts.
    observeResources(scope)
    observeEventLoop(scope, { resolution: eventLoopResolutionMilliseconds, now })
    observeHeap(scope)
    observeGarbageCollection(scope, gcDurationBuckets)
  } catch (error) {
    scope.stop()
    throw error
  }
  return { stop: () => scope.stop() }
}
