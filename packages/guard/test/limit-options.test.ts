import { join } from 'node:path'
import { createGuard, type GuardEvent, type GuardOptions, PosternError } from '@postern/guard'
import { describeFault, type Fault, faultOf, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import type { CompilerEnvironment } from '../src/credentials/compiled.ts'
import { compileLimits, DEFAULTS } from '../src/limit-options.ts'
import { Limiter } from '../src/limits/limiter.ts'
import type { LimitStore } from '../src/limits/store.ts'
import { compileStore } from '../src/policy/store-options.ts'
import { readSourceFile } from '../src/sources/file.ts'
import { startRedisPeer } from './support/redis-peer.ts'

const FILES: Record<string, { text: string; readableByOthers: boolean }> = {
  'redis.url': { text: 'redis://scraper:canary@127.0.0.1:1/2\n', readableByOthers: false },
  'open.url': { text: 'redis://127.0.0.1:1', readableByOthers: true },
  'empty.url': { text: '\n', readableByOthers: true },
}
const ENVIRONMENT: CompilerEnvironment = {
  readFile: (file, path) => FILES[file] ?? readSourceFile(file, path),
  now: () => 0,
  elapsed: () => 0,
  randomBytes: (size) => new Uint8Array(size),
  keep: (_key, create) => create(),
  tell: () => {},
}
const compile = (limits: unknown, authenticates = true): ReturnType<typeof compileLimits> =>
  compileLimits(limits as GuardOptions['limits'], ENVIRONMENT, authenticates)

/** What a limiter lets one client do at once, which says all of its numbers. */
async function behaviour(limits: unknown, authenticates = true): Promise<Record<string, unknown>> {
  const { limiter } = compile(limits, authenticates)
  if (limiter === undefined) return { limits: 'nothing' }
  const client = { high: 0xffff, low: 1 }
  let admitted = 0
  while (admitted < 200 && (await limiter.admit(client)).state === 'admitted') admitted += 1
  const refused = await limiter.admit(client)
  let places = 0
  while (places < 100 && typeof limiter.enter(client) === 'function') places += 1
  let failures = 0
  while (failures < 100 && limiter.lockedFor(client) === 0) {
    await limiter.failed(client)
    failures += 1
  }
  return {
    ...(admitted < 200 ? { admitted, wait: 'retryAfterMilliseconds' in refused && Math.round(refused.retryAfterMilliseconds) } : {}),
    ...(places > 0 ? { places } : {}),
    ...(failures < 100 ? { failures, lockedFor: limiter.lockedFor(client) } : {}),
  }
}

describe('limits that compile', () => {
  const lockout = { failures: DEFAULTS.failures, lockedFor: DEFAULTS.forSeconds * 1_000 }
  test.each([
    { name: 'none written', limits: undefined, does: lockout },
    { name: 'nothing in them', limits: {}, does: lockout },
    { name: 'no lockout', limits: { lockout: false }, does: { limits: 'nothing' } },
    {
      name: 'a lockout of its own',
      limits: { lockout: { failures: 2, withinSeconds: 5, forSeconds: 7 } },
      does: { failures: 2, lockedFor: 7_000 },
    },
    { name: 'a lockout written in part', limits: { lockout: { failures: 4 } }, does: { failures: 4, lockedFor: 300_000 } },
    { name: 'a rate', limits: { perClient: { requests: 60, perSeconds: 30 }, lockout: false }, does: { admitted: 60, wait: 500 } },
    {
      name: 'a rate with a burst',
      limits: { perClient: { requests: 60, perSeconds: 30, burst: 5 }, lockout: false },
      does: { admitted: 5, wait: 500 },
    },
    {
      name: 'a rate of all, of which a stranger has half',
      limits: { total: { requests: 10, perSeconds: 1 }, lockout: false },
      does: { admitted: 5, wait: 100 },
    },
    {
      name: 'a rate of all that cannot be halved',
      limits: { total: { requests: 1, perSeconds: 1 }, lockout: false },
      does: { admitted: 1, wait: 1_000 },
    },
    { name: 'places', limits: { inFlight: { perClient: 3, total: 5 }, lockout: false }, does: { places: 3 } },
    { name: 'places in all', limits: { inFlight: { total: 5 }, lockout: false }, does: { places: 5 } },
    { name: 'places of one', limits: { inFlight: { perClient: 3 }, lockout: false }, does: { places: 3 } },
  ])('$name', async ({ limits, does }) => {
    expect(await behaviour(limits)).toEqual(does)
  })

  test.each([
    { name: 'none written', limits: undefined, does: { limits: 'nothing' } },
    { name: 'a lockout', limits: { lockout: { failures: 1 } }, does: { limits: 'nothing' } },
    { name: 'a rate of all', limits: { total: { requests: 10, perSeconds: 1 } }, does: { admitted: 10, wait: 100 } },
  ])('where nobody is asked who they are: $name', async ({ limits, does }) => {
    expect(await behaviour(limits, false)).toEqual(does)
  })
})

describe('limits that are refused', () => {
  const whole = (path: readonly (string | number)[], what: string, most: number, least = 1): Fault => ({
    code: 'ERR_POSTERN_POLICY',
    path,
    message: what,
    fix: `Write a whole number from ${least} to ${most}.`,
  })
  const bad = (path: readonly string[], message: string, fix: string): Fault => ({ code: 'ERR_POSTERN_POLICY', path, message, fix })
  const LIKE = 'Write it like redis://user:password@127.0.0.1:6379/0, or rediss:// for TLS; %40 is an @ in a password.'
  test.each<{ limits: unknown; fault: Fault }>([
    {
      limits: { perclient: {} },
      fault: bad(['perclient'], '"perclient" is not an option here', 'There are perClient, total, inFlight, lockout, store.'),
    },
    { limits: { perClient: null }, fault: whole(['perClient', 'requests'], 'nothing is not a number of requests', 1_000_000) },
    {
      limits: { perClient: { requests: 0, perSeconds: 1 } },
      fault: whole(['perClient', 'requests'], '0 is not a number of requests', 1_000_000),
    },
    {
      limits: { perClient: { requests: Number.NaN, perSeconds: 1 } },
      fault: whole(['perClient', 'requests'], 'NaN is not a number of requests', 1_000_000),
    },
    {
      limits: { perClient: { requests: '5', perSeconds: 1 } },
      fault: whole(['perClient', 'requests'], '"5" is not a number of requests', 1_000_000),
    },
    {
      limits: { perClient: { requests: [], perSeconds: 1 } },
      fault: whole(['perClient', 'requests'], 'what was given is not a number of requests', 1_000_000),
    },
    { limits: { perClient: { requests: 1 } }, fault: whole(['perClient', 'perSeconds'], 'nothing is not a number of seconds', 86_400) },
    {
      limits: { total: { requests: 1, perSeconds: 1.5 } },
      fault: whole(['total', 'perSeconds'], '1.5 is not a number of seconds', 86_400),
    },
    { limits: { total: { requests: 1, perSeconds: 1, burst: -1 } }, fault: whole(['total', 'burst'], '-1 is not a burst', 1_000_000) },
    {
      limits: { total: { requests: 1, perSeconds: 1, per: 1 } },
      fault: bad(['total', 'per'], '"per" is not an option here', 'There are requests, perSeconds, burst.'),
    },
    { limits: { inFlight: {} }, fault: bad(['inFlight'], 'this limits nothing', 'Write perClient, total or both; or leave inFlight out.') },
    {
      limits: { inFlight: null },
      fault: bad(['inFlight'], 'this limits nothing', 'Write perClient, total or both; or leave inFlight out.'),
    },
    { limits: { inFlight: { all: 1 } }, fault: bad(['inFlight', 'all'], '"all" is not an option here', 'There are perClient, total.') },
    { limits: { inFlight: { perClient: 0 } }, fault: whole(['inFlight', 'perClient'], '0 is not a number of scrapes', 1_000_000) },
    { limits: { lockout: { failures: 1_001 } }, fault: whole(['lockout', 'failures'], '1001 is not a number of failures', 1_000) },
    { limits: { lockout: { withinSeconds: 0 } }, fault: whole(['lockout', 'withinSeconds'], '0 is not a number of seconds', 86_400) },
    { limits: { lockout: { forSeconds: 86_401 } }, fault: whole(['lockout', 'forSeconds'], '86401 is not a number of seconds', 86_400) },
    {
      limits: { lockout: { for: 1 } },
      fault: bad(['lockout', 'for'], '"for" is not an option here', 'There are failures, withinSeconds, forSeconds.'),
    },
    {
      limits: { store: {} },
      fault: bad(['store'], 'this store has no url', 'Write url, or urlFile with the name of a file that holds it.'),
    },
    {
      limits: { store: null },
      fault: bad(['store'], 'this store has no url', 'Write url, or urlFile with the name of a file that holds it.'),
    },
    {
      limits: { store: { url: 'redis://a', urlFile: 'redis.url' } },
      fault: bad(['store'], 'this store has two urls', 'Write url, or urlFile with the name of a file that holds it.'),
    },
    {
      limits: { store: { URL: 'redis://a' } },
      fault: bad(['store', 'URL'], '"URL" is not an option here', 'There are url, urlFile, prefix, timeoutMilliseconds.'),
    },
    ...[
      { url: 'canary', wrong: 'cannot be read' },
      { url: 'http://canary', wrong: 'begins with http:' },
      { url: 'redis:///canary', wrong: 'names no host' },
      { url: 'redis://a/0?family=6', wrong: 'has more behind its path' },
      { url: 'redis://a/0#canary', wrong: 'has more behind its path' },
      { url: 'redis://a/canary', wrong: 'has a path that is not the number of a database' },
      { url: 'redis://a:can%ry@b', wrong: 'has a % in its user or password that begins no escape' },
    ].map(({ url, wrong }) => ({ limits: { store: { url } }, fault: bad(['store', 'url'], `this url ${wrong}`, LIKE) })),
    { limits: { store: { urlFile: 'empty.url' } }, fault: bad(['store', 'urlFile'], 'this url cannot be read', LIKE) },
    {
      limits: { store: { url: 'redis://a', prefix: 'a b' } },
      fault: bad(['store', 'prefix'], '"a b" is not a prefix for keys', 'Use up to 64 letters, digits and ".:{}_-", like postern:'),
    },
    {
      limits: { store: { url: 'redis://a', prefix: 7 } },
      fault: bad(['store', 'prefix'], '7 is not a prefix for keys', 'Use up to 64 letters, digits and ".:{}_-", like postern:'),
    },
    {
      limits: { store: { url: 'redis://a', timeoutMilliseconds: 9 } },
      fault: whole(['store', 'timeoutMilliseconds'], '9 is not a number of milliseconds', 5_000, 10),
    },
  ])('$limits', ({ limits, fault }) => {
    expect(faultOf(() => compile(limits))).toEqual(fault)
  })

  test('with every fault at once, each at its place in the policy', () => {
    try {
      createGuard({ credentials: [], limits: { perClient: { requests: 0, perSeconds: 1 }, lockout: { failures: 0 } } })
    } catch (error) {
      const faults = error instanceof PosternError ? [error, ...error.others].map(describeFault) : []
      expect(faults.map(({ path }) => path.join('.'))).toEqual(['credentials', 'limits.perClient.requests', 'limits.lockout.failures'])
    }
    expect.assertions(1)
  })
})

describe('a store', () => {
  const keys: string[] = []
  const environment: CompilerEnvironment = {
    ...ENVIRONMENT,
    keep(key, create) {
      keys.push(key)
      return create()
    },
  }

  test('is read from a file, whose rights are looked at', () => {
    expect([
      compileStore({ urlFile: 'redis.url' }, ENVIRONMENT).warnings,
      compileStore({ urlFile: 'open.url' }, ENVIRONMENT).warnings,
    ]).toEqual([[], ['"open.url" can be read by other users of this machine: chmod 600 it']])
    expect(compile({ store: { urlFile: 'open.url' }, lockout: false }).warnings).toHaveLength(1)
  })

  test('is kept under a name that says all it depends on and no secret', () => {
    const opened: LimitStore[] = []
    for (const options of [
      { url: 'redis://u:canary@127.0.0.1:1' },
      { url: 'redis://u:canary@127.0.0.1:1' },
      { url: 'redis://u:canary@127.0.0.1:1', prefix: 'p' },
      { url: 'redis://u:canary@127.0.0.1:1', timeoutMilliseconds: 300 },
      { url: 'redis://u:other@127.0.0.1:1' },
    ])
      opened.push(compileStore(options, environment).open())
    for (const store of opened) store.close()
    expect([new Set(keys).size, keys.some((key) => key.includes('canary'))]).toEqual([4, false])
  })

  test('asks for a package that is not installed', async () => {
    await using folder = await temporaryFolder()
    const compileThere = (): unknown => compileStore({ url: 'redis://127.0.0.1:1' }, ENVIRONMENT, join(folder.path, 'guard.js'))
    expect(faultOf(compileThere)).toEqual({
      code: 'ERR_POSTERN_POLICY',
      path: [],
      message: 'limits are shared through the package "ioredis", which is not installed',
      fix: 'Install it with: npm install ioredis',
    })
  })

  test('tells the guard’s owner what becomes of it, and ends with the policy that names it', async () => {
    await using peer = await startRedisPeer()
    const events: GuardEvent[] = []
    let heard = (): void => {}
    const degraded = new Promise<void>((resolve) => {
      heard = resolve
    })
    const onEvent = (event: GuardEvent): void => {
      events.push(event)
      if (event.type === 'limits') heard()
    }
    const store = { url: `redis://127.0.0.1:${peer.port}` }
    const connected = peer.connected()
    const credentials: GuardOptions['credentials'] = [{ type: 'bearer', tokens: [{ name: 'a', token: 'a-token-of-many-characters' }] }]
    const guard = createGuard({ credentials, limits: { store } }, { onEvent })
    await connected
    guard.reload()
    const request = { address: undefined, method: 'GET', target: { path: '/', query: '' }, authorization: ['Bearer x'], header: () => [] }
    await guard.decide({ ...request, clientCertificate: undefined })
    expect(peer.commands.filter(([name]) => name === 'eval').map(([, , count]) => count)).toEqual(['3', '2'])
    peer.cut()
    await degraded
    expect(events.filter(({ type }) => type === 'limits')).toEqual([
      {
        type: 'limits',
        state: 'degraded',
        message: `the store of limits at redis://127.0.0.1:${peer.port} is away (the connection ended): until it is back, each process counts for itself`,
      },
    ])
    guard.reload({ credentials })
    expect(peer.connections()).toBe(1)
    await guard.close()
  })

  test('is none where there is nothing to limit', () => {
    expect(compile({ store: { url: 'redis://127.0.0.1:1' } }, false).limiter).toBeUndefined()
    expect(compile({ lockout: { failures: 1 } }).limiter).toBeInstanceOf(Limiter)
  })
})
