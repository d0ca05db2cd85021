/** What V8 says of its memory. */
import { getHeapSpaceStatistics } from 'node:v8'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

export function observeHeap(scope: RuntimeScope): void {
  observeSizes(scope)
  observeSpaces(scope)
}

function observeSizes(scope: RuntimeScope): void {
  // Asking V8 is the dear part, so it is asked once.
  const collect = shareReading(() => {
    const memory = process.memoryUsage()
    total.set(memory.heapTotal)
    used.set(memory.heapUsed)
    external.set(memory.external)
  })
  const total = scope.gauge({ name: 'nodejs_heap_size_total_bytes', help: 'Process heap size from Node.js in bytes.', collect })
  const used = scope.gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Process heap size used from Node.js in bytes.', collect })
  const external = scope.gauge({ name: 'nodejs_external_memory_bytes', help: 'Node.js external memory size in bytes.', collect })
}

function observeSpaces(scope: RuntimeScope): void {
  const labelNames = ['space'] as const
  const collect = shareReading(() => {
    for (const statistics of getHeapSpaceStatistics()) {
      const labels = { space: statistics.space_name.replace(/_space$/, '') }
      total.set(labels, statistics.space_size)
      used.set(labels, statistics.space_used_size)
      available.set(labels, statistics.space_available_size)
    }
  })
  const total = scope.gauge({
    name: 'nodejs_heap_space_size_total_bytes',
    help: 'Process heap space size total from Node.js in bytes.',
    labelNames,
    collect,
  })
  const used = scope.gauge({
    name: 'nodejs_heap_space_size_used_bytes',
    help: 'Process heap space size used from Node.js in bytes.',
    labelNames,
    collect,
  })
  const available = scope.gauge({
    name: 'nodejs_heap_space_size_available_bytes',
    help: 'Process heap space size available from Node.js in bytes.',
    labelNames,
    collect,
  })
}
