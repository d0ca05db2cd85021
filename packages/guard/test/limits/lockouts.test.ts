import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Client } from '../../src/limits/client.ts'
import { ClientTable } from '../../src/limits/client-table.ts'
import { LOCKED, type LockoutNumbers, Lockouts } from '../../src/limits/lockouts.ts'

const SEED = Uint32Array.of(1, 2, 3, 4)
const A: Client = { high: 0xffff, low: 1 }
const B: Client = { high: 0xffff, low: 2 }
const NUMBERS: LockoutNumbers = { failures: 3, withinMilliseconds: 1_000, forMilliseconds: 5_000 }
const lockoutsOf = (numbers: Partial<LockoutNumbers> = {}, table = new ClientTable({ capacity: 4096, seed: SEED, keptFrom: LOCKED })) =>
  new Lockouts({ ...NUMBERS, ...numbers }, table)

describe('a lockout', () => {
  test('begins with the last failure that is told, and ends by itself', () => {
    const lockouts = lockoutsOf()
    expect([lockouts.fail(A, 0), lockouts.fail(A, 0), lockouts.remaining(A, 0), lockouts.fail(A, 0)]).toEqual([0, 0, 0, 0])
    expect([0, 1, 4_999, 5_000].map((now) => lockouts.remaining(A, now))).toEqual([5_000, 4_999, 1, 0])
  })

  test('is of one client', () => {
    const lockouts = lockoutsOf()
    for (let failure = 0; failure < 3; failure += 1) lockouts.fail(A, 0)
    expect([lockouts.remaining(B, 0), lockouts.fail(B, 0)]).toEqual([0, 0])
  })

  test.each([
    { name: 'failures within the time', times: [0, 500, 999], locked: true },
    { name: 'failures beyond it', times: [0, 500, 1_000], locked: false },
    { name: 'failures counted anew after it', times: [0, 999, 1_000, 1_500, 1_600], locked: true },
  ])('takes $name: $locked', ({ times, locked }) => {
    const lockouts = lockoutsOf()
    for (const now of times) lockouts.fail(A, now)
    expect(lockouts.remaining(A, times.at(-1) ?? 0) > 0).toBe(locked)
  })

  test('is not made longer by what follows, which is told how long it still is', () => {
    const lockouts = lockoutsOf({ failures: 1 })
    expect([lockouts.fail(A, 0), lockouts.fail(A, 1_000), lockouts.remaining(A, 2_000)]).toEqual([0, 4_000, 3_000])
  })

  test('takes as many failures after it as before it', () => {
    const lockouts = lockoutsOf()
    for (const now of [0, 0, 0, 6_000, 6_000]) lockouts.fail(A, now)
    expect(lockouts.remaining(A, 6_000)).toBe(0)
    lockouts.fail(A, 6_000)
    expect(lockouts.remaining(A, 6_000)).toBe(5_000)
  })

  test('that others tell of is no shorter than they say, and no shorter than it was', () => {
    const lockouts = lockoutsOf({ failures: 2 })
    lockouts.fail(A, 0)
    lockouts.lock(A, 700, 0)
    expect(lockouts.remaining(A, 0)).toBe(700)
    for (const now of [0, 0]) lockouts.fail(B, now)
    lockouts.lock(B, 700, 0)
    expect(lockouts.remaining(B, 0)).toBe(5_000)
    lockouts.lock(B, 7_000, 0)
    expect(lockouts.remaining(B, 0)).toBe(7_000)
  })

  test('outlives a change of the numbers', () => {
    const table = new ClientTable({ capacity: 4096, seed: SEED, keptFrom: LOCKED })
    const before = lockoutsOf({ failures: 10 }, table)
    for (let failure = 0; failure < 9; failure += 1) before.fail(A, 0)
    for (let failure = 0; failure < 10; failure += 1) before.fail(B, 0)
    const after = lockoutsOf({ failures: 2 }, table)
    expect([after.remaining(A, 0), after.remaining(B, 0)]).toEqual([0, 5_000])
    after.fail(A, 0)
    expect(after.remaining(A, 0)).toBe(5_000)
  })
})

describe('what is known to be right', () => {
  test('may be asked for until ten times the failures have missed it', () => {
    const lockouts = lockoutsOf()
    for (let failure = 0; failure < 3; failure += 1) lockouts.fail(A, 0)
    for (let miss = 0; miss < 30; miss += 1) {
      expect(lockouts.mayRecall(A, 0)).toBe(true)
      lockouts.miss(A, 0)
    }
    expect([lockouts.mayRecall(A, 0), lockouts.remaining(A, 0)]).toEqual([false, 5_000])
  })

  test('may be asked for again in the next lockout', () => {
    const lockouts = lockoutsOf({ failures: 1 })
    lockouts.fail(A, 0)
    for (let miss = 0; miss < 10; miss += 1) lockouts.miss(A, 0)
    expect(lockouts.mayRecall(A, 4_999)).toBe(false)
    lockouts.fail(A, 5_000)
    expect(lockouts.mayRecall(A, 5_000)).toBe(true)
  })

  test('is missed without an end: the count stands still', () => {
    const lockouts = lockoutsOf({ failures: 1 })
    lockouts.fail(A, 0)
    for (let miss = 0; miss < 70_000; miss += 1) lockouts.miss(A, 0)
    expect([lockouts.mayRecall(A, 0), lockouts.remaining(A, 0)]).toEqual([false, 5_000])
  })

  test('is not counted for a client that is not there any more', () => {
    const lockouts = lockoutsOf()
    lockouts.miss(A, 0)
    expect([lockouts.mayRecall(A, 0), lockouts.remaining(A, 0)]).toEqual([false, 0])
  })
})

test('is what a list of failures says', () => {
  const numbers = fc.record({
    failures: fc.integer({ min: 1, max: 5 }),
    withinMilliseconds: fc.integer({ min: 1, max: 50 }),
    forMilliseconds: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(numbers, fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (chosen, pauses) => {
      const lockouts = lockoutsOf(chosen)
      let failures: number[] = []
      let lockedUntil = 0
      let now = 1
      for (const pause of pauses) {
        now += pause
        expect(lockouts.remaining(A, now)).toBe(Math.max(0, lockedUntil - now))
        if (lockedUntil <= now) {
          if ((failures[0] ?? 0) + chosen.withinMilliseconds <= now) failures = []
          failures.push(now)
          if (failures.length >= chosen.failures) {
            lockedUntil = now + chosen.forMilliseconds
            failures = []
          }
        }
        lockouts.fail(A, now)
      }
    }),
    { numRuns: 300, interruptAfterTimeLimit: 2_000 },
  )
})
