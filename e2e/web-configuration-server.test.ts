/** One web configuration file for Debian's node_exporter and for the gateway: who is let in there is let in here, and told the same. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { issueCertificate, type Pair } from '@postern/testkit'
import { expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'
import { startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, startProcess } from './support/process.ts'

/** bcrypt, cost 4, of `s3cret`. */
const HASH = '$2b$04$b1Hu3.tx6q3Ty3a6Wtd5tugwHRq97zAgHu6GAeisbRJwhdDDDXcpC'
const USERS = `basic_auth_users: {prom: ${HASH}}`
const PAIR = 'cert_file: server.crt, key_file: server.key'
const HEADERS = ['strict-transport-security', 'x-content-type-options', 'x-frame-options', 'x-xss-protection', 'content-security-policy']

/** Keys that node_exporter 1.5 does not know (rate_limit, names of clients, PEM in the file) are not among them. */
const FILES = [
  { name: 'nothing', text: '' },
  { name: 'users', text: USERS },
  { name: 'TLS', text: `tls_server_config: {${PAIR}}` },
  { name: 'TLS and users', text: `tls_server_config: {${PAIR}}\n${USERS}` },
  ...['RequestClientCert', 'RequireAnyClientCert'].map((type) => ({
    name: type,
    text: `tls_server_config: {${PAIR}, client_auth_type: ${type}}\n${USERS}`,
  })),
  ...['VerifyClientCertIfGiven', 'RequireAndVerifyClientCert'].map((type) => ({
    name: type,
    text: `tls_server_config: {${PAIR}, client_auth_type: ${type}, client_ca_file: ca.crt}\n${USERS}`,
  })),
  {
    name: 'a verified certificate alone',
    text: `tls_server_config: {${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}`,
  },
  {
    name: 'headers',
    text: `http_server_config: {http2: false, headers: {Strict-Transport-Security: max-age=1, X-Frame-Options: deny, X-XSS-Protection: 1, Content-Security-Policy: "default-src 'none'"}}
tls_server_config: {${PAIR}}
${USERS}`,
  },
  { name: 'TLS 1.3 at the least', text: `tls_server_config: {${PAIR}, min_version: TLS13}` },
  { name: 'TLS 1.2 at the most', text: `tls_server_config: {${PAIR}, max_version: TLS12}` },
  {
    name: 'one suite and one curve',
    text: `tls_server_config: {${PAIR}, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256], curve_preferences: [CurveP256]}`,
  },
] as const

const REQUESTS = [
  { name: 'nothing', send: [] },
  { name: 'the right password', send: ['--user', 'prom:s3cret'] },
  { name: 'a wrong password', send: ['--user', 'prom:guess'] },
  { name: 'an unknown user', send: ['--user', 'mallory:s3cret'] },
  { name: 'something that is not Basic', send: ['-H', 'Authorization: Bearer s3cret'] },
  { name: 'a certificate', send: ['--cert', 'scraper.crt', '--key', 'scraper.key'] },
  { name: 'a certificate and the password', send: ['--cert', 'scraper.crt', '--key', 'scraper.key', '--user', 'prom:s3cret'] },
  { name: 'a certificate of another authority', send: ['--cert', 'stranger.crt', '--key', 'stranger.key', '--user', 'prom:s3cret'] },
  { name: 'TLS 1.2', send: ['--tls-max', '1.2', '--user', 'prom:s3cret'] },
  { name: 'TLS 1.3', send: ['--tlsv1.3', '--user', 'prom:s3cret'] },
  {
    name: 'another suite of TLS 1.2',
    send: ['--tls-max', '1.2', '--ciphers', 'ECDHE-ECDSA-AES256-GCM-SHA384', '--user', 'prom:s3cret'],
  },
  { name: 'another curve', send: ['--curves', 'X25519', '--user', 'prom:s3cret'] },
] as const

/** What a client sees, but for the body: status 0 is a connection that ended without one. */
async function ask(cwd: string, url: string, send: readonly string[]): Promise<unknown> {
  const head = await new Promise<string>((resolve) => {
    const args = ['--silent', '--max-time', '15', '--cacert', 'ca.crt', '--output', '/dev/null', '--dump-header', '-', ...send, url]
    execFile(binary('curl'), args, { cwd }, (_error, stdout) => resolve(stdout))
  })
  const [first = '', ...lines] = head.split('\r\n')
  const valueOf = (name: string): string | undefined => {
    const line = lines.find((text) => text.toLowerCase().startsWith(`${name}:`))
    return line?.slice(name.length + 1).trim()
  }
  const status = Number(first.split(' ')[1] ?? 0)
  // Ours say it always, and theirs where they are asked to or answer with an error.
  const names = HEADERS.filter((name) => name !== 'x-content-type-options')
  return { status, challenge: valueOf('www-authenticate'), headers: Object.fromEntries(names.map((name) => [name, valueOf(name)])) }
}

test.skipIf(isMissing('prometheus-node-exporter', 'curl')).each(FILES)(
  'a file with $name means to the gateway what it means to node_exporter',
  async ({ text }) => {
    await using folder = await temporaryFolder()
    const put = (name: string, content: string): Promise<void> => writeFile(join(folder.path, name), content, { mode: 0o600 })
    const authority = await issueCertificate({ subject: 'Authority', ca: true })
    const server = await issueCertificate({ subject: 'localhost', issuer: authority, usage: 'serverAuth', names: ['DNS:localhost'] })
    const scraper = await issueCertificate({ subject: 'prometheus', issuer: authority, usage: 'clientAuth', names: ['DNS:prometheus'] })
    const stranger = await issueCertificate({ subject: 'prometheus', usage: 'clientAuth', names: ['DNS:prometheus'] })
    await put('ca.crt', authority.cert)
    const pairs: Record<string, Pair> = { server, scraper, stranger }
    for (const [name, { cert, key }] of Object.entries(pairs)) {
      await put(`${name}.crt`, cert)
      await put(`${name}.key`, key)
    }
    await put('web.yml', text)

    await using upstream = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end('up 1\n'))
    const [upstreamPort, exporterPort, port] = [await freePort(), await freePort(), await freePort()]
    upstream.listen(upstreamPort, '127.0.0.1')
    const file = `--web.config.file=${join(folder.path, 'web.yml')}`
    await using exporter = startProcess(binary('prometheus-node-exporter'), [
      file,
      `--web.listen-address=127.0.0.1:${exporterPort}`,
      '--collector.disable-defaults',
      '--collector.uname',
    ])
    await using gateway = startPostern([
      'serve',
      file,
      `--web.listen-address=127.0.0.1:${port}`,
      '--upstream',
      `http://127.0.0.1:${upstreamPort}/metrics`,
    ])
    await Promise.all([exporter.printed(/TLS is (?:en|dis)abled/), gateway.printed(/^postern serving/m)])

    const scheme = text.includes('cert_file') ? 'https' : 'http'
    const answers = async (port: number): Promise<unknown[]> => {
      const resolved = ['--resolve', `localhost:${port}:127.0.0.1`]
      const seen: unknown[] = []
      for (const { name, send } of REQUESTS) {
        seen.push({ name, ...((await ask(folder.path, `${scheme}://localhost:${port}/metrics`, [...resolved, ...send])) as object) })
      }
      return seen
    }
    const [theirs, ours] = [await answers(exporterPort), await answers(port)]
    expect(theirs.filter((answer) => (answer as { status: number }).status === 200).length).toBeGreaterThan(0)
    expect(ours).toEqual(theirs)
    upstream.closeAllConnections()
    await gateway.end()
  },
)
