import { createHash } from 'node:crypto'
import { createGuard, type GuardOptions, parseAddress, parseTarget } from '@postern/guard'
import { bearer, faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { createBench } from '../support/compile.ts'
import { factsOf } from '../support/facts.ts'

const token = 'pt_0123456789abcdef0123456789'
const other = `${token}-other`
const sha256 = createHash('sha256').update(token).digest('hex')
const policy = (...tokens: object[]): object => ({ credentials: [{ type: 'bearer', tokens }] })

/** What is decided of a request with `token`: the principal, or the reason. */
async function ask(options: object, { from = '10.0.0.1', path = '/metrics', now = Date.now() } = {}): Promise<unknown> {
  const environment = { ...createBench().environment, now: () => now }
  const guard = createGuard(options as GuardOptions, { environment })
  const facts = factsOf({ address: parseAddress(from), target: parseTarget(path), authorization: [bearer(token).authorization] })
  const decision = await guard.decide(facts)
  return decision.allow ? decision.principal : decision.reason
}

describe('a token', () => {
  const principal = { name: 'prometheus', credential: 'bearer' }
  const expires = '2030-01-31T12:00:00Z'
  const end = Date.parse(expires)
  const limited = policy({ name: 'prometheus', sha256, expires, notBefore: new Date(end - 1_000) })
  test.each([
    { name: 'before it begins', options: limited, at: { now: end - 1_001 }, seen: 'bad_credentials' },
    { name: 'in its life', options: limited, at: { now: end - 1 }, seen: principal },
    { name: 'when its life is over', options: limited, at: { now: end }, seen: 'expired_credentials' },
    {
      name: 'from its network',
      options: policy({ name: 'prometheus', token, addresses: { allow: ['10.0.0.0/8'] } }),
      at: {},
      seen: principal,
    },
    {
      name: 'from elsewhere',
      options: policy({ name: 'prometheus', token, addresses: { allow: ['10.0.0.0/8'] } }),
      at: { from: '192.0.2.1' },
      seen: 'address_not_allowed',
    },
    {
      name: 'with groups',
      options: policy({ name: 'prometheus', token, groups: ['ops', 'dev'] }),
      at: {},
      seen: { ...principal, groups: ['ops', 'dev'] },
    },
    {
      name: 'of two lists, with its life over in the second',
      options: {
        credentials: [
          { type: 'bearer', tokens: [{ name: 'a', token: other }] },
          { type: 'bearer', ...tokensOf({ expires }) },
        ],
      },
      at: { now: end },
      seen: 'expired_credentials',
    },
    {
      name: 'of two lists, in the second not from here',
      options: {
        credentials: [
          { type: 'bearer', tokens: [{ name: 'a', token: other }] },
          { type: 'bearer', ...tokensOf({ addresses: { deny: ['10.0.0.0/8'] } }) },
        ],
      },
      at: {},
      seen: 'address_not_allowed',
    },
  ])('$name', async ({ options, at, seen }) => {
    expect(await ask(options, at)).toEqual(seen)
  })

  test('counts for the rules it names', async () => {
    const options = { ...policy({ name: 'prometheus', token, rules: ['probe'] }), rules: RULES }
    expect(await ask(options, { path: '/probe/x' })).toEqual(principal)
    expect(await ask(options, { path: '/metrics' })).toBe('principal_not_allowed')
  })

  test('counts for the one rule of a policy that writes none, where it says so', async () => {
    expect(await ask(policy({ name: 'prometheus', token, rules: ['default'] }))).toEqual(principal)
  })

  test('may be one of several of a name while it is rotated', async () => {
    expect(await ask(policy({ name: 'prometheus', token: other, expires }, { name: 'prometheus', token }))).toEqual(principal)
  })
})

test('adversarial 22: a token that is taken out of the policy is refused from the reload on', async () => {
  const kept = { name: 'other', token: other }
  const guard = createGuard(policy({ name: 'prometheus', token }, kept) as GuardOptions)
  const facts = factsOf({ target: parseTarget('/metrics'), authorization: [bearer(token).authorization] })
  expect(await guard.decide(facts)).toMatchObject({ allow: true })
  guard.reload(policy(kept) as GuardOptions)
  expect(await guard.decide(facts)).toMatchObject({ reason: 'bad_credentials' })
})

function tokensOf(terms: object): object {
  return { tokens: [{ name: 'prometheus', token, ...terms }] }
}

const RULES = [
  { name: 'scrape', paths: ['/metrics'] },
  { name: 'probe', paths: ['/probe/*'] },
]

describe('a token that soon ends', () => {
  const DAY = 86_400_000
  const bench = createBench()
  bench.clock.now = Date.parse('2030-01-01T00:00:00Z')
  const warningsOf = (expires: number): readonly string[] =>
    bench.compile(policy({ name: 'prometheus', sha256, expires: new Date(expires) })).warnings
  test.each([
    { name: 'in 14 days', days: 14, warnings: [] },
    {
      name: 'a second before that',
      days: 14 - 1 / 86_400,
      warnings: ['the token of "prometheus" ends at 2030-01-14T23:59:59.000Z: give its holder a new one before'],
    },
    {
      name: 'now',
      days: 0,
      warnings: ['the token of "prometheus" ended at 2030-01-01T00:00:00.000Z: take it out, or give its holder a new one'],
    },
    {
      name: 'a day ago',
      days: -1,
      warnings: ['the token of "prometheus" ended at 2029-12-31T00:00:00.000Z: take it out, or give its holder a new one'],
    },
  ])('$name', ({ days, warnings }) => {
    expect(warningsOf(bench.clock.now + days * DAY)).toEqual(warnings)
  })
})

describe('a token is refused', () => {
  const at = (...path: (string | number)[]): (string | number)[] => ['credentials', 0, 'tokens', 0, ...path]
  const names = (what: string): object => ({
    code: 'ERR_POSTERN_POLICY',
    message: `this is not a list of names of one ${what} or more`,
    fix: `List a ${what}, or leave the key out.`,
  })
  test.each([
    {
      name: 'an unknown key',
      terms: { sha256, expiry: 'never' },
      fault: { path: at('expiry'), message: '"expiry" is not an option here' },
    },
    {
      name: 'text and digest',
      terms: { token, sha256 },
      fault: {
        code: 'ERR_POSTERN_TOKEN',
        path: at('token'),
        message: 'the token of "prometheus" is given as text and as a digest',
        fix: 'Leave the text out: the digest is enough.',
      },
    },
    { name: 'an end that is none', terms: { sha256, expires: 'soon' }, fault: { code: 'ERR_POSTERN_POLICY', path: at('expires') } },
    { name: 'a beginning that is none', terms: { sha256, notBefore: '2030-01-31' }, fault: { path: at('notBefore') } },
    {
      name: 'an end that is its beginning',
      terms: { sha256, notBefore: '2030-01-31T12:00:00Z', expires: '2030-01-31T13:00:00+01:00' },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: at('expires'),
        message: 'the token of "prometheus" ends before it begins',
        fix: 'Write an end that is later than notBefore.',
      },
    },
    {
      name: 'a network that is none',
      terms: { sha256, addresses: { allow: ['10.0.0.5/8'] } },
      fault: { code: 'ERR_POSTERN_CIDR', path: at('addresses', 'allow', 0) },
    },
    { name: 'misspelt addresses', terms: { sha256, addresses: { allowed: [] } }, fault: { path: at('addresses', 'allowed') } },
    { name: 'no rules', terms: { sha256, rules: [] }, fault: { ...names('rule'), path: at('rules') } },
    { name: 'rules that are no list', terms: { sha256, rules: 'scrape' }, fault: { ...names('rule'), path: at('rules') } },
    { name: 'a group without a name', terms: { sha256, groups: ['ops', ''] }, fault: { ...names('group'), path: at('groups') } },
    { name: 'a group that is no text', terms: { sha256, groups: [7] }, fault: { ...names('group'), path: at('groups') } },
  ])('for $name', ({ terms, fault }) => {
    expect(faultOf(() => createBench().compile(policy({ name: 'prometheus', ...terms })))).toMatchObject(fault)
  })
})

describe('a rule that a token names', () => {
  const tokens = (...rules: string[]): object => policy({ name: 'a', token: other, rules: ['scrape'] }, { name: 'b', token, rules })
  const fault = { code: 'ERR_POSTERN_POLICY', path: ['credentials', 0, 'tokens', 1, 'rules', 1], message: 'no rule is called "scrapes"' }

  test('must exist', () => {
    expect(faultOf(() => createBench().compile({ ...tokens('scrape', 'scrapes'), rules: RULES }))).toEqual({
      ...fault,
      fix: 'There are: scrape, probe.',
    })
  })

  test('must exist where the policy writes no rules', () => {
    expect(faultOf(() => createBench().compile(policy({ name: 'b', token, rules: ['scrape'] })))).toMatchObject({
      message: 'no rule is called "scrape"',
      fix: 'There are: default.',
    })
  })

  test('is not missed while a rule or a credential has a fault of its own', () => {
    const broken = { ...tokens('scrape', 'scrapes'), rules: [{ ...RULES[0] }, { name: 'probe', paths: ['probe'] }] }
    expect(faultOf(() => createBench().compile(broken)).path).toEqual(['rules', 1, 'paths', 0])
    const { credentials } = tokens('scrape', 'scrapes') as { credentials: object[] }
    const half = { credentials: [...credentials, { type: 'bearer', tokens: [] }], rules: RULES }
    expect(faultOf(() => createBench().compile(half)).path).toEqual(['credentials', 1, 'tokens'])
  })
})
