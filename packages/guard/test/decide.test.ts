import type { Decision, RequestFacts } from '@postern/guard'
import { describe, expect, test, vi } from 'vitest'
import { compileAddresses } from '../src/addresses.ts'
import { ABSENT, BAD, type Credential, type Finding } from '../src/credentials/finding.ts'
import { decide } from '../src/decide.ts'
import { parseAddress } from '../src/net/address.ts'
import type { Policy } from '../src/policy.ts'

const FACTS: RequestFacts = {
  address: parseAddress('10.0.0.1'),
  method: 'GET',
  target: { path: '/metrics', query: '' },
  authorization: [],
  clientCertificate: undefined,
}
const CHALLENGES = ['Basic realm="metrics", charset="UTF-8"', 'Bearer realm="metrics"']
const PROVEN: Finding = { state: 'proven', principal: { name: 'prom', credential: 'basic' } }
const EXPIRED: Finding = { state: 'rejected', reason: 'expired_credentials' }
const OVERLOADED: Finding = { state: 'rejected', reason: 'overloaded' }

const credential = (check: Credential['check']): Credential => ({ kind: 'basic', challenge: CHALLENGES[0], check })
const policyOf = (findings: readonly Finding[], init: Partial<Policy> = {}): Policy => ({
  addresses: compileAddresses(undefined),
  credentials: findings.map((finding) => credential(() => finding)),
  challenges: CHALLENGES,
  clientAuthorities: [],
  warnings: [],
  ...init,
})
const allow: Decision = { allow: true, principal: { name: 'prom', credential: 'basic' } }
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
    { name: 'no credential at all', findings: [], decision: deny(401, 'no_credentials', CHALLENGES) },
    { name: 'absent', findings: [ABSENT], decision: deny(401, 'no_credentials', CHALLENGES) },
    { name: 'bad', findings: [BAD], decision: deny(401, 'bad_credentials', CHALLENGES) },
    { name: 'expired', findings: [EXPIRED], decision: deny(401, 'expired_credentials', CHALLENGES) },
    { name: 'overloaded', findings: [OVERLOADED], decision: deny(503, 'overloaded', [], 1) },
    { name: 'proven', findings: [PROVEN], decision: allow },
  ])('$name', async ({ findings, decision }) => {
    expect(await decide(policyOf(findings), FACTS, noFault)).toEqual(decision)
  })
})

describe('two findings', () => {
  const bad = deny(401, 'bad_credentials', CHALLENGES)
  const expired = deny(401, 'expired_credentials', CHALLENGES)
  const overloaded = deny(503, 'overloaded', [], 1)
  test.each([
    { name: 'absent, proven: the second is enough', findings: [ABSENT, PROVEN], decision: allow },
    { name: 'bad, proven: the second is enough', findings: [BAD, PROVEN], decision: allow },
    { name: 'overloaded, proven: the second is enough', findings: [OVERLOADED, PROVEN], decision: allow },
    { name: 'proven, bad: the first is enough', findings: [PROVEN, BAD], decision: allow },
    { name: 'absent, bad', findings: [ABSENT, BAD], decision: bad },
    { name: 'bad, absent', findings: [BAD, ABSENT], decision: bad },
    { name: 'bad, expired: the first is told', findings: [BAD, EXPIRED], decision: bad },
    { name: 'expired, bad: the first is told', findings: [EXPIRED, BAD], decision: expired },
    { name: 'bad, overloaded: the second may have been right', findings: [BAD, OVERLOADED], decision: overloaded },
    { name: 'overloaded, bad: the first may have been right', findings: [OVERLOADED, BAD], decision: overloaded },
    { name: 'absent, absent', findings: [ABSENT, ABSENT], decision: deny(401, 'no_credentials', CHALLENGES) },
  ])('$name', async ({ findings, decision }) => {
    expect(await decide(policyOf(findings), FACTS, noFault)).toEqual(decision)
  })

  test('are not both asked for when the first is proven', async () => {
    const second = vi.fn(() => PROVEN)
    await decide(policyOf([], { credentials: [credential(() => PROVEN), credential(second)] }), FACTS, noFault)
    expect(second).not.toHaveBeenCalled()
  })
})

describe('before any credential', () => {
  const check = vi.fn(() => PROVEN)
  const guarded = (init: Partial<Policy>): Policy => policyOf([], { credentials: [credential(check)], ...init })
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
      policy: policyOf([], { credentials: 'none' }),
      facts: { target: undefined },
      decision: deny(400, 'malformed_request'),
    },
    {
      name: 'a foreign address where nobody is asked',
      policy: policyOf([], { credentials: 'none', ...elsewhere }),
      facts: {},
      decision: deny(403, 'address_not_allowed'),
    },
  ])('refuses $name', async ({ policy, facts, decision }) => {
    expect(await decide(policy, { ...FACTS, ...facts }, noFault)).toEqual(decision)
    expect(check).not.toHaveBeenCalled()
  })
})

test('lets everyone in as anonymous where the policy says so', async () => {
  expect(await decide(policyOf([], { credentials: 'none', challenges: [] }), FACTS, noFault)).toEqual({
    allow: true,
    principal: { name: 'anonymous', credential: 'none' },
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
  const policy = policyOf([], { credentials: [credential(check), credential(second)] })
  expect(await decide(policy, FACTS, (error) => faults.push(error))).toEqual(deny(500, 'guard_fault'))
  expect([second.mock.calls.length, faults]).toEqual([0, [new Error('fault')]])
})
