import { createRegistry } from '@postern/metrics'
import { describe, expect, test, vi } from 'vitest'
import { observeEventLoop } from '../../src/runtime/event-loop.ts'
import { observeHeap } from '../../src/runtime/heap.ts'
import { observeProcess } from '../../src/runtime/process.ts'
import { observeResources } from '../../src/runtime/resources.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { shareReading } from '../../src/runtime/shared-reading.ts'
import { sampleLines } from '../support/scrape.ts'

const fail = (): never => {
  throw new Error('no')
}

describe('a shared reading', () => {
  test.each<{ name: string; pause: () => void | Promise<void> }>([
    { name: 'at once', pause: () => {} },
    { name: 'later', pause: () => new Promise((resolve) => setImmediate(resolve)) },
  ])('that ends $name is taken once per scrape, and anew in the next', async ({ pause }) => {
    let readings = 0
    const collect = shareReading(() => {
      readings += 1
      return pause()
    })
    const registry = createRegistry()
    for (const name of ['a', 'b', 'c']) registry.gauge({ name, help: 'G.', collect })
    await sampleLines(registry)
    expect(readings).toBe(1)
    await sampleLines(registry)
    expect(readings).toBe(2)
  })

  test('that fails leaves out every family it feeds, and no other, until it succeeds again', async () => {
    let healthy = true
    const collect = shareReading(() => {
      if (!healthy) fail()
      for (const gauge of gauges) gauge.set(1)
    })
    const registry = createRegistry()
    const gauges = ['a', 'b'].map((name) => registry.gauge({ name, help: 'G.', collect }))
    registry.gauge({ name: 'other', help: 'O.' })
    expect(await sampleLines(registry)).toEqual(['a 1', 'b 1', 'other 0'])
    healthy = false
    const counted = ['a', 'b'].map((name) => `postern_metrics_collect_errors_total{family="${name}"} 1`)
    expect(await sampleLines(registry)).toEqual(['other 0', ...counted])
    healthy = true
    expect(await sampleLines(registry)).toEqual(['a 1', 'b 1', 'other 0', ...counted])
  })
})

describe('families fed by one reading are left out together', () => {
  test.each<{ name: string; families: string[]; observe: (scope: RuntimeScope) => () => void }>([
    {
      name: 'the sizes of the heap',
      families: ['nodejs_heap_size_total_bytes', 'nodejs_heap_size_used_bytes', 'nodejs_external_memory_bytes'],
      observe: (scope) => {
        observeHeap(scope)
        return () => void vi.spyOn(process, 'memoryUsage').mockImplementation(fail)
      },
    },
    {
      name: 'processor time',
      families: ['process_cpu_user_seconds_total', 'process_cpu_system_seconds_total', 'process_cpu_seconds_total'],
      observe: (scope) => {
        observeProcess(scope)
        return () => void vi.spyOn(process, 'cpuUsage').mockImplementation(fail)
      },
    },
    {
      name: 'the memory of the process',
      families: ['process_resident_memory_bytes', 'process_virtual_memory_bytes', 'process_heap_bytes', 'process_threads'],
      observe: (scope) => {
        let read = (): string => 'VmRSS:\t 1 kB\n'
        observeProcess(scope, { read: () => read(), countDescriptors: fail })
        return () => void (read = fail)
      },
    },
    {
      name: 'active resources',
      families: ['nodejs_active_resources', 'nodejs_active_resources_total'],
      observe: (scope) => {
        let list = (): string[] => ['Timeout']
        observeResources(scope, { getActiveResourcesInfo: () => list() })
        return () => void (list = fail)
      },
    },
    {
      name: 'the delays of the event loop',
      families: ['', 'min_', 'max_', 'mean_', 'stddev_', 'p50_', 'p90_', 'p99_'].map((part) => `nodejs_eventloop_lag_${part}seconds`),
      observe: (scope) => {
        let now = (): number => 0
        observeEventLoop(scope, { resolution: 10, now: () => now() })
        return () => void (now = fail)
      },
    },
  ])('$name', async ({ families, observe }) => {
    const registry = createRegistry()
    const scope = new RuntimeScope(registry, '')
    const breakReading = observe(scope)
    const names = async (): Promise<Set<string>> => new Set((await sampleLines(registry)).map((line) => line.split(/[ {]/)[0] ?? ''))
    const before = await names()
    expect([...before]).toEqual(expect.arrayContaining(families))
    breakReading()
    const after = await names()
    vi.restoreAllMocks()
    scope.stop()
    expect([...before].filter((name) => !after.has(name))).toEqual(families)
  })
})
