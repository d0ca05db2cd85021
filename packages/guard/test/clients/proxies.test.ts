import { createGuard, type GuardOptions, type ProxyOptions, parseAddress, parseTarget, type RequestFacts } from '@postern/guard'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { compileProxies } from '../../src/clients/proxies.ts'
import { factsOf } from '../support/facts.ts'

type Headers = Readonly<Record<string, readonly string[]>>

const from = (peer: string | undefined, headers: Headers = {}, more: Partial<RequestFacts> = {}): RequestFacts =>
  factsOf({
    address: peer === undefined ? undefined : parseAddress(peer),
    target: parseTarget('/metrics'),
    header: (name) => headers[name] ?? [],
    ...more,
  })

/** Who may read, and why not, under a policy that allows 192.0.2.0/24. */
async function decide(facts: RequestFacts, proxies: ProxyOptions | undefined, more: Partial<GuardOptions> = {}): Promise<string> {
  const guard = createGuard({
    credentials: 'none',
    addresses: { allow: ['192.0.2.0/24'] },
    ...(proxies && { proxies }),
    ...more,
  })
  const decision = await guard.decide(facts)
  return decision.allow ? 'allowed' : decision.reason
}

const ALLOWED = '192.0.2.1'
const TRUSTED = { trusted: ['10.0.0.0/8'] }

describe('a request through a proxy', () => {
  test.each([
    { name: 'nobody is trusted', peer: '10.0.0.1', proxies: undefined, header: ALLOWED, says: 'address_not_allowed' },
    { name: 'the peer is not trusted (#53)', peer: '11.0.0.1', proxies: TRUSTED, header: ALLOWED, says: 'address_not_allowed' },
    { name: 'loopback is not trusted by itself', peer: '127.0.0.1', proxies: TRUSTED, header: ALLOWED, says: 'address_not_allowed' },
    { name: 'the peer is trusted', peer: '10.0.0.1', proxies: TRUSTED, header: ALLOWED, says: 'allowed' },
    { name: 'the peer is trusted in its IPv6 coat', peer: '::ffff:10.0.0.1', proxies: TRUSTED, header: ALLOWED, says: 'allowed' },
    { name: 'it is the rightmost (#53)', peer: '10.0.0.1', proxies: TRUSTED, header: `6.6.6.6, ${ALLOWED}`, says: 'allowed' },
    {
      name: 'it stands left of one that nobody trusts (#53)',
      peer: '10.0.0.1',
      proxies: TRUSTED,
      header: `${ALLOWED}, 6.6.6.6, 10.0.0.2`,
      says: 'address_not_allowed',
    },
    {
      name: 'it stands left of garbage (#53)',
      peer: '10.0.0.1',
      proxies: TRUSTED,
      header: `${ALLOWED}, garbage, 10.0.0.2`,
      says: 'address_not_allowed',
    },
    { name: 'nothing was said', peer: '10.0.0.1', proxies: TRUSTED, header: undefined, says: 'address_not_allowed' },
  ])('is judged by the address of its client: $name', async ({ peer, proxies, header, says }) => {
    expect(await decide(from(peer, header === undefined ? {} : { 'x-forwarded-for': [header] }), proxies)).toBe(says)
  })

  test('has several lines of one header (#53)', async () => {
    const lines = (...values: string[]): RequestFacts => from('10.0.0.1', { 'x-forwarded-for': values })
    expect([
      await decide(lines('6.6.6.6', ALLOWED), TRUSTED),
      await decide(lines(ALLOWED, '6.6.6.6'), TRUSTED),
      await decide(lines(ALLOWED, '10.0.0.3, 10.0.0.2'), TRUSTED),
    ]).toEqual(['allowed', 'address_not_allowed', 'allowed'])
  })

  test.each([
    { name: 'x-real-ip', header: undefined },
    { name: 'cf-connecting-ip', header: undefined },
    { name: 'true-client-ip', header: undefined },
    { name: 'forwarded', header: undefined },
    { name: 'x-forwarded-for', header: 'forwarded' as const },
    { name: 'x-real-ip', header: 'forwarded' as const },
  ])('says nothing in $name, where $header is read (#54)', async ({ name, header }) => {
    const proxies = { ...TRUSTED, ...(header && { header }) }
    const read = { 'x-forwarded-for': header ? [] : ['6.6.6.6'], forwarded: header ? ['for=6.6.6.6'] : [] }
    const value = name === 'forwarded' ? `for=${ALLOWED}` : ALLOWED
    expect(await decide(from('10.0.0.1', { ...read, [name]: [value] }), proxies)).toBe('address_not_allowed')
  })

  test('is read from Forwarded where the policy says so', async () => {
    const facts = from('10.0.0.1', { forwarded: [`for="${ALLOWED}:4711";proto=https`] })
    expect(await decide(facts, { ...TRUSTED, header: 'forwarded' })).toBe('allowed')
  })

  test('over a unix socket is believed where the policy says so, and opens nothing when it cannot be read', async () => {
    const trusted = { trusted: ['unix'] }
    const over = (...lines: string[]): RequestFacts => from(undefined, { 'x-forwarded-for': lines }, { unixSocket: true })
    const addresses = { allow: ['192.0.2.0/24'], unixSockets: true }
    expect([
      await decide(over(ALLOWED), TRUSTED),
      await decide(over(ALLOWED), trusted),
      await decide(over('6.6.6.6'), trusted, { addresses }),
      await decide(over('garbage'), trusted, { addresses }),
      await decide(over(), trusted, { addresses }),
      await decide(over(), trusted),
    ]).toEqual(['address_not_allowed', 'allowed', 'address_not_allowed', 'address_not_allowed', 'allowed', 'address_not_allowed'])
  })

  test('of a client whom nobody can name passes where no network is listed, and where none is denied', async () => {
    const facts = from('10.0.0.1', { 'x-forwarded-for': ['unknown'] })
    expect([
      await decide(facts, TRUSTED, { addresses: {} }),
      await decide(facts, TRUSTED, { addresses: { deny: ['6.6.6.6'] } }),
      await decide(facts, TRUSTED, { addresses: {}, rules: [{ paths: ['/metrics'], credentials: 'none', addresses: { allow: ['::1'] } }] }),
    ]).toEqual(['allowed', 'address_not_allowed', 'address_not_allowed'])
  })

  test('is judged by the same client in a rule', async () => {
    const rules = [{ paths: ['/metrics'], credentials: 'none' as const, addresses: { allow: [ALLOWED] } }]
    const facts = (client: string): RequestFacts => from('10.0.0.1', { 'x-forwarded-for': [client] })
    const ask = (client: string): Promise<string> => decide(facts(client), TRUSTED, { addresses: {}, rules })
    expect([await ask(ALLOWED), await ask('192.0.2.2')]).toEqual(['allowed', 'address_not_allowed'])
  })

  test('over a unix socket is judged by a rule for it', async () => {
    const rules = [{ paths: ['/metrics'], credentials: 'none' as const, addresses: { allow: [ALLOWED], unixSockets: true } }]
    const ask = (unixSocket: boolean): Promise<string> => decide(from(undefined, {}, { unixSocket }), undefined, { addresses: {}, rules })
    expect([await ask(true), await ask(false)]).toEqual(['allowed', 'address_not_allowed'])
  })
})

describe('proxies that are refused', () => {
  test.each([
    {
      name: 'every address',
      options: { trusted: ['0.0.0.0/0'] },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['proxies', 'trusted', 0],
        message: '"0.0.0.0/0" is every IPv4 address, and whoever is trusted chooses the address that is judged',
        fix: 'List the addresses of your proxies alone.',
      },
    },
    {
      name: 'none',
      options: {},
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['proxies', 'trusted'],
        message: 'no peer is listed whose word is believed',
        fix: 'List the addresses of your proxies.',
      },
    },
    {
      name: 'a header that is not read',
      options: { trusted: ['10.0.0.1'], header: 'x-real-ip' },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['proxies', 'header'],
        message: '"x-real-ip" is not a header that is read here',
        fix: 'Write x-forwarded-for or forwarded, and have your proxy send it.',
      },
    },
    {
      name: 'an option that does not exist',
      options: { trusted: ['10.0.0.1'], hops: 1 },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['proxies', 'hops'],
        message: '"hops" is not an option here',
        fix: 'There are trusted, header.',
      },
    },
  ])('$name', ({ options, fault }) => {
    expect(faultOf(() => createGuard({ credentials: 'none', proxies: options as ProxyOptions }))).toEqual(fault)
  })

  test('a key that was left empty trusts nobody', () => {
    expect(() => createGuard({ credentials: 'none', proxies: null as never })).not.toThrow()
    expect(compileProxies({ trusted: ['unix'] })).toMatchObject({ header: 'x-forwarded-for', trusted: { networks: [], unixSocket: true } })
  })
})
