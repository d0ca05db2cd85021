/** Client certificates over https: who holds what, what becomes of it, and what a resumed session changes of it (nothing). */
import type { ConnectionOptions } from 'node:tls'
import type { GuardOptions } from '@postern/guard'
import { beforeAll, expect } from 'vitest'
import { issueCertificate, type Pair } from '../certificates.ts'
import { connect, requestText } from '../wire.ts'
import type { Heard, Mount } from './case.ts'
import { basicLine, POLICY, RIGHT, WRONG } from './policy.ts'
import { heardOf, inspect, serve } from './serve.ts'

const CLIENT_NAMES = ['prometheus.example', '10.1.2.3', 'spiffe://x/prometheus', 'prom@example.com']
const HOUR = 3_600_000

async function makeClients(): Promise<{ authority: Pair; clients: Record<string, Pair> }> {
  const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
  const stranger = await issueCertificate({ subject: 'Scrapers', ca: true })
  const names = ['DNS:prometheus.example']
  const ours = { subject: 'prometheus', issuer: authority, names }
  const [right, upper, address, uri, email, other, forged, common, foreign, expired, early, self, server] = await Promise.all([
    issueCertificate(ours),
    issueCertificate({ ...ours, names: ['DNS:other.example', 'DNS:PROMETHEUS.Example'] }),
    issueCertificate({ ...ours, names: ['IP:10.1.2.3'] }),
    issueCertificate({ ...ours, names: ['URI:spiffe://x/prometheus'] }),
    issueCertificate({ ...ours, names: ['email:prom@example.com'] }),
    issueCertificate({ ...ours, names: ['DNS:x.prometheus.example', 'DNS:*.example', 'URI:prometheus.example'] }),
    issueCertificate({ ...ours, names: ['DNS:evil.example, DNS:prometheus.example', 'URI:x", DNS:prometheus.example'] }),
    issueCertificate({ subject: 'prometheus.example', issuer: authority }),
    issueCertificate({ ...ours, issuer: stranger, keyIdentifiers: false }),
    issueCertificate({ ...ours, notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) }),
    issueCertificate({ ...ours, notBefore: new Date(Date.now() + HOUR) }),
    issueCertificate({ subject: 'prometheus', names }),
    issueCertificate({ ...ours, usage: 'serverAuth' }),
  ])
  const chained = { key: foreign.key, cert: foreign.cert + stranger.cert + authority.cert }
  return {
    authority,
    clients: { right, upper, address, uri, email, other, forged, common, foreign, chained, expired, early, self, server },
  }
}

/** What a client holds, and what becomes of it: beside a password, and where certificates are all there is. */
const CERTIFICATE_CASES: readonly {
  readonly name: string
  readonly client: string | undefined
  readonly heard: Heard
}[] = [
  { name: 'no certificate', client: undefined, heard: 'no_credentials' },
  { name: 'a certificate of a listed name', client: 'right', heard: { principal: 'prometheus.example' } },
  { name: 'a certificate of a listed name in capitals', client: 'upper', heard: { principal: 'prometheus.example' } },
  { name: 'a certificate of a listed address', client: 'address', heard: { principal: '10.1.2.3' } },
  { name: 'a certificate of a listed URI', client: 'uri', heard: { principal: 'spiffe://x/prometheus' } },
  { name: 'a certificate of a listed e-mail address', client: 'email', heard: { principal: 'prom@example.com' } },
  { name: 'a certificate of other names', client: 'other', heard: 'bad_credentials' },
  { name: 'a certificate that forges a name with commas', client: 'forged', heard: 'bad_credentials' },
  { name: 'a certificate with a listed name for its common name', client: 'common', heard: 'bad_credentials' },
  { name: 'a certificate of another authority', client: 'foreign', heard: 'bad_credentials' },
  { name: 'a certificate of another authority that brings ours along', client: 'chained', heard: 'bad_credentials' },
  { name: 'a certificate past its last day', client: 'expired', heard: 'expired_credentials' },
  { name: 'a certificate before its first day', client: 'early', heard: 'expired_credentials' },
  { name: 'a self-signed certificate', client: 'self', heard: 'bad_credentials' },
  { name: 'a certificate for servers', client: 'server', heard: 'bad_credentials' },
]

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

export function describeCertificates(mount: Mount, define: (name: string, run: () => Promise<void>) => void): void {
  let made: Awaited<ReturnType<typeof makeClients>>
  beforeAll(async () => {
    made = await makeClients()
  })
  const certificatePolicy = (): GuardOptions => ({
    credentials: [{ type: 'client-certificate', ca: made.authority.cert, names: CLIENT_NAMES }],
  })
  const mixedPolicy = (): GuardOptions => ({ credentials: [...(certificatePolicy().credentials as []), ...(POLICY.credentials as [])] })
  const identity = (client: string | undefined): ConnectionOptions => (client === undefined ? {} : { ...made.clients[client] })

  for (const version of VERSIONS) {
    for (const { name, client, heard } of CERTIFICATE_CASES) {
      define(`${typeof heard === 'string' ? 'refuses' : 'lets in'} ${name} over ${version}, also on a resumed session`, async () => {
        await using served = await serve(mount, { guard: certificatePolicy() })
        const tls = { ...identity(client), minVersion: version, maxVersion: version }
        await using first = await served.open(tls)
        const status = typeof heard === 'string' ? 403 : 200
        expect(inspect(await first.ask(requestText('/metrics'))).status).toBe(status)
        const session = (first.socket as unknown as { getSession(): Buffer }).getSession()
        await using second = await served.open({ ...tls, session })
        expect((second.socket as unknown as { isSessionReused(): boolean }).isSessionReused()).toBe(true)
        expect(inspect(await second.ask(requestText('/metrics'))).status).toBe(status)
        expect(heardOf(served.events)).toEqual([heard, heard])
      })
    }

    define(`gives a session of one client to no other over ${version}`, async () => {
      await using served = await serve(mount, { guard: certificatePolicy() })
      const tls = { minVersion: version, maxVersion: version }
      await using nobody = await served.open(tls)
      expect(inspect(await nobody.ask(requestText('/metrics'))).status).toBe(403)
      const session = (nobody.socket as unknown as { getSession(): Buffer }).getSession()
      await using resumed = await served.open({ ...tls, ...identity('right'), session })
      expect(inspect(await resumed.ask(requestText('/metrics'))).status).toBe(403)
    })
  }

  define('takes a password where the certificate is wrong', async () => {
    await using served = await serve(mount, { guard: mixedPolicy() })
    const statuses: number[] = []
    for (const lines of [[], [RIGHT]]) {
      await using wire = await served.open(identity('foreign'))
      statuses.push(inspect(await wire.ask(requestText('/metrics', lines))).status)
    }
    expect(statuses).toEqual([401, 200])
    expect(heardOf(served.events)).toEqual(['bad_credentials', { principal: 'prometheus' }])
  })

  define('takes a certificate where the password is wrong', async () => {
    await using served = await serve(mount, { guard: mixedPolicy() })
    await using wire = await served.open(identity('right'))
    expect(inspect(await wire.ask(requestText('/metrics', [basicLine('prometheus', WRONG)]))).status).toBe(200)
  })

  define('refuses a certificate whose life ends on an open connection', async () => {
    let now = Date.now()
    await using served = await serve(mount, { guard: certificatePolicy(), now: () => now })
    await using wire = await served.open(identity('right'))
    const before = inspect(await wire.ask(requestText('/metrics'))).status
    now += 60 * 24 * HOUR
    expect([before, inspect(await wire.ask(requestText('/metrics'))).status]).toEqual([200, 403])
    expect(heardOf(served.events)).toEqual([{ principal: 'prometheus.example' }, 'expired_credentials'])
  })

  define('outlives plain HTTP and garbage on its TLS port', async () => {
    await using served = await serve(mount)
    for (const bytes of [requestText('/metrics', [RIGHT]), Buffer.alloc(512, 0xff), Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])]) {
      await using wire = await connect(served.url.replace('https:', 'http:'))
      wire.send(bytes)
      wire.socket.end()
      await wire.ended()
    }
    await using wire = await served.open()
    expect(inspect(await wire.ask(requestText('/metrics', [RIGHT]))).status).toBe(200)
    expect(heardOf(served.events)).toEqual([{ principal: 'prometheus' }])
  })
}
