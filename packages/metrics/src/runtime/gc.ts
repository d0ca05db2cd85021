/** How long garbage collection holds the program up. */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import type { Histogram } from '../instruments/histogram.ts'
import type { RuntimeScope } from './scope.ts'

/** Of the observer, by the names that the label has. */
export const KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

const NAME = 'nodejs_gc_duration_seconds'

/** An entry of the observer; the types of Node 20 leave `detail` out. */
export interface Collection {
  /** Seconds are asked of us, these are milliseconds. */
  readonly duration: number
  readonly detail?: unknown
}

export function observeGarbageCollection(scope: RuntimeScope, buckets: readonly number[]): void {
  if (!scope.wants([NAME])) return
  const histogram = scope.histogram({
    name: NAME,
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    buckets,
  })
  const observer = new PerformanceObserver((list) => recordCollections(histogram, list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  scope.onStop(() => observer.disconnect())
}

/** Node hands over several collections at once when the loop was busy: each counts. */
export function recordCollections(histogram: Histogram<'kind'>, entries: readonly Collection[]): void {
  for (const { detail, duration } of entries) {
    const kind = KINDS.get((detail as { kind?: unknown } | undefined)?.kind)
    if (kind !== undefined) histogram.observe({ kind }, duration / 1000)
  }
}
