import { hashSync, verify } from '@node-rs/bcrypt'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { parseBcrypt } from '../../src/hashes/bcrypt.ts'
import {
  createPasswordChecker,
  type PasswordChecker,
  type PasswordCheckerOptions,
  paddingCosts,
} from '../../src/hashes/password-checker.ts'

/** The library itself, looked at: how often and at what cost it is asked. Cost beyond 6 is answered and not paid. */
vi.mock('@node-rs/bcrypt', async (original) => {
  const library = await original<typeof import('@node-rs/bcrypt')>()
  return { ...library, verify: vi.fn() }
})
const library = await vi.importActual<typeof import('@node-rs/bcrypt')>('@node-rs/bcrypt')
const costOf = (hash: string): number => Number(hash.slice(4, 6))
const rounds = (): number => vi.mocked(verify).mock.calls.reduce((sum, [, hash]) => sum + 2 ** costOf(String(hash)), 0)

beforeEach(() => {
  vi.mocked(verify).mockReset()
  vi.mocked(verify).mockImplementation((password, hash) =>
    costOf(String(hash)) > 6 ? Promise.resolve(false) : library.verify(password, hash),
  )
})

const promHash = hashSync('s3cret', 4)
const key = new Uint8Array(32).fill(7)

function checkerOf(users: Record<string, readonly string[]>, options: Partial<PasswordCheckerOptions> = {}): PasswordChecker {
  const parsed = new Map(Object.entries(users).map(([name, hashes]) => [name, hashes.map((hash) => parseBcrypt(hash))]))
  return createPasswordChecker({ users: parsed, key, now: () => 0, ...options })
}

describe('verdicts', () => {
  const users = { prom: [hashSync('old', 4), hashSync('new', 5)], blank: [hashSync('', 4)], ['__proto__']: [promHash] }
  test.each([
    { user: 'prom', password: 'old', verdict: 'right' },
    { user: 'prom', password: 'new', verdict: 'right' },
    { user: 'prom', password: 'other', verdict: 'wrong' },
    { user: 'Prom', password: 'new', verdict: 'wrong' },
    { user: 'mallory', password: 'new', verdict: 'wrong' },
    { user: 'blank', password: '', verdict: 'right' },
    { user: 'blank', password: ' ', verdict: 'wrong' },
    { user: '', password: '', verdict: 'wrong' },
    { user: '__proto__', password: 's3cret', verdict: 'right' },
    { user: 'constructor', password: '', verdict: 'wrong' },
    { user: 'fakeuser', password: 'fakepassword', verdict: 'wrong' },
  ])('"$user" with "$password" is $verdict, also when asked again', async ({ user, password, verdict }) => {
    const checker = checkerOf(users)
    expect([await checker.check(user, password), await checker.check(user, password)]).toEqual([verdict, verdict])
  })

  test('does not join user and password to the pair of another (CVE-2022-46146)', async () => {
    const checker = checkerOf({ prom: [promHash], proms3cre: [hashSync('other', 4)] })
    expect(await checker.check('prom', 's3cret')).toBe('right')
    expect([await checker.check('proms3cre', 't'), await checker.check('', 'proms3cret'), await checker.check('4:prom', 's3cret')]).toEqual(
      ['wrong', 'wrong', 'wrong'],
    )
  })
})

describe('work', () => {
  const costly = (cost: number, seed: string): string => `$2b$${String(cost).padStart(2, '0')}$${hashSync(seed, 4).slice(7)}`
  const users = {
    cheap: [costly(4, 'a')],
    dear: [costly(14, 'b')],
    middle: [costly(10, 'c'), costly(12, 'd')],
    many: [costly(5, 'e'), costly(7, 'f'), costly(5, 'g')],
  }

  test.each(['cheap', 'dear', 'middle', 'many', 'mallory', ''])(
    'a wrong password for "%s" costs the rounds of the dearest user',
    async (user) => {
      expect(await checkerOf(users).check(user, 'guess')).toBe('wrong')
      expect(rounds()).toBe(2 ** 14)
    },
  )

  test('any users cost the same', async () => {
    const costs = fc.array(fc.integer({ min: 4, max: 16 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(fc.array(costs, { minLength: 1, maxLength: 4 }), async (lists) => {
        vi.mocked(verify).mockReset().mockResolvedValue(false)
        const table = Object.fromEntries(lists.map((list, index) => [`user${index}`, list.map((cost) => costly(cost, 'x'))]))
        const budget = Math.max(...lists.map((list) => list.reduce((sum, cost) => sum + 2 ** cost, 0)))
        const checker = checkerOf(table)
        for (const user of [...Object.keys(table), 'mallory']) {
          vi.mocked(verify).mockClear()
          expect([await checker.check(user, 'guess'), rounds()]).toEqual(['wrong', budget])
        }
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 100 },
    )
  })

  test('padding adds up to what is missing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 4, max: 16 }), { maxLength: 20 }), (costs) => {
        const missing = costs.reduce((sum, cost) => sum + 2 ** cost, 0)
        const padding = paddingCosts(missing)
        expect(padding.reduce((sum, cost) => sum + 2 ** cost, 0)).toBe(missing)
        expect(new Set(padding).size).toBe(padding.length)
      }),
      { interruptAfterTimeLimit: 500 },
    )
  })

  test.each([
    { rounds: 0, costs: [] },
    { rounds: 16, costs: [4] },
    { rounds: 48, costs: [4, 5] },
    { rounds: 2 ** 14 - 2 ** 4, costs: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13] },
  ])('pads $rounds rounds with costs $costs', ({ rounds, costs }) => {
    expect(paddingCosts(rounds)).toEqual(costs)
  })

  test('takes as many users as a file can hold', () => {
    const hashes = [parseBcrypt(promHash)]
    const users = new Map(Array.from({ length: 200_000 }, (_, index) => [String(index), hashes]))
    expect(() => createPasswordChecker({ users, key, now: () => 0 })).not.toThrow()
  })
})

describe('equal attempts', () => {
  test.each([
    { name: 'right', user: 'prom', password: 's3cret', hashed: 1 },
    { name: 'wrong', user: 'prom', password: 'guess', hashed: 1 },
    { name: 'of nobody', user: 'mallory', password: 'guess', hashed: 1 },
  ])('that run together are hashed once: $name', async ({ user, password, hashed }) => {
    const checker = checkerOf({ prom: [promHash] })
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => checker.check(user, password)))
    expect([new Set(verdicts).size, vi.mocked(verify).mock.calls.length]).toEqual([1, hashed])
  })

  test('that follow each other are hashed each time while they are wrong', async () => {
    const checker = checkerOf({ prom: [promHash] })
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await checker.check('prom', 'guess')
      expect(verify).toHaveBeenCalledTimes(attempt)
    }
  })

  test('are those of one user with one password, and no others', async () => {
    const checker = checkerOf({ prom: [promHash], other: [promHash] })
    const verdicts = await Promise.all([
      checker.check('prom', 's3cret'),
      checker.check('prom', 'guess'),
      checker.check('other', 's3cret'),
      checker.check('mallory', 's3cret'),
    ])
    expect([verdicts, vi.mocked(verify).mock.calls.length]).toEqual([['right', 'wrong', 'right', 'wrong'], 4])
  })

  test('share a fault, and the next one is tried afresh', async () => {
    vi.mocked(verify).mockRejectedValueOnce(new Error('out of threads'))
    const checker = checkerOf({ prom: [promHash] })
    const both = await Promise.allSettled([checker.check('prom', 's3cret'), checker.check('prom', 's3cret')])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await checker.check('prom', 's3cret')).toBe('right')
  })
})

describe('remembering', () => {
  test('answers a verified pair without another hash', async () => {
    const checker = checkerOf({ prom: [promHash] })
    await checker.check('prom', 's3cret')
    await checker.check('prom', 's3cret')
    expect(verify).toHaveBeenCalledTimes(1)
  })

  test('ends when a pair was not used for its life, and not a millisecond before', async () => {
    let now = 0
    const checker = checkerOf({ prom: [promHash] }, { now: () => now, rememberMilliseconds: 1_000 })
    const hashedAt = async (time: number): Promise<number> => {
      now = time
      await checker.check('prom', 's3cret')
      return vi.mocked(verify).mock.calls.length
    }
    expect([await hashedAt(0), await hashedAt(999), await hashedAt(1_998), await hashedAt(2_998), await hashedAt(3_997)]).toEqual([
      1, 1, 1, 2, 2,
    ])
  })

  test('keeps no more pairs than its bound, the last used ones', async () => {
    const names = ['a', 'b', 'c']
    const checker = checkerOf(Object.fromEntries(names.map((name) => [name, [promHash]])), { maxRemembered: 2 })
    const isHashed = async (user: string): Promise<boolean> => {
      vi.mocked(verify).mockClear()
      await checker.check(user, 's3cret')
      return vi.mocked(verify).mock.calls.length > 0
    }
    const seen = []
    for (const user of ['a', 'b', 'a', 'c', 'a', 'c', 'b', 'a']) seen.push(await isHashed(user))
    expect(seen).toEqual([true, true, false, true, false, false, true, true])
  })

  test('forgets wrong pairs at once: a million of them take no room', async () => {
    const checker = checkerOf({ prom: [promHash] }, { maxRemembered: 1 })
    await checker.check('prom', 's3cret')
    for (let attempt = 0; attempt < 100; attempt += 1) await checker.check('prom', `guess ${attempt}`)
    vi.mocked(verify).mockClear()
    await checker.check('prom', 's3cret')
    expect(verify).not.toHaveBeenCalled()
  })
})

describe('a flood', () => {
  /** Every hash stands still until it is let go. */
  function hold(): { release(): void; waiting(): number } {
    const held: (() => void)[] = []
    vi.mocked(verify).mockImplementation(async (password, hash) => {
      await new Promise<void>((resolve) => held.push(resolve))
      return library.verify(password, hash)
    })
    return { release: () => held.shift()?.(), waiting: () => held.length }
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('runs a few hashes at a time, lets a few wait, and sends the rest away', async () => {
    const checker = checkerOf({ prom: [promHash] }, { concurrency: 2, maxQueued: 3 })
    const held = hold()
    const attempts = Array.from({ length: 8 }, (_, index) => checker.check('prom', `guess ${index}`))
    expect(await Promise.all(attempts.slice(5))).toEqual(['overloaded', 'overloaded', 'overloaded'])
    expect(held.waiting()).toBe(2)
    held.release()
    await attempts[0]
    await settle()
    expect([held.waiting(), vi.mocked(verify).mock.calls.length]).toEqual([2, 3])
  })

  test('serves those who wait in their order, and has room again afterwards', async () => {
    const checker = checkerOf({ prom: [promHash] }, { concurrency: 1, maxQueued: 2 })
    const held = hold()
    const releaseNext = async (): Promise<void> => {
      while (held.waiting() === 0) await settle()
      held.release()
    }
    const order: string[] = []
    const attempts = ['a', 'b', 's3cret'].map(async (password) => order.push(`${password} ${await checker.check('prom', password)}`))
    expect(await checker.check('prom', 'd')).toBe('overloaded')
    for (const attempt of attempts) {
      await releaseNext()
      await attempt
    }
    expect(order).toEqual(['a wrong', 'b wrong', 's3cret right'])
    const again = checker.check('prom', 'd')
    await releaseNext()
    expect(await again).toBe('wrong')
  })

  test('does not touch a pair that was right before', async () => {
    const checker = checkerOf({ prom: [promHash] }, { concurrency: 1, maxQueued: 1 })
    await checker.check('prom', 's3cret')
    hold()
    const flood = Array.from({ length: 3 }, (_, index) => checker.check('mallory', `guess ${index}`))
    expect([await flood[2], await checker.check('prom', 's3cret')]).toEqual(['overloaded', 'right'])
  })

  test('frees its place when a hash fails', async () => {
    const checker = checkerOf({ prom: [promHash] }, { concurrency: 1, maxQueued: 0 })
    vi.mocked(verify).mockRejectedValueOnce(new Error('out of threads'))
    await expect(checker.check('prom', 'a')).rejects.toThrow('out of threads')
    expect(await checker.check('prom', 's3cret')).toBe('right')
  })
})
