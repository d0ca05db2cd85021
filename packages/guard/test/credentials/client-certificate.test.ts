import type { ClientCertificate } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import { createClientCertificateCredential } from '../../src/credentials/client-certificate.ts'
import { parseName } from '../../src/tls/subject-alternative-names.ts'
import { factsOf } from '../support/facts.ts'

let now = 1_500
const names = ['prometheus.example', '10.0.0.1', 'ops@example.com', 'spiffe://x/prometheus'].map((text) => parseName(text)!)
const credential = createClientCertificateCredential({ name: 'hosts', authorities: new Set(['aa', 'bb']), names, now: () => now })

const CERTIFICATE: ClientCertificate = {
  verified: true,
  issuers: ['aa'],
  subjectAlternativeNames: [{ kind: 'dns', value: 'prometheus.example' }],
  notBefore: 1_000,
  notAfter: 2_000,
}
const find = (certificate: Partial<ClientCertificate> | undefined): unknown => {
  const facts = factsOf({ clientCertificate: certificate && { ...CERTIFICATE, ...certificate } })
  return credential.check(facts, undefined)
}
const proven = (name: string): object => ({ state: 'proven', principal: { name, credential: 'client-certificate' } })
const BAD = { state: 'rejected', reason: 'bad_credentials' }
const EXPIRED = { state: 'rejected', reason: 'expired_credentials' }

test('has no challenge: HTTP knows no scheme for it', () => {
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
