import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LabelDictionary } from '../../src/series/dictionary.ts'
import { ValueCache } from '../../src/series/value-cache.ts'

/** Puts what it does not have, as a dictionary does, and answers how many it had. */
function hits(cache: ValueCache, values: readonly string[], rounds: number): number {
  let found = 0
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, value] of values.entries()) {
      const id = cache.get(value)
      if (id === 0) cache.put(value, at + 1, values.length)
      else {
        expect(id).toBe(at + 1)
        found += 1
      }
    }
  }
  return found
}

describe('a cache of values', () => {
  test.each([
    { name: 'methods', values: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] },
    { name: 'statuses', values: ['200', '201', '204', '301', '404', '500'] },
    { name: 'numbered routes', values: Array.from({ length: 50 }, (_, i) => `/api/v1/resource/${i}`) },
    { name: 'routes that end alike', values: ['orders', 'plans', 'items', 'users', 'carts'].map((name) => `/${name}/:id`) },
  ])('soon has $name', ({ values }) => {
    const cache = new ValueCache()
    hits(cache, values, 50)
    expect(hits(cache, values, 10)).toBeGreaterThan(values.length * 8)
  })

  test('gives up on values that differ where it does not look', () => {
    const cache = new ValueCache()
    const alike = Array.from({ length: 300 }, (_, i) => `${String(i).padStart(3, '0')}${'x'.repeat(40)}`)
    hits(cache, alike, 3)
    expect(hits(cache, alike, 3)).toBe(0)
    expect([cache.get(''), cache.get('a')]).toEqual([0, 0])
  })

  test('has values of one character, and leaves the empty one to others', () => {
    const cache = new ValueCache()
    expect(hits(cache, ['a', 'b'], 2)).toBe(2)
    expect(hits(cache, [''], 2)).toBe(0)
  })

  test('forgets', () => {
    const cache = new ValueCache()
    expect(hits(cache, ['a'], 2)).toBe(1)
    cache.clear()
    expect(cache.get('a')).toBe(0)
  })
})

test('a dictionary answers as a Map does, whatever the order of calls and whatever is forgotten', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.nat(40).map(String), fc.constant('compact'))), (calls) => {
      const dictionary = new LabelDictionary()
      let known = new Map<string, number>()
      for (const call of calls) {
        expect(dictionary.idOf(call)).toBe(known.get(call))
        if (call === 'compact') {
          const moved = dictionary.compact((id) => id % 2 === 0)
          known = new Map([...known].filter(([, id]) => id % 2 === 0).map(([value, id]) => [value, moved[id] as number]))
        } else {
          const id = dictionary.intern(call)
          expect(known.get(call) ?? known.size + 1).toBe(id)
          known.set(call, id)
          expect(dictionary.valueOf(id)).toBe(call)
        }
        for (const [value, id] of known) expect(dictionary.idOf(value)).toBe(id)
      }
    }),
  )
})
