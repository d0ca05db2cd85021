import { createGuard, type GuardOptions, PosternError, parseAddress, parseTarget, type RuleOptions } from '@postern/guard'
import { bearer, faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { factsOf } from '../support/facts.ts'

const TOKENS = { prometheus: 'canary-prometheus-0123456789', agent: 'canary-agent-0123456789abcd', ops: 'canary-ops-0123456789abcdef' }
const credentials = (...kinds: string[]): GuardOptions['credentials'] => kinds.map((name) => tokenCredential(name))
const tokenCredential = (name: string): Exclude<GuardOptions['credentials'], 'none'>[number] => ({
  type: 'bearer',
  name,
  tokens: Object.entries(TOKENS).map(([holder, token]) => ({ name: holder, token: `${token}-${name}` })),
})

interface Ask {
  readonly path?: string
  readonly method?: string
  readonly from?: string
  readonly token?: string
}

const SCRAPERS = 'scrapers'
const ask = async (
  rules: readonly RuleOptions[],
  { path = '/metrics', method = 'GET', from = '10.0.0.1', token }: Ask,
): Promise<string> => {
  const guard = createGuard({ credentials: credentials(SCRAPERS), rules })
  const authorization = token === undefined ? [] : [bearer(`${token}-${SCRAPERS}`).authorization]
  const decision = await guard.decide(factsOf({ address: parseAddress(from), method, target: parseTarget(path), authorization }))
  return decision.allow ? `${decision.principal.name} by ${decision.rule}` : `${decision.status} ${decision.reason}`
}

const TABLE: readonly RuleOptions[] = [
  { name: 'health', paths: ['/-/healthy'], credentials: 'none' },
  { name: 'office', paths: ['/metrics'], methods: ['GET'], addresses: { allow: ['10.0.0.0/8'] }, principals: ['prometheus'] },
  { name: 'probes', paths: ['/probe/*'], methods: ['GET', 'HEAD'] },
  {
    name: 'anywhere',
    paths: ['/metrics'],
    principals: [
      { name: 'ops', credential: 'bearer' },
      { name: 'agent', credential: 'basic' },
    ],
  },
]
const { prometheus, agent, ops } = TOKENS

describe('the first rule that holds in every column allows', () => {
  test.each<Ask & { seen: string }>([
    { token: prometheus, seen: 'prometheus by office' },
    { token: ops, seen: 'ops by anywhere' },
    { token: ops, from: '203.0.113.1', method: 'POST', seen: 'ops by anywhere' },
    { token: agent, path: '/probe/x', seen: 'agent by probes' },
    { token: agent, path: '/probe/', method: 'HEAD', seen: 'agent by probes' },
    { path: '/-/healthy', seen: 'anonymous by health' },
    { path: '/-/healthy', token: 'wrong-wrong-wrong-wrong-wrong', seen: 'anonymous by health' },
  ])('$method $path of $token from $from: $seen', async ({ seen, ...what }) => {
    expect(await ask(TABLE, what)).toBe(seen)
  })
})

describe('what meets no rule is denied, with the reason that came nearest', () => {
  test.each<Ask & { seen: string }>([
    { token: agent, seen: '403 principal_not_allowed' },
    { token: prometheus, from: '203.0.113.1', seen: '403 principal_not_allowed' },
    { token: agent, path: '/probe/x', method: 'POST', seen: '403 method_not_allowed' },
    { token: agent, path: '/other', seen: '403 path_not_allowed' },
    { token: agent, path: '/probe', seen: '403 path_not_allowed' },
    { token: agent, path: '/metrics/', seen: '403 path_not_allowed' },
    { token: agent, path: '/METRICS', seen: '403 path_not_allowed' },
    { token: agent, path: '/-/healthy', method: 'GET', seen: 'anonymous by health' },
    { path: '/metrics?x=/-/healthy', seen: '401 no_credentials' },
  ])('$method $path of $token from $from: $seen', async ({ seen, ...what }) => {
    expect(await ask(TABLE, what)).toBe(seen)
  })

  test.each<Ask>([{}, { path: '/other' }, { path: '/probe/x', method: 'DELETE' }, { from: '203.0.113.1' }])(
    'and whoever has proven nothing learns of no path, method or network: %o',
    async (what) => {
      expect(await ask(TABLE, what)).toBe('401 no_credentials')
      expect(await ask(TABLE, { ...what, token: 'wrong-wrong-wrong-wrong-wrong' })).toBe('401 bad_credentials')
    },
  )

  test('a group that no credential names holds for nobody', async () => {
    expect(await ask([{ principals: [{ name: 'ops', group: 'wheel' }] }], { token: ops })).toBe('403 principal_not_allowed')
  })

  test('says so where there is nothing anybody could prove', async () => {
    const guard = createGuard({
      credentials: 'none',
      rules: [{ paths: ['/metrics'], credentials: 'none', addresses: { deny: ['10.0.0.9'] } }],
    })
    const reason = async (path: string, from: string): Promise<unknown> =>
      guard.decide(factsOf({ target: parseTarget(path), address: parseAddress(from) }))
    expect(await reason('/metrics', '10.0.0.1')).toMatchObject({ allow: true, rule: 'rule-1' })
    expect(await reason('/metrics', '10.0.0.9')).toMatchObject({ status: 403, reason: 'address_not_allowed' })
    expect(await reason('/other', '10.0.0.1')).toMatchObject({ status: 403, reason: 'path_not_allowed' })
    expect(guard.authenticates).toBe(false)
  })
})

const refusalOf = (options: unknown): PosternError => {
  try {
    createGuard(options as GuardOptions)
  } catch (error) {
    if (error instanceof PosternError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a policy with faults', () => {
  const faults = (options: unknown): unknown => {
    const fault = refusalOf(options)
    return [fault, ...fault.others].map(({ path, message }) => [path.join('.'), message])
  }
  const rules = (...list: unknown[]): object => ({ credentials: credentials('a', 'b', 'b'), rules: list })
  test.each([
    { rules: [], told: ['rules', 'the list of rules is empty, so that nobody could ever be allowed'] },
    { rules: [{ path: '/x' }], told: ['rules.0.path', '"path" is not an option here'] },
    { rules: [{ name: 'a b' }], told: ['rules.0.name', '"a b" is not a name for a rule'] },
    { rules: [{ name: 'a' }, { name: 'a' }], told: ['rules.1.name', 'two rules are called "a"'] },
    { rules: [{ paths: [] }], told: ['rules.0.paths', 'this is not a list of one path or more'] },
    { rules: [{ paths: '/metrics' }], told: ['rules.0.paths', 'this is not a list of one path or more'] },
    { rules: [{ paths: ['/a', '/a/../b'] }], told: ['rules.0.paths.1', '"/a/../b" is not a path that means one thing to everyone'] },
    { rules: [{ paths: ['/a*'] }], told: undefined },
    { rules: [{ paths: ['*'] }], told: ['rules.0.paths.0', '"*" is not a path that means one thing to everyone'] },
    { rules: [{ methods: ['get'] }], told: ['rules.0.methods.0', '"get" is not a method'] },
    { rules: [{ methods: null }], told: ['rules.0.methods', 'this is not a list of one method or more'] },
    { rules: [{ addresses: { allow: ['10.0.0.5/8'] } }], told: ['rules.0.addresses.allow.0', '"10.0.0.5/8" has bits set below /8'] },
    { rules: [{ credentials: [] }], told: ['rules.0.credentials', 'this is not a list of one credential or more'] },
    { rules: [{ credentials: ['c'] }], told: ['rules.0.credentials.0', 'no credential is called "c"'] },
    { rules: [{ credentials: { allOf: ['a', 'b'] } }], told: ['rules.0.credentials.allOf.1', '2 credentials are called "b"'] },
    { rules: [{ credentials: { anyOf: ['a'] } }], told: ['rules.0.credentials.anyOf', '"anyOf" is not an option here'] },
    { rules: [{ credentials: 'none' }], told: ['rules.0.credentials', 'this rule asks for no credential on every path'] },
    {
      rules: [{ credentials: 'none', paths: ['/*'] }],
      told: ['rules.0.credentials', 'this rule asks for no credential on everything below a path'],
    },
    {
      rules: [{ credentials: 'none', paths: ['/metrics'] }, { paths: ['/metrics'] }],
      told: ['rules.1.paths', '"/metrics" is also a path of the rule "rule-1", which asks for no credential'],
    },
    {
      rules: [{ credentials: 'none', paths: ['/a'], principals: ['x'] }],
      told: ['rules.0.principals', 'this rule asks for no credential and names principals, whom nobody could prove to be'],
    },
    { rules: [{ credentials: 'none', paths: ['/a'] }, { paths: ['/b'] }, { principals: ['x'] }], told: undefined },
    { rules: [{ credentials: ['a'] }], told: undefined },
    { rules: [{ credentials: { allOf: ['a'] } }], told: undefined },
    { rules: [{ principals: [] }], told: ['rules.0.principals', 'this is not a list of one principal or more'] },
    { rules: [{ principals: [''] }], told: ['rules.0.principals.0', 'this principal says nothing of who it is'] },
    { rules: [{ principals: [{}] }], told: ['rules.0.principals.0', 'this principal says nothing of who it is'] },
    { rules: [{ principals: [{ role: 'x' }] }], told: ['rules.0.principals.0.role', '"role" is not an option here'] },
  ])('$rules', ({ rules: list, told }) => {
    if (told === undefined) expect(() => createGuard(rules(...list) as GuardOptions)).not.toThrow()
    else expect(faults(rules(...list))).toEqual([told])
  })

  test('names a credential where the policy has none', () => {
    expect(faultOf(() => createGuard({ credentials: 'none', rules: [{ credentials: ['a'] }] }))).toMatchObject({ fix: 'There are: none.' })
  })

  test('asks for a credential that the policy does not have', () => {
    expect(faults({ credentials: 'none', rules: [{}] })).toEqual([
      ['rules.0.credentials', 'this rule asks for any credential of the policy, which has none'],
    ])
  })

  test('tells all of them at once, each with its place, and of rules only what is theirs', () => {
    const many = {
      credentials: [{ type: 'basic' }, { type: 'bearer' }],
      addresses: { allow: ['x'] },
      rules: [{ credentials: ['basic'] }],
      more: 1,
    }
    expect(faults(many)).toEqual([
      ['more', '"more" is not an option here'],
      ['addresses.allow.0', '"x" is not an address or CIDR block'],
      ['credentials.0.users', 'this credential names no user'],
      ['credentials.1.tokens', 'this credential names no token'],
    ])
    expect(refusalOf(many).stack).toMatch(/more" is not an option[^]*\nand addresses\.allow\[0\]: "x"[^]*\nand credentials\[1\]/)
  })
})

describe('two credentials in one request', () => {
  const both: GuardOptions = {
    credentials: [
      { type: 'bearer', name: 'token', tokens: [{ name: 'prometheus', token: TOKENS.prometheus }] },
      { type: 'client-certificate', name: 'host', ca: '', names: ['a'] },
    ],
  }
  test('cannot be asked for where an authority is missing', () => {
    expect(faultOf(() => createGuard(both))).toMatchObject({ code: 'ERR_POSTERN_CERTIFICATE', path: ['credentials', 1, 'ca'] })
  })
})
