import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { collectDefaultMetrics, createRegistry, DEFAULT_METRIC_NAMES } from '@postern/metrics'
import * as prom from 'prom-client'
import { describe, expect, test } from 'vitest'
import { DEFAULTS } from '../../src/runtime/default-metrics.ts'
import { checkMetrics, ingestOpenMetrics, skipReason } from '../support/promtool.ts'
import { scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'
import { readExposition } from '../support/strict-reader.ts'

const heads = (body: string): string[] =>
  readExposition(body.replaceAll('\n\n', '\n'), 'text').map(({ name, type, help }) => `${name} ${type} ${help}`)

describe('default metrics', () => {
  test('have the names, types and helps of prom-client', async () => {
    const registry = createRegistry()
    const running = collectDefaultMetrics(registry)
    const theirs = new prom.Registry()
    prom.collectDefaultMetrics({ register: theirs })
    const expected = heads((await theirs.metrics()).replaceAll('} Nan', '} NaN').replaceAll(' Nan', ' NaN'))
    const found = heads(await scrapeText(registry))
    running.stop()
    expect(expected).toHaveLength(31)
    expect(found).toEqual(expect.arrayContaining(expected))
  })

  test('are those that are listed, in that order', async () => {
    const registry = createRegistry()
    const running = collectDefaultMetrics(registry)
    expect(heads(await scrapeText(registry)).map((head) => head.split(' ')[0])).toEqual(DEFAULT_METRIC_NAMES)
    running.stop()
  })

  test('may be chosen one by one, under a prefix too', async () => {
    const registry = createRegistry()
    const names = async (): Promise<(string | undefined)[]> => heads(await scrapeText(registry)).map((head) => head.split(' ')[0])
    const few = collectDefaultMetrics(registry, { prefix: 'x_', only: ['nodejs_heap_size_used_bytes', 'process_cpu_seconds_total'] })
    expect(await names()).toEqual(['x_process_cpu_seconds_total', 'x_nodejs_heap_size_used_bytes'])
    few.stop()
    const most = collectDefaultMetrics(registry, { except: ['nodejs_gc_duration_seconds', 'nodejs_eventloop_lag_seconds'] })
    expect(await names()).toHaveLength(DEFAULT_METRIC_NAMES.length - 2)
    most.stop()
    expect(await names()).toEqual([])
  })

  test('that are not known cannot be chosen', () => {
    const only = ['process_cpu_seconds'] as unknown as ['process_cpu_seconds_total']
    expect(() => collectDefaultMetrics(createRegistry(), { only })).toThrow(
      new TypeError('only has "process_cpu_seconds", which is no default metric. Write names of DEFAULT_METRIC_NAMES, without the prefix.'),
    )
  })

  test('default to what prom-client defaults to', () => {
    expect(DEFAULTS).toMatchObject({ prefix: '', gcDurationBuckets: [0.001, 0.01, 0.1, 1, 2, 5], eventLoopResolutionMilliseconds: 10 })
  })

  test('take a prefix, and are gone without a trace after stop', async () => {
    const registry = createRegistry()
    const mine = registry.gauge({ name: 'mine', help: 'Mine.' })
    mine.set(1)
    const before = await scrapeText(registry)
    const first = collectDefaultMetrics(registry)
    const second = collectDefaultMetrics(registry, { prefix: 'worker_' })
    expect(await scrapeText(registry)).toMatch(/\nworker_process_cpu_seconds_total \d/)
    first.stop()
    second.stop()
    second.stop()
    expect(await scrapeText(registry)).toBe(before)
    collectDefaultMetrics(registry).stop()
  })

  test('leave the registry as it was when one of their names is taken', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'nodejs_gc_duration_seconds', help: 'Mine.' })
    const before = await scrapeText(registry)
    expect(() => collectDefaultMetrics(registry)).toThrow(TypeError)
    expect(await scrapeText(registry)).toBe(before)
  })

  test('let the process end by itself', () => {
    const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
    const program = `const { createRegistry, collectDefaultMetrics } = await import(${JSON.stringify(entry)})
      const registry = createRegistry()
      collectDefaultMetrics(registry)
      const { body } = await registry.render({ accept: undefined })
      console.log(body.includes('process_cpu_seconds_total'))`
    const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 12_000,
    })
    expect([child.status, child.stdout.trim()]).toEqual([0, 'true'])
  })
})

describe(`default metrics before promtool${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`, () => {
  test.skipIf(skipReason !== undefined)('are read in both formats; three inherited names end in _total and are no counters', async () => {
    const registry = createRegistry()
    const running = collectDefaultMetrics(registry)
    const { status, complaints } = checkMetrics(await scrapeText(registry))
    const openMetrics = await scrapeOpenMetrics(registry)
    running.stop()
    expect(status).toBe(3)
    expect(complaints).toEqual(
      ['handles', 'requests', 'resources'].map((kind) => `nodejs_active_${kind}_total non-counter metrics should not have "_total" suffix`),
    )
    expect(ingestOpenMetrics(openMetrics)).toBe(readExposition(openMetrics, 'openmetrics').flatMap(({ samples }) => samples).length)
  })
})
