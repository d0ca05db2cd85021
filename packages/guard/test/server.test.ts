import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { request } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { createGuard } from '@postern/guard'
import { type MetricsServer, type ServeMetricsOptions, serveMetrics } from '@postern/guard/server'
import {
  connect,
  describeAdapter,
  describeFault,
  type Fault,
  issueCertificate,
  type Pair,
  requestText,
  temporaryFolder,
} from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { expose, guardOf } from './adapters/mounts.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describeAdapter({
  name: 'serveMetrics',
  scheme: 'http',
  mount: (options) => serveMetrics({ registry: expose, port: 0, guard: guardOf(options) }),
})
describeAdapter({
  name: 'serveMetrics over TLS',
  scheme: 'https',
  async mount(options) {
    await using folder = await temporaryFolder()
    const tls = {
      certFile: await folder.write('server.crt', options.server.cert),
      keyFile: await folder.write('server.key', options.server.key),
    }
    return await serveMetrics({ registry: expose, port: 0, guard: guardOf(options), tls, watch: false })
  },
})

const registry = (): { contentType: string; body: string } => ({ contentType: 'text/plain', body: 'up 1\n' })
const pair = await issueCertificate({ subject: 'localhost', usage: 'serverAuth', notAfter: new Date(Date.now() + 86_400_000) })

interface Serving extends MetricsServer, AsyncDisposable {}
async function serve(options: Partial<ServeMetricsOptions> = {}): Promise<Serving> {
  const server = await serveMetrics({ registry, port: 0, ...options })
  return { ...server, [Symbol.asyncDispose]: () => server.close() }
}
const refusal = (options: Partial<ServeMetricsOptions>): Promise<Fault | undefined> =>
  serve(options).then(async (server) => {
    await server.close()
    return undefined
  }, describeFault)

describe('what is served', () => {
  test.each([
    { options: {}, target: '/metrics', status: 200 },
    { options: {}, target: '/metrics?name[]=up', status: 200 },
    { options: {}, target: '/', status: 404 },
    { options: {}, target: '/metrics/', status: 404 },
    { options: {}, target: '/METRICS', status: 404 },
    { options: {}, target: '/%6detrics', status: 404 },
    { options: { path: '/internal/metrics' }, target: '/internal/metrics', status: 200 },
    { options: { path: '/internal/metrics' }, target: '/metrics', status: 404 },
    { options: { guard: createGuard({ credentials: 'none' }) }, target: '/metrics', status: 200 },
    { options: { guard: createGuard({ credentials: 'none' }) }, target: '/other', status: 404 },
    { options: { guard: createGuard({ credentials: 'none' }) }, target: '/%6detrics', status: 400 },
  ])('$target with $options: $status', async ({ options, target, status }) => {
    await using server = await serve(options)
    await using wire = await connect(server.url)
    const response = await wire.ask(requestText(target))
    expect([response?.status, response?.body === 'up 1\n']).toEqual([status, status === 200])
  })

  test.each([
    { options: {}, url: /^http:\/\/127\.0\.0\.1:\d+\/metrics$/ },
    { options: { host: 'localhost', path: '/m' }, url: /^http:\/\/localhost:\d+\/m$/ },
    { options: { host: '::1' }, url: /^http:\/\/\[::1\]:\d+\/metrics$/ },
    { options: { host: '0.0.0.0', allowUnauthenticated: true, allowPlaintext: true }, url: /^http:\/\/0\.0\.0\.0:\d+\/metrics$/ },
  ])('tells its URL for $options', async ({ options, url }) => {
    await using server = await serve(options)
    expect(server.url).toMatch(url)
  })

  test.each(['100-continue', 'something'])('asks who is there before it answers Expect: %s', async (expectation) => {
    const guard = createGuard({ credentials: [{ type: 'bearer', tokens: [{ name: 'a', token: 'x'.repeat(24) }] }] })
    await using server = await serve({ guard })
    await using wire = await connect(server.url)
    wire.send(requestText('/metrics', ['Content-Length: 5', `Expect: ${expectation}`]))
    const [first] = (await once(wire.socket, 'data')) as [Buffer]
    expect(first.toString()).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('judges a credential behind thousands of other fields', async () => {
    const guard = createGuard({ credentials: [{ type: 'bearer', tokens: [{ name: 'a', token: 'x'.repeat(24) }] }] })
    await using server = await serve({ guard })
    await using wire = await connect(server.url)
    const fields = Array.from({ length: 2_500 }, () => 'a:b')
    const answer = await wire.ask(requestText('/metrics', [...fields, `Authorization: Bearer ${'x'.repeat(24)}`]))
    expect(answer?.status).toBe(200)
  })

  test('speaks TLS where it is given a pair, and tells the process what is amiss with it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await using folder = await temporaryFolder()
    const tls = { certFile: await folder.write('crt', pair.cert), keyFile: await folder.write('key', pair.key, 0o644) }
    await using server = await serve({ tls })
    await using wire = await connect(server.url)
    expect([server.url.slice(0, 8), (await wire.ask(requestText('/metrics')))?.status]).toEqual(['https://', 200])
    expect(emitWarning.mock.calls.map(([message]) => String(message))).toEqual([
      `"${tls.keyFile}" can be read by other users of this machine: chmod 600 it`,
      expect.stringMatching(/^the certificate in ".*crt" ends on .*: issue a new one before$/),
    ])
  })
})

describe('the web configuration file of an exporter', () => {
  test('says who may read, and over what', async () => {
    await using folder = await temporaryFolder()
    await folder.write('crt', pair.cert)
    await folder.write('key', pair.key)
    const hash = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'
    const text = `tls_server_config: {cert_file: crt, key_file: key}\nbasic_auth_users: {prom: ${hash}}\n`
    const webConfigFile = await folder.write('web.yml', text)
    const events: string[] = []
    await using server = await serve({ webConfigFile, watch: false, onEvent: ({ type }) => events.push(type) })
    await using wire = await connect(server.url)
    const answer = await wire.ask(requestText('/metrics'))
    expect([answer?.status, answer?.all('www-authenticate'), events.includes('decision')]).toEqual([401, ['Basic'], true])
  })

  test.each([{ guard: createGuard({ credentials: 'none' }) }, { tls: { certFile: 'crt', keyFile: 'key' } }])(
    'stands alone: %o',
    async (other) => {
      expect(await refusal({ ...other, webConfigFile: 'web.yml' })).toMatchObject({ code: 'ERR_POSTERN_POLICY', path: ['webConfigFile'] })
    },
  )
})

describe('where it is served', () => {
  test('on a unix socket, whose peers pass where no network is listed (#57)', async () => {
    await using folder = await temporaryFolder()
    const socketPath = `${folder.path}/metrics.sock`
    const ask = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request({ socketPath, path: '/metrics', agent: false }, (response) => resolve(response.resume().statusCode))
        sent.on('error', reject).end()
      })
    const statuses: unknown[] = []
    for (const addresses of [{}, { allow: ['127.0.0.0/8'] }, { allow: ['127.0.0.0/8'], unixSockets: true }]) {
      await using server = await serve({ port: undefined, socketPath, guard: createGuard({ credentials: 'none', addresses }) } as never)
      expect([server.url, statSync(socketPath).mode & 0o777]).toEqual([`http://unix:${socketPath}:/metrics`, 0o600])
      statuses.push(await ask())
    }
    expect(statuses).toEqual([200, 403, 200])
    await using server = await serve({ port: undefined, socketPath, socketMode: 0o660 } as never)
    expect([server.url.slice(0, 12), statSync(socketPath).mode & 0o777]).toEqual(['http://unix:', 0o660])
  })

  test('behind a proxy that says who asks', async () => {
    const guard = createGuard({ credentials: 'none', addresses: { allow: ['203.0.113.7'] } })
    await using server = await serve({ guard, proxyProtocol: { trusted: ['127.0.0.1'] } })
    const ask = async (source: string): Promise<number | undefined> => {
      await using wire = await connect(server.url)
      return (await wire.ask(`PROXY TCP4 ${source} 10.0.0.1 4711 443\r\n${requestText('/metrics')}`))?.status
    }
    expect([await ask('203.0.113.7'), await ask('203.0.113.8')]).toEqual([200, 403])
    await using bare = await connect(server.url)
    expect(await bare.ask(requestText('/metrics'))).toBeUndefined()
  })
})

describe('a certificate that changes while it is served (33)', () => {
  const serialOf = ({ cert }: Pair): string => new X509Certificate(cert).serialNumber
  async function shown(url: string): Promise<string | undefined> {
    await using wire = await connect(url)
    return (wire.socket as TLSSocket).getPeerX509Certificate()?.serialNumber
  }

  test('is taken, and told of where somebody hears', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => issueCertificate({ subject: 'localhost', usage: 'serverAuth' })))
    await using folder = await temporaryFolder()
    const tls = { certFile: await folder.write('crt', first!.cert), keyFile: await folder.write('key', first!.key) }
    let hear = (): void => {}
    const taken = new Promise<void>((resolve) => {
      hear = resolve
    })
    await using server = await serve({ tls, onEvent: (event) => event.type === 'reload' && event.ok && hear() })
    const before = await shown(server.url)
    await folder.write('crt', second!.cert)
    await folder.write('key', second!.key)
    await taken
    expect([before, await shown(server.url)]).toEqual([serialOf(first!), serialOf(second!)])
  })

  test('is left where there is a fault, and the process is warned of it and of nothing else', async () => {
    const first = await issueCertificate({ subject: 'localhost', usage: 'serverAuth' })
    await using folder = await temporaryFolder()
    const tls = { certFile: await folder.write('crt', first.cert), keyFile: await folder.write('key', first.key) }
    let hear: (message: string) => void = () => {}
    vi.spyOn(process, 'emitWarning').mockImplementation((message) => hear(String(message)))
    const nextWarning = (): Promise<string> =>
      new Promise((resolve) => {
        hear = resolve
      })
    await using server = await serve({ tls })
    const warned = nextWarning()
    await folder.write('key', '')
    expect(await warned).toMatch(/^keyFile: ".*key" holds no private key that can be read\. .* \(ERR_POSTERN_CERTIFICATE\)$/)
    expect(await shown(server.url)).toBe(serialOf(first))
    const second = await issueCertificate({ subject: 'localhost', usage: 'serverAuth' })
    const more: string[] = []
    hear = (message) => void more.push(message)
    await rename(await folder.write('new.crt', second.cert), tls.certFile)
    await rename(await folder.write('new.key', second.key), tls.keyFile)
    while ((await shown(server.url)) !== serialOf(second));
    expect(more.filter((message) => !message.startsWith('keyFile: '))).toEqual([])
  })

  test('is watched no longer when the port cannot be had', async () => {
    await using taken = await serve()
    await using folder = await temporaryFolder()
    const tls = { certFile: await folder.write('crt', pair.cert), keyFile: await folder.write('key', pair.key) }
    expect((await refusal({ tls, port: Number(new URL(taken.url).port), onEvent: () => {} }))?.code).toBe('ERR_POSTERN_LISTEN')
  })
})

describe('what is refused', () => {
  const guard = createGuard({ credentials: 'none' })
  const authenticating = { ...guard, authenticates: true }
  const end = 'End the other program, or listen on another address or port.'

  test.each([
    { name: 'no guard beyond loopback', options: { host: '0.0.0.0' }, option: 'allowUnauthenticated', what: 'asks for no credential' },
    {
      name: 'a guard that asks nobody beyond loopback',
      options: { host: '0.0.0.0', guard },
      option: 'allowUnauthenticated',
      what: 'asks for no credential',
    },
    {
      name: 'no TLS beyond loopback',
      options: { host: '0.0.0.0', guard: authenticating },
      option: 'allowPlaintext',
      what: 'speaks no TLS',
    },
  ])('$name', async ({ options, option, what }) => {
    const fault = await refusal(options)
    expect([fault?.code, fault?.message, fault?.fix.includes(`set ${option}: true`)]).toEqual([
      'ERR_POSTERN_OPEN',
      `the listener on "0.0.0.0" can be reached from other machines and ${what}`,
      true,
    ])
  })

  test('a pair that does not belong together', async () => {
    await using folder = await temporaryFolder()
    const other = await issueCertificate({ subject: 'localhost' })
    const tls = { certFile: await folder.write('crt', pair.cert), keyFile: await folder.write('key', other.key) }
    expect((await refusal({ tls }))?.code).toBe('ERR_POSTERN_CERTIFICATE')
  })

  test.each([
    { path: 'metrics', shown: '"metrics"' },
    { path: '/%6detrics', shown: '"/%6detrics"' },
    { path: '/metrics?a', shown: '"/metrics?a"' },
  ])('the path $path', async ({ path, shown }) => {
    expect(await refusal({ path })).toEqual({
      code: 'ERR_POSTERN_POLICY',
      path: ['path'],
      message: `${shown} is not a path that means one thing to everyone`,
      fix: 'Write it like /metrics.',
    })
  })

  test.each([
    { name: 'no place', options: { port: undefined }, path: 'port', message: 'neither port nor socketPath says where to listen' },
    {
      name: 'a mode of a port',
      options: { socketMode: 0o600 },
      path: 'socketMode',
      message: 'a port has no mode, a unix socket has',
    },
    {
      name: 'two places',
      options: { socketPath: '/run/x.sock' },
      path: 'socketPath',
      message: 'socketPath stands beside a host or port, and a server listens in one place',
    },
    {
      name: 'a host beside a unix socket',
      options: { port: undefined, host: 'localhost', socketPath: '/run/x.sock' },
      path: 'socketPath',
      message: 'socketPath stands beside a host or port, and a server listens in one place',
    },
    ...[660, -1, 0.5, Number.NaN].map((socketMode) => ({
      name: `the mode ${socketMode}`,
      options: { port: undefined, socketPath: '/run/x.sock', socketMode },
      path: 'socketMode',
      message: `${socketMode} is no mode of a file`,
    })),
    {
      name: 'proxies that nobody lists',
      options: { proxyProtocol: { trusted: [] } },
      path: 'proxyProtocol.trusted',
      message: 'no peer is listed whose word is believed',
    },
    {
      name: 'an option of proxies that does not exist',
      options: { proxyProtocol: { trusted: ['::1'], version: 2 } },
      path: 'proxyProtocol.version',
      message: '"version" is not an option here',
    },
  ])('$name', async ({ options, path, message }) => {
    const fault = await refusal(options as never)
    expect([fault?.code, fault?.path.join('.'), fault?.message]).toEqual(['ERR_POSTERN_POLICY', path, message])
  })

  test('an option that does not exist', async () => {
    expect((await refusal({ gaurd: guard } as never))?.message).toBe('"gaurd" is not an option here')
  })

  test('a source that cannot be served', async () => {
    await expect(serve({ registry: {} as never })).rejects.toThrow(TypeError)
  })

  test('a port that another program has', async () => {
    await using first = await serve()
    const port = Number(new URL(first.url).port)
    expect(await refusal({ port })).toEqual({
      code: 'ERR_POSTERN_LISTEN',
      path: [],
      message: `cannot listen on 127.0.0.1 port ${port}: another program listens there`,
      fix: end,
    })
  })

  test('an address that this machine has not, in the words of the kernel', async () => {
    expect((await refusal({ host: '192.0.2.1', allowPlaintext: true, allowUnauthenticated: true }))?.message).toMatch(
      /^cannot listen on 192\.0\.2\.1 port 0: this machine has no such address$/,
    )
  })
})

describe('closing', () => {
  /** A source that stands still until it is let go. */
  function holding(): { source: () => Promise<ReturnType<typeof registry>>; asked: Promise<void>; release: () => void } {
    let release = (): void => {}
    let heard = (): void => {}
    const asked = new Promise<void>((resolve) => {
      heard = resolve
    })
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const source = async (): Promise<ReturnType<typeof registry>> => {
      heard()
      await held
      return registry()
    }
    return { source, asked, release: () => release() }
  }

  test('cuts connections that are silent or kept alive', async () => {
    const server = await serve()
    await using silent = await connect(server.url)
    await using kept = await connect(server.url)
    await kept.ask(requestText('/metrics'))
    await server.close()
    await Promise.all([silent.ended(), kept.ended()])
  })

  test('answers what is open, cuts what is silent, and then ends', async () => {
    const { source, asked, release } = holding()
    const server = await serve({ registry: source })
    await using silent = await connect(server.url)
    await using busy = await connect(server.url)
    busy.send(requestText('/metrics'))
    await asked
    const closed = server.close()
    release()
    expect((await busy.read())?.status).toBe(200)
    await closed
    await Promise.all([silent.ended(), busy.ended()])
  })

  test('takes no more than what was sent on an open connection', async () => {
    const first = holding()
    const second = holding()
    const sources = [first.source, second.source]
    const server = await serve({ registry: () => sources.shift()?.() ?? registry() })
    await using one = await connect(server.url)
    await using two = await connect(server.url)
    one.send(requestText('/metrics'))
    await first.asked
    two.send(requestText('/metrics'))
    await second.asked
    const closed = server.close()
    one.send(requestText('/metrics'))
    first.release()
    const answers = [await one.read(), await one.read()]
    expect(answers.map((answer) => [answer?.status, answer?.all('connection')])).toEqual([
      [200, ['keep-alive']],
      [200, ['close']],
    ])
    second.release()
    expect((await two.read())?.status).toBe(200)
    await closed
  })

  test('may be asked for twice, and of a server that never listened', async () => {
    const server = await serve()
    await Promise.all([server.close(), server.close()])
  })

  test('frees the port', async () => {
    const server = await serve()
    const port = Number(new URL(server.url).port)
    await server.close()
    await using again = await serve({ port })
    expect(again.url).toBe(server.url)
  })
})
