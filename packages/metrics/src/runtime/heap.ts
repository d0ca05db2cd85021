/** What V8 says of its memory. */
import { getHeapSpaceStatistics } from 'node:v8'
import { HELP } from './help.ts'
import type { RuntimeScope } from './scope.ts'
import { shareReading } from './shared-reading.ts'

export const HEAP_SIZES = ['nodejs_heap_size_total_bytes', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'] as const

/** Bytes, in the order of {@link HEAP_SIZES}. */
export function readHeap(): readonly number[] {
  const { heapTotal, heapUsed, external } = process.memoryUsage()
  return [heapTotal, heapUsed, external]
}

export const SPACE_SIZES = [
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
] as const

/** Bytes of each space of the heap, in the order of {@link SPACE_SIZES}. */
export function readSpaces(): { readonly space: string; readonly sizes: readonly number[] }[] {
  return getHeapSpaceStatistics().map(({ space_name, space_size, space_used_size, space_available_size }) => ({
    space: space_name.replace(/_space$/, ''),
    sizes: [space_size, space_used_size, space_available_size],
  }))
}

export function observeHeap(scope: RuntimeScope): void {
  observeSizes(scope)
  observeSpaces(scope)
}

function observeSizes(scope: RuntimeScope): void {
  // Asking V8 is the dear part, so it is asked once.
  const collect = shareReading(() => {
    for (const [at, bytes] of readHeap().entries()) gauges[at]?.set(bytes)
  })
  const gauges = HEAP_SIZES.map((name) => scope.gauge({ name, help: HELP[name], collect }))
}

function observeSpaces(scope: RuntimeScope): void {
  const collect = shareReading(() => {
    for (const { space, sizes } of readSpaces()) for (const [at, bytes] of sizes.entries()) gauges[at]?.set({ space }, bytes)
  })
  const gauges = SPACE_SIZES.map((name) => scope.gauge({ name, help: HELP[name], labelNames: ['space'], collect }))
}
