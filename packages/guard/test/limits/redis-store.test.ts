import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { DEFAULTS, RedisStore, type RedisStoreOptions } from '../../src/limits/redis-store.ts'
import { healthy, type RedisPeer, startRedisPeer } from '../support/redis-peer.ts'

const A = { high: 0xffff, low: 0x0a000001 }
const RATE = { intervalMilliseconds: 1_000, burst: 2 }
const QUESTION = { perClient: RATE, total: { intervalMilliseconds: 10, burst: 8 }, totalBurst: 4, lockout: true }
const LOCKOUT = { failures: 3, withinMilliseconds: 1_000, forMilliseconds: 5_000 }
const NOTHING = { locked: 0, wait: 0, clientAhead: 0, totalAhead: 0 }

interface Heard extends Disposable {
  readonly store: RedisStore
  readonly told: string[]
  /** Resolves when the store tells that it is so. */
  becomes(state: 'degraded' | 'recovered'): Promise<void>
}

function storeAt(port: number, init: Partial<RedisStoreOptions> = {}): Heard {
  const told: string[] = []
  const waiting = new Map<string, () => void>()
  const store = new RedisStore({
    url: `redis://scraper:canary-password@127.0.0.1:${port}`,
    prefix: 'p:',
    timeoutMilliseconds: 5_000,
    now: () => 0,
    tell(state, message) {
      told.push(`${state}: ${message}`)
      waiting.get(state)?.()
    },
    ...init,
  })
  return {
    store,
    told,
    becomes: (state) => new Promise((resolve) => waiting.set(state, resolve)),
    [Symbol.dispose]: () => store.close(),
  }
}
const scripts = (peer: RedisPeer): (readonly string[])[] => peer.commands.filter(([name]) => name === 'eval' || name === 'evalsha')
const AWAY = (port: number, why: string): string =>
  `degraded: the store of limits at redis://127.0.0.1:${port} is away (${why}): until it is back, each process counts for itself`
const BACK = (port: number): string => `recovered: the store of limits at redis://127.0.0.1:${port} is back: limits are shared again`

describe('a store in Redis', () => {
  test('is asked with keys under its prefix, by scripts that are sent whole once', async () => {
    await using peer = await startRedisPeer()
    using heard = storeAt(peer.port)
    expect(await heard.store.admit(A, QUESTION)).toEqual(NOTHING)
    expect(await heard.store.admit(A, { perClient: undefined, total: undefined, totalBurst: 0, lockout: false })).toEqual(NOTHING)
    expect(await heard.store.fail(A, LOCKOUT)).toEqual({ before: 0, after: 0 })
    const keys = ['p:locked:0000ffff0a000001', 'p:rate:0000ffff0a000001', 'p:rate']
    expect(scripts(peer).map(([name, , ...rest]) => [name, ...rest])).toEqual([
      ['eval', '3', ...keys, '1', '1000', '2', '10', '8', '4'],
      ['evalsha', '3', ...keys, '0', '0', '0', '0', '0', '0'],
      ['eval', '2', 'p:locked:0000ffff0a000001', 'p:failures:0000ffff0a000001', '3', '1000', '5000'],
    ])
    expect(heard.told).toEqual([])
  })

  test('answers what Redis answers', async () => {
    await using peer = await startRedisPeer()
    peer.answer((command) =>
      command[0] === 'eval' ? (command[2] === '3' ? '*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n' : '*2\r\n:5\r\n:6\r\n') : healthy(command),
    )
    using heard = storeAt(peer.port)
    expect(await heard.store.admit(A, QUESTION)).toEqual({ locked: 1, wait: 2, clientAhead: 3, totalAhead: 4 })
    expect(await heard.store.fail(A, LOCKOUT)).toEqual({ before: 5, after: 6 })
  })

  test('is away where nobody listens, which is told once and without its password', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    server.close()
    await once(server, 'close')
    using heard = storeAt(port)
    expect([await heard.store.admit(A, QUESTION), await heard.store.fail(A, LOCKOUT)]).toEqual([undefined, undefined])
    expect(heard.told).toEqual([AWAY(port, `connect ECONNREFUSED 127.0.0.1:${port}`)])
  })

  test.each([
    {
      name: 'cannot be written to',
      refuses: 'set',
      says: '-READONLY You can not write against a read only replica.',
      why: 'READONLY You can not write against a read only replica.',
    },
    {
      name: 'knows another password',
      refuses: 'auth',
      says: '-WRONGPASS invalid username-password pair',
      why: 'WRONGPASS invalid username-password pair',
    },
  ])('is away where it $name', async ({ refuses, says, why }) => {
    await using peer = await startRedisPeer()
    peer.answer((command) => (command[0] === refuses ? `${says}\r\n` : healthy(command)))
    using heard = storeAt(peer.port)
    expect(await heard.store.admit(A, QUESTION)).toBeUndefined()
    expect(heard.told).toEqual([AWAY(peer.port, why)])
  })

  test('is away when it does not answer in time, is not asked then, and comes back by itself', async () => {
    await using peer = await startRedisPeer()
    using heard = storeAt(peer.port, { timeoutMilliseconds: 50 })
    await heard.store.admit(A, QUESTION)
    peer.answer((command) => (command[0]?.startsWith('eval') === true ? undefined : healthy(command)))
    const recovered = heard.becomes('recovered')
    expect(await Promise.all([heard.store.admit(A, QUESTION), heard.store.fail(A, LOCKOUT)])).toEqual([undefined, undefined])
    expect(heard.told).toEqual([AWAY(peer.port, 'no answer within 50 ms')])
    const asked = scripts(peer).length
    expect([await heard.store.admit(A, QUESTION), scripts(peer).length]).toEqual([undefined, asked])
    peer.answer(healthy)
    await recovered
    expect(heard.told.slice(1)).toEqual([BACK(peer.port)])
    expect(await heard.store.admit(A, QUESTION)).toEqual(NOTHING)
  })

  test('is away when it says that it failed', async () => {
    await using peer = await startRedisPeer()
    peer.answer((command) => (command[0] === 'eval' ? `-OOM ${'x'.repeat(300)}\r\n` : healthy(command)))
    using heard = storeAt(peer.port)
    expect(await heard.store.admit(A, QUESTION)).toBeUndefined()
    expect(heard.told).toEqual([AWAY(peer.port, `OOM ${'x'.repeat(196)}`)])
  })

  test('is away when the connection ends between requests', async () => {
    await using peer = await startRedisPeer()
    using heard = storeAt(peer.port)
    await heard.store.admit(A, QUESTION)
    const degraded = heard.becomes('degraded')
    const recovered = heard.becomes('recovered')
    peer.cut()
    await degraded
    expect(heard.told).toEqual([AWAY(peer.port, 'the connection ended')])
    await recovered
  })

  test('is tried again at longer and longer intervals, which begin anew after a connection that lasted', async () => {
    const delays = vi.spyOn(globalThis, 'setTimeout')
    const tried = (): unknown[] => delays.mock.calls.map(([, delay]) => delay).filter((delay) => [250, 500, 1_000].includes(Number(delay)))
    await using peer = await startRedisPeer()
    let now = 0
    peer.answer((command) => (command[0] === 'set' ? '-LOADING\r\n' : healthy(command)))
    using heard = storeAt(peer.port, { now: () => now })
    await heard.becomes('degraded')
    // Refused once more, and let in the next time: it is told once all the same.
    for (const _ of ['refused', 'let in']) await peer.connected()
    const recovered = heard.becomes('recovered')
    peer.answer(healthy)
    await recovered
    expect([tried(), heard.told.length]).toEqual([[250, 500], 2])
    const soon = heard.becomes('degraded')
    peer.cut()
    await soon
    expect(tried()).toEqual([250, 500, 1_000])
    await heard.becomes('recovered')
    now = DEFAULTS.settledMilliseconds
    const late = heard.becomes('degraded')
    peer.cut()
    await late
    expect(tried()).toEqual([250, 500, 1_000, 250])
    delays.mockRestore()
  })

  describe('that is closed', () => {
    test('while it is being opened ends its connection', async () => {
      await using peer = await startRedisPeer()
      const heard = storeAt(peer.port)
      heard.store.close()
      expect(await heard.store.admit(A, QUESTION)).toBeUndefined()
      expect([heard.told, scripts(peer)]).toEqual([[], []])
    })

    test('while it is away is not tried again', async () => {
      await using peer = await startRedisPeer()
      const heard = storeAt(peer.port)
      await heard.store.admit(A, QUESTION)
      const degraded = heard.becomes('degraded')
      peer.cut()
      await degraded
      const clear = vi.spyOn(globalThis, 'clearTimeout')
      heard.store.close()
      expect(clear.mock.calls.at(-1)?.[0]).toHaveProperty('_idleTimeout', -1)
      clear.mockRestore()
      expect(await heard.store.admit(A, QUESTION)).toBeUndefined()
      expect(peer.connections()).toBe(1)
    })

    test('tells of nothing', async () => {
      await using peer = await startRedisPeer()
      const heard = storeAt(peer.port)
      await heard.store.admit(A, QUESTION)
      heard.store.close()
      expect(await heard.store.admit(A, QUESTION)).toBeUndefined()
      expect(heard.told).toEqual([])
    })
  })
})
