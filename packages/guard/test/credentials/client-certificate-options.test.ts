/** The credential as a policy writes it: several files, lists of revoked certificates, words. */
import { X509Certificate } from 'node:crypto'
import { type ClientCertificate, type ClientCertificateOptions, type CompilerEnvironment, PosternError } from '@postern/guard'
import { faultOf, issueCertificate, issueRevocationList } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { compileClientCertificate } from '../../src/credentials/client-certificate-options.ts'
import type { CompiledCredential } from '../../src/credentials/compiled.ts'
import { fingerprintText } from '../../src/tls/peer.ts'
import { factsOf } from '../support/facts.ts'

const [one, two] = await Promise.all(['One', 'Two'].map((subject) => issueCertificate({ subject, ca: true })))
const lost = await issueCertificate({ subject: 'lost', issuer: one! })
const FILES: Record<string, string> = {
  'one.crt': one!.cert,
  'two.crt': two!.cert,
  'one.crl': await issueRevocationList({ issuer: one!, revoked: [lost] }),
  'two.crl': await issueRevocationList({ issuer: two! }),
  'ended.crl': await issueRevocationList({ issuer: one!, thisUpdate: new Date(0), nextUpdate: new Date(60_000) }),
}
const fingerprintOf = ({ cert }: { cert: string }): string => fingerprintText(new X509Certificate(cert).fingerprint256)
const heard: string[] = []
const environment: CompilerEnvironment = {
  readFile(file, path) {
    const text = FILES[file]
    if (text === undefined) throw new PosternError('ERR_POSTERN_FILE', 'no file', { path, fix: '' })
    return { text, readableByOthers: false }
  },
  now: Date.now,
  elapsed: () => 0,
  randomBytes: (size) => new Uint8Array(size),
  keep: (_key, create) => create(),
  tell: (event) => heard.push(event.type === 'warning' ? event.message : event.type),
}
const compile = (options: Partial<ClientCertificateOptions>, world = environment): CompiledCredential =>
  compileClientCertificate({ type: 'client-certificate', names: ['a.example'], caFile: 'one.crt', ...options }, world)
const certificate: ClientCertificate = {
  verified: true,
  issuers: [fingerprintOf(one!)],
  serialNumbers: ['01'],
  subjectAlternativeNames: [{ kind: 'dns', value: 'a.example' }],
  commonNames: ['a'],
  organizations: ['ops'],
  notBefore: 0,
  notAfter: Number.POSITIVE_INFINITY,
}
const find = (compiled: CompiledCredential, changes: Partial<ClientCertificate> = {}): unknown =>
  compiled.credential.check(factsOf({ clientCertificate: { ...certificate, ...changes } }), undefined)
const called = (name: string): object => ({
  state: 'proven',
  principal: { name, credential: 'client-certificate', groups: ['ops'] },
})
const BAD = { state: 'rejected', reason: 'bad_credentials' }

describe('a credential', () => {
  test.each([
    { name: 'of one file', options: {}, changes: {}, finding: called('a.example') },
    { name: 'of one file, and another authority', options: {}, changes: { issuers: [fingerprintOf(two!)] }, finding: BAD },
    {
      name: 'of two files',
      options: { caFile: ['one.crt', 'two.crt'] },
      changes: { issuers: [fingerprintOf(two!)] },
      finding: called('a.example'),
    },
    { name: 'of a text', options: { ca: two!.cert }, changes: { issuers: [fingerprintOf(two!)] }, finding: called('a.example') },
    { name: 'of a pattern', options: { names: ['*.example'] }, changes: {}, finding: called('a.example') },
    {
      name: 'of any name',
      options: { names: 'any' },
      changes: { subjectAlternativeNames: [{ kind: 'dns', value: 'b' }] },
      finding: called('b'),
    },
    { name: 'of a common name', options: { principal: 'cn' }, changes: {}, finding: called('a') },
    { name: 'with a list, and not on it', options: { crlFile: 'one.crl' }, changes: {}, finding: called('a.example') },
    {
      name: 'with a list, and on it (32)',
      options: { crlFile: 'one.crl' },
      changes: { serialNumbers: [new X509Certificate(lost.cert).serialNumber.toLowerCase()] },
      finding: BAD,
    },
    {
      name: 'with lists of both authorities',
      options: { caFile: ['one.crt', 'two.crt'], crlFile: ['one.crl', 'two.crl'] },
      changes: { issuers: [fingerprintOf(two!)] },
      finding: called('a.example'),
    },
    { name: 'with a list past its day (32)', options: { crlFile: 'ended.crl' }, changes: {}, finding: BAD },
    {
      name: 'with a list past its day that is used all the same (32)',
      options: { crlFile: 'ended.crl', expiredCrl: 'warn' },
      changes: {},
      finding: called('a.example'),
    },
  ] as { name: string; options: Partial<ClientCertificateOptions>; changes: Partial<ClientCertificate>; finding: object }[])(
    '$name',
    ({ options, changes, finding }) => {
      expect(find(compile(options), changes)).toEqual(finding)
    },
  )

  test('tells of a list whose day is past when it is compiled, and of one whose day passes', () => {
    expect(compile({ crlFile: 'ended.crl' }).warnings).toEqual([expect.stringMatching(/^the revocation list in "ended.crl" ended on 1970/)])
    let now = 30_000
    const later = compile({ crlFile: 'ended.crl' }, { ...environment, now: () => now })
    expect([find(later), later.warnings, heard]).toEqual([called('a.example'), [], []])
    now = 90_000
    expect([find(later), heard]).toEqual([BAD, [expect.stringMatching(/^the revocation list in "ended.crl" ended on 1970/)]])
  })

  test('gives all of its authorities to the listener', () => {
    expect(compile({ caFile: ['one.crt', 'two.crt'] }).clientAuthorities).toEqual([one!.cert, two!.cert])
  })
})

describe('a credential that is refused (29)', () => {
  const noAuthority = {
    code: 'ERR_POSTERN_CERTIFICATE',
    path: ['caFile'],
    message: 'this credential names no authority, and any public one would do',
    fix: 'Name the PEM file of the authority that issues your client certificates.',
  }
  test.each([
    { options: { caFile: [] }, fault: noAuthority },
    { options: { caFile: undefined }, fault: noAuthority },
    {
      options: { caFile: ['one.crt', 'one.crl'] },
      fault: {
        code: 'ERR_POSTERN_CERTIFICATE',
        path: ['caFile', 1],
        message: '"one.crl" holds no certificate that can be read',
        fix: 'Give a PEM file that starts with -----BEGIN CERTIFICATE-----.',
        source: { file: 'one.crl' },
      },
    },
    { options: { caFile: 'none' }, fault: { code: 'ERR_POSTERN_FILE', path: ['caFile'], message: 'no file', fix: '' } },
    { options: { crlFile: ['one.crl', 'none'] }, fault: { code: 'ERR_POSTERN_FILE', path: ['crlFile', 1], message: 'no file', fix: '' } },
    {
      options: { caFile: ['one.crt', 'two.crt'], crlFile: 'one.crl' },
      fault: {
        code: 'ERR_POSTERN_CERTIFICATE',
        path: ['crlFile'],
        message: 'there is no revocation list of "CN=Two", and nothing could be said of its certificates',
        fix: 'Name its list too, or leave the authority out.',
      },
    },
    {
      options: { names: 'all' },
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['names'],
        message: 'this credential lists no name, and every certificate of the authority would do',
        fix: "List the subject alternative names of your scrapers, or write 'any'.",
      },
    },
    {
      options: { principal: 'dn' },
      fault: { code: 'ERR_POSTERN_POLICY', path: ['principal'], message: '"dn" is not a choice here', fix: 'Write name or cn.' },
    },
    {
      options: { expiredCrl: 'ignore' },
      fault: { code: 'ERR_POSTERN_POLICY', path: ['expiredCrl'], message: '"ignore" is not a choice here', fix: 'Write refuse or warn.' },
    },
  ])('$options', ({ options, fault }) => {
    expect(faultOf(() => compile(options as Partial<ClientCertificateOptions>))).toEqual(fault)
  })
})
