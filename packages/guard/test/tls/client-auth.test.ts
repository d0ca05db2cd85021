/** The five modes of Go's ClientAuthType, by real handshakes: a client that is refused sees its connection end without an answer. */
import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import { connect, faultOf, issueCertificate, type Pair, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { CLIENT_AUTH_MODES, type ClientAuthMode, type ClientAuthSettings, compileClientAuth } from '../../src/tls/client-auth.ts'
import { parseName, type SubjectAlternativeName } from '../../src/tls/subject-alternative-names.ts'
import { createTlsWorld } from '../../src/tls/world.ts'

const HOUR = 3_600_000
const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
const other = await issueCertificate({ subject: 'Other', ca: true })
const server = await issueCertificate({ subject: 'localhost', issuer: authority, usage: 'serverAuth', names: ['DNS:localhost'] })
const names = ['DNS:prometheus.example']
const client = (init: Partial<Parameters<typeof issueCertificate>[0]>): Promise<Pair> =>
  issueCertificate({ subject: 'prometheus', issuer: authority, names, ...init })
const CLIENTS = {
  none: undefined,
  good: await client({}),
  expired: await client({ notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) }),
  early: await client({ notBefore: new Date(Date.now() + HOUR) }),
  foreign: await client({ issuer: other }),
  self: await issueCertificate({ subject: 'prometheus', names }),
  server: await client({ usage: 'serverAuth' }),
  unnamed: await client({ names: ['DNS:grafana.example'] }),
  forged: await client({ names: ['DNS:x, DNS:prometheus.example'] }),
} as const
type Client = keyof typeof CLIENTS
const ALL = Object.keys(CLIENTS) as Client[]
const LISTED = ['prometheus.example'].map((text) => parseName(text)) as SubjectAlternativeName[]

/** The status that a client gets, and what a second connection with the session of the first gets; undefined: it ended without one. */
async function statuses(settings: ClientAuthSettings, one: Client, version: 'TLSv1.2' | 'TLSv1.3'): Promise<unknown[]> {
  const clientAuth = compileClientAuth(settings, { lenient: true })
  const world = createTlsWorld({ cert: server.cert, key: server.key }, { clientAuth: () => clientAuth, onEvent: () => {} })
  const listener = createServer(world.options, (_request, response) => response.end('up 1\n'))
  world.attach(listener)
  await using running = await startServer(listener)
  const tls = { ...CLIENTS[one], minVersion: version, maxVersion: version }
  const ask = async (session?: Buffer): Promise<{ status: number | undefined; session: Buffer | undefined }> => {
    try {
      await using wire = await connect(running.url, { tls: { ...tls, ...(session && { session }) } })
      const answer = await wire.ask(requestText('/metrics'))
      return { status: answer?.status, session: (wire.socket as unknown as { getSession(): Buffer | undefined }).getSession() }
    } catch {
      return { status: undefined, session: undefined }
    }
  }
  const first = await ask()
  return [first.status, (await ask(first.session)).status]
}

const MODES: readonly { mode: ClientAuthMode; names?: boolean; none?: boolean; accepted: readonly Client[] }[] = [
  { mode: 'none', accepted: ALL },
  { mode: 'request', accepted: ALL },
  { mode: 'require-any', accepted: ALL.filter((one) => one !== 'none') },
  { mode: 'verify-if-given', accepted: ['none', 'good', 'unnamed', 'forged'] },
  { mode: 'require-and-verify', accepted: ['good', 'unnamed', 'forged'] },
  { mode: 'request', names: true, accepted: ['good', 'expired', 'early', 'foreign', 'self', 'server'] },
  { mode: 'verify-if-given', names: true, accepted: ['good'] },
  { mode: 'require-and-verify', names: true, accepted: ['good'] },
  { mode: 'verify-if-given', none: true, accepted: ['none'] },
  { mode: 'require-and-verify', none: true, accepted: [] },
]

describe.each(MODES)('the mode $mode (with names: $names, without authority: $none)', ({ mode, names: isNamed, none, accepted }) => {
  const settings: ClientAuthSettings = {
    mode,
    authorities: none ? [] : [new X509Certificate(authority.cert)],
    ...(isNamed ? { names: LISTED } : {}),
  }
  test.each(ALL)('over TLS 1.2 and 1.3, also resumed: a certificate that is %s (26, 27, 28, 29)', async (one) => {
    const status = accepted.includes(one) ? 200 : undefined
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      expect([version, ...(await statuses(settings, one, version))]).toEqual([version, status, status])
    }
  })
})

test('an empty list of names refuses everyone, and the process lives (27)', async () => {
  const settings = { mode: 'request', authorities: [], names: [] } as const
  expect([await statuses(settings, 'good', 'TLSv1.3'), await statuses(settings, 'none', 'TLSv1.3')]).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ])
})

describe('what is refused', () => {
  test('is a mode that does not exist', () => {
    expect(faultOf(() => compileClientAuth({ mode: 'maybe' as 'none', authorities: [] }))).toEqual({
      code: 'ERR_POSTERN_POLICY',
      path: ['mode'],
      message: '"maybe" is not a way to ask for client certificates',
      fix: `There are ${CLIENT_AUTH_MODES.join(', ')}.`,
    })
  })

  test.each(['verify-if-given', 'require-and-verify'] as const)('is %s without an authority, or a warning (29)', (mode) => {
    expect(faultOf(() => compileClientAuth({ mode, authorities: [] }))).toEqual({
      code: 'ERR_POSTERN_CERTIFICATE',
      path: ['authorities'],
      message: 'client certificates are to be verified, and no authority is named',
      fix: 'Name the PEM file of the authority that issues your client certificates.',
    })
    expect(compileClientAuth({ mode, authorities: [] }, { lenient: true }).warnings).toEqual([
      'client certificates are to be verified and no authority is named: every one of them is refused',
    ])
  })

  test('is nothing where an authority is named', () => {
    const authorities = [new X509Certificate(authority.cert)]
    expect(compileClientAuth({ mode: 'require-and-verify', authorities }).warnings).toEqual([])
  })
})
