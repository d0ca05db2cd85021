import { createHash } from 'node:crypto'
import { parseAddress } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import { compileAddresses } from '../../src/clients/addresses.ts'
import { createBearerCredential, digestToken, type HeldToken } from '../../src/credentials/bearer.ts'
import { withAuthorization } from '../support/facts.ts'

const token = 'pt_7Hc0-A.b~c+d/e=='
const held = (init: Partial<HeldToken> = {}): HeldToken => ({
  principal: { name: 'prometheus', credential: 'bearer' },
  rules: undefined,
  notBefore: undefined,
  expires: undefined,
  addresses: compileAddresses(undefined),
  ...init,
})
const PROVEN = { state: 'proven', principal: { name: 'prometheus', credential: 'bearer' } }
const BAD = { state: 'rejected', reason: 'bad_credentials' }

let now = 1_500
const credentialOf = (one: HeldToken): ReturnType<typeof createBearerCredential> =>
  createBearerCredential({ name: 'agents', realm: 'metrics', tokens: new Map([[digestToken(token), one]]), now: () => now })
const credential = credentialOf(held())

test('asks with its realm', () => {
  expect([credential.kind, credential.name, credential.challenge]).toEqual(['bearer', 'agents', 'Bearer realm="metrics"'])
})

test('digests as sha256sum does', () => {
  expect(digestToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

describe('adversarial 16: nothing but the token', () => {
  test.each([
    { name: 'proves the token', header: `Bearer ${token}`, finding: PROVEN },
    { name: 'proves the token under any case of its scheme', header: `bEARER ${token}`, finding: PROVEN },
    ...[
      { name: 'a prefix', sent: token.slice(0, -1) },
      { name: 'more behind it', sent: `${token}=` },
      { name: 'another case', sent: token.toLowerCase() },
      { name: 'a space behind it', sent: `${token} ` },
      { name: 'two of it', sent: `${token} ${token}` },
      { name: 'two of it in a list', sent: `${token},${token}` },
      { name: 'its digest', sent: createHash('sha256').update(token).digest('hex') },
      { name: 'nothing', sent: '' },
      { name: 'padding alone', sent: '==' },
      { name: 'a letter beyond ASCII', sent: 'tökén' },
    ].map(({ name, sent }) => ({ name: `rejects ${name}`, header: `Bearer ${sent}`, finding: BAD })),
    { name: 'finds nothing in another scheme', header: `Basic ${token}`, finding: { state: 'absent' } },
  ])('$name', ({ header, finding }) => {
    expect(credential.check(withAuthorization(header), undefined)).toEqual(finding)
  })

  test('finds nothing where none was sent', () => {
    expect(credential.check(withAuthorization(), undefined)).toEqual({ state: 'absent' })
  })
})

const EXPIRED = { state: 'rejected', reason: 'expired_credentials' }
const ELSEWHERE = { state: 'rejected', reason: 'address_not_allowed' }

describe('a token of 1000 to 2000', () => {
  const limited = credentialOf(held({ notBefore: 1_000, expires: 2_000 }))
  test.each([
    { at: 999, finding: BAD },
    { at: 1_000, finding: PROVEN },
    { at: 1_999, finding: PROVEN },
    { at: 2_000, finding: EXPIRED },
    { at: Number.NaN, finding: BAD },
  ])('is judged at $at', ({ at, finding }) => {
    now = at
    expect(limited.check(withAuthorization(`Bearer ${token}`), undefined)).toEqual(finding)
    now = 1_500
  })

  test('has no end that a clock could miss', () => {
    now = Number.NaN
    expect(credentialOf(held({ expires: 2_000 })).check(withAuthorization(`Bearer ${token}`), undefined)).toEqual(EXPIRED)
    now = 1_500
  })
})

describe('a token of a network', () => {
  const addresses = compileAddresses({ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] })
  test.each([
    { from: '10.0.0.1', finding: PROVEN },
    { from: '::ffff:10.0.0.1', finding: PROVEN },
    { from: '10.9.0.1', finding: ELSEWHERE },
    { from: '192.0.2.1', finding: ELSEWHERE },
    { from: undefined, finding: ELSEWHERE },
  ])('is judged from $from', ({ from, finding }) => {
    const client = from === undefined ? undefined : parseAddress(from)
    expect(credentialOf(held({ addresses })).check(withAuthorization(`Bearer ${token}`), client)).toEqual(finding)
  })

  test('does not say where it counts once its life is over', () => {
    const over = credentialOf(held({ addresses, expires: 1_000 }))
    expect(over.check(withAuthorization(`Bearer ${token}`), parseAddress('192.0.2.1'))).toEqual(EXPIRED)
  })
})

test('says for which rules it counts', () => {
  const rules = new Set(['scrape'])
  expect(credentialOf(held({ rules })).check(withAuthorization(`Bearer ${token}`), undefined)).toEqual({ ...PROVEN, rules })
})
