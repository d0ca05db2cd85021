import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type GuardOptions, PosternError, parseAddress, parseTarget, type RequestFacts } from '@postern/guard'
import { basic, faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { type BasicOptions, compileBasic } from '../../src/credentials/basic-options.ts'
import type { CompilerEnvironment } from '../../src/credentials/compiled.ts'
import { factsOf, withAuthorization } from '../support/facts.ts'

const hash = hashSync('s3cret', 4)
const SHA1 = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
const WEAK = 'an unsalted SHA-1 hash, of which one graphics card tries billions of passwords a second'

function environmentOf(files: Record<string, string> = {}, elapsed: () => number = () => 0): CompilerEnvironment {
  const kept = new Map<string, object>()
  return {
    readFile: (file) => ({ text: files[file] ?? '', readableByOthers: false }),
    now: () => 0,
    elapsed,
    randomBytes: (size) => new Uint8Array(size),
    keep: (key, create) => {
      const found = kept.get(key) ?? create()
      kept.set(key, found)
      return found as ReturnType<typeof create>
    },
    tell: () => {},
  }
}

describe('weak hashes', () => {
  test('are told with their user and place, in the policy and in a file, and work', async () => {
    const { credential, warnings } = compileBasic(
      { type: 'basic', users: { old: ['$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.', hash], prom: hash }, usersFile: 'users' },
      environmentOf({ users: `new:${hash}\nolder:${SHA1}\n` }),
    )
    expect(warnings).toEqual([
      'users: the hash of "old" is an apr1 hash, 1000 rounds of MD5, of which one graphics card tries millions of passwords a second. Write a new one: postern hash --user "old"',
      `"users" line 2: the hash of "older" is ${WEAK}. Write a new one: postern hash --user "older"`,
    ])
    expect(await credential.check(withAuthorization(basic('older', 'password').authorization), undefined)).toMatchObject({
      state: 'proven',
    })
  })
})

describe('rememberSeconds', () => {
  test.each([
    { name: 'is 300 when it is left out', options: {}, seconds: 300 },
    { name: 'may be short', options: { rememberSeconds: 0.5 }, seconds: 0.5 },
    { name: 'may be a day', options: { rememberSeconds: 86_400 }, seconds: 86_400 },
  ])('$name', async ({ options, seconds }) => {
    let now = 0
    const { credential } = compileBasic(
      { type: 'basic', users: { prom: hash }, ...options },
      environmentOf({}, () => now),
    )
    const facts = withAuthorization(basic('prom', 's3cret').authorization)
    await credential.check(facts, undefined)
    now = seconds * 1000 - 1
    const isDecidedAtOnce = !(credential.check(facts, undefined) instanceof Promise)
    now += seconds * 1000
    expect([isDecidedAtOnce, credential.check(facts, undefined)]).toEqual([true, expect.any(Promise)])
  })

  test('of 0 remembers nothing', async () => {
    const { credential } = compileBasic({ type: 'basic', users: { prom: hash }, rememberSeconds: 0 }, environmentOf())
    const facts = withAuthorization(basic('prom', 's3cret').authorization)
    for (let time = 0; time < 2; time += 1) {
      const finding = credential.check(facts, undefined)
      expect([finding, await finding]).toEqual([expect.any(Promise), expect.objectContaining({ state: 'proven' })])
    }
  })

  test.each([-1, 86_401, Number.NaN, '300', null])('may not be %j', (rememberSeconds) => {
    const options = { type: 'basic', users: { prom: hash }, rememberSeconds } as BasicOptions
    expect(faultOf(() => compileBasic(options, environmentOf()))).toEqual({
      code: 'ERR_POSTERN_POLICY',
      path: ['rememberSeconds'],
      message: `${JSON.stringify(rememberSeconds)} is not a number of seconds from 0 to 86400`,
      fix: 'Leave it out for 300, or write 0 to hash every password anew.',
    })
  })
})

describe('faults', () => {
  test('are told all at once, each with its place', () => {
    const options = {
      type: 'basic',
      nam: 'x',
      name: 'a b',
      realm: '',
      users: { a: 'x', 'b:': hash, c: [], d: hash },
      usersFile: 'users',
      rememberSeconds: -1,
    }
    const faults: unknown[] = []
    try {
      compileBasic(options as unknown as BasicOptions, environmentOf({ users: 'x\ny:\n' }))
    } catch (error) {
      if (error instanceof PosternError) faults.push(...[error, ...error.others].map(({ path, source }) => [path.join('.'), source?.line]))
    }
    expect(faults).toEqual([
      ['nam', undefined],
      ['name', undefined],
      ['realm', undefined],
      ['rememberSeconds', undefined],
      ['users.a', undefined],
      ['users', undefined],
      ['users.c', undefined],
      ['usersFile', 1],
      ['usersFile', 2],
    ])
  })

  test('an attempt that nobody waits for is one', () => {
    const dear = `$2b$16$${'a'.repeat(21)}.${'a'.repeat(30)}.`
    expect(faultOf(() => compileBasic({ type: 'basic', users: { prom: Array<string>(20).fill(dear) } }, environmentOf()))).toMatchObject({
      code: 'ERR_POSTERN_HASH',
      path: [],
      message: expect.stringMatching(/^each wrong password would take about 82 seconds/),
    })
  })
})

describe('what was verified outlives a reload', () => {
  const request = (user: string, password: string): RequestFacts =>
    factsOf({
      address: parseAddress('10.0.0.1'),
      target: parseTarget('/metrics'),
      authorization: [basic(user, password).authorization],
    })

  test('for users whose hash stays, and for nobody else (6.2 #14)', async () => {
    const files = { users: `prom:${hash}\nother:${hash}\nthird:${hash}\n` }
    // Who is recalled has asked for the time once more before the first await; who is hashed asks after it.
    let asked = 0
    const environment = {
      ...environmentOf(),
      readFile: () => ({ text: files.users, readableByOthers: false }),
      elapsed: () => {
        asked += 1
        return 0
      },
    }
    const options: GuardOptions = { credentials: [{ type: 'basic', usersFile: 'users' }] }
    const guard = createGuard(options, { environment })
    for (const user of ['prom', 'other', 'third']) expect(await guard.decide(request(user, 's3cret'))).toMatchObject({ allow: true })
    files.users = `prom:${hash}\nother:${hashSync('changed', 4)}\n`
    guard.reload()
    const askedFor = (user: string): { times: number; decided: Promise<unknown> } => {
      asked = 0
      const decided = guard.decide(request(user, 's3cret'))
      return { times: asked, decided }
    }
    const [stranger, known] = [askedFor('stranger'), askedFor('prom')]
    expect([known.times - stranger.times, await known.decided]).toEqual([1, expect.objectContaining({ allow: true })])
    await stranger.decided
    for (const user of ['other', 'third']) expect(await guard.decide(request(user, 's3cret'))).toMatchObject({ reason: 'bad_credentials' })
    expect(await guard.decide(request('other', 'changed'))).toMatchObject({ allow: true })
    await guard.close()
  })
})
