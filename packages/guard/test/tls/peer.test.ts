import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { createGuard, type GuardEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { connect, issueCertificate, type Pair, type RunningServer, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { fingerprintText, readClientCertificate } from '../../src/tls/peer.ts'

const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
/** Another authority of the same name, as a second installation with the same defaults has. */
const namesake = await issueCertificate({ subject: 'Scrapers', ca: true })
const intermediate = await issueCertificate({ subject: 'Team', ca: true, issuer: authority })
const names = ['DNS:prometheus.example']
const server = await issueCertificate({ subject: 'localhost', issuer: authority, usage: 'serverAuth', names: ['DNS:localhost'] })
const good = await issueCertificate({ subject: 'prometheus', issuer: authority, names })
const underTeam = await issueCertificate({ subject: 'prometheus', issuer: intermediate, names })
const underNamesake = await issueCertificate({ subject: 'prometheus', issuer: namesake, names, keyIdentifiers: false })
/** Of another authority that the listener trusts, and an ordinary certificate of ours for that authority's own name and key. */
const rival = await issueCertificate({ subject: 'Rival', ca: true })
const underRival = await issueCertificate({ subject: 'prometheus', issuer: rival, names, keyIdentifiers: false })
const bridge = await issueCertificate({ subject: 'Rival', key: rival.key, issuer: authority, names: ['DNS:team.example'] })
/** An authority of a single hour, and a certificate of it for longer. */
const [began, ends] = [new Date(Date.now() - 1_800_000), new Date(Date.now() + 1_800_000)]
const short = await issueCertificate({ subject: 'Short', ca: true, notBefore: began, notAfter: ends })
const underShort = await issueCertificate({ subject: 'prometheus', issuer: short, names })
const selfSigned = await issueCertificate({ subject: 'prometheus', names })

/** A listener that trusts `ca` for client certificates, before a policy that believes `authority` alone. */
async function serve(ca: string[]): Promise<RunningServer & { events: GuardEvent[] }> {
  const events: GuardEvent[] = []
  const guard = createGuard(
    { credentials: [{ type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'] }] },
    {
      onEvent: (event) => events.push(event),
    },
  )
  const handler = createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))
  const running = await startServer(createServer({ ...server, ...guard.tlsOptions, ca }, handler))
  return { ...running, events }
}

async function statusFor(url: string, tls: Pair): Promise<number | undefined> {
  await using wire = await connect(url, { tls })
  return (await wire.ask(requestText('/metrics')))?.status
}

describe('whose certificates are believed', () => {
  test.each([
    { name: 'believes one of the authority', ca: [authority], tls: good, status: 200 },
    { name: 'believes one of an intermediate that comes with it', ca: [authority], tls: chain(underTeam, intermediate), status: 200 },
    { name: 'refuses one of an intermediate that is missing', ca: [authority], tls: underTeam, status: 403 },
    { name: 'refuses a self-signed one', ca: [authority], tls: selfSigned, status: 403 },
    { name: 'refuses one of a namesake', ca: [authority], tls: underNamesake, status: 403 },
    { name: 'refuses one of a namesake that the listener trusts', ca: [namesake], tls: underNamesake, status: 403 },
    { name: 'refuses a namesake that brings the true authority along', ca: [namesake], tls: chain(underNamesake, authority), status: 403 },
    {
      name: 'refuses a namesake that links the true authority above its own',
      ca: [namesake],
      tls: chain(underNamesake, namesake, authority),
      status: 403,
    },
    {
      name: 'refuses a namesake on a listener that trusts both',
      ca: [namesake, authority],
      tls: chain(underNamesake, authority),
      status: 403,
    },
    { name: 'believes the authority on a listener that trusts more', ca: [namesake, authority], tls: good, status: 200 },
    { name: 'refuses one of the authority on a listener that does not trust it', ca: [namesake], tls: good, status: 403 },
    { name: 'refuses a self-signed one that the listener trusts', ca: [selfSigned], tls: selfSigned, status: 403 },
  ])('$name', async ({ ca, tls, status }) => {
    await using running = await serve(ca.map(({ cert }) => cert))
    expect(await statusFor(running.url, tls)).toBe(status)
    expect(running.events.map((event) => event.type === 'decision' && event.decision.allow)).toEqual([status === 200])
  })
})

function chain(leaf: Pair, ...issuers: readonly Pair[]): Pair {
  return { key: leaf.key, cert: [leaf, ...issuers].map(({ cert }) => cert).join('') }
}

test('refuses everyone on a listener that was left with the public authorities', async () => {
  const guard = createGuard({ credentials: [{ type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'] }] })
  const handler = createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' }))
  await using running = await startServer(createServer({ ...server, requestCert: true, rejectUnauthorized: false }, handler))
  expect(await statusFor(running.url, good)).toBe(403)
})

describe('a peer as Node shows it', () => {
  const fingerprint = fingerprintText(new X509Certificate(authority.cert).fingerprint256)
  const issuer = new X509Certificate(authority.cert).toLegacyObject()
  const daysOf = ({ cert }: Pair): { notBefore: number; notAfter: number } => {
    const { validFrom, validTo } = new X509Certificate(cert)
    return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) }
  }
  const days = daysOf(good)
  // A chain is good while each of it is: one that was issued a second earlier ends a second earlier.
  const daysOfChain = {
    notBefore: Math.max(days.notBefore, daysOf(authority).notBefore),
    notAfter: Math.min(days.notAfter, daysOf(authority).notAfter),
  }
  const subjectAlternativeNames = [{ kind: 'dns', value: 'prometheus.example' }]
  const leaf = new X509Certificate(good.cert).toLegacyObject()
  const subject = { commonNames: ['prometheus'], organizations: [] }
  const numberOf = ({ cert }: Pair): string => new X509Certificate(cert).serialNumber.toLowerCase()
  const mine = { subjectAlternativeNames, serialNumbers: [numberOf(good)], ...subject }

  test.each([
    { name: 'none where the peer sent none', peer: {}, certificate: undefined },
    { name: 'none where the connection has ended', peer: null, certificate: undefined },
    {
      name: 'its names, days and issuers',
      peer: { ...leaf, issuerCertificate: { ...issuer, issuerCertificate: issuer } },
      certificate: { verified: true, issuers: [fingerprint], ...mine, ...daysOfChain },
    },
    {
      name: 'without an issuer whose key did not sign it',
      peer: { ...leaf, issuerCertificate: new X509Certificate(namesake.cert).toLegacyObject() },
      certificate: { verified: true, issuers: [], ...mine, ...days },
    },
    {
      name: 'without what stands above an issuer that cannot be read',
      peer: { ...leaf, issuerCertificate: { ...issuer, issuerCertificate: { raw: Buffer.from('garbage') } } },
      certificate: { verified: true, issuers: [fingerprint], ...mine, ...daysOfChain },
    },
    {
      name: 'without what stands above a certificate that may not issue others',
      peer: {
        ...new X509Certificate(underRival.cert).toLegacyObject(),
        issuerCertificate: { ...new X509Certificate(bridge.cert).toLegacyObject(), issuerCertificate: issuer },
      },
      certificate: { verified: true, issuers: [], ...mine, serialNumbers: [numberOf(underRival)], ...daysOf(underRival) },
    },
    {
      name: 'alive no longer than its issuer',
      peer: {
        ...new X509Certificate(underShort.cert).toLegacyObject(),
        issuerCertificate: new X509Certificate(short.cert).toLegacyObject(),
      },
      certificate: {
        verified: true,
        issuers: [fingerprintText(new X509Certificate(short.cert).fingerprint256)],
        ...mine,
        serialNumbers: [numberOf(underShort)],
        notBefore: daysOf(short).notBefore,
        notAfter: daysOf(short).notAfter,
      },
    },
    {
      name: 'numbered along its chain',
      peer: {
        ...new X509Certificate(underTeam.cert).toLegacyObject(),
        issuerCertificate: {
          ...new X509Certificate(intermediate.cert).toLegacyObject(),
          issuerCertificate: { ...issuer, issuerCertificate: issuer },
        },
      },
      certificate: {
        verified: true,
        issuers: [intermediate, authority].map(({ cert }) => fingerprintText(new X509Certificate(cert).fingerprint256)),
        ...mine,
        serialNumbers: [underTeam, intermediate].map(numberOf),
        notBefore: Math.max(...[underTeam, intermediate, authority].map((one) => daysOf(one).notBefore)),
        notAfter: Math.min(...[underTeam, intermediate, authority].map((one) => daysOf(one).notAfter)),
      },
    },
    {
      name: "nobody's where its bytes cannot be read",
      peer: { ...leaf, raw: Buffer.from('garbage'), issuerCertificate: issuer },
      certificate: {
        verified: true,
        issuers: [],
        subjectAlternativeNames,
        serialNumbers: [''],
        commonNames: [],
        organizations: [],
        ...days,
      },
    },
    {
      name: 'without issuers where the listener did not verify it',
      peer: { ...leaf, issuerCertificate: issuer },
      authorized: false,
      certificate: { verified: false, issuers: [], ...mine, ...days },
    },
  ])('is $name', ({ peer, certificate, authorized = true }) => {
    const socket = { authorized, getPeerCertificate: () => peer } as unknown as TLSSocket
    expect(readClientCertificate(socket)).toEqual(certificate)
  })

  test.each([{ peer: leaf }, { peer: {} }])('is read once for each connection', ({ peer }) => {
    let reads = 0
    const getPeerCertificate = (): unknown => {
      reads += 1
      return peer
    }
    const socket = { authorized: true, getPeerCertificate } as unknown as TLSSocket
    expect([readClientCertificate(socket), reads]).toEqual([readClientCertificate(socket), 1])
  })
})

test('writes fingerprints as this house compares them', () => {
  expect(fingerprintText('AB:0C:FF')).toBe('ab0cff')
})
