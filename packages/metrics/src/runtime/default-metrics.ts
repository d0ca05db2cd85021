/** Process and Node.js metrics under the names of prom-client, so that its dashboards and alerts go on working. */
import { checkKeys, checkRegistry } from '../known-keys.ts'
import { quote } from '../names.ts'
import type { Registry } from '../registry.ts'
import { observeEventLoop } from './event-loop.ts'
import { GC_BUCKETS, observeGarbageCollection } from './gc.ts'
import { observeHeap } from './heap.ts'
import { DEFAULT_METRIC_NAMES, type DefaultMetricName } from './names.ts'
import { observeProcess } from './process.ts'
import { observeResources } from './resources.ts'
import { RuntimeScope } from './scope.ts'
import { observeUtilization } from './utilization.ts'

export interface DefaultMetricsOptions {
  /** Put before every name. */
  readonly prefix?: string
  /** Names, without the prefix, of those to show: `only` them, or all `except` them. Default: all. */
  readonly only?: readonly DefaultMetricName[]
  readonly except?: readonly DefaultMetricName[]
  readonly gcDurationBuckets?: readonly number[]
  readonly eventLoopResolutionMilliseconds?: number
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number
}

export const DEFAULTS: Required<Omit<DefaultMetricsOptions, 'only' | 'except'>> = {
  /** As in prom-client. */
  prefix: '',
  gcDurationBuckets: GC_BUCKETS,
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
 * @throws {TypeError} when one of the names is taken, or chosen and not known; nothing is registered then.
 */
export function collectDefaultMetrics(registry: Registry, options: DefaultMetricsOptions = {}): DefaultMetrics {
  checkRegistry('collectDefaultMetrics', registry)
  checkKeys('collectDefaultMetrics', options, ['prefix', 'only', 'except', 'gcDurationBuckets', 'eventLoopResolutionMilliseconds', 'now'])
  const {
    prefix = DEFAULTS.prefix,
    gcDurationBuckets = DEFAULTS.gcDurationBuckets,
    eventLoopResolutionMilliseconds = DEFAULTS.eventLoopResolutionMilliseconds,
    now = DEFAULTS.now,
  } = options
  const only = checkNames('only', options.only ?? DEFAULT_METRIC_NAMES)
  const except = checkNames('except', options.except ?? [])
  const scope = new RuntimeScope(registry, prefix, (name) => only.has(name) && !except.has(name))
  try {
    observeProcess(scope)
    // Before the event loop, whose look at itself is an active resource while it lasts.
    observeResources(scope)
    observeEventLoop(scope, { resolution: eventLoopResolutionMilliseconds, now })
    observeUtilization(scope)
    observeHeap(scope)
    observeGarbageCollection(scope, gcDurationBuckets)
  } catch (error) {
    scope.stop()
    throw error
  }
  return { stop: () => scope.stop() }
}

function checkNames(option: string, names: readonly string[]): ReadonlySet<string> {
  const known: readonly string[] = DEFAULT_METRIC_NAMES
  const unknown = names.find((name) => !known.includes(name))
  if (unknown === undefined) return new Set(names)
  throw new TypeError(
    `${option} has ${quote(unknown)}, which is no default metric. Write names of DEFAULT_METRIC_NAMES, without the prefix.`,
  )
}
