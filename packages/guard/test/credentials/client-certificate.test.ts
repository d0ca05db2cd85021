import type { ClientCertificate } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import { type ClientCertificateRule, createClientCertificateCredential } from '../../src/credentials/client-certificate.ts'
import { parseNamePattern } from '../../src/tls/name-patterns.ts'
import { factsOf } from '../support/facts.ts'

let now = 1_500
const names = ['prometheus.example', '10.0.0.1', 'ops@example.com', 'spiffe://x/prometheus'].map((text) => parseNamePattern(text)!)
const rule: ClientCertificateRule = {
  name: 'hosts',
  authorities: new Set(['aa', 'bb']),
  names,
  principal: 'name',
  revocation: undefined,
  now: () => now,
}

const CERTIFICATE: ClientCertificate = {
  verified: true,
  issuers: ['aa'],
  serialNumbers: ['01'],
  commonNames: ['prometheus'],
  organizations: [],
  subjectAlternativeNames: [{ kind: 'dns', value: 'prometheus.example' }],
  notBefore: 1_000,
  notAfter: 2_000,
}
const find = (certificate: Partial<ClientCertificate> | undefined, changes: Partial<ClientCertificateRule> = {}): unknown => {
  const credential = createClientCertificateCredential({ ...rule, ...changes })
  const facts = factsOf({ clientCertificate: certificate && { ...CERTIFICATE, ...certificate } })
  return credential.check(facts, undefined)
}
const proven = (name: string): object => ({ state: 'proven', principal: { name, credential: 'client-certificate' } })
const BAD = { state: 'rejected', reason: 'bad_credentials' }
const EXPIRED = { state: 'rejected', reason: 'expired_credentials' }

test('has no challenge: HTTP knows no scheme for it', () => {
  const credential = createClientCertificateCredential(rule)
  expect([credential.kind, credential.challenge]).toEqual(['client-certificate', undefined])
})

describe('a certificate', () => {
  test.each([
    { name: 'none', certificate: undefined, finding: { state: 'absent' } },
    { name: 'of a listed DNS name', certificate: {}, finding: proven('prometheus.example') },
    {
      name: 'of a listed address',
      certificate: { subjectAlternativeNames: [{ kind: 'ip' as const, value: '10.0.0.1' }] },
      finding: proven('10.0.0.1'),
    },
    {
      name: 'of several names, one of them listed',
      certificate: {
        subjectAlternativeNames: [
          { kind: 'dns' as const, value: 'other.example' },
          { kind: 'uri' as const, value: 'spiffe://x/prometheus' },
        ],
      },
      finding: proven('spiffe://x/prometheus'),
    },
    { name: 'of an intermediate under the authority', certificate: { issuers: ['cc', 'bb'] }, finding: proven('prometheus.example') },
    { name: 'that was not verified', certificate: { verified: false }, finding: BAD },
    { name: 'of another authority', certificate: { issuers: ['cc'] }, finding: BAD },
    { name: 'without issuers', certificate: { issuers: [] }, finding: BAD },
    { name: 'of another name', certificate: { subjectAlternativeNames: [{ kind: 'dns' as const, value: 'other.example' }] }, finding: BAD },
    { name: 'of no name', certificate: { subjectAlternativeNames: [] }, finding: BAD },
    {
      name: 'of a listed address as a DNS name',
      certificate: { subjectAlternativeNames: [{ kind: 'dns' as const, value: '10.0.0.1' }] },
      finding: BAD,
    },
    {
      name: 'of a listed DNS name as a URI',
      certificate: { subjectAlternativeNames: [{ kind: 'uri' as const, value: 'prometheus.example' }] },
      finding: BAD,
    },
    {
      name: 'of a name that only contains a listed one',
      certificate: { subjectAlternativeNames: [{ kind: 'dns' as const, value: 'x.prometheus.example' }] },
      finding: BAD,
    },
    { name: 'of a wildcard', certificate: { subjectAlternativeNames: [{ kind: 'dns' as const, value: '*.example' }] }, finding: BAD },
    {
      name: 'of a listed e-mail address in another case',
      certificate: { subjectAlternativeNames: [{ kind: 'email' as const, value: 'OPS@example.com' }] },
      finding: BAD,
    },
    { name: 'of a day that cannot be read', certificate: { notAfter: Number.NaN }, finding: EXPIRED },
    { name: 'of a first day that cannot be read', certificate: { notBefore: Number.NaN }, finding: EXPIRED },
  ])('$name', ({ certificate, finding }) => {
    expect(find(certificate)).toEqual(finding)
  })

  test.each([
    { at: 999, finding: EXPIRED },
    { at: 1_000, finding: proven('prometheus.example') },
    { at: 2_000, finding: proven('prometheus.example') },
    { at: 2_001, finding: EXPIRED },
  ])('of 1000 to 2000 is judged at $at', ({ at, finding }) => {
    now = at
    expect(find({})).toEqual(finding)
    now = 1_500
  })
})

describe('who it proves to be', () => {
  const dns = (value: string): object => ({ subjectAlternativeNames: [{ kind: 'dns' as const, value }] })
  const called = (name: string, ...groups: string[]): object => ({
    state: 'proven',
    principal: { name, credential: 'client-certificate', ...(groups.length > 0 ? { groups } : {}) },
  })
  test.each([
    { name: 'the name that is listed', changes: {}, certificate: {}, finding: called('prometheus.example') },
    {
      name: 'the name that is listed, of its organisations, each once',
      changes: {},
      certificate: { organizations: ['ops', 'sre', 'ops'] },
      finding: called('prometheus.example', 'ops', 'sre'),
    },
    { name: 'its first name where any will do', changes: { names: 'any' }, certificate: dns('x.example'), finding: called('x.example') },
    {
      name: 'nobody without a name where any will do',
      changes: { names: 'any' },
      certificate: { subjectAlternativeNames: [] },
      finding: BAD,
    },
    { name: 'nobody by a name that no log could hold', changes: { names: 'any' }, certificate: dns('a\u001b[2J'), finding: BAD },
    { name: 'its common name', changes: { principal: 'cn' }, certificate: {}, finding: called('prometheus') },
    { name: 'nobody by its common name without a listed one', changes: { principal: 'cn' }, certificate: dns('x.example'), finding: BAD },
    {
      name: 'its common name alone where any name will do',
      changes: { principal: 'cn', names: 'any' },
      certificate: { subjectAlternativeNames: [], organizations: ['system:masters'] },
      finding: called('prometheus', 'system:masters'),
    },
    { name: 'nobody without a common name (28)', changes: { principal: 'cn' }, certificate: { commonNames: [] }, finding: BAD },
    {
      name: 'nobody by one of two common names (28)',
      changes: { principal: 'cn', names: 'any' },
      certificate: { commonNames: ['mallory', 'prometheus'] },
      finding: BAD,
    },
  ] as const)('$name', ({ changes, certificate, finding }) => {
    expect(find(certificate as Partial<ClientCertificate>, changes as Partial<ClientCertificateRule>)).toEqual(finding)
  })

  test.each([
    { good: true, finding: called('prometheus.example') },
    { good: false, finding: BAD },
  ])('is asked of the lists of revoked certificates, at the time of the request ($good)', ({ good, finding }) => {
    const asked: unknown[] = []
    const isGood = (certificate: ClientCertificate, at: number): boolean => {
      asked.push([certificate.serialNumbers, at])
      return good
    }
    expect(find({}, { revocation: { isGood, warnings: [] } })).toEqual(finding)
    expect(asked).toEqual([[['01'], 1_500]])
  })
})
