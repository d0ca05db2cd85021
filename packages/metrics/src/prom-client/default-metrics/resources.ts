/** What keeps the event loop alive, by type: resources as Node.js counts them, and libuv's handles and requests under the older names. */
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

/** The last two are private in Node.js and missing elsewhere, hence looked up and not called outright. */
type ListName = 'getActiveResourcesInfo' | '_getActiveHandles' | '_getActiveRequests'

function defineResources(name: string, list: ListName, help: string, totalHelp: string): DefaultMetricsGroup {
  const total = `${name}_total`
  return defineGroup([name, total], ({ prefix, labels, labelNames, registers }) => {
    if (typeof Reflect.get(process, list) !== 'function') return
    const byType = new Gauge({
      name: prefix + name,
      help,
      labelNames: ['type', ...labelNames],
      registers,
      collect: () => {
        byType.reset()
        for (const [type, count] of countTypes(read(list))) byType.set({ type, ...labels }, count)
      },
    })
    const sum = new Gauge({
      name: prefix + total,
      help: totalHelp,
      registers,
      labelNames,
      collect: () => sum.set(labels, read(list).length),
    })
  })
}

export const processResources: DefaultMetricsGroup = defineResources(
  'nodejs_active_resources',
  'getActiveResourcesInfo',
  'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
  'Total number of active resources.',
)

export const processHandles: DefaultMetricsGroup = defineResources(
  'nodejs_active_handles',
  '_getActiveHandles',
  'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
  'Total number of active handles.',
)

export const processRequests: DefaultMetricsGroup = defineResources(
  'nodejs_active_requests',
  '_getActiveRequests',
  'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
  'Total number of active requests.',
)

function read(list: ListName): readonly unknown[] {
  return (Reflect.get(process, list) as () => readonly unknown[]).call(process)
}

/** Resources are told by name, handles and requests as objects of a class. */
function countTypes(resources: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const resource of resources) {
    const type = typeof resource === 'string' ? resource : (Object(resource).constructor?.name as string | undefined)
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return counts
}
