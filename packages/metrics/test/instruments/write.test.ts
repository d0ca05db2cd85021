import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { adjust, assign, increment, observe } from '../../src/instruments/write.ts'
import { CHANGED } from '../../src/series/segment.ts'
import { sampleLines } from '../support/scrape.ts'
import { createStore } from '../support/store.ts'

describe('a write', () => {
  const bounds = Float64Array.of(1, 2)
  test.each([
    {
      name: 'increment',
      write: (value: number) => (store: ReturnType<typeof createStore>) => increment(store, 0, value),
      values: [2, 0, 0, 0],
    },
    { name: 'adjust', write: (value: number) => (store: ReturnType<typeof createStore>) => adjust(store, 0, value), values: [2, 0, 0, 0] },
    { name: 'assign', write: (value: number) => (store: ReturnType<typeof createStore>) => assign(store, 0, value), values: [2, 0, 0, 0] },
    {
      name: 'observe',
      write: (value: number) => (store: ReturnType<typeof createStore>) => observe(store, bounds, 0, value),
      values: [0, 1, 0, 2],
    },
  ])('by $name changes a number and marks the series, or refuses and does neither', ({ write, values }) => {
    const store = createStore({ stride: 4 })
    const segment = store.segmentOf(0)
    segment.dirty[0] = 0
    for (const wrong of ['2', null, undefined, 2n, {}] as never[]) expect(() => write(wrong)(store)).toThrow(TypeError)
    expect([segment.dirty[0], ...segment.values]).toEqual([0, 0, 0, 0, 0])
    write(2)(store)
    expect([segment.dirty[0], ...segment.values]).toEqual([CHANGED, ...values])
  })

  test('by increment refuses what would lessen or poison', () => {
    const store = createStore()
    for (const wrong of [-1, Number.NaN, Infinity]) expect(() => increment(store, 0, wrong)).toThrow(RangeError)
    expect(store.segmentOf(0).values[0]).toBe(0)
  })
})

test('a gauge tells the time, and how long something took', async () => {
  const clock = { now: 1_000 }
  const registry = createRegistry({ now: () => clock.now, wallClock: () => 1_700_000_000_250 })
  const plain = registry.gauge({ name: 'plain', help: 'P.' })
  const labelled = registry.gauge({ name: 'labelled', help: 'L.', labelNames: ['a'] })
  plain.setToCurrentTime()
  labelled.setToCurrentTime({ a: 'x' })
  expect(await sampleLines(registry)).toEqual(['plain 1700000000.25', 'labelled{a="x"} 1700000000.25'])
  const ends = [plain.startTimer(), labelled.startTimer({ a: 'x' })]
  clock.now = 3_500
  expect(ends.map((end) => end())).toEqual([2.5, 2.5])
  expect(await sampleLines(registry)).toEqual(['plain 2.5', 'labelled{a="x"} 2.5'])
  expect(() => labelled.startTimer({} as never)).toThrow(TypeError)
})

test('the handle of a gauge tells both as well', async () => {
  const clock = { now: 1_000 }
  const registry = createRegistry({ now: () => clock.now, wallClock: () => 1_700_000_000_250 })
  const gauge = registry.gauge({ name: 'latest', help: 'L.', labelNames: ['a'] })
  gauge.labels({ a: 'time' }).setToCurrentTime()
  const end = gauge.labels({ a: 'run' }).startTimer()
  clock.now = 3_500
  expect(end()).toBe(2.5)
  expect(await sampleLines(registry)).toEqual(['latest{a="time"} 1700000000.25', 'latest{a="run"} 2.5'])
})

test.each([
  {
    kind: 'a histogram',
    declare: (registry: Registry) => registry.histogram({ name: 'h', help: 'H.', labelNames: ['a', 'b'], buckets: [] }),
  },
  {
    kind: 'a native histogram',
    declare: (registry: Registry) => registry.nativeHistogram({ name: 'h', help: 'H.', labelNames: ['a', 'b'] }),
  },
  {
    kind: 'a summary',
    declare: (registry: Registry) => registry.summary({ name: 'h', help: 'H.', labelNames: ['a', 'b'], quantiles: [] }),
  },
])('the timer of $kind keeps the labels it was started with, inherited ones too', async ({ declare }) => {
  const registry = createRegistry({ now: () => 0 })
  const instrument = declare(registry)
  const known = { a: 'early' }
  const ends = [instrument.startTimer(known), instrument.startTimer(Object.create({ a: 'inherited' }) as { a: string })]
  known.a = 'late'
  for (const end of ends) end({ b: '1' })
  expect((await sampleLines(registry)).filter((line) => line.startsWith('h_count'))).toEqual([
    'h_count{a="early",b="1"} 1',
    'h_count{a="inherited",b="1"} 1',
  ])
})
