/** The gateway over TLS: versions, clients that speak something else, and a scrape from end to end, judged by openssl and curl's rules. */
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectSocket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { hashPassword } from '@postern/guard'
import { basic, connect, requestText } from '@postern/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { issueCertificate } from '../../src/provision/certificates.ts'
import { AUTHORIZATION, startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const TLS = '{cert_file: server.crt, key_file: server.key}'
const SCRAPE = requestText('/metrics', [AUTHORIZATION])

/** What openssl says of a handshake; undefined where there is no openssl, or none that offers the version. */
async function handshake(url: string, option: string): Promise<string | undefined> {
  const args = ['s_client', '-connect', new URL(url).host, option, '-cipher', 'ALL:@SECLEVEL=0', '-brief']
  const child = spawn('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = await once(child, 'close').catch(() => undefined)
  return ended === undefined || /unknown option|no protocols available/i.test(output) ? undefined : output
}

describe('versions', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url, tls: TLS })
    const tls = { minVersion: version, maxVersion: version, ca: gateway.folder.authority.certificate, rejectUnauthorized: true }
    await using wire = await connect(gateway.url, { tls })
    expect(await wire.ask(SCRAPE)).toMatchObject({ status: 200 })
  })

  test.for(['-tls1_1', '-tls1'])('an older one is not (openssl s_client %s)', async (option, { skip }) => {
    await using gateway = await startGateway({ tls: TLS })
    const output = await handshake(gateway.url, option)
    if (output === undefined) skip('this machine has no openssl, or one that does not offer the version')
    expect(output).toMatch(/alert protocol version|unsupported protocol/)
    expect(output).not.toContain('CONNECTION ESTABLISHED')
  })

  test('1.3 alone is spoken where the policy says so', async () => {
    await using gateway = await startGateway({ tls: TLS.replace('}', ', min_version: TLS13}') })
    await expect(connect(gateway.url, { tls: { maxVersion: 'TLSv1.2' } })).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(requestText('/metrics'))).toMatchObject({ status: 401 })
  })
})

describe('the TLS port', () => {
  test.each([
    { name: 'plain HTTP', bytes: SCRAPE },
    { name: 'garbage', bytes: Buffer.alloc(600, 0xff) },
    { name: 'a greeting of another protocol', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' },
    { name: 'a record longer than there is', bytes: Buffer.from('1603010200010001fc0303', 'hex') },
    { name: 'nothing', bytes: '' },
  ])('ends a connection of $name, and lives', async ({ bytes }) => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url, tls: TLS })
    await using other = await connect(gateway.url.replace('https', 'http'))
    other.send(bytes)
    other.socket.end()
    expect(await other.read()).toBeUndefined()
    await using wire = await connect(gateway.url)
    expect(await wire.ask(SCRAPE)).toMatchObject({ status: 200 })
    expect(upstream.requests.length).toBe(1)
  })

  test('lives when a client resets its handshake', async () => {
    await using gateway = await startGateway({ tls: TLS })
    const { port } = new URL(gateway.url)
    const socket = connectSocket(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('\x16\x03\x01')
    socket.resetAndDestroy()
    await once(socket, 'close')
    await using wire = await connect(gateway.url)
    expect(await wire.ask(requestText('/metrics'))).toMatchObject({ status: 401 })
  })
})

describe('a client certificate', () => {
  const GUARD = '{credentials: [{type: client-certificate, ca_file: ca.crt, names: [prometheus]}]}'
  let clients: Readonly<Record<'right' | 'other', { readonly cert: string; readonly key: string }>>
  let start: () => ReturnType<typeof startGateway>
  beforeAll(async () => {
    await using gateway = await startGateway({ tls: TLS, guard: GUARD })
    const { authority } = gateway.folder
    const issue = async (name: string) => {
      const { certificate, key } = await issueCertificate(authority, { kind: 'client', names: [name] })
      return { cert: certificate, key }
    }
    clients = { right: await issue('prometheus'), other: await issue('grafana') }
    start = () => startGateway({ tls: TLS, guard: GUARD })
  })

  test.each([
    { name: 'of a listed name lets in', client: 'right', status: 502 },
    { name: 'of another name does not', client: 'other', status: 403 },
    { name: 'that is not shown does not', client: undefined, status: 403 },
  ] as const)('$name', async ({ client, status }) => {
    await using gateway = await start()
    await using wire = await connect(gateway.url, client && { tls: clients[client] })
    expect(await wire.ask(requestText('/metrics'))).toMatchObject({ status })
  })

  test('is asked for under the authority of the policy alone', async () => {
    await using gateway = await start()
    const { port } = new URL(gateway.url)
    const socket = connectTls({ port: Number(port), host: '127.0.0.1', ca: gateway.folder.authority.certificate, ...clients.right })
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    socket.destroy()
  })
})

describe('what changes while it is served (33)', () => {
  const GUARD = '{credentials: [{type: basic, users_file: users}]}'
  const lineFor = (password: string): string => requestText('/metrics', [`Authorization: ${basic('prometheus', password).authorization}`])

  test('is a certificate, on both addresses of localhost', async () => {
    await using gateway = await startGateway({ tls: TLS, listen: '["localhost:0"]' })
    const { folder } = gateway
    const { certificate, key } = await issueCertificate(folder.authority, { kind: 'server', hosts: ['localhost'] })
    const wanted = new X509Certificate(certificate).serialNumber
    const shown = async (host: string): Promise<string | undefined> => {
      const url = new URL(gateway.url)
      await using wire = await connect(`https://${host}:${url.port}`)
      return (wire.socket as TLSSocket).getPeerX509Certificate()?.serialNumber
    }
    expect(await shown('127.0.0.1')).not.toBe(wanted)
    await folder.write('server.crt', certificate)
    await folder.write('server.key', key)
    await gateway.nextReload((event) => event.what === 'tls' && event.ok)
    expect(await shown('127.0.0.1')).toBe(wanted)
  })

  test('is a password (14), and nothing where the new file has a fault (36)', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url, tls: TLS, guard: GUARD })
    await using wire = await connect(gateway.url)
    const statusOf = async (password: string): Promise<number | undefined> => {
      await using other = await connect(gateway.url)
      return (await other.ask(lineFor(password)))?.status
    }
    expect(await wire.ask(lineFor('s3cret'))).toMatchObject({ status: 200 })
    await gateway.folder.write('users', 'prometheus:$2b$04$torn\n')
    await gateway.nextReload((event) => event.what === 'policy' && !event.ok)
    expect(await statusOf('s3cret')).toBe(200)
    await gateway.folder.write('users', `prometheus:${await hashPassword('changed')}\n`)
    await gateway.nextReload((event) => event.what === 'policy' && event.ok)
    expect([await statusOf('changed'), await statusOf('s3cret'), (await wire.ask(lineFor('s3cret')))?.status]).toEqual([200, 401, 401])
  })
})
