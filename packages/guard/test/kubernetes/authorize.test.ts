/** `authorize` of a rule in a guard, before an API server that answers over real TLS. */
import {
  createGuard,
  type Guard,
  type GuardEvent,
  type GuardOptions,
  parseTarget,
  type RequestFacts,
  type RuleOptions,
} from '@postern/guard'
import { bearer, faultOf } from '@postern/testkit'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readSourceFile } from '../../src/sources/file.ts'
import {
  createCluster,
  type FakeApiServer,
  holdTimers,
  json,
  type Respond,
  review,
  silence,
  startApiServer,
} from '../support/api-server.ts'
import { factsOf } from '../support/facts.ts'

const cluster = await createCluster()
const TOKEN = 'canary-prometheus-0123456789'
const STATIC = { type: 'bearer', name: 'static', tokens: [{ name: 'prometheus', token: TOKEN }] } as const

type Spec = Readonly<Record<string, unknown>>
interface Wanted {
  readonly verb: string
  readonly path?: string
  readonly namespace?: string
}
const wantedOf = (spec: Spec): Wanted => (spec['nonResourceAttributes'] ?? spec['resourceAttributes']) as Wanted
/** Knows every token as its own name, and allows what `isAllowed` says. */
const authority = (isAllowed: (wanted: Wanted, spec: Spec) => boolean): Respond =>
  review((spec) =>
    'token' in spec
      ? { authenticated: true, user: { username: spec['token'], uid: 'u-1', groups: ['g'] }, audiences: ['metrics'] }
      : { allowed: isAllowed(wantedOf(spec), spec) },
  )

let events: GuardEvent[]
beforeEach(() => {
  holdTimers()
  events = []
})
afterEach(() => {
  vi.useRealTimers()
})

const guardOf = (api: FakeApiServer, rules: readonly RuleOptions[]): Guard & AsyncDisposable => {
  const policy: GuardOptions = {
    credentials: [STATIC, { type: 'kubernetes', name: 'accounts', audiences: ['metrics'], ...api.options }],
    rules,
  }
  const environment = { readFile: readSourceFile, now: Date.now, elapsed: Date.now, randomBytes: (size: number) => new Uint8Array(size) }
  const guard = createGuard(policy, { environment, onEvent: (event) => void (event.type === 'decision' || events.push(event)) })
  return Object.assign(guard, { [Symbol.asyncDispose]: () => guard.close() })
}
const ask = async (guard: Guard, token: string, target = '/metrics', init: Partial<RequestFacts> = {}): Promise<string> => {
  const facts = factsOf({ target: parseTarget(target), authorization: [bearer(token).authorization], ...init })
  const decision = await guard.decide(facts)
  return decision.allow ? `${decision.principal.name} by ${decision.rule}` : `${decision.status} ${decision.reason}`
}
const pass = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1_000)
const reviewsOf = (api: FakeApiServer): Spec[] =>
  api.asked.filter(({ body }) => body.kind === 'SubjectAccessReview').map(({ body }) => body.spec)

describe('a rule that asks for the path', () => {
  test('lets in whom Kubernetes allows it, of whatever credential', async () => {
    await using api = await startApiServer(
      cluster,
      authority(({ path, verb }, { user }) => path === '/metrics' && verb === 'get' && user !== 'other'),
    )
    await using guard = guardOf(api, [{ authorize: { kubernetes: api.options } }])
    expect([await ask(guard, 'sa'), await ask(guard, 'other'), await ask(guard, TOKEN)]).toEqual([
      'sa by rule-1',
      '403 principal_not_allowed',
      'prometheus by rule-1',
    ])
    expect(await ask(guard, 'sa', '/other')).toBe('403 principal_not_allowed')
    const attributes = { nonResourceAttributes: { path: '/metrics', verb: 'get' } }
    expect(reviewsOf(api).slice(0, 3)).toEqual([
      { user: 'sa', uid: 'u-1', groups: ['g'], ...attributes },
      { user: 'other', uid: 'u-1', groups: ['g'], ...attributes },
      { user: 'prometheus', groups: ['system:authenticated'], ...attributes },
    ])
  })

  test.each([
    { method: 'GET', seen: 'sa by rule-1' },
    { method: 'HEAD', seen: 'sa by rule-1' },
    { method: 'POST', seen: '403 principal_not_allowed' },
    { method: 'DELETE', seen: '403 principal_not_allowed' },
    { method: 'QUERY', seen: '403 principal_not_allowed' },
  ])('of who may only get, $method is $seen (23)', async ({ method, seen }) => {
    await using api = await startApiServer(
      cluster,
      authority(({ verb }) => verb === 'get'),
    )
    await using guard = guardOf(api, [{ authorize: { kubernetes: api.options } }])
    expect(await ask(guard, 'sa', '/metrics', { method })).toBe(seen)
  })

  test('asks again about an allowance after five minutes, and about a denial after half of one (22)', async () => {
    await using api = await startApiServer(
      cluster,
      authority((_, { user }) => user === 'prometheus'),
    )
    await using guard = guardOf(api, [{ credentials: ['static'], authorize: { kubernetes: api.options } }])
    const count = async (seconds: number): Promise<unknown> => {
      pass(seconds)
      return [await ask(guard, TOKEN), api.asked.length]
    }
    const allowed = 'prometheus by rule-1'
    expect([await count(0), await count(299.999), await count(0.001)]).toEqual([
      [allowed, 1],
      [allowed, 1],
      [allowed, 2],
    ])
    api.respond = authority(() => false)
    const denied = '403 principal_not_allowed'
    expect([await count(300), await count(29.999), await count(0.001)]).toEqual([
      [denied, 3],
      [denied, 3],
      [denied, 4],
    ])
  })

  test('is asked after everything else, and its denial leaves the next rule', async () => {
    await using api = await startApiServer(
      cluster,
      authority(() => false),
    )
    const authorize = { kubernetes: { path: '/elsewhere', ...api.options } }
    await using guard = guardOf(api, [
      { name: 'named', principals: ['nobody'], authorize },
      { name: 'asked', credentials: ['static'], authorize },
      { name: 'static', credentials: ['static'] },
    ])
    expect(await ask(guard, TOKEN)).toBe('prometheus by static')
    expect(reviewsOf(api).map((spec) => [spec['user'], wantedOf(spec).path])).toEqual([['prometheus', '/elsewhere']])
  })

  test('of a rule for all credentials is asked of the first principal alone', async () => {
    await using api = await startApiServer(
      cluster,
      authority((_, { user }) => user !== 'other'),
    )
    await using guard = guardOf(api, [{ credentials: { allOf: ['accounts'] }, authorize: { kubernetes: api.options } }])
    expect([await ask(guard, 'sa'), await ask(guard, 'other')]).toEqual(['sa by rule-1', '403 principal_not_allowed'])
  })
})

describe('a rule that asks for resources', () => {
  const resourceAttributes = { namespace: '{{ .Value }}', apiVersion: 'v1', resource: 'namespaces', subresource: 'metrics' }
  const rewrites = { byQueryParameter: { name: 'namespace' }, byHttpHeader: { name: 'X-Namespace' } }
  test.each([
    { name: 'a parameter that is allowed', target: '/metrics?namespace=a', seen: 'sa by rule-1' },
    { name: 'two that are', target: '/metrics?namespace=a&namespace=b', seen: 'sa by rule-1' },
    { name: 'two values, one forbidden (24)', target: '/metrics?namespace=a&namespace=c', seen: '403 principal_not_allowed' },
    { name: 'a forbidden header (24)', target: '/metrics?namespace=a', header: ['c'], seen: '403 principal_not_allowed' },
    { name: 'no parameter (24)', target: '/metrics', seen: '400 malformed_request' },
    { name: 'an empty parameter', target: '/metrics?namespace=', seen: '400 malformed_request' },
  ])('$name', async ({ target, header = [], seen }) => {
    await using api = await startApiServer(
      cluster,
      authority(({ namespace }) => namespace !== 'c'),
    )
    await using guard = guardOf(api, [{ authorize: { kubernetes: { resourceAttributes, rewrites, ...api.options } } }])
    expect(await ask(guard, 'sa', target, { header: (name) => (name === 'x-namespace' ? header : []) })).toBe(seen)
  })

  test('tells nothing of its parameters to whoever has proven nothing', async () => {
    await using api = await startApiServer(
      cluster,
      review(() => ({})),
    )
    await using guard = guardOf(api, [{ authorize: { kubernetes: { resourceAttributes, rewrites, ...api.options } } }])
    expect(await ask(guard, 'bad')).toBe('401 bad_credentials')
    expect(reviewsOf(api)).toEqual([])
  })
})

describe('an API server that fails (21)', () => {
  const rules = (api: FakeApiServer): RuleOptions[] => [{ credentials: ['static'], authorize: { kubernetes: api.options } }]

  test.each<{ name: string; respond: Respond }>([
    { name: 'we may not ask', respond: json(403, {}) },
    { name: 'it answers with garbage', respond: (response) => response.end('[') },
    { name: 'it answers with another kind', respond: json(201, { apiVersion: 'v1', kind: 'Status', status: 'Success' }) },
    { name: 'it wants to be left alone', respond: json(503, {}, { 'retry-after': '60' }) },
  ])('where $name nobody is let in', async ({ respond }) => {
    await using api = await startApiServer(cluster, respond)
    await using guard = guardOf(api, rules(api))
    expect(await ask(guard, TOKEN)).toBe('503 authority_unavailable')
  })

  test('a hanging one is given up after ten seconds', async () => {
    await using api = await startApiServer(cluster, silence)
    await using guard = guardOf(api, rules(api))
    const answer = ask(guard, TOKEN)
    await api.received(1)
    vi.advanceTimersByTime(10_000)
    expect(await answer).toBe('503 authority_unavailable')
  })

  test('the last allowance counts for ten minutes, and it is told', async () => {
    await using api = await startApiServer(
      cluster,
      authority(() => true),
    )
    await using guard = guardOf(api, rules(api))
    await ask(guard, TOKEN)
    api.respond = json(403, {})
    pass(300)
    expect(await ask(guard, TOKEN)).toBe('prometheus by rule-1')
    pass(300)
    expect(await ask(guard, TOKEN)).toBe('503 authority_unavailable')
    expect(events).toMatchObject([
      { type: 'authority', credential: 'kubernetes', state: 'unavailable', message: expect.stringContaining('system:auth-delegator') },
    ])
  })
})

describe('a policy with faults', () => {
  test.each<{ rule: object; path: string; message: string }>([
    { rule: { authorize: {} }, path: 'authorize', message: 'this does not say whom to ask' },
    { rule: { authorize: { kubernetes: null } }, path: 'authorize', message: 'this does not say whom to ask' },
    { rule: { authorize: { opa: {} } }, path: 'authorize.opa', message: '"opa" is not an option here' },
    { rule: { authorize: { kubernetes: { verb: 'get' } } }, path: 'authorize.kubernetes.verb', message: '"verb" is not an option here' },
    {
      rule: { authorize: { kubernetes: { rememberSeconds: -1 } } },
      path: 'authorize.kubernetes.rememberSeconds',
      message: '-1 is not a number of seconds from 1 to 600',
    },
    {
      rule: { authorize: { kubernetes: { caFile: 'gone' } } },
      path: 'authorize.kubernetes.caFile',
      message: '"gone" does not exist',
    },
    {
      rule: { paths: ['/a'], credentials: 'none', authorize: { kubernetes: {} } },
      path: 'authorize',
      message: 'this rule asks for no credential, so that there is nobody whose rights could be asked for',
    },
  ])('$path: $message', ({ rule, path, message }) => {
    const fault = faultOf(() => createGuard({ credentials: [STATIC], rules: [rule] }))
    expect([fault.path.join('.'), fault.message]).toEqual([`rules.0.${path}`, message])
  })
})
