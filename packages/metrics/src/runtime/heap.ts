/** What V8 says of its memory. */
import { getHeapSpaceStatistics } from 'node:v8'
import type { RuntimeScope } from './scope.ts'

export function observeHeap(scope: RuntimeScope): void {
  scope.gauge({
    name: 'nodejs_heap_size_total_bytes',
    help: 'Process heap size from Node.js in bytes.',
    // One reading feeds all three: asking V8 is the dear part.
    collect: (total) => {
      const memory = process.memoryUsage()
      total.set(memory.heapTotal)
      used.set(memory.heapUsed)
      external.set(memory.external)
    },
  })
  const used = scope.gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Process heap size used from Node.js in bytes.' })
  const external = scope.gauge({ name: 'nodejs_external_memory_bytes', help: 'Node.js external memory size in bytes.' })

  const labelNames = ['space'] as const
  scope.gauge({
    name: 'nodejs_heap_space_size_total_bytes',
    help: 'Process heap space size total from Node.js in bytes.',
    labelNames,
    collect: (totalSize) => {
      for (const statistics of getHeapSpaceStatistics()) {
        const labels = { space: statistics.space_name.replace(/_space$/, '') }
        totalSize.set(labels, statistics.space_size)
        usedSize.set(labels, statistics.space_used_size)
        availableSize.set(labels, statistics.space_available_size)
      }
    },
  })
  const usedSize = scope.gauge({
    name: 'nodejs_heap_space_size_used_bytes',
    help: 'Process heap space size used from Node.js in bytes.',
    labelNames,
  })
  const availableSize = scope.gauge({
    name: 'nodejs_heap_space_size_available_bytes',
    help: 'Process heap space size available from Node.js in bytes.',
    labelNames,
  })
}
