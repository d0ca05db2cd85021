import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AttemptWork } from '../../src/hashes/attempt-work.ts'
import { parseBcrypt } from '../../src/hashes/bcrypt.ts'
import type { PasswordHash } from '../../src/hashes/password-hash.ts'
import { recordHashes } from '../support/recorded-hash.ts'

const { hash } = recordHashes()
const worksOf = (hashes: readonly PasswordHash[]): string[] => hashes.map(({ work }) => work).toSorted()
const usersOf = (lists: Record<string, readonly string[]>): Map<string, PasswordHash[]> =>
  new Map(Object.entries(lists).map(([user, works]) => [user, works.map((work) => hash(work))]))
const bcryptOf = (cost: number): PasswordHash => parseBcrypt(`$2b$${String(cost).padStart(2, '0')}$${'a'.repeat(21)}.${'a'.repeat(30)}.`)

describe('what a wrong attempt runs besides the own hashes', () => {
  const lists = {
    cheap: ['bcrypt 4'],
    dear: ['bcrypt 14'],
    rotating: ['bcrypt 10', 'bcrypt 10'],
    modern: ['argon2id m=65536,t=3,p=4', 'bcrypt 4'],
    old: ['apr1 8'],
  }
  const all = ['apr1 8', 'argon2id m=65536,t=3,p=4', 'bcrypt 10', 'bcrypt 10', 'bcrypt 14', 'bcrypt 4']
  const users = usersOf(lists)
  const work = new AttemptWork(users)
  test.each([...Object.keys(lists), 'mallory'])('for %s makes up the same works as for anybody (6.2 #3)', (user) => {
    const own = users.get(user) ?? []
    const missing = work.missing(own)
    expect(worksOf([...own, ...missing])).toEqual(all)
    expect(missing.filter((decoy) => own.includes(decoy))).toEqual([])
  })

  test('is nothing where all are alike, and one decoy for nobody', () => {
    const users = usersOf({ a: ['bcrypt 10'], b: ['bcrypt 10'] })
    const work = new AttemptWork(users)
    expect([work.missing(users.get('a') ?? []), worksOf(work.missing([]))]).toEqual([[], ['bcrypt 10']])
  })

  test('is the same for any users', () => {
    const works = fc.array(fc.constantFrom('bcrypt 4', 'bcrypt 10', 'bcrypt 14', 'apr1 8', 'scrypt ln=14,r=8,p=1'), {
      minLength: 1,
      maxLength: 5,
    })
    fc.assert(
      fc.property(fc.array(works, { minLength: 1, maxLength: 5 }), (lists) => {
        const users = usersOf(Object.fromEntries(lists.map((list, index) => [`user${index}`, list])))
        const work = new AttemptWork(users)
        const nobody = worksOf(work.missing([]))
        for (const own of users.values()) expect(worksOf([...own, ...work.missing(own)])).toEqual(nobody)
        // The dearest list is in it whole, and nothing that no user has.
        for (const list of lists) for (const one of list) expect(nobody.filter((work) => work === one).length).toBeGreaterThanOrEqual(1)
        expect(nobody.length).toBeLessThanOrEqual(lists.flat().length)
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 300 },
    )
  })

  test('has decoys of real hashes', () => {
    const [decoy] = new AttemptWork(new Map([['a', [bcryptOf(12)]]])).missing([])
    expect(decoy).toEqual(bcryptOf(12).decoy())
  })
})

describe('an attempt that nobody waits for', () => {
  test.each([
    { name: 'many hashes of one user', users: new Map([['a', Array.from({ length: 15 }, () => bcryptOf(16))]]), seconds: 61 },
    {
      name: 'hashes of many kinds',
      users: new Map([
        ['a', Array.from({ length: 10 }, () => bcryptOf(16))],
        ['b', Array.from({ length: 10 }, () => bcryptOf(15))],
      ]),
      seconds: 61,
    },
  ])('is refused: $name', ({ users, seconds }) => {
    expect(faultOf(() => new AttemptWork(users))).toEqual({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: `each wrong password would take about ${seconds} seconds, since it costs as much as the hashes of all kinds and costs together`,
      fix: 'Use hashes of one kind and cost, and fewer for each user.',
    })
  })

  test('is not one of the same hashes for many users', () => {
    const hashes = Array.from({ length: 14 }, () => bcryptOf(16))
    const users = new Map(Array.from({ length: 200_000 }, (_, index) => [String(index), index === 0 ? hashes : hashes.slice(0, 1)]))
    expect(new AttemptWork(users).missing([])).toHaveLength(14)
  })
})
