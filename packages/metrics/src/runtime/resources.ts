/** What keeps the event loop alive, by type: resources as Node counts them, and libuv's handles and requests under the older names. */
import { HELP } from './help.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

export interface ResourceList {
  readonly name: 'nodejs_active_resources' | 'nodejs_active_handles' | 'nodejs_active_requests'
  /** The last two are private in Node.js and missing elsewhere, hence looked up and not called outright. */
  readonly method: 'getActiveResourcesInfo' | '_getActiveHandles' | '_getActiveRequests'
}

export const RESOURCES: Readonly<Record<'resources' | 'handles' | 'requests', ResourceList>> = {
  resources: { name: 'nodejs_active_resources', method: 'getActiveResourcesInfo' },
  handles: { name: 'nodejs_active_handles', method: '_getActiveHandles' },
  requests: { name: 'nodejs_active_requests', method: '_getActiveRequests' },
}

export function observeResources(scope: RuntimeScope, from: object = process): void {
  for (const one of Object.values(RESOURCES)) {
    const list = listTypes(one, from)
    if (list === undefined) continue
    const { name } = one
    const seen = new Set<string>()
    const collect = shareReading(() => {
      const all = list()
      const types = all.filter((type) => type !== undefined)
      // A type that is gone reads zero: a series that vanishes would leave a gap where the answer is known.
      for (const type of seen) gauge.set({ type }, 0)
      for (const type of types) gauge.inc({ type })
      for (const type of types) seen.add(type)
      sum.set(all.length)
    })
    const gauge = scope.gauge({ name, help: HELP[name], labelNames: ['type'], collect })
    const total = `${name}_total` as const
    const sum = scope.gauge({ name: total, help: HELP[total], collect })
  }
}

/**
 * What there is now, one type per resource: those of Node.js are told by it, handles and requests by their class, which an object need not
 * have. Undefined where a runtime cannot tell.
 */
export function listTypes({ method }: ResourceList, from: object = process): (() => (string | undefined)[]) | undefined {
  if (typeof Reflect.get(from, method) !== 'function') return undefined
  // Looked up at each call: programs replace it in their tests.
  return () =>
    (Reflect.get(from, method) as () => readonly unknown[]).call(from).map((item) => (typeof item === 'string' ? item : classOf(item)))
}

function classOf(item: unknown): string | undefined {
  return (Object(item).constructor as { readonly name: string } | undefined)?.name
}
