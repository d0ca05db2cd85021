import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { Expiry } from '../../src/series/expiry.ts'
import { sampleLines } from '../support/scrape.ts'
import { createStore, labelSets } from '../support/store.ts'

function clocked(expireAfterSeconds = 40) {
  const clock = { now: 0 }
  const registry = createRegistry({ now: () => clock.now })
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'], expireAfterSeconds })
  const at = async (seconds: number): Promise<string[]> => {
    clock.now = seconds * 1000
    return sampleLines(registry)
  }
  return { clock, registry, counter, at }
}

describe('a series that nobody writes to', () => {
  test('is removed after its time, and not before', async () => {
    const { counter, at } = clocked()
    counter.inc({ a: 'idle' })
    counter.inc({ a: 'busy' })
    for (const seconds of [10, 20, 30, 40]) {
      counter.inc({ a: 'busy' })
      expect(await at(seconds)).toHaveLength(2)
    }
    counter.inc({ a: 'busy' })
    expect(await at(50)).toEqual(['x_total{a="busy"} 6'])
  })

  test('is removed in time although scrapes are far apart', async () => {
    const { counter, at } = clocked()
    counter.inc({ a: 'idle' })
    expect(await at(60)).toHaveLength(1)
    expect(await at(120)).toEqual([])
  })

  test('is never removed early, whenever scrapes come', async () => {
    for (const step of [1, 3, 7, 9.5, 11, 13, 19, 39]) {
      const { counter, at } = clocked()
      counter.inc({ a: 'x' })
      let seconds = 0
      while ((await at(seconds)).length > 0) seconds += step
      expect(seconds).toBeGreaterThanOrEqual(40)
      // An eighth is lost between looks; the first of them finds the write, the last comes up to one later.
      expect(seconds).toBeLessThanOrEqual(45 + 2 * step * Math.ceil(10 / step))
    }
  })

  test('lives on with every write: by labels, by a handle, by a collect', async () => {
    const clock = { now: 0 }
    const registry = createRegistry({ now: () => clock.now })
    const options = { help: 'H.', labelNames: ['a'], expireAfterSeconds: 40 } as const
    const counter = registry.counter({ ...options, name: 'x_total' })
    const handle = registry.histogram({ ...options, name: 'h', buckets: [] }).labels({ a: 'x' })
    registry.gauge({ ...options, name: 'g', collect: (gauge) => gauge.set({ a: 'x' }, 1) })
    for (let minute = 0; minute < 10; minute += 1) {
      counter.inc({ a: 'x' })
      handle.observe(1)
      expect(await sampleLines(registry)).toHaveLength(5)
      clock.now += 60_000
    }
  })

  test('begins anew at zero when its handle is written to', async () => {
    const { counter, at } = clocked()
    const handle = counter.labels({ a: 'x' })
    handle.inc(5)
    await at(50)
    expect(await at(100)).toEqual([])
    handle.inc(2)
    expect(await at(100)).toEqual(['x_total{a="x"} 2'])
  })

  test('is idle anew when it was removed and comes again', () => {
    const store = createStore({ labelNames: ['a'] })
    const expiry = new Expiry(store, 40, 0)
    store.slotOf({ a: 'x' })
    for (const now of [10_000, 20_000, 30_000, 40_000]) expiry.look(now)
    store.remove(0)
    store.slotOf({ a: 'y' })
    for (const now of [50_000, 60_000, 70_000, 80_000]) expiry.look(now)
    expect(labelSets(store)).toEqual([['y']])
    expiry.look(90_000)
    expect(labelSets(store)).toEqual([])
  })

  test('stays where it is the only one that its family can have', async () => {
    const clock = { now: 0 }
    const registry = createRegistry({ now: () => clock.now })
    const counter = registry.counter({ name: 'x_total', help: 'X.', expireAfterSeconds: 40 })
    const handle = counter.labels()
    for (let step = 0; step < 10; step += 1) {
      clock.now += 30_000
      await sampleLines(registry)
    }
    counter.inc()
    handle.inc()
    expect(await sampleLines(registry)).toEqual(['x_total 2'])
  })

  test('is removed from a segment that has grown since the first look', () => {
    const store = createStore({ labelNames: ['a'] })
    const expiry = new Expiry(store, 40, 0)
    store.slotOf({ a: 0 })
    expiry.look(10_000)
    for (let a = 1; a < 300; a += 1) store.slotOf({ a })
    for (const now of [20_000, 30_000, 40_000]) expiry.look(now)
    expect(store.live).toBe(300)
    expiry.look(50_000)
    expect(store.live).toBe(299)
    expiry.look(60_000)
    expect(store.live).toBe(0)
  })
})

test.each([0, -1, Number.NaN, '60', null])('refuses to let series expire after %s seconds', (expireAfterSeconds) => {
  expect(() => createRegistry().counter({ name: 'x', help: 'X.', expireAfterSeconds: expireAfterSeconds as number })).toThrow(
    /^Counter "x" has expireAfterSeconds .+, which is not a number above zero\. Write one, or leave it out\.$/,
  )
})
