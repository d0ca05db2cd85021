/** What keeps the event loop alive, by type. Unlike ours, a type that is gone has no series. */
import { HELP } from '../../runtime/help.ts'
import { listTypes, RESOURCES, type ResourceList } from '../../runtime/resources.ts'
import { Gauge } from '../gauge.ts'
import { type DefaultMetricsGroup, defineGroup } from './group.ts'

function defineResources(resources: ResourceList): DefaultMetricsGroup {
  const { name } = resources
  const total = `${name}_total` as const
  return defineGroup([name, total], ({ prefix, labels, labelNames, registers }) => {
    const list = listTypes(resources)
    if (list === undefined) return
    const byType = new Gauge({
      name: prefix + name,
      help: HELP[name],
      labelNames: ['type', ...labelNames],
      registers,
      collect: () => {
        byType.reset()
        for (const type of list()) if (type !== undefined) byType.inc({ type, ...labels })
      },
    })
    const sum = new Gauge({
      name: prefix + total,
      help: HELP[total],
      registers,
      labelNames,
      collect: () => sum.set(labels, list().length),
    })
  })
}

export const processResources: DefaultMetricsGroup = defineResources(RESOURCES.resources)
export const processHandles: DefaultMetricsGroup = defineResources(RESOURCES.handles)
export const processRequests: DefaultMetricsGroup = defineResources(RESOURCES.requests)
