import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf } from '../../src/instruments/write.ts'
import { sampleLines } from '../support/scrape.ts'

test('finds the bucket that a plain search finds, for few bounds and for many', () => {
  const bound = fc.double({ noNaN: true, noDefaultInfinity: true })
  const unique = { comparator: (a: number, b: number) => a === b }
  const few = fc.uniqueArray(bound, { ...unique, maxLength: 16 })
  const many = fc.uniqueArray(bound, { ...unique, minLength: 17, maxLength: 40 })
  fc.assert(
    fc.property(fc.oneof(few, many), fc.double(), fc.nat(), (list, anyValue, pick) => {
      const bounds = list.toSorted((a, b) => a - b)
      for (const value of [anyValue, bounds[pick % (bounds.length + 1)] ?? Number.NaN]) {
        const naive = bounds.findIndex((bound) => value <= bound)
        expect(bucketOf(Float64Array.from(bounds), value)).toBe(naive === -1 ? bounds.length : naive)
      }
    }),
  )
})

test('goes on writing to its series after the store has moved', async () => {
  const registry = createRegistry()
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] })
  const held = counter.labels({ i: 'first' })
  for (let i = 0; i < 100; i += 1) counter.inc({ i })
  held.inc(7)
  expect((await sampleLines(registry))[0]).toBe('x_total{i="first"} 7')
})

describe('a handle', () => {
  const family = (options: { maxSeries?: number } = {}) => {
    const registry = createRegistry()
    return { registry, counter: registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'], ...options }) }
  }

  test.each<{ name: string; remove: (counter: ReturnType<typeof family>['counter']) => void }>([
    { name: 'remove', remove: (counter) => void counter.remove({ a: 'x' }) },
    { name: 'removeWhere', remove: (counter) => void counter.removeWhere({ a: 'x' }) },
    { name: 'clear', remove: (counter) => counter.clear() },
  ])('begins a new series under the same labels after $name, also when another has taken the place', async ({ remove }) => {
    const { registry, counter } = family()
    const handle = counter.labels({ a: 'x' })
    handle.inc(5)
    remove(counter)
    expect(await sampleLines(registry)).toEqual([])
    counter.inc({ a: 'y' }, 3)
    handle.inc(2)
    counter.labels({ a: 'x' }).inc()
    expect(await sampleLines(registry)).toEqual(['x_total{a="y"} 3', 'x_total{a="x"} 3'])
  })

  test('of every kind does so', async () => {
    const registry = createRegistry()
    const options = { help: 'H.', labelNames: ['a'] } as const
    const gauge = registry.gauge({ ...options, name: 'g' })
    const histogram = registry.histogram({ ...options, name: 'h', buckets: [1] })
    const [held, observed] = [gauge.labels({ a: 'x' }), histogram.labels({ a: 'x' })]
    for (const write of [() => held.set(4), () => held.inc(), () => held.dec(2)]) {
      gauge.clear()
      write()
    }
    observed.observe(1)
    histogram.clear()
    observed.observe(2)
    expect(await sampleLines(registry)).toEqual([
      'g{a="x"} -2',
      'h_bucket{a="x",le="1"} 0',
      'h_bucket{a="x",le="+Inf"} 1',
      'h_sum{a="x"} 2',
      'h_count{a="x"} 1',
    ])
  })

  test('of a family without labels goes on after clear', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'x_total', help: 'X.' })
    const handle = counter.labels()
    handle.inc(5)
    counter.clear()
    handle.inc(2)
    counter.inc()
    expect(await sampleLines(registry)).toEqual(['x_total 3'])
  })

  test('beyond the cap writes to the overflow series until there is room and that one is gone', async () => {
    const { registry, counter } = family({ maxSeries: 1 })
    counter.inc({ a: 'x' })
    const handle = counter.labels({ a: 'y' })
    handle.inc(2)
    expect((await sampleLines(registry)).slice(0, 2)).toEqual(['x_total{a="x"} 1', 'x_total{a="__overflow__"} 2'])
    counter.clear()
    handle.inc(3)
    expect((await sampleLines(registry))[0]).toBe('x_total{a="y"} 3')
  })

  test.each<{ name: string; labels: (answers: { text: string }) => object }>([
    { name: 'whose text changes', labels: (answers) => ({ a: { toString: () => answers.text } }) },
    {
      name: 'whose getter answers differently each time',
      labels: (answers) => ({
        get a() {
          const { text } = answers
          answers.text += ' again'
          return text
        },
      }),
    },
    { name: 'that are inherited', labels: () => Object.create({ a: 'first' }) },
    { name: 'without a prototype', labels: () => Object.assign(Object.create(null), { a: 'first' }) },
  ])('remembers labels $name as they were', async ({ labels }) => {
    const { registry, counter } = family()
    const answers = { text: 'first' }
    const handle = counter.labels(labels(answers) as never)
    answers.text = 'second'
    handle.inc()
    counter.clear()
    handle.inc(2)
    expect(await sampleLines(registry)).toEqual(['x_total{a="first"} 2'])
  })

  test.each([null, 'x', 5, {}, { b: 'x' }, { a: 'x', b: 'x' }, { a: undefined }, { a: null }, JSON.parse('{"a":"x","__proto__":"y"}')])(
    'refuses the labels %j and makes nothing',
    (labels) => {
      const { counter } = family()
      expect(() => counter.labels(labels as never)).toThrow(TypeError)
      expect(counter.seriesCount).toBe(0)
    },
  )
})
