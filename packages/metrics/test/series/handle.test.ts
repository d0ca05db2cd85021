import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
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
