import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { observeGarbageCollection, recordCollections } from '../../src/runtime/gc.ts'
import { RuntimeScope } from '../../src/runtime/scope.ts'
import { sampleLines } from '../support/scrape.ts'

test('counts every collection it is told of, by kind, in seconds', async () => {
  const registry = createRegistry()
  const histogram = registry.histogram({ name: 'gc', help: 'GC.', labelNames: ['kind'], buckets: [] })
  const entries = [
    { duration: 500, detail: { kind: constants.NODE_PERFORMANCE_GC_MAJOR } },
    { duration: 250, detail: { kind: constants.NODE_PERFORMANCE_GC_MINOR } },
    { duration: 250, detail: { kind: constants.NODE_PERFORMANCE_GC_MAJOR } },
    { duration: 1, detail: { kind: -1 } },
    { duration: 1 },
  ]
  recordCollections(entries, (kind, seconds) => histogram.observe({ kind }, seconds))
  expect((await sampleLines(registry)).filter((line) => line.startsWith('gc_sum'))).toEqual([
    'gc_sum{kind="major"} 0.75',
    'gc_sum{kind="minor"} 0.25',
  ])
})

test('hears of a real collection until it is stopped', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const registry = createRegistry()
  const scope = new RuntimeScope(registry, '')
  observeGarbageCollection(scope, [1])
  const heard = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver(() => {
      observer.disconnect()
      resolve()
    })
    observer.observe({ entryTypes: ['gc'] })
  })
  collectGarbage()
  await heard
  expect(await sampleLines(registry)).toContainEqual(expect.stringMatching(/^nodejs_gc_duration_seconds_count\{kind="major"\} [1-9]/))
  scope.stop()
  expect(await sampleLines(registry)).toEqual([])
})
