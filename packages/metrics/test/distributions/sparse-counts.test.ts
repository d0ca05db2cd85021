import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SparseCounts } from '../../src/distributions/sparse-counts.ts'

const keys = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -2000, max: 2000 }).map((key) => key * 256),
)
const additions = fc.array(fc.tuple(keys, fc.integer({ min: 1, max: 2 ** 40 })), { maxLength: 400 })

function fill(pairs: Iterable<readonly [number, number]>): SparseCounts {
  const counts = new SparseCounts()
  for (const [key, count] of pairs) counts.add(key, count)
  return counts
}

const entries = (counts: SparseCounts): [number, number][] => [...counts.sortedKeys()].map((key) => [key, counts.get(key)])
const sorted = (map: Map<number, number>): [number, number][] => [...map].toSorted(([one], [other]) => one - other)

test('adds up by key as a map does, and tells which keys are new', () => {
  fc.assert(
    fc.property(additions, (pairs) => {
      const counts = new SparseCounts()
      const map = new Map<number, number>()
      for (const [key, count] of pairs) {
        expect(counts.add(key, count)).toBe(!map.has(key))
        map.set(key, (map.get(key) ?? 0) + count)
      }
      expect(entries(counts)).toEqual(sorted(map))
      expect(counts.size).toBe(map.size)
      expect(counts.smallestKey()).toBe(Math.min(...map.keys()))
      expect(counts.get(123_457)).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('maps its keys, joins those that meet and drops those that are undefined', () => {
  fc.assert(
    fc.property(additions, (pairs) => {
      const expected = new Map<number, number>()
      for (const [key, count] of pairs) {
        if (key % 3 !== 0) expected.set(key >> 1, (expected.get(key >> 1) ?? 0) + count)
      }
      const counts = fill(pairs)
      const before = entries(counts)
      expect(entries(counts.rekeyed((key) => (key % 3 === 0 ? undefined : key >> 1)))).toEqual(sorted(expected))
      expect(entries(counts)).toEqual(before)
    }),
    { numRuns: 200 },
  )
})
