import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Client } from '../../src/limits/client.ts'
import { ClientTable, type ClientTableOptions } from '../../src/limits/client-table.ts'
import { CAPACITY, LimitMemory } from '../../src/limits/memory.ts'

const SEED = Uint32Array.of(0x9e3779b9, 0x7f4a7c15, 0xf39cc060, 0x5cedc834)
const tableOf = (init: Partial<ClientTableOptions> = {}): ClientTable => new ClientTable({ capacity: 4096, seed: SEED, ...init })
const clientAt = (index: number): Client => ({ high: 0xffff, low: index })
const put = (table: ClientTable, client: Client, until: number, count = 0, now = 0): void =>
  table.set(table.claim(client, now), until, count)
const holds = (table: ClientTable, client: Client, now: number): boolean => table.find(client, now) >= 0
/** As many addresses as are asked for, of which all crowd into the few places of the first. */
function crowdOf(size: number): Client[] {
  // A table with room for one bucket's worth of everything tells who meets whom: eight fit, and the ninth pushes one out.
  const crowd: Client[] = []
  const probe = tableOf()
  for (let index = 0; index < 4096 * 8; index += 1) put(probe, clientAt(index), 1)
  const base = probe.claim(clientAt(0), 0)
  const bucket = base - (base % 8)
  for (let index = 0; crowd.length < size && index < 1_000_000; index += 1) {
    const slot = probe.claim(clientAt(index), 0)
    if (slot - (slot % 8) === bucket) crowd.push(clientAt(index))
  }
  return crowd
}

describe('a table', () => {
  test('holds a client until its moment, and not for a millisecond longer', () => {
    const table = tableOf()
    put(table, clientAt(1), 1_000, 7)
    const slot = table.find(clientAt(1), 999)
    expect([table.untilOf(slot), table.countOf(slot), table.find(clientAt(1), 1_000), table.find(clientAt(2), 0)]).toEqual([
      1_000, 7, -1, -1,
    ])
  })

  test('gives a client that is past its moment a new entry', () => {
    const table = tableOf()
    put(table, clientAt(1), 1_000, 7)
    const slot = table.claim(clientAt(1), 1_000)
    expect([table.untilOf(slot), table.countOf(slot)]).toEqual([0, 0])
  })

  test.each([
    { name: 'the upper word', one: { high: 1, low: 5 }, other: { high: 2, low: 5 } },
    { name: 'the lower word', one: { high: 5, low: 1 }, other: { high: 5, low: 2 } },
    { name: 'which word', one: { high: 1, low: 2 }, other: { high: 2, low: 1 } },
    { name: 'the highest bit', one: { high: 1, low: 0x80000001 }, other: { high: 1, low: 1 } },
  ])('tells clients apart by $name', ({ one, other }) => {
    const table = tableOf()
    put(table, one, 1_000, 1)
    expect(holds(table, other, 0)).toBe(false)
    put(table, other, 1_000, 2)
    expect([one, other].map((client) => table.countOf(table.find(client, 0)))).toEqual([1, 2])
  })

  test('grows by what is in it, and is never larger than it may be', () => {
    const table = tableOf({ capacity: 8192 })
    expect(table.byteSize).toBe(0)
    put(table, clientAt(0), 10)
    expect(table.byteSize).toBe(64 * 18)
    for (let index = 0; index < 100_000; index += 1) put(table, clientAt(index), 10)
    expect(table.byteSize).toBe(8192 * 18)
    let held = 0
    for (let index = 0; index < 100_000; index += 1) held += holds(table, clientAt(index), 0) ? 1 : 0
    expect(held).toBe(8192)
  })

  test('takes the places of those past their moment before it grows', () => {
    const table = tableOf()
    for (let now = 0; now < 10_000; now += 1) put(table, clientAt(now), now + 8, 0, now)
    expect(table.byteSize).toBe(64 * 18)
  })

  test('moves nobody who is past their moment when it grows', () => {
    const table = tableOf()
    for (let index = 0; index < 4096; index += 1) put(table, clientAt(index), index % 2 === 0 ? 5 : 10)
    for (let index = 4096; index < 6144; index += 1) put(table, clientAt(index), 10, 0, 5)
    for (let index = 0; index < 4096; index += 2) expect(holds(table, clientAt(index), 5)).toBe(false)
  })

  describe('that is full', () => {
    const crowd = crowdOf(10)
    const [ninth, tenth] = crowd.slice(8) as [Client, Client]
    const filled = (init: Partial<ClientTableOptions>, entry: (place: number) => readonly [until: number, count: number]): ClientTable => {
      const table = tableOf(init)
      // Grown to its end first: the crowd is one only there.
      for (let index = 0; index < 4096 * 8; index += 1) put(table, clientAt(index), 1)
      for (const [place, client] of crowd.slice(0, 8).entries()) put(table, client, ...entry(place), 2)
      return table
    }
    const missing = (table: ClientTable, now: number): number[] =>
      crowd.flatMap((client, place) => (holds(table, client, now) ? [] : [place]))

    test('gives up the one that would be forgotten first', () => {
      const table = filled({}, (place) => [place === 3 ? 50 : 100 + place, 0])
      put(table, ninth, 1_000, 0, 2)
      expect(missing(table, 2)).toEqual([3, 9])
    })

    test('gives up a newcomer of a shorter life for the next one: who is in stays in', () => {
      const table = filled({}, () => [1_000, 0])
      for (let round = 0; round < 3; round += 1) {
        put(table, ninth, 500, 0, 2)
        put(table, tenth, 600, 0, 2)
      }
      expect(missing(table, 2)).toHaveLength(2)
      expect(missing(table, 2)).toContain(8)
    })

    test('gives up those that are to be kept after all others, whatever their life', () => {
      const table = filled({ keptFrom: 5 }, (place) => (place < 7 ? [10, 5] : [9_999, 4]))
      put(table, ninth, 9_999, 0, 2)
      expect(missing(table, 2)).toEqual([7, 9])
    })

    test('gives up one of those that are to be kept where there are no others: the one that ends first', () => {
      const table = filled({ keptFrom: 5 }, (place) => [100 - place, 5])
      put(table, ninth, 9_999, 0, 2)
      expect(missing(table, 2)).toEqual([7, 9])
    })
  })

  test('crowds under each seed differently: nobody can choose addresses that meet', () => {
    const crowd = crowdOf(64)
    const other = tableOf({ seed: Uint32Array.of(1, 2, 3, 4) })
    for (let index = 0; index < 4096 * 8; index += 1) put(other, clientAt(index), 1)
    const buckets = new Set(crowd.map((client) => Math.floor(other.claim(client, 1) / 8)))
    expect(buckets.size).toBeGreaterThan(32)
  })

  test.each([
    { name: 'addresses that follow each other', at: (index: number): Client => clientAt(0x0a000000 + index) },
    { name: 'every 256th address', at: (index: number): Client => clientAt((index * 256) >>> 0) },
    { name: 'networks that follow each other', at: (index: number): Client => ({ high: 0x20010db8, low: index }) },
    { name: 'networks of another one each', at: (index: number): Client => ({ high: index * 65_536, low: 1 }) },
  ])('spreads $name', ({ at }) => {
    const table = tableOf({ capacity: 65_536 })
    for (let index = 0; index < 65_536; index += 1) put(table, at(index), 10)
    let held = 0
    for (let index = 0; index < 65_536; index += 1) held += holds(table, at(index), 0) ? 1 : 0
    // Thrown into buckets of eight at random, 86 of 100 find a place.
    expect(held / 65_536).toBeGreaterThan(0.84)
  })

  test('is a Map whose entries end, as long as it is not full', () => {
    const steps = fc.array(
      fc.record({
        client: fc.record({ high: fc.constantFrom(0, 1, 0xffff, 0xffffffff), low: fc.integer({ min: 0, max: 60 }) }),
        pause: fc.integer({ min: 0, max: 3 }),
        life: fc.integer({ min: 1, max: 200 }),
        count: fc.integer({ min: 0, max: 65_535 }),
        isRead: fc.boolean(),
      }),
      { maxLength: 400 },
    )
    fc.assert(
      fc.property(steps, fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), (list, seed) => {
        const table = tableOf({ seed: Uint32Array.from(seed) })
        const model = new Map<string, { until: number; count: number }>()
        let now = 0
        for (const { client, pause, life, count, isRead } of list) {
          now += pause
          const key = `${client.high} ${client.low}`
          const known = model.get(key)
          const expected = known !== undefined && known.until > now ? known : undefined
          if (isRead) {
            const slot = table.find(client, now)
            expect(slot < 0 ? undefined : { until: table.untilOf(slot), count: table.countOf(slot) }).toEqual(expected)
          } else {
            const slot = table.claim(client, now)
            expect([table.untilOf(slot), table.countOf(slot)]).toEqual([expected?.until ?? 0, expected?.count ?? 0])
            table.set(slot, now + life, count)
            model.set(key, { until: now + life, count })
          }
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 2_500 },
    )
  })
})

test('all tables full are less than 32 MiB (adversarial case 12)', () => {
  const memory = new LimitMemory((size) => crypto.getRandomValues(new Uint8Array(size)))
  expect(memory.byteSize).toBe(0)
  for (const [table, clients] of [
    [memory.failures, CAPACITY.failures],
    [memory.rates, CAPACITY.rates],
    [memory.proven, CAPACITY.proven],
  ] as const)
    for (let index = 0; index < clients * 1.5; index += 1) put(table, clientAt(index), 10)
  expect(memory.byteSize).toBeLessThan(32 * 1024 * 1024)
  expect(memory.byteSize).toBeGreaterThan(24 * 1024 * 1024)
})
