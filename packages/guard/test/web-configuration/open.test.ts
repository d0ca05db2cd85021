/** The exporters' file in force: real handshakes and requests, and the file changed while it is served. */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { hashSync } from '@node-rs/bcrypt'
import type { GuardEvent } from '@postern/guard'
import { guardHandler } from '@postern/guard/http'
import { openWebConfiguration, type WebEndpoint } from '@postern/guard/web-configuration'
import {
  basic,
  connect,
  faultOf,
  issueCertificate,
  type Pair,
  type RawResponse,
  requestText,
  startServer,
  temporaryFolder,
} from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { SYSTEM } from '../../src/guard.ts'

const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
const server = await issueCertificate({ subject: 'localhost', issuer: authority, usage: 'serverAuth', names: ['DNS:localhost'] })
const named = (name: string): Promise<Pair> => issueCertificate({ subject: 'prometheus', issuer: authority, names: [name] })
const [scraper, stranger] = [await named('DNS:prometheus.example'), await named('DNS:grafana.example')]
const FILES = { 'server.crt': server.cert, 'server.key': server.key, 'ca.pem': authority.cert, 'other.key': scraper.key, 'empty.pem': '' }
const HASH = hashSync('s3cret', 4)
const RIGHT = [`Authorization: ${basic('prom', 's3cret').authorization}`]
const WRONG = [`Authorization: ${basic('prom', 'wrong').authorization}`]

interface Opened extends AsyncDisposable {
  readonly endpoint: WebEndpoint
  readonly events: readonly GuardEvent[]
  /** What a client is answered, and undefined where its connection ends without an answer. */
  readonly ask: (lines?: readonly string[], client?: Pair) => Promise<RawResponse | undefined>
  readonly write: (text: string) => Promise<void>
}

async function open(text: string): Promise<Opened> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(FILES)) await folder.write(name, content, 0o600)
  const file = await folder.write('web.yml', text)
  const events: GuardEvent[] = []
  const endpoint = openWebConfiguration(file, { onEvent: (event) => events.push(event), watch: false })
  const handler = guardHandler(endpoint.guard, (_request, response) => response.end('up 1\n'))
  const listener = endpoint.tls ? createHttpsServer(endpoint.tls.options, handler) : createHttpServer(handler)
  endpoint.tls?.attach(listener as ReturnType<typeof createHttpsServer>)
  const running = await startServer(listener)
  return {
    endpoint,
    events,
    async ask(lines = [], client) {
      try {
        await using wire = await connect(running.url, client ? { tls: { ...client } } : {})
        return await wire.ask(requestText('/metrics', lines))
      } catch {
        return undefined
      }
    },
    async write(changed) {
      await folder.write('web.yml', changed)
    },
    async [Symbol.asyncDispose]() {
      await endpoint.close()
      await running[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const TLS = 'cert_file: server.crt, key_file: server.key'
const VERIFIED = `${TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem, client_allowed_sans: [prometheus.example]`
const USERS = `basic_auth_users: {prom: ${HASH}}`

test('certificate, name and password must all be right, and answers bear the headers', async () => {
  await using opened = await open(`
tls_server_config: {${VERIFIED}, min_version: TLS13, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], curve_preferences: [X25519]}
http_server_config: {http2: false, headers: {X-Frame-Options: deny, Content-Security-Policy: "default-src 'none'"}}
${USERS}
`)
  const { ask, endpoint } = opened
  expect([endpoint.http2, endpoint.guard.authenticates, endpoint.warnings]).toEqual([false, true, []])
  const allowed = await ask(RIGHT, scraper)
  expect([allowed?.status, allowed?.body, allowed?.all('x-frame-options')]).toEqual([200, 'up 1\n', ['deny']])
  const denied = await ask(WRONG, scraper)
  expect([denied?.status, denied?.body]).toEqual([401, 'Unauthorized\n'])
  expect(
    ['www-authenticate', 'content-type', 'x-content-type-options', 'content-security-policy'].map((name) => denied?.all(name)),
  ).toEqual([['Basic'], ['text/plain; charset=utf-8'], ['nosniff'], ["default-src 'none'"]])
  expect([await ask(RIGHT), await ask(RIGHT, stranger)]).toEqual([undefined, undefined])
})

test('a file that asks for nothing serves everyone, over plain HTTP', async () => {
  await using opened = await open('')
  expect([opened.endpoint.tls, opened.endpoint.guard.authenticates, (await opened.ask())?.status]).toEqual([undefined, false, 200])
})

test('texts in the file serve as files do', async () => {
  const indented = (pem: string): string => pem.trim().replaceAll('\n', '\n    ')
  await using opened = await open(`tls_server_config:
  cert: |
    ${indented(server.cert)}
  key: |
    ${indented(server.key)}
  client_auth_type: VerifyClientCertIfGiven
  client_ca: |
    ${indented(authority.cert)}
`)
  expect([(await opened.ask())?.status, (await opened.ask([], scraper))?.status]).toEqual([200, 200])
})

test.each(['', ', client_ca_file: empty.pem'])('without an authority nobody is let in, and it says so: "%s" (29)', async (authorityKey) => {
  await using opened = await open(`tls_server_config: {${TLS}, client_auth_type: RequireAndVerifyClientCert${authorityKey}}`)
  expect([await opened.ask(), await opened.ask([], scraper)]).toEqual([undefined, undefined])
  expect(opened.endpoint.warnings).toEqual([
    'client certificates are to be verified and no authority is named: every one of them is refused',
  ])
})

test('keys that turn no TLS on are a warning (38)', async () => {
  await using opened = await open('tls_server_config: {min_version: TLS13}')
  const message = '"min_version" of tls_server_config turn no TLS on: name cert_file and key_file'
  expect([opened.endpoint.warnings, opened.events]).toEqual([[message], [{ type: 'warning', message }]])
})

describe('a change of the file', () => {
  test('is in force for the next request and handshake', async () => {
    await using opened = await open(`tls_server_config: {${TLS}}\n${USERS}`)
    await opened.write(`tls_server_config: {${VERIFIED}}\nbasic_auth_users: {prom: ${hashSync('changed', 4)}}`)
    opened.endpoint.guard.reload()
    expect(opened.endpoint.tls?.update()).toBe(true)
    expect([await opened.ask(RIGHT), (await opened.ask(RIGHT, scraper))?.status]).toEqual([undefined, 401])
    expect((await opened.ask([`Authorization: ${basic('prom', 'changed').authorization}`], scraper))?.status).toBe(200)
  })

  test.each([
    { name: 'that is no YAML any more (36)', text: 'basic_auth_users: {', code: 'ERR_POSTERN_WEB_CONFIG' },
    { name: 'cut to nothing (35)', text: '', code: 'ERR_POSTERN_OPEN' },
    { name: 'that ends authentication (37)', text: `tls_server_config: {${TLS}}`, code: 'ERR_POSTERN_OPEN' },
    { name: 'that ends TLS (37)', text: USERS, code: 'ERR_POSTERN_OPEN' },
  ])('$name leaves what was good', async ({ text, code }) => {
    await using opened = await open(`tls_server_config: {${TLS}}\n${USERS}`)
    await opened.write(text)
    expect(faultOf(() => opened.endpoint.guard.reload()).code).toBe(code)
    expect(opened.events.at(-1)).toMatchObject({ type: 'reload', what: 'policy', ok: false })
    expect([(await opened.ask())?.status, (await opened.ask(RIGHT))?.status]).toEqual([401, 200])
  })

  test('that turns TLS on is refused too', async () => {
    await using opened = await open(USERS)
    await opened.write(`tls_server_config: {${TLS}}\n${USERS}`)
    expect(faultOf(() => opened.endpoint.guard.reload())).toMatchObject({
      code: 'ERR_POSTERN_OPEN',
      message: expect.stringContaining('turns TLS on'),
    })
  })
})

test.each([
  { name: 'a key of another certificate', tls: 'cert_file: server.crt, key_file: other.key', path: 'key_file', place: [2, 54] },
  { name: 'a certificate that is not there', tls: 'cert_file: none.crt, key_file: server.key', path: 'cert_file', place: [2, 32] },
  {
    name: 'an authority that is not there',
    tls: `${TLS}, client_auth_type: RequireAnyClientCert, client_ca_file: none.pem`,
    path: 'client_ca_file',
    place: [2, 122],
  },
])('$name is told at its line', async ({ tls, path, place: [line, column] }) => {
  await using folder = await temporaryFolder()
  for (const [name, content] of Object.entries(FILES)) await folder.write(name, content, 0o600)
  const file = await folder.write('web.yml', `\ntls_server_config: {${tls}}`)
  expect(faultOf(() => openWebConfiguration(file))).toMatchObject({ path: ['tls_server_config', path], source: { file, line, column } })
})

test('what is no fault of the configuration is not told as one', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('web.yml', `tls_server_config: {${TLS}}`)
  const environment = {
    ...SYSTEM,
    readFile: (name: string, path: readonly (string | number)[]) => {
      if (name.endsWith('server.crt')) throw new RangeError('the disk is on fire')
      return SYSTEM.readFile(name, path)
    },
  }
  expect(() => openWebConfiguration(file, { environment })).toThrow(new RangeError('the disk is on fire'))
})

test.each([
  { name: 'as many as the burst at once', limit: '{interval: 1h, burst: 3}', statuses: [401, 200, 401, 429, 429] },
  { name: 'nobody with a burst of 0', limit: '{interval: 1, burst: 0}', statuses: [429, 429] },
  { name: 'everyone without an interval', limit: '{interval: 0s, burst: 1}', statuses: [401, 200, 401, 200] },
])('a rate limit lets through $name, before it asks who it is', async ({ limit, statuses }) => {
  await using opened = await open(`${USERS}\nrate_limit: ${limit}\nhttp_server_config: {headers: {X-Frame-Options: deny}}`)
  const seen = []
  for (const index of statuses.keys()) seen.push(await opened.ask(index % 2 === 0 ? WRONG : RIGHT))
  expect(seen.map((answer) => [answer?.status, answer?.all('x-frame-options')])).toEqual(
    statuses.map((status) => [status, status === 429 ? [] : ['deny']]),
  )
})

test('a certificate that is verified is what proves, and stays asked for (37)', async () => {
  await using opened = await open(`tls_server_config: {${VERIFIED}}`)
  expect([opened.endpoint.authenticates, opened.endpoint.guard.authenticates]).toEqual([true, false])
  await opened.write(`tls_server_config: {${TLS}}`)
  expect(opened.endpoint.tls?.update()).toBe(false)
  expect([await opened.ask(), (await opened.ask([], scraper))?.status]).toEqual([undefined, 200])
})
