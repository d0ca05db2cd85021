import { hashSync as argon2 } from '@node-rs/argon2'
import { hashSync } from '@node-rs/bcrypt'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HashQueue } from '../../src/hashes/hash-queue.ts'
import { parseHash } from '../../src/hashes/parse-hash.ts'
import {
  createPasswordChecker,
  type PasswordChecker,
  type PasswordCheckerOptions,
  type PasswordVerdict,
} from '../../src/hashes/password-checker.ts'
import type { PasswordHash } from '../../src/hashes/password-hash.ts'
import { VerifiedPairs } from '../../src/hashes/verified-pairs.ts'
import { recordHashes } from '../support/recorded-hash.ts'

type Lists = Readonly<Record<string, readonly PasswordHash[]>>

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const newPairs = (maxPairs?: number): VerifiedPairs => new VerifiedPairs(new Uint8Array(32).fill(7), maxPairs)

function checkerOf(lists: Lists, options: Partial<PasswordCheckerOptions> = {}): PasswordChecker {
  const defaults = { pairs: newPairs(), queue: new HashQueue(), now: () => 0, rememberMilliseconds: 1_000 }
  return createPasswordChecker({ users: new Map(Object.entries(lists)), ...defaults, ...options })
}

const textOf = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString('base64')

/** As a credential asks: what is known first. */
async function ask(checker: PasswordChecker, user: string, password: string, client = 'a'): Promise<PasswordVerdict | 'recalled'> {
  const text = textOf(user, password)
  return checker.recall(text) === user ? 'recalled' : checker.check({ text, user, password, client })
}

/** Hashes that stand still until they are let go, in the order in which they began. */
function holdHashes(): { hash(password: string): PasswordHash; release(): void; waiting(): readonly string[] } {
  const held: { readonly tried: string; readonly release: () => void }[] = []
  const { hash } = recordHashes()
  const standing = (original: PasswordHash): PasswordHash => ({
    ...original,
    decoy: () => standing(original.decoy()),
    async verify(tried) {
      await new Promise<void>((release) => held.push({ tried, release }))
      return original.verify(tried)
    },
  })
  return {
    hash: (password) => standing(hash('bcrypt 10', password)),
    release: () => held.shift()?.release(),
    waiting: () => held.map(({ tried }) => tried),
  }
}

describe('verdicts', () => {
  const prom = parseHash(hashSync('s3cret', 4))
  const lists = {
    prom: [parseHash(hashSync('old', 4)), parseHash(hashSync('new', 5))],
    blank: [parseHash(hashSync('', 4))],
    ['__proto__']: [prom],
    modern: [parseHash(argon2('s3cret', { memoryCost: 64, timeCost: 1 })), parseHash('{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=')],
    portable: [parseHash('$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$1wV9eQ8Bq8zDSxFQlCZgHg')],
    old: [parseHash('$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.')],
  }
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
    { user: 'modern', password: 's3cret', verdict: 'right' },
    { user: 'modern', password: 'password', verdict: 'right' },
    { user: 'modern', password: 'x', verdict: 'wrong' },
    { user: 'portable', password: 'x', verdict: 'wrong' },
    { user: 'old', password: 'x', verdict: 'right' },
    { user: 'old', password: 'y', verdict: 'wrong' },
  ])('"$user" with "$password" is $verdict, also when asked again (6.2 #7)', async ({ user, password, verdict }) => {
    const checker = checkerOf(lists)
    const again = verdict === 'right' ? 'recalled' : verdict
    expect([await ask(checker, user, password), await ask(checker, user, password)]).toEqual([verdict, again])
  })

  test('does not join user and password to the pair of another (6.2 #5, CVE-2022-46146)', async () => {
    const checker = checkerOf({ prom: [prom], proms3cre: [parseHash(hashSync('other', 4))] })
    expect(await ask(checker, 'prom', 's3cret')).toBe('right')
    const joined = [
      ['proms3cre', 't'],
      ['', 'proms3cret'],
      ['prom', ':s3cret'],
      ['prom:', 's3cret'],
      [prom.text, 's3cret'],
      ['prom', `s3cret${prom.text}`],
    ] as const
    for (const [user, password] of joined) expect([user, password, await ask(checker, user, password)]).toEqual([user, password, 'wrong'])
  })
})

describe('work', () => {
  const { hash, done } = recordHashes()
  const lists = {
    cheap: [hash('bcrypt 4', 'x')],
    dear: [hash('bcrypt 14')],
    middle: [hash('bcrypt 10'), hash('bcrypt 12')],
    modern: [hash('argon2id m=65536,t=3,p=4'), hash('bcrypt 10')],
    old: [hash('apr1 8')],
  }
  const all = ['apr1 8', 'argon2id m=65536,t=3,p=4', 'bcrypt 10', 'bcrypt 12', 'bcrypt 14', 'bcrypt 4']

  test.each([...Object.keys(lists), 'mallory', ''])(
    'a wrong password for "%s" runs the same verifications as for anybody (6.2 #3)',
    async (user) => {
      done.length = 0
      expect([await ask(checkerOf(lists), user, 'guess'), done.toSorted()]).toEqual(['wrong', all])
    },
  )

  test('a right password runs no more than the hashes before its own', async () => {
    done.length = 0
    expect([await ask(checkerOf(lists), 'cheap', 'x'), done]).toEqual(['right', ['bcrypt 4']])
  })

  test('any users cost the same (6.2 #3)', async () => {
    const works = fc.array(fc.constantFrom('bcrypt 4', 'bcrypt 10', 'apr1 8', 'scrypt ln=14,r=8,p=1'), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(works, { minLength: 1, maxLength: 4 }), async (users) => {
        const { hash, done } = recordHashes()
        const lists = Object.fromEntries(users.map((list, index) => [`user${index}`, list.map((work) => hash(work))]))
        const checker = checkerOf(lists)
        await ask(checker, 'mallory', 'guess')
        const nobody = done.splice(0).toSorted()
        for (const user of Object.keys(lists)) {
          await ask(checker, user, 'guess')
          expect(done.splice(0).toSorted()).toEqual(nobody)
        }
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 200 },
    )
  })
})

describe('equal attempts', () => {
  test.each([
    { name: 'right', user: 'prom', password: 's3cret' },
    { name: 'wrong', user: 'prom', password: 'guess' },
    { name: 'of nobody', user: 'mallory', password: 'guess' },
  ])('that run together are hashed once: $name (6.2 #4)', async ({ user, password }) => {
    const { hash, done } = recordHashes()
    const checker = checkerOf({ prom: [hash('bcrypt 10', 's3cret')] })
    const verdicts = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(checker, user, password, `client ${index}`)))
    expect([new Set(verdicts).size, done]).toEqual([1, ['bcrypt 10']])
  })

  test('that follow each other are hashed each time while they are wrong', async () => {
    const { hash, done } = recordHashes()
    const checker = checkerOf({ prom: [hash('bcrypt 10')] })
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await ask(checker, 'prom', 'guess')
      expect(done).toHaveLength(attempt)
    }
  })

  test('are those of one user with one password, and no others (6.2 #6)', async () => {
    const { hash, done } = recordHashes()
    const prom = hash('bcrypt 10', 's3cret')
    const checker = checkerOf({ prom: [prom], other: [hash('bcrypt 10', 's3cret')] })
    const verdicts = await Promise.all([
      ask(checker, 'prom', 's3cret'),
      ask(checker, 'prom', 'guess'),
      ask(checker, 'other', 's3cret'),
      ask(checker, 'mallory', 's3cret'),
      ask(checker, 'mallory', `s3cret${prom.text}`),
    ])
    expect([verdicts, done.length]).toEqual([['right', 'wrong', 'right', 'wrong', 'wrong'], 5])
  })

  test('share a fault, and the next one is tried afresh', async () => {
    const { hash } = recordHashes()
    let isBroken = true
    const prom = hash('bcrypt 10', 's3cret')
    const verify = (tried: string): Promise<boolean> => (isBroken ? Promise.reject(new Error('out of threads')) : prom.verify(tried))
    const checker = checkerOf({ prom: [{ ...prom, verify }] })
    const both = await Promise.allSettled([ask(checker, 'prom', 's3cret'), ask(checker, 'prom', 's3cret')])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isBroken = false
    expect(await ask(checker, 'prom', 's3cret')).toBe('right')
  })
})

describe('remembering', () => {
  const { hash, done } = recordHashes()
  const prom = hash('bcrypt 10', 's3cret')

  test('ends when a pair was not used for its life, and not a millisecond before', async () => {
    let now = 0
    const checker = checkerOf({ prom: [prom] }, { now: () => now })
    const at = (time: number): Promise<string> => {
      now = time
      return ask(checker, 'prom', 's3cret')
    }
    const seen = []
    for (const time of [0, 999, 1_998, 2_998, 3_997]) seen.push(await at(time))
    expect(seen).toEqual(['right', 'recalled', 'recalled', 'right', 'recalled'])
  })

  test('can be switched off', async () => {
    done.length = 0
    const pairs = newPairs()
    const checker = checkerOf({ prom: [prom] }, { pairs, rememberMilliseconds: 0 })
    expect([await ask(checker, 'prom', 's3cret'), await ask(checker, 'prom', 's3cret'), done.length]).toEqual(['right', 'right', 2])
    expect(pairs.get(pairs.digestOf(textOf('prom', 's3cret')))).toBeUndefined()
  })

  test('keeps nothing of wrong pairs: a million of them take no room (6.2 #12)', async () => {
    const checker = checkerOf({ prom: [prom] }, { pairs: newPairs(1) })
    await ask(checker, 'prom', 's3cret')
    for (let attempt = 0; attempt < 100; attempt += 1) await ask(checker, 'prom', `guess ${attempt}`)
    expect(await ask(checker, 'prom', 's3cret')).toBe('recalled')
  })

  test('keeps no password, in no form but a keyed digest', async () => {
    const pairs = newPairs()
    const entries: unknown[] = []
    const add = pairs.add.bind(pairs)
    pairs.add = (digest, pair) => {
      entries.push(digest, pair)
      add(digest, pair)
    }
    await ask(checkerOf({ prom: [prom] }, { pairs }), 'prom', 's3cret')
    const digest = pairs.digestOf(textOf('prom', 's3cret'))
    expect(entries).toEqual([digest, { user: 'prom', hash: prom.text, lastUsed: 0 }])
  })

  test.each<{ name: string; next: Lists; verdict: string }>([
    { name: 'lasts while the policy has the hash', next: { prom: [prom] }, verdict: 'recalled' },
    { name: 'lasts when another hash is added, in whatever order', next: { prom: [hash('bcrypt 12'), prom] }, verdict: 'recalled' },
    { name: 'lasts when others change', next: { prom: [prom], other: [hash('bcrypt 4')] }, verdict: 'recalled' },
    { name: 'ends with a changed hash (6.2 #14)', next: { prom: [hash('bcrypt 10', 'changed')] }, verdict: 'wrong' },
    { name: 'ends with another hash of the same password', next: { prom: [hash('bcrypt 10', 's3cret')] }, verdict: 'right' },
    { name: 'ends with the user (6.2 #14)', next: { other: [prom] }, verdict: 'wrong' },
  ])('$name', async ({ next, verdict }) => {
    const shared = { pairs: newPairs(), queue: new HashQueue() }
    await ask(checkerOf({ prom: [prom] }, shared), 'prom', 's3cret')
    expect(await ask(checkerOf(next, shared), 'prom', 's3cret')).toBe(verdict)
  })
})

describe('a flood', () => {
  const flood = (checker: PasswordChecker, count: number, client = 'mallory'): Promise<string>[] =>
    Array.from({ length: count }, (_, index) => ask(checker, 'mallory', `${client} ${index}`, client))

  test('does not touch a pair that was right before', async () => {
    const held = holdHashes()
    const checker = checkerOf({ prom: [held.hash('s3cret')] }, { queue: new HashQueue({ concurrency: 1, maxQueued: 1 }) })
    const first = ask(checker, 'prom', 's3cret')
    await settle()
    held.release()
    await first
    const guesses = flood(checker, 3)
    expect([await guesses[2], await ask(checker, 'prom', 's3cret')]).toEqual(['overloaded', 'recalled'])
  })

  test('does not keep a pair waiting that was right before and has come to the end of its life', async () => {
    const held = holdHashes()
    let now = 0
    const queue = new HashQueue({ concurrency: 1, reserved: 1, maxQueued: 1 })
    const checker = checkerOf({ prom: [held.hash('s3cret')] }, { queue, now: () => now })
    const first = ask(checker, 'prom', 's3cret')
    await settle()
    held.release()
    expect(await first).toBe('right')
    now = 1_000
    const guesses = flood(checker, 3)
    const again = ask(checker, 'prom', 's3cret')
    expect(await guesses[2]).toBe('overloaded')
    expect(held.waiting()).toEqual(['mallory 0', 's3cret'])
    held.release()
    held.release()
    expect(await again).toBe('right')
  })

  test('gives no place to a pair that was right before and is no more', async () => {
    const held = holdHashes()
    const shared = { pairs: newPairs(), queue: new HashQueue({ concurrency: 1, reserved: 1, maxQueued: 1 }) }
    const first = ask(checkerOf({ prom: [held.hash('s3cret')] }, shared), 'prom', 's3cret')
    await settle()
    held.release()
    await first
    const changed = checkerOf({ prom: [held.hash('changed')] }, shared)
    void flood(changed, 2)
    expect(await ask(changed, 'prom', 's3cret', 'mallory')).toBe('overloaded')
  })

  test('of one client leaves the others their turn', async () => {
    const held = holdHashes()
    const checker = checkerOf({ prom: [held.hash('s3cret')] }, { queue: new HashQueue({ concurrency: 1, maxQueued: 4 }) })
    const guesses = flood(checker, 5)
    const newcomer = ask(checker, 'prom', 's3cret', 'scraper')
    expect(await guesses[4]).toBe('overloaded')
    await settle()
    held.release()
    await guesses[0]
    await settle()
    held.release()
    await guesses[1]
    await settle()
    expect(held.waiting()).toEqual(['s3cret'])
    held.release()
    expect(await newcomer).toBe('right')
  })
})
