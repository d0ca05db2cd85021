/** The credential in a guard, before an API server that answers over real TLS. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  createGuard,
  type Decision,
  type Guard,
  type GuardEvent,
  type GuardOptions,
  type KubernetesOptions,
  type Principal,
} from '@postern/guard'
import { bearer } from '@postern/testkit'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createKubernetesCredential } from '../../src/credentials/kubernetes.ts'
import { createReviews } from '../../src/kubernetes/reviews.ts'
import { readSourceFile } from '../../src/sources/file.ts'
import { parseTarget } from '../../src/target.ts'
import {
  createCluster,
  type FakeApiServer,
  holdTimers,
  json,
  type Respond,
  review,
  silence,
  startApiServer,
  timersSet,
  turnUntil,
} from '../support/api-server.ts'
import { factsOf } from '../support/facts.ts'

const cluster = await createCluster()
const NAME = 'system:serviceaccount:monitoring:prometheus'
/** Knows one token, meant for us. */
const knows = (...tokens: string[]): Respond =>
  review(({ token }) => (tokens.includes(String(token)) ? { authenticated: true, user: { username: NAME }, audiences: ['metrics'] } : {}))

let events: GuardEvent[]
let onEvent: () => void = () => {}
beforeEach(() => {
  holdTimers()
  events = []
})
afterEach(() => {
  vi.useRealTimers()
})

const credentialOf = (api: FakeApiServer, options: Partial<KubernetesOptions> = {}): KubernetesOptions => ({
  type: 'kubernetes',
  audiences: ['metrics'],
  ...api.options,
  ...options,
})
/** Decisions are asked for, and not kept. */
const hear = (event: GuardEvent): void => {
  if (event.type === 'decision') return
  events.push(event)
  onEvent()
}
const guardOf = (api: FakeApiServer, options: Partial<KubernetesOptions> = {}): Guard & AsyncDisposable => {
  const policy: GuardOptions = { credentials: [credentialOf(api, options)] }
  const environment = { readFile: readSourceFile, now: Date.now, elapsed: Date.now, randomBytes: (size: number) => new Uint8Array(size) }
  const guard = createGuard(policy, { environment, onEvent: hear, watch: false })
  return Object.assign(guard, { [Symbol.asyncDispose]: () => guard.close() })
}
const ask = async (guard: Guard, token?: string): Promise<string> => {
  const authorization = token === undefined ? [] : [bearer(token).authorization]
  const decision: Decision = await guard.decide(factsOf({ target: parseTarget('/metrics'), authorization }))
  return decision.allow ? decision.principal.name : `${decision.status} ${decision.reason}`
}
const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1_000)
/** Lets every pause of a failing call pass at once. @param others timers that are set beside it: the deadline, and what else */
const impatiently = <T>(answer: Promise<T>, others = 1): Promise<T> =>
  turnUntil(answer, () => {
    if (vi.getTimerCount() > others) vi.advanceTimersToNextTimer()
  })

describe('a token', () => {
  test('is shown to the API server once a minute, and so is a bad one each half (22)', async () => {
    await using api = await startApiServer(cluster, knows('good'))
    await using guard = guardOf(api)
    expect([await ask(guard, 'good'), await ask(guard, 'bad')]).toEqual([NAME, '401 bad_credentials'])
    pass(29.999)
    expect([await ask(guard, 'good'), await ask(guard, 'bad'), api.asked.length]).toEqual([NAME, '401 bad_credentials', 2])
    pass(0.001)
    expect([await ask(guard, 'good'), await ask(guard, 'bad'), api.asked.length]).toEqual([NAME, '401 bad_credentials', 3])
    pass(30)
    expect([await ask(guard, 'good'), api.asked.length]).toEqual([NAME, 4])
    expect(api.asked[0]).toEqual({
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      authorization: 'Bearer own-token',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 'good', audiences: ['metrics'] } },
    })
  })

  test('that is revoked is refused within its minute (22)', async () => {
    await using api = await startApiServer(cluster, knows('good'))
    await using guard = guardOf(api)
    expect(await ask(guard, 'good')).toBe(NAME)
    api.respond = knows()
    pass(60)
    expect(await ask(guard, 'good')).toBe('401 bad_credentials')
  })

  test('that is good for somebody else is refused (20)', async () => {
    await using api = await startApiServer(
      cluster,
      review(() => ({ authenticated: true, user: { username: NAME }, audiences: ['https://kubernetes.default.svc'] })),
    )
    await using guard = guardOf(api)
    expect(await ask(guard, 'good')).toBe('401 bad_credentials')
    await using open = guardOf(api, { audiences: 'api-server' })
    expect(await ask(open, 'good')).toBe(NAME)
  })

  test('that is none is not shown', async () => {
    await using api = await startApiServer(cluster, knows('good'))
    await using guard = guardOf(api)
    expect([await ask(guard), await ask(guard, ''), await ask(guard, 'tökén'), await ask(guard, 'a b')]).toEqual([
      '401 no_credentials',
      ...Array<string>(3).fill('401 bad_credentials'),
    ])
    expect(api.asked).toEqual([])
  })

  test('is asked for with a challenge', async () => {
    await using api = await startApiServer(cluster, knows('good'))
    await using guard = guardOf(api, { realm: 'Team A' })
    const decision = await guard.decide(factsOf({ target: parseTarget('/metrics') }))
    expect(decision).toMatchObject({ allow: false, status: 401, challenges: ['Bearer realm="Team A"'] })
  })
})

describe('an API server that fails (21)', () => {
  test('lets nobody in whom it has not vouched for, says so once, and says when it is back', async () => {
    await using api = await startApiServer(cluster, json(500, {}))
    await using guard = guardOf(api, { name: 'scrapers' })
    expect(await impatiently(ask(guard, 'good'))).toBe('503 authority_unavailable')
    expect(await impatiently(ask(guard, 'other'))).toBe('503 authority_unavailable')
    expect(api.asked.length).toBe(10)
    api.respond = knows('good')
    expect(await ask(guard, 'good')).toBe(NAME)
    const about = { type: 'authority', credential: 'scrapers' }
    expect(events).toEqual([
      { ...about, state: 'unavailable', message: `${api.url}, asked for a TokenReview, answered 500` },
      { ...about, state: 'recovered', message: `${api.url} answers to TokenReview again` },
    ])
  })

  test('and hangs is given up after ten seconds', async () => {
    await using api = await startApiServer(cluster, silence)
    await using guard = guardOf(api)
    const answer = ask(guard, 'good')
    await api.received(1)
    vi.advanceTimersByTime(10_000)
    expect(await answer).toBe('503 authority_unavailable')
  })

  test.each<{ name: string; respond: Respond }>([
    { name: 'with garbage', respond: (response) => response.end('{"kind":"TokenReview"') },
    {
      name: 'with a review of another kind',
      respond: json(201, { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status: { allowed: true } }),
    },
    { name: 'because we may not ask', respond: json(403, {}) },
  ])('$name lets nobody in', async ({ respond }) => {
    await using api = await startApiServer(cluster, respond)
    await using guard = guardOf(api)
    expect(await ask(guard, 'good')).toBe('503 authority_unavailable')
  })

  test('has its last good answer count for ten minutes, and for no longer', async () => {
    await using api = await startApiServer(cluster, knows('good'))
    await using guard = guardOf(api)
    expect(await ask(guard, 'good')).toBe(NAME)
    await api.stop()
    const gone = new Promise<void>((resolve) => (onEvent = () => resolve()))
    pass(60)
    expect(await impatiently(ask(guard, 'good'), 0)).toBe(NAME)
    await impatiently(gone, 0)
    pass(500)
    expect(await ask(guard, 'good')).toBe(NAME)
    pass(40)
    expect(await impatiently(ask(guard, 'good'), 0)).toBe('503 authority_unavailable')
    expect(await impatiently(ask(guard, 'other'), 0)).toBe('503 authority_unavailable')
  })
})

test('a flood of bad tokens is five calls at a time at the most, and holds up no good scraper', async () => {
  await using api = await startApiServer(cluster, knows('good'))
  await using guard = guardOf(api)
  expect(await ask(guard, 'good')).toBe(NAME)
  pass(60)
  const held: (() => void)[] = []
  api.respond = (response, asked) => {
    if (asked.body.spec['token'] === 'good') knows('good')(response, asked)
    else held.push(() => knows()(response, asked))
  }
  const bad = Array.from({ length: 200 }, (_, index) => ask(guard, `bad-${index}`))
  await api.received(1 + 5)
  expect(await ask(guard, 'good')).toBe(NAME)
  expect([held.length, await bad[199]]).toEqual([5, '503 overloaded'])
  api.respond = knows()
  for (const release of held) release()
  const answers = await Promise.all(bad)
  expect(answers.filter((answer) => answer === '401 bad_credentials').length).toBe(30)
  expect(answers.filter((answer) => answer === '503 overloaded').length).toBe(170)
})

test('a reload keeps what was learnt, and another audience begins anew', async () => {
  await using api = await startApiServer(cluster, knows('good'))
  await using guard = guardOf(api)
  expect(await ask(guard, 'good')).toBe(NAME)
  guard.reload()
  expect([await ask(guard, 'good'), api.asked.length]).toEqual([NAME, 1])
  guard.reload({ credentials: [credentialOf(api, { audiences: ['metrics', 'other'] })] })
  expect([await ask(guard, 'good'), api.asked.length]).toEqual([NAME, 2])
  await guard.close()
  expect([await ask(guard, 'good'), await ask(guard, 'new')]).toEqual([NAME, '503 authority_unavailable'])
})

test('neither an idle connection nor a call under way keeps a process from its end', async () => {
  await using api = await startApiServer(cluster, (response, asked) => {
    if (asked.body.spec['token'] === 'good') knows('good')(response, asked)
  })
  const program = `
    import { createGuard, parseTarget } from '@postern/guard'
    const guard = createGuard({ credentials: [${JSON.stringify(credentialOf(api))}] })
    const ask = (token) => guard.decide({
      address: undefined, method: 'GET', target: parseTarget('/metrics'), authorization: ['Bearer ' + token], header: () => [],
    })
    const server = setInterval(() => {}, 60_000)
    console.log((await ask('good')).allow)
    clearInterval(server)
    void ask('hangs').then(() => console.log('an answer to what nobody waits for'))
  `
  const args = ['--import', 'tsx', '--conditions=@postern/source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(stdout).toBe('true\n')
}, 60_000)

test('the pod asks with the token that its file holds now', async () => {
  await using api = await startApiServer(cluster, knows('good', 'more', 'last'))
  await using guard = guardOf(api)
  const { writeFile } = await import('node:fs/promises')
  await ask(guard, 'good')
  await writeFile(api.options.tokenFile, 'second-token\n')
  pass(60)
  await ask(guard, 'more')
  await writeFile(api.options.tokenFile, 'third-token\n')
  api.respond = (response, asked) =>
    asked.authorization === 'Bearer third-token' ? knows('last')(response, asked) : json(401, {})(response, asked)
  const answer = ask(guard, 'last')
  await timersSet(2)
  vi.advanceTimersByTime(0)
  expect(await answer).toBe(NAME)
  expect(api.asked.map(({ authorization }) => authorization)).toEqual([
    'Bearer own-token',
    'Bearer second-token',
    'Bearer second-token',
    'Bearer third-token',
  ])
})

test('a token that was good is asked about again in a lockout, and no other one is', async () => {
  const reviews = createReviews<Principal>({
    key: new Uint8Array(32),
    elapsed: Date.now,
    rememberMilliseconds: 60_000,
    staleMilliseconds: 600_000,
    onChange: () => {},
  })
  const principal: Principal = { name: NAME, credential: 'kubernetes' }
  const credential = createKubernetesCredential({
    name: 'kubernetes',
    realm: 'metrics',
    reviews,
    review: () => Promise.resolve({ state: 'granted', value: principal }),
  })
  const facts = factsOf({ authorization: [bearer('good').authorization] })
  expect(credential.known?.(facts, undefined)).toBeUndefined()
  await credential.check(facts, undefined)
  expect(await credential.known?.(facts, undefined)).toEqual({ state: 'proven', principal })
  expect(credential.known?.(factsOf(), undefined)).toBeUndefined()
})
