/** Limits that two guards share through Debian's redis-server, also while it is away. */
import { createServer } from 'node:http'
import { createGuard, type GuardEvent, type GuardOptions, type LimitsEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { bearer, connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { freePort } from './support/process.ts'
import { startRedis } from './support/redis.ts'

const TOKEN = 'a-token-of-many-characters'
const FAILURES = 6

interface Instance extends AsyncDisposable {
  /** One scrape from an address of this machine: its status, and with 429 when to come back. */
  scrape(from: string, token: string): Promise<string>
  /** Resolves with the next event of its store, one that was told before included. */
  told(state: LimitsEvent['state']): Promise<LimitsEvent>
}

/** A guarded endpoint as one of several instances would serve it. */
async function startInstance(limits: NonNullable<GuardOptions['limits']>): Promise<Instance> {
  const heard: LimitsEvent[] = []
  let notice = (): void => {}
  const onEvent = (event: GuardEvent): void => {
    if (event.type !== 'limits') return
    heard.push(event)
    notice()
  }
  const guard = createGuard({ credentials: [{ type: 'bearer', tokens: [{ name: 'prometheus', token: TOKEN }] }], limits }, { onEvent })
  const server = await startServer(createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))))
  return {
    async scrape(from, token) {
      await using wire = await connect(server.url, { from })
      const response = await wire.ask(requestText('/metrics', [`Authorization: ${bearer(token).authorization}`]))
      const retry = Number(response?.all('retry-after')[0])
      return `${response?.status}${retry > 0 ? `, again in ${retry <= limitOf(limits) ? 'time' : `${retry} s`}` : ''}`
    },
    async told(state) {
      while (heard[0]?.state !== state) {
        await new Promise<void>((resolve) => {
          notice = resolve
        })
      }
      return heard.shift() as LimitsEvent
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await guard.close()
    },
  }
}

const limitOf = ({ lockout }: NonNullable<GuardOptions['limits']>): number => (lockout && lockout.forSeconds) || 1

describe.skipIf(isMissing('redis-server'))('two guards with one Redis', () => {
  test('share a lockout, keep it while Redis is away, and share again when it is back', async () => {
    const port = await freePort()
    const limits = {
      lockout: { failures: FAILURES, withinSeconds: 300, forSeconds: 300 },
      store: { url: `redis://127.0.0.1:${port}`, timeoutMilliseconds: 5_000 },
    }
    // Ended in the midst of the test; once more does no harm.
    await using redis = await startRedis(port)
    await using one = await startInstance(limits)
    await using other = await startInstance(limits)
    const LOCKED = '429, again in time'

    // Half of the failures at each: neither has counted enough by itself.
    for (let failure = 0; failure < FAILURES / 2; failure += 1) {
      expect(await one.scrape('127.0.0.2', `guess-${failure}`)).toBe('401')
      expect(await other.scrape('127.0.0.2', `guess-${failure}`)).toBe('401')
    }
    expect([await one.scrape('127.0.0.2', TOKEN), await other.scrape('127.0.0.2', TOKEN)]).toEqual([LOCKED, LOCKED])
    expect([await one.scrape('127.0.0.1', TOKEN), await other.scrape('127.0.0.1', TOKEN)]).toEqual(['200', '200'])

    // A third instance knows it from Redis alone.
    await using third = await startInstance(limits)
    expect([await third.scrape('127.0.0.2', TOKEN), await third.scrape('127.0.0.3', TOKEN)]).toEqual([LOCKED, '200'])

    // All keys end by themselves, and say no more than who and when.
    const keys = [...(await redis.ask('KEYS', '*')).matchAll(/postern:\S+/g)].map(([key]) => key)
    expect(keys.filter((key) => key !== 'postern:probe')).toEqual(['postern:locked:0000ffff7f000002'])
    expect(Number(/^:(\d+)/.exec(await redis.ask('PTTL', 'postern:locked:0000ffff7f000002'))?.[1])).toBeLessThanOrEqual(300_000)

    await redis.process.end()
    const away = await Promise.all([one.told('degraded'), other.told('degraded')])
    expect(away[0].message).toContain(`the store of limits at redis://127.0.0.1:${port} is away`)
    expect([
      await one.scrape('127.0.0.2', TOKEN),
      await other.scrape('127.0.0.2', TOKEN),
      await one.scrape('127.0.0.1', TOKEN),
      await other.scrape('127.0.0.3', TOKEN),
    ]).toEqual([LOCKED, LOCKED, '200', '200'])
    // Each counts for itself.
    for (let failure = 0; failure < FAILURES; failure += 1) expect(await one.scrape('127.0.0.4', `guess-${failure}`)).toBe('401')
    expect([await one.scrape('127.0.0.4', TOKEN), await other.scrape('127.0.0.4', TOKEN)]).toEqual([LOCKED, '200'])

    await using again = await startRedis(port)
    await Promise.all([one.told('recovered'), other.told('recovered')])
    expect([await one.scrape('127.0.0.2', TOKEN), await other.scrape('127.0.0.2', TOKEN)]).toEqual([LOCKED, LOCKED])
    for (let failure = 0; failure < FAILURES; failure += 1) expect(await one.scrape('127.0.0.5', `guess-${failure}`)).toBe('401')
    expect([await other.scrape('127.0.0.5', TOKEN), await again.ask('EXISTS', 'postern:locked:0000ffff7f000005')]).toEqual([
      LOCKED,
      ':1\r\n',
    ])
  })

  test('share the rate of a client and the rate of all', async () => {
    const port = await freePort()
    await using redis = await startRedis(port)
    const store = { url: `redis://127.0.0.1:${port}`, prefix: 'shared:', timeoutMilliseconds: 5_000 }
    const limits = {
      perClient: { requests: 4, perSeconds: 3_600 },
      total: { requests: 12, perSeconds: 3_600 },
      lockout: false as const,
      store,
    }
    await using one = await startInstance(limits)
    await using other = await startInstance(limits)
    const wrong = 'a-guess'
    const answers: string[] = []
    for (let request = 0; request < 3; request += 1) {
      answers.push(await one.scrape('127.0.0.2', wrong), await other.scrape('127.0.0.2', wrong))
    }
    expect(answers).toEqual(['401', '401', '401', '401', '429, again in 900 s', '429, again in 900 s'])
    // Strangers have half of what all have: six, of which four are gone.
    expect([await one.scrape('127.0.0.3', wrong), await other.scrape('127.0.0.4', wrong), await one.scrape('127.0.0.5', wrong)]).toEqual([
      '401',
      '401',
      '429, again in 300 s',
    ])
    expect(await redis.ask('EXISTS', 'shared:rate', 'shared:rate:0000ffff7f000002')).toBe(':2\r\n')
  })

  test('need its password, which no event repeats', async () => {
    const port = await freePort()
    await using redis = await startRedis(port, '--requirepass', 'canary-password')
    expect(await redis.ask('PING')).toMatch(/^-NOAUTH/)
    const limits = (password: string) => ({
      lockout: { failures: 1, forSeconds: 60 },
      store: { url: `redis://:${password}@127.0.0.1:${port}`, timeoutMilliseconds: 5_000 },
    })
    await using locked = await startInstance(limits('canary-password'))
    expect(await locked.scrape('127.0.0.2', 'a-guess')).toBe('401')
    await using good = await startInstance(limits('canary-password'))
    expect(await good.scrape('127.0.0.2', TOKEN)).toBe('429, again in time')
    await using bad = await startInstance(limits('canary-wrong'))
    expect(await bad.scrape('127.0.0.2', TOKEN)).toBe('200')
    const { message } = await bad.told('degraded')
    expect(message).toContain('WRONGPASS')
    expect(message).not.toContain('canary')
  })
})
