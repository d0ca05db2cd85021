/** How long garbage collection holds the program up. */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { HELP } from './help.ts'
import type { RuntimeScope } from './scope.ts'

/** Of the observer, by the names that the label has. */
const KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Seconds; prom-client's. */
export const GC_BUCKETS: readonly number[] = [0.001, 0.01, 0.1, 1, 2, 5]

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
    help: HELP[NAME],
    labelNames: ['kind'],
    buckets,
  })
  scope.onStop(watchCollections((kind, seconds) => histogram.observe({ kind }, seconds)))
}

/** Hands over each collection of a kind that is known: Node tells of several at once when the loop was busy. */
export function recordCollections(entries: readonly Collection[], take: (kind: string, seconds: number) => void): void {
  for (const { detail, duration } of entries) {
    const kind = KINDS.get((detail as { kind?: unknown } | undefined)?.kind)
    if (kind !== undefined) take(kind, duration / 1000)
  }
}

/** @returns Ends it. */
export function watchCollections(take: (kind: string, seconds: number) => void): () => void {
  const observer = new PerformanceObserver((list) => recordCollections(list.getEntries(), take))
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
