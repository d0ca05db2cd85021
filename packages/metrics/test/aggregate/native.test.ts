import { createRegistry, type NativeHistogram, type NativeHistogramOptions, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { Reporter } from '../../src/aggregate/reporter.ts'
import { NativeHistogramState } from '../../src/distributions/native-histogram.ts'
import { mergeNativeHistograms } from '../../src/distributions/native-merge.ts'
import { compileNativeHistogram } from '../../src/distributions/native-options.ts'
import type { NativeHistogramSnapshot } from '../../src/distributions/native-snapshot.ts'
import type { HistogramExtra } from '../../src/series/histogram-extra.ts'
import { takeSnapshot } from '../../src/snapshot/family-snapshot.ts'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { createPool, type Pool } from './support.ts'

const sizes = (registry: Registry, options: Partial<NativeHistogramOptions<never>> = {}): NativeHistogram =>
  registry.nativeHistogram({ name: 'h', help: 'H.', ...options })
const labelled = (registry: Registry): NativeHistogram<'a'> => registry.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['a'] })

async function readNative({ collector }: Pool): Promise<NativeHistogramSnapshot | undefined> {
  return (await collector.registry.snapshot()).find(({ name }) => name === 'h')?.series[0]?.native
}

/** What is shown now, without asking anybody. */
function readShown({ collector }: Pool): { count: number; native: NativeHistogramSnapshot | undefined } {
  const family = collector.registry.presentFamilies().find(({ name }) => name === 'h')
  const series = family && takeSnapshot(family, 0).series[0]
  return { count: series?.values[0] ?? 0, native: series?.native }
}

function observed(values: readonly number[], schema = 3): NativeHistogramSnapshot {
  const state = new NativeHistogramState(compileNativeHistogram('Histogram "h"', { schema }), 0)
  for (const value of values) state.observe(value, 0)
  return state.snapshot()
}

describe('native histograms of several workers', () => {
  test('are one in protobuf, as if one process had observed everything', async () => {
    using pool = createPool()
    const alone = createRegistry()
    const expected = sizes(alone, { buckets: [1] })
    for (const values of [[0.5, -3], [0, 2, 2], [1e9]]) {
      const one = sizes(pool.add().registry, { buckets: [1] })
      for (const value of values) {
        one.observe(value)
        expected.observe(value)
      }
    }
    const [family] = (await scrapeProtobuf(alone)).families
    const { families } = await scrapeProtobuf(pool.collector.registry)
    expect(families.find(({ name }) => name === 'h')).toEqual(family)
    expect(family?.metric).toMatchObject([{ histogram: { sample_count: 6, zero_count: 1, schema: 3 } }])
  })

  test('may differ in what they are declared with: the coarsest resolution counts', async () => {
    using pool = createPool()
    sizes(pool.add().registry, { schema: 1 }).observe(1.1)
    sizes(pool.add().registry, { schema: 5, maxBuckets: 10 }).observe(1.1)
    expect(await readNative(pool)).toMatchObject({ schema: 1, count: 2, positive: { deltas: [2] } })
  })

  test('are shown with the count they belong to, whatever is reported until the next scrape', async () => {
    using pool = createPool()
    const { registry, reporter } = pool.add()
    const one = sizes(registry)
    one.observe(1)
    await pool.lines()
    one.observe(2)
    expect(await reporter.flush()).toBe(true)
    expect(readShown(pool)).toMatchObject({ count: 1, native: { count: 1, positive: { deltas: [1] } } })
    await pool.lines()
    expect(readShown(pool)).toMatchObject({ count: 2, native: { count: 2 } })
  })

  test('are there as soon as the first worker has told, and empty before', async () => {
    using pool = createPool()
    const reports: object[] = []
    const late = pool.add({ lose: (message) => 'changes' in message && reports.push(message) > 0 })
    sizes(late.registry)
    await late.reporter.report(false)
    const connection = pool.collector.connect(() => {})
    connection.receive({ ...reports[0], changes: [], last: false })
    await expect.poll(() => readShown(pool).native).toEqual({ ...observed([]), createdMilliseconds: 0 })
    sizes(pool.add().registry).observe(5)
    await expect.poll(() => readShown(pool).count).toBe(1)
    expect(readShown(pool).native?.count).toBe(1)
  })

  test('are added up when somebody looks, and then kept', async () => {
    using pool = createPool()
    for (const value of [1, 2]) sizes(pool.add().registry).observe(value)
    await pool.lines()
    const family = pool.collector.registry.presentFamilies().find(({ name }) => name === 'h')
    expect(family?.native).toMatchObject({ maxBuckets: Infinity })
    const extra = family?.store.segmentOf(0).extras?.[0] as HistogramExtra
    const sum = extra.native?.snapshot()
    expect({ ...sum, createdMilliseconds: 0 }).toEqual(mergeNativeHistograms(observed([1]), observed([2])))
    await pool.lines()
    expect(extra.native?.snapshot()).toBe(sum)
  })

  test('of a worker that has ended stay', async () => {
    using pool = createPool()
    const first = pool.add()
    sizes(first.registry).observe(1)
    await pool.lines()
    await first.kill()
    expect(await readNative(pool)).toMatchObject({ count: 1 })
    sizes(pool.add().registry).observe(1)
    expect(await readNative(pool)).toMatchObject({ count: 2, positive: { deltas: [2] } })
  })

  test('that begin anew past their limit keep what they had told', async () => {
    using pool = createPool()
    let now = 0
    const registry = createRegistry({ wallClock: () => now })
    const one = sizes(registry, { maxBuckets: 2, minResetMilliseconds: 1_000 })
    pool.add({ registry })
    for (const value of [1, 1, 4]) one.observe(value)
    expect(await readNative(pool)).toMatchObject({ count: 3 })
    now = 2_000
    for (const value of [9, 9, 9, 9]) one.observe(value)
    expect(await readNative(pool)).toMatchObject({ count: 7, sum: 42 })
    expect(readShown(pool).count).toBe(7)
  })

  test('go with a series that its last worker removes or clears', async () => {
    using pool = createPool()
    const ended = pool.add()
    labelled(ended.registry).observe({ a: 'x' }, 1)
    await pool.lines()
    await ended.kill()
    const one = labelled(pool.add().registry)
    one.observe({ a: 'x' }, 2)
    expect(await readNative(pool)).toMatchObject({ count: 2 })
    one.clear()
    expect(await readNative(pool)).toBe(undefined)
    one.observe({ a: 'x' }, 2)
    expect(await readNative(pool)).toMatchObject({ count: 1 })
  })

  test('of a family without labels begin anew when the last worker clears it', async () => {
    using pool = createPool()
    const one = sizes(pool.add().registry)
    one.observe(2)
    expect(await readNative(pool)).toMatchObject({ count: 1 })
    one.clear()
    expect(await readNative(pool)).toMatchObject({ count: 0, positive: { deltas: [] } })
  })

  test('keep the exemplars of their fixed buckets', async () => {
    using pool = createPool()
    const { registry } = pool.add()
    sizes(registry, { buckets: [1] })
      .labels()
      .observeWithExemplar(0.5, { trace: 'a' })
    const family = (await scrapeProtobuf(pool.collector.registry)).families.find(({ name }) => name === 'h')
    expect(family?.metric).toMatchObject([{ histogram: { schema: 3, bucket: [{ exemplar: { value: 0.5 } }, {}] } }])
  })

  test('of threads pass through a worker', async () => {
    using threads = createPool()
    using workers = createPool()
    sizes(threads.add().registry).observe(1)
    sizes(threads.primary).observe(2)
    await threads.lines()
    workers.add({ registry: threads.collector.registry })
    sizes(workers.add().registry).observe(1)
    expect(await readNative(workers)).toMatchObject({ count: 3, positive: { spans: [{ length: 1 }, { length: 1 }], deltas: [2, -1] } })
  })

  test('of an included source add up as well', async () => {
    using pool = createPool()
    const theirs = createRegistry()
    sizes(theirs).observe(1)
    const snapshots = await theirs.snapshot()
    const { registry } = pool.add()
    registry.include({ name: 'theirs', collect: () => snapshots })
    sizes(pool.primary).observe(1)
    expect(await readNative(pool)).toMatchObject({ count: 2, positive: { deltas: [2] } })
  })

  test('and one with fixed buckets alone are a conflict: the first is shown', async () => {
    using pool = createPool()
    sizes(pool.primary, { buckets: [1] }).observe(0.5)
    await pool.lines()
    pool
      .add()
      .registry.histogram({ name: 'h', help: 'H.', buckets: [1] })
      .observe(0.5)
    expect(await readNative(pool)).toMatchObject({ count: 1 })
    expect(await pool.own()).toContain('postern_worker_family_conflicts_total{family="h"} 1')
  })

  test('come in small parts', async () => {
    const registry = createRegistry()
    const histogram = labelled(registry)
    for (let at = 0; at < 60; at += 1) for (let power = 0; power < 50; power += 1) histogram.observe({ a: String(at) }, 4 ** power)
    const parts: object[] = []
    const reporter = new Reporter(registry, (message) => void parts.push(message))
    await reporter.report(false)
    reporter.stop()
    expect(parts.length).toBeGreaterThan(2)
  })
})
