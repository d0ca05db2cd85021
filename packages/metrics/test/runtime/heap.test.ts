import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { observeHeap } from '../../src/runtime/heap.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { sampleLines } from '../support/scrape.ts'

test('tells the size of the heap and of each of its spaces', async () => {
  const registry = createRegistry()
  observeHeap(new RuntimeScope(registry, ''))
  const lines = await sampleLines(registry)
  for (const name of ['nodejs_heap_size_total_bytes', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes']) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${name} [1-9]\\d+$`)))
  }
  for (const what of ['total', 'used', 'available']) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^nodejs_heap_space_size_${what}_bytes\\{space="old"\\} \\d+$`)))
  }
})
