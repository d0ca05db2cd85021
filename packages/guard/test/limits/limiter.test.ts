import { describe, expect, test } from 'vitest'
import type { Client } from '../../src/limits/client.ts'
import { type Admission, Limiter, type LimitNumbers } from '../../src/limits/limiter.ts'
import { LimitMemory } from '../../src/limits/memory.ts'
import type { LimitStore, StoreAnswer, StoreQuestion } from '../../src/limits/store.ts'

const A: Client = { high: 0xffff, low: 1 }
const B: Client = { high: 0xffff, low: 2 }
const RATE = { intervalMilliseconds: 1_000, burst: 2 }
const LOCKOUT = { failures: 2, withinMilliseconds: 10_000, forMilliseconds: 5_000 }
const NONE: LimitNumbers = { perClient: undefined, total: undefined, strangersBurst: 0, inFlight: undefined, lockout: undefined }
const HOUR = 3_600_000

interface Bench {
  limiter: Limiter
  now: number
}
const limiterOf = (numbers: Partial<LimitNumbers>, store?: LimitStore, memory = new LimitMemory((size) => new Uint8Array(size))): Bench => {
  const bench = { now: 0 } as Bench
  bench.limiter = new Limiter({ numbers: { ...NONE, ...numbers }, memory, store, now: () => bench.now })
  return bench
}
const states = async (limiter: Limiter, clients: readonly Client[]): Promise<string[]> => {
  const found = []
  for (const client of clients) found.push((await limiter.admit(client)).state)
  return found
}
const waits = (admission: Admission): number => ('retryAfterMilliseconds' in admission ? admission.retryAfterMilliseconds : 0)

describe('a limiter', () => {
  test('of nothing admits everyone, and locks nobody out', async () => {
    const { limiter } = limiterOf({})
    for (let failure = 0; failure < 100; failure += 1) expect(limiter.failed(A)).toBe(0)
    limiter.missed(A)
    expect([await states(limiter, [A, A, A]), limiter.lockedFor(A), limiter.enter(A)]).toEqual([
      ['admitted', 'admitted', 'admitted'],
      0,
      undefined,
    ])
  })

  test('counts each client for itself', async () => {
    const bench = limiterOf({ perClient: RATE })
    expect(await states(bench.limiter, [A, A, A, B])).toEqual(['admitted', 'admitted', 'rate_limited', 'admitted'])
    bench.now = 250
    expect(waits(await bench.limiter.admit(A))).toBe(750)
    bench.now = 1_000
    expect(await states(bench.limiter, [A, A])).toEqual(['admitted', 'rate_limited'])
  })

  test('counts all together, and what one is refused for on the account of none', async () => {
    const bench = limiterOf({ perClient: { ...RATE, burst: 1 }, total: RATE, strangersBurst: 2 })
    expect(await states(bench.limiter, [A, A, A, B, B])).toEqual(['admitted', 'rate_limited', 'rate_limited', 'admitted', 'rate_limited'])
    bench.now = 1_000
    expect(await states(bench.limiter, [A, B])).toEqual(['admitted', 'rate_limited'])
  })

  test('keeps a part of what all may for those who have proven themselves', async () => {
    const bench = limiterOf({ total: { intervalMilliseconds: 1_000, burst: 4 }, strangersBurst: 2 })
    bench.limiter.proved(A)
    expect(await states(bench.limiter, [B, B, B, A, A, A])).toEqual([
      'admitted',
      'admitted',
      'rate_limited',
      'admitted',
      'admitted',
      'rate_limited',
    ])
    // An hour later it is a stranger like any other.
    bench.now = HOUR
    expect(await states(bench.limiter, [A, A, A])).toEqual(['admitted', 'admitted', 'rate_limited'])
  })

  test('locks out whoever fails too often, and says for how long', async () => {
    const bench = limiterOf({ lockout: LOCKOUT })
    expect([bench.limiter.failed(A), bench.limiter.lockedFor(A), bench.limiter.failed(A), bench.limiter.lockedFor(A)]).toEqual([
      0, 0, 0, 5_000,
    ])
    bench.now = 1
    expect([await bench.limiter.admit(A), bench.limiter.failed(A)]).toEqual([
      { state: 'locked_out', retryAfterMilliseconds: 4_999, mayRecall: false },
      4_999,
    ])
    expect((await bench.limiter.admit(B)).state).toBe('admitted')
  })

  test('lets a locked-out client recall where it has proven itself, within its rate, until it has missed too often', async () => {
    const bench = limiterOf({ lockout: LOCKOUT, perClient: RATE })
    bench.limiter.proved(A)
    for (const failure of [0, 1]) expect([failure, bench.limiter.failed(A)]).toEqual([failure, 0])
    expect(await bench.limiter.admit(A)).toEqual({ state: 'locked_out', retryAfterMilliseconds: 5_000, mayRecall: true })
    expect(await states(bench.limiter, [A, A])).toEqual(['locked_out', 'rate_limited'])
    for (let miss = 0; miss < 20; miss += 1) bench.limiter.missed(A)
    expect(await bench.limiter.admit(A)).toEqual({ state: 'locked_out', retryAfterMilliseconds: 5_000, mayRecall: false })
  })

  test('gives places to scrapes in flight', () => {
    const { limiter } = limiterOf({ inFlight: { perClient: 1, total: 2 } })
    const done = limiter.enter(A)
    expect([typeof done, limiter.enter(A), typeof limiter.enter(B)]).toEqual(['function', 'full', 'function'])
    if (typeof done === 'function') done()
    expect(typeof limiter.enter(A)).toBe('function')
  })

  test('goes on where one of before left off', async () => {
    const memory = new LimitMemory((size) => new Uint8Array(size))
    const before = limiterOf({ lockout: LOCKOUT, perClient: RATE }, undefined, memory)
    void before.limiter.failed(A)
    await states(before.limiter, [B, B])
    const after = limiterOf({ lockout: LOCKOUT, perClient: RATE }, undefined, memory)
    void after.limiter.failed(A)
    expect(await states(after.limiter, [A, B])).toEqual(['locked_out', 'rate_limited'])
  })
})

test('a million failing addresses take less than 32 MiB, and do not push out one that is locked out (adversarial case 12)', () => {
  const memory = new LimitMemory((size) => Uint8Array.from({ length: size }, (_, index) => index * 37))
  const { limiter } = limiterOf({ lockout: LOCKOUT }, undefined, memory)
  for (let failure = 0; failure < 2; failure += 1) void limiter.failed(A)
  limiter.proved(B)
  for (let index = 0; index < 1_000_000; index += 1) void limiter.failed({ high: 0xffff, low: 0x0a000000 + index })
  expect(memory.byteSize).toBeLessThan(32 * 1024 * 1024)
  expect([limiter.lockedFor(A), limiter.admit(B)]).toEqual([5_000, { state: 'admitted' }])
})

/** A store whose answers a test gives, one after the other. */
class Answers implements LimitStore {
  readonly questions: (readonly [Client, StoreQuestion])[] = []
  readonly failures: Client[] = []
  readonly #waiting: ((answer: StoreAnswer | undefined) => void)[] = []
  #failed: { before: number; after: number } | undefined

  admit(client: Client, question: StoreQuestion): Promise<StoreAnswer | undefined> {
    this.questions.push([client, question])
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  fail(client: Client): Promise<{ before: number; after: number } | undefined> {
    this.failures.push(client)
    return Promise.resolve(this.#failed)
  }

  answer(answer: Partial<StoreAnswer> | undefined): void {
    this.#waiting.shift()?.(answer && { locked: 0, wait: 0, clientAhead: 0, totalAhead: 0, ...answer })
  }

  willFail(failed: { before: number; after: number }): void {
    this.#failed = failed
  }

  close(): void {}
}

describe('a limiter with a store', () => {
  test('asks it about strangers, and waits', async () => {
    const store = new Answers()
    const { limiter } = limiterOf({ perClient: RATE, total: RATE, strangersBurst: 1, lockout: LOCKOUT }, store)
    const asked = limiter.admit(A)
    expect(store.questions).toEqual([[A, { perClient: RATE, total: RATE, totalBurst: 1, lockout: true }]])
    store.answer({})
    expect(await asked).toEqual({ state: 'admitted' })
  })

  test('goes on without it while it is away', async () => {
    const store = new Answers()
    const { limiter } = limiterOf({ perClient: RATE, lockout: LOCKOUT }, store)
    for (const state of ['admitted', 'admitted']) {
      const asked = limiter.admit(A)
      store.answer(undefined)
      expect((await asked).state).toBe(state)
    }
    expect((await limiter.admit(A)).state).toBe('rate_limited')
    expect([await limiter.failed(A), await limiter.failed(A), await limiter.failed(A)]).toEqual([0, 0, 5_000])
  })

  test('learns of a lockout, and asks no more', async () => {
    const store = new Answers()
    const bench = limiterOf({ lockout: LOCKOUT }, store)
    const asked = bench.limiter.admit(A)
    store.answer({ locked: 700 })
    expect(await asked).toEqual({ state: 'locked_out', retryAfterMilliseconds: 700, mayRecall: false })
    bench.now = 100
    expect(bench.limiter.admit(A)).toEqual({ state: 'locked_out', retryAfterMilliseconds: 600, mayRecall: false })
    expect(store.questions).toHaveLength(1)
  })

  test('learns how far others have gone', async () => {
    const store = new Answers()
    const bench = limiterOf({ perClient: RATE, total: { ...RATE, burst: 4 }, strangersBurst: 4 }, store)
    const asked = bench.limiter.admit(A)
    store.answer({ wait: 300, clientAhead: 1_300, totalAhead: 3_500 })
    expect(await asked).toEqual({ state: 'rate_limited', retryAfterMilliseconds: 300 })
    expect([waits(await bench.limiter.admit(A)), waits(await bench.limiter.admit(B))]).toEqual([500, 500])
    expect(store.questions).toHaveLength(1)
  })

  test('never takes back what it counted itself', async () => {
    const store = new Answers()
    const bench = limiterOf({ perClient: RATE, total: RATE, strangersBurst: 2 }, store)
    for (const _ of [1, 2]) {
      const asked = bench.limiter.admit(A)
      store.answer({ clientAhead: 1, totalAhead: 1 })
      await asked
    }
    expect(waits(await bench.limiter.admit(A))).toBe(1_000)
  })

  test('makes nobody wait who has proven themselves, and counts them all the same', async () => {
    const store = new Answers()
    const bench = limiterOf({ perClient: { ...RATE, burst: 9 }, total: { ...RATE, burst: 9 }, strangersBurst: 4, lockout: LOCKOUT }, store)
    bench.limiter.proved(A)
    expect(bench.limiter.admit(A)).toEqual({ state: 'admitted' })
    expect(store.questions).toMatchObject([[A, { totalBurst: 9, lockout: false }]])
    store.answer({ wait: 1_000, clientAhead: 9_000 })
    await Promise.resolve()
    await Promise.resolve()
    expect(waits(await bench.limiter.admit(A))).toBe(1_000)
  })

  test('does not ask where there is nothing to count', () => {
    const store = new Answers()
    const { limiter } = limiterOf({ lockout: LOCKOUT }, store)
    limiter.proved(A)
    expect([limiter.admit(A), limiterOf({ inFlight: { perClient: 1, total: 1 } }, store).limiter.admit(B)]).toEqual([
      { state: 'admitted' },
      { state: 'admitted' },
    ])
    expect(store.questions).toEqual([])
  })

  test('tells it of failures, and learns when those of all lock a client out', async () => {
    const store = new Answers()
    const { limiter } = limiterOf({ lockout: { ...LOCKOUT, failures: 10 } }, store)
    store.willFail({ before: 0, after: 0 })
    expect([await limiter.failed(A), limiter.lockedFor(A)]).toEqual([0, 0])
    store.willFail({ before: 0, after: 5_000 })
    expect([await limiter.failed(A), limiter.lockedFor(A)]).toEqual([0, 5_000])
    expect(limiter.failed(A)).toBe(5_000)
    expect(store.failures).toEqual([A, A])
  })

  test('hides a failure of a client that others have locked out', async () => {
    const store = new Answers()
    const { limiter } = limiterOf({ lockout: { ...LOCKOUT, failures: 10 } }, store)
    store.willFail({ before: 700, after: 700 })
    expect([await limiter.failed(A), limiter.lockedFor(A)]).toEqual([700, 700])
  })

  test('tells it of no failures where nobody is locked out', () => {
    const store = new Answers()
    expect([limiterOf({ perClient: RATE }, store).limiter.failed(A), store.failures]).toEqual([0, []])
  })
})
