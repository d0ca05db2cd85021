import type { Decision, RequestFacts } from '@postern/guard'
import { describe, expect, test, vi } from 'vitest'
import type { Authorization, Authorizer } from '../../src/authorizer.ts'
import { compileAddresses } from '../../src/clients/addresses.ts'
import { ABSENT, BAD, type Credential, type Finding } from '../../src/credentials/finding.ts'
import { decide } from '../../src/decide/decide.ts'
import { parseAddress } from '../../src/net/address.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { defaultRule, type Rule } from '../../src/policy/rules.ts'

const FACTS: RequestFacts = {
  address: parseAddress('10.0.0.1'),
  method: 'GET',
  target: { path: '/metrics', query: '' },
  authorization: [],
  header: () => [],
  clientCertificate: undefined,
}
const CHALLENGES = ['Basic realm="metrics", charset="UTF-8"', 'Bearer realm="metrics"']
const PROVEN: Extract<Finding, { state: 'proven' }> = { state: 'proven', principal: { name: 'prom', credential: 'basic' } }
const EXPIRED: Finding = { state: 'rejected', reason: 'expired_credentials' }
const ELSEWHERE: Finding = { state: 'rejected', reason: 'address_not_allowed' }
const UNAVAILABLE: Finding = { state: 'rejected', reason: 'authority_unavailable' }
const OVERLOADED: Finding = { state: 'rejected', reason: 'overloaded' }

const credential = (check: Credential['check']): Credential => ({ kind: 'basic', name: 'basic', challenge: CHALLENGES[0], check })
const policyOf = (findings: readonly Finding[], init: Partial<Policy> = {}): Policy =>
  withCredentials(
    findings.map((finding) => credential(() => finding)),
    init,
  )
const withCredentials = (credentials: readonly Credential[], init: Partial<Policy> = {}): Policy => ({
  addresses: compileAddresses(undefined),
  proxies: undefined,
  credentials,
  rules: [defaultRule(credentials)],
  anyone: defaultRule(credentials),
  challenges: CHALLENGES,
  clientAuthorities: [],
  responseHeaders: {},
  limits: undefined,
  warnings: [],
  ...init,
})
const allow: Decision = { allow: true, principal: { name: 'prom', credential: 'basic' }, rule: 'default' }
const deny = (
  status: 400 | 401 | 403 | 500 | 503,
  reason: string,
  challenges: readonly string[] = [],
  retryAfterSeconds?: number,
): unknown => ({
  allow: false,
  status,
  reason,
  challenges,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
})

const noFault = (error: unknown): never => {
  throw error
}

describe('one finding or none', () => {
  test.each([
    { name: 'absent', findings: [ABSENT], decision: deny(401, 'no_credentials', CHALLENGES) },
    { name: 'bad', findings: [BAD], decision: deny(401, 'bad_credentials', CHALLENGES) },
    { name: 'expired', findings: [EXPIRED], decision: deny(401, 'expired_credentials', CHALLENGES) },
    { name: 'elsewhere', findings: [ELSEWHERE], decision: deny(403, 'address_not_allowed') },
    { name: 'overloaded', findings: [OVERLOADED], decision: deny(503, 'overloaded', [], 1) },
    { name: 'unavailable', findings: [UNAVAILABLE], decision: deny(503, 'authority_unavailable', [], 5) },
    { name: 'proven', findings: [PROVEN], decision: allow },
  ])('$name', async ({ findings, decision }) => {
    expect(await decide(policyOf(findings), FACTS, noFault)).toEqual(decision)
  })
})

describe('two findings', () => {
  const bad = deny(401, 'bad_credentials', CHALLENGES)
  const expired = deny(401, 'expired_credentials', CHALLENGES)
  const elsewhere = deny(403, 'address_not_allowed')
  const overloaded = deny(503, 'overloaded', [], 1)
  const unavailable = deny(503, 'authority_unavailable', [], 5)
  test.each([
    { name: 'absent, proven: the second is enough', findings: [ABSENT, PROVEN], decision: allow },
    { name: 'bad, proven: the second is enough', findings: [BAD, PROVEN], decision: allow },
    { name: 'overloaded, proven: the second is enough', findings: [OVERLOADED, PROVEN], decision: allow },
    { name: 'proven, bad: the first is enough', findings: [PROVEN, BAD], decision: allow },
    { name: 'absent, bad', findings: [ABSENT, BAD], decision: bad },
    { name: 'bad, absent', findings: [BAD, ABSENT], decision: bad },
    { name: 'bad, expired: the second was right once', findings: [BAD, EXPIRED], decision: expired },
    { name: 'expired, bad: the first was right once', findings: [EXPIRED, BAD], decision: expired },
    { name: 'bad, elsewhere: the second is right elsewhere', findings: [BAD, ELSEWHERE], decision: elsewhere },
    { name: 'absent, elsewhere', findings: [ABSENT, ELSEWHERE], decision: elsewhere },
    { name: 'expired, elsewhere: the first is told', findings: [EXPIRED, ELSEWHERE], decision: expired },
    { name: 'elsewhere, expired: the first is told', findings: [ELSEWHERE, EXPIRED], decision: elsewhere },
    { name: 'expired, unavailable: the second may have been right', findings: [EXPIRED, UNAVAILABLE], decision: unavailable },
    { name: 'unavailable, overloaded: the first is told', findings: [UNAVAILABLE, OVERLOADED], decision: unavailable },
    { name: 'bad, overloaded: the second may have been right', findings: [BAD, OVERLOADED], decision: overloaded },
    { name: 'overloaded, bad: the first may have been right', findings: [OVERLOADED, BAD], decision: overloaded },
    { name: 'absent, absent', findings: [ABSENT, ABSENT], decision: deny(401, 'no_credentials', CHALLENGES) },
  ])('$name', async ({ findings, decision }) => {
    expect(await decide(policyOf(findings), FACTS, noFault)).toEqual(decision)
  })

  test('are not both asked for when the first is proven', async () => {
    const second = vi.fn(() => PROVEN)
    await decide(withCredentials([credential(() => PROVEN), credential(second)]), FACTS, noFault)
    expect(second).not.toHaveBeenCalled()
  })
})

describe('before any credential', () => {
  const check = vi.fn(() => PROVEN)
  const guarded = (init: Partial<Policy>): Policy => withCredentials([credential(check)], init)
  const elsewhere = { addresses: compileAddresses({ allow: ['192.0.2.0/24'] }) }

  test.each([
    { name: 'a foreign address', policy: guarded(elsewhere), facts: {}, decision: deny(403, 'address_not_allowed') },
    {
      name: 'a foreign address with a target of two readings',
      policy: guarded(elsewhere),
      facts: { target: undefined },
      decision: deny(403, 'address_not_allowed'),
    },
    {
      name: 'no address where networks are asked for',
      policy: guarded(elsewhere),
      facts: { address: undefined },
      decision: deny(403, 'address_not_allowed'),
    },
    { name: 'a target of two readings', policy: guarded({}), facts: { target: undefined }, decision: deny(400, 'malformed_request') },
    {
      name: 'two Authorization headers',
      policy: guarded({}),
      facts: { authorization: ['Basic a', 'Basic a'] },
      decision: deny(400, 'malformed_request'),
    },
    {
      name: 'a target of two readings where nobody is asked',
      policy: policyOf([]),
      facts: { target: undefined },
      decision: deny(400, 'malformed_request'),
    },
    {
      name: 'a foreign address where nobody is asked',
      policy: policyOf([], elsewhere),
      facts: {},
      decision: deny(403, 'address_not_allowed'),
    },
  ])('refuses $name', async ({ policy, facts, decision }) => {
    expect(await decide(policy, { ...FACTS, ...facts }, noFault)).toEqual(decision)
    expect(check).not.toHaveBeenCalled()
  })
})

test('lets everyone in as anonymous where the policy says so', async () => {
  expect(await decide(policyOf([], { challenges: [] }), FACTS, noFault)).toEqual({
    allow: true,
    principal: { name: 'anonymous', credential: 'none' },
    rule: 'default',
  })
})

test.each(['no_credentials', 'bad_credentials', 'expired_credentials'] as const)(
  'says 403 for %s where there is no challenge to give',
  async (reason) => {
    const findings: Finding[] = reason === 'no_credentials' ? [ABSENT] : [{ state: 'rejected', reason }]
    expect(await decide(policyOf(findings, { challenges: [] }), FACTS, noFault)).toEqual(deny(403, reason))
  },
)

test.each([
  {
    how: 'throws',
    check: (): never => {
      throw new Error('fault')
    },
  },
  { how: 'rejects', check: () => Promise.reject(new Error('fault')) },
])('stays shut when a credential $how, and asks no other', async ({ check }) => {
  const second = vi.fn(() => PROVEN)
  const faults: unknown[] = []
  const policy = withCredentials([credential(check), credential(second)])
  expect(await decide(policy, FACTS, (error) => faults.push(error))).toEqual(deny(500, 'guard_fault'))
  expect([second.mock.calls.length, faults]).toEqual([0, [new Error('fault')]])
})

describe('a rule that wants all of its credentials', () => {
  const all = (findings: readonly Finding[], init: Partial<Rule> = {}): Policy => {
    const credentials = findings.map((finding) => credential(() => finding))
    return withCredentials(credentials, { rules: [{ ...defaultRule(credentials), name: 'both', proof: 'all', ...init }] })
  }
  const GROUPED: Finding = { state: 'proven', principal: { name: 'token', credential: 'bearer', groups: ['ops', 'dev'] } }
  const HOST: Finding = { state: 'proven', principal: { name: 'host', credential: 'client-certificate', groups: ['ops', 'net'] } }
  const NARROW: Finding = { ...GROUPED, rules: new Set(['other']) }
  test.each([
    {
      name: 'the first principal, with the groups of all',
      policy: all([GROUPED, HOST]),
      decision: { allow: true, principal: { name: 'token', credential: 'bearer', groups: ['ops', 'dev', 'net'] }, rule: 'both' },
    },
    { name: 'no groups where there are none', policy: all([PROVEN, PROVEN]), decision: { ...allow, rule: 'both' } },
    { name: 'one is absent', policy: all([PROVEN, ABSENT]), decision: deny(401, 'no_credentials', CHALLENGES) },
    { name: 'one is wrong', policy: all([BAD, PROVEN]), decision: deny(401, 'bad_credentials', CHALLENGES) },
    { name: 'one is absent and one wrong', policy: all([ABSENT, BAD]), decision: deny(401, 'bad_credentials', CHALLENGES) },
    { name: 'one counts for other rules', policy: all([NARROW, HOST]), decision: deny(403, 'principal_not_allowed') },
    { name: 'one is wrong and one counts for other rules', policy: all([BAD, NARROW]), decision: deny(403, 'principal_not_allowed') },
    {
      name: 'the principal is another',
      policy: all([PROVEN, HOST], { principals: [{ name: 'host' }] }),
      decision: deny(403, 'principal_not_allowed'),
    },
    {
      name: 'a group of the second is enough',
      policy: all([GROUPED, HOST], { principals: [{ group: 'net' }] }),
      decision: { allow: true, principal: { name: 'token', credential: 'bearer', groups: ['ops', 'dev', 'net'] }, rule: 'both' },
    },
  ])('$name', async ({ policy, decision }) => {
    expect(await decide(policy, FACTS, noFault)).toEqual(decision)
  })
})

describe('a rule with an authorizer', () => {
  const GROUPED: typeof PROVEN = { state: 'proven', principal: { name: 'token', credential: 'bearer', groups: ['ops'] } }
  const HOST: typeof PROVEN = { state: 'proven', principal: { name: 'host', credential: 'client-certificate', groups: ['system:masters'] } }
  const askedOf = (answer: Authorization, proof: Rule['proof'], findings: readonly Finding[], init: Partial<Rule> = {}) => {
    const check = vi.fn<Authorizer['check']>(() => Promise.resolve(answer))
    const credentials = findings.map((finding) => credential(() => finding))
    const rule = { ...defaultRule(credentials), proof, authorizer: { check }, ...init }
    return { check, policy: withCredentials(credentials, { rules: [rule] }) }
  }
  test.each<{ answer: Authorization; decision: unknown }>([
    { answer: 'allowed', decision: { ...allow, principal: PROVEN.principal } },
    { answer: 'denied', decision: deny(403, 'principal_not_allowed') },
    { answer: 'malformed', decision: deny(400, 'malformed_request') },
    { answer: 'unavailable', decision: deny(503, 'authority_unavailable', [], 5) },
  ])('asks it of a principal that is let in: $answer', async ({ answer, decision }) => {
    for (const proof of ['any', 'all'] as const) {
      const { check, policy } = askedOf(answer, proof, [PROVEN])
      expect(await decide(policy, FACTS, noFault)).toEqual(decision)
      expect(check.mock.calls).toEqual([[PROVEN.principal, FACTS]])
    }
  })

  test.each(['any', 'all'] as const)('asks it of nobody else (%s)', async (proof) => {
    const { check, policy } = askedOf('allowed', proof, [PROVEN], { principals: [{ name: 'other' }] })
    expect(await decide(policy, FACTS, noFault)).toEqual(deny(403, 'principal_not_allowed'))
    expect(await decide(askedOf('allowed', proof, [BAD]).policy, FACTS, noFault)).toEqual(deny(401, 'bad_credentials', CHALLENGES))
    expect(check).not.toHaveBeenCalled()
  })

  test('asks it of the next principal when the first is denied', async () => {
    const { check, policy } = askedOf('denied', 'any', [GROUPED, HOST])
    check.mockResolvedValueOnce('denied').mockResolvedValueOnce('allowed')
    expect(await decide(policy, FACTS, noFault)).toEqual({ allow: true, principal: HOST.principal, rule: 'default' })
  })

  test('asks it of the first of all principals without the groups of the others', async () => {
    const { check, policy } = askedOf('allowed', 'all', [GROUPED, HOST])
    expect(await decide(policy, FACTS, noFault)).toMatchObject({ principal: { name: 'token', groups: ['ops', 'system:masters'] } })
    expect(check.mock.calls[0]?.[0]).toEqual(GROUPED.principal)
  })

  test('says what came nearest: a request that it cannot read, before a principal of another rule', async () => {
    const { policy } = askedOf('malformed', 'any', [PROVEN])
    const rules = [{ ...defaultRule(policy.credentials), principals: [{ name: 'other' }] }, ...policy.rules]
    expect(await decide({ ...policy, rules }, FACTS, noFault)).toEqual(deny(400, 'malformed_request'))
  })
})

describe('a proof that counts for some rules', () => {
  const finding: Finding = { ...PROVEN, rules: new Set(['second']) }
  test('is passed over by the others, and judged once for all of them', async () => {
    const check = vi.fn(() => finding)
    const credentials = [credential(check)]
    const rule = defaultRule(credentials)
    const policy = withCredentials(credentials, {
      rules: [
        { ...rule, name: 'first' },
        { ...rule, name: 'second' },
      ],
    })
    expect(await decide(policy, FACTS, noFault)).toEqual({ ...allow, rule: 'second' })
    expect(check).toHaveBeenCalledTimes(1)
    expect(await decide({ ...policy, rules: [rule] }, FACTS, noFault)).toEqual(deny(403, 'principal_not_allowed'))
  })
})
