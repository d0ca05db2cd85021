/** What keeps the event loop alive, by type: resources as Node counts them, and libuv's handles and requests under the older names. */
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

interface Source {
  readonly name: string
  readonly byType: string
  readonly total: string
  /** One type name per resource; undefined where this runtime cannot tell. */
  readonly list: (() => readonly string[]) | undefined
}

/** The two that are private in Node.js and missing elsewhere, hence looked up and not called outright. */
type PrivateList = '_getActiveHandles' | '_getActiveRequests'

export function observeResources(scope: RuntimeScope, from: object = process): void {
  const sources: readonly Source[] = [
    {
      name: 'nodejs_active_resources',
      byType: 'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
      total: 'Total number of active resources.',
      list: lister(from, 'getActiveResourcesInfo') as Source['list'],
    },
    {
      name: 'nodejs_active_handles',
      byType: 'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
      total: 'Total number of active handles.',
      list: classNames(from, '_getActiveHandles'),
    },
    {
      name: 'nodejs_active_requests',
      byType: 'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
      total: 'Total number of active requests.',
      list: classNames(from, '_getActiveRequests'),
    },
  ]
  for (const { name, byType, total, list } of sources) {
    if (list === undefined) continue
    const seen = new Set<string>()
    const collect = shareReading(() => {
      const types = list()
      // A type that is gone reads zero: a series that vanishes would leave a gap where the answer is known.
      for (const type of seen) gauge.set({ type }, 0)
      for (const type of types) gauge.inc({ type })
      for (const type of types) seen.add(type)
      sum.set(types.length)
    })
    const gauge = scope.gauge({ name, help: byType, labelNames: ['type'], collect })
    const sum = scope.gauge({ name: `${name}_total`, help: total, collect })
  }
}

function classNames(from: object, name: PrivateList): Source['list'] {
  const list = lister(from, name)
  return list && (() => list().map((item) => Object(item).constructor.name as string))
}

function lister(from: object, name: string): (() => readonly unknown[]) | undefined {
  const found: unknown = Reflect.get(from, name)
  return typeof found === 'function' ? () => found.call(from) as readonly unknown[] : undefined
}
