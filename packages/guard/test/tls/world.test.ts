/** The TLS of a listener while it changes: real files, real handshakes. */
import { X509Certificate } from 'node:crypto'
import { mkdir, rename, symlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { createConnection, createServer as createSocketServer } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { createGuard, type Guard, type GuardOptions, type ReloadEvent, type WarningEvent } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { createTlsWorld, type TlsSettings, type TlsWorld, type TlsWorldOptions } from '@postern/guard/tls'
import {
  connect,
  faultOf,
  issueCertificate,
  issueRevocationList,
  type Pair,
  type RunningServer,
  requestText,
  startServer,
  type TemporaryFolder,
  temporaryFolder,
  type Wire,
} from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
const serverPair = (name: string): Promise<Pair> =>
  issueCertificate({ subject: name, issuer: authority, usage: 'serverAuth', names: [`DNS:${name}`] })
const [first, second, third] = (await Promise.all(['localhost', 'localhost', 'localhost'].map(serverPair))) as [Pair, Pair, Pair]
const weak = await issueCertificate({ subject: 'localhost', rsaBits: 512 })
const clientPair = await issueCertificate({ subject: 'prometheus', issuer: authority, names: ['DNS:prometheus.example'] })
const serialOf = ({ cert }: Pair): string => new X509Certificate(cert).serialNumber

type WorldEvent = ReloadEvent | WarningEvent
interface Serving extends RunningServer {
  readonly world: TlsWorld
  readonly listener: Server
  /** The next reload that is told. */
  reloaded(): Promise<ReloadEvent>
  readonly warnings: readonly string[]
}

async function serve(settings: TlsSettings, init: Partial<TlsWorldOptions> & { guard?: Guard } = {}): Promise<Serving> {
  const told: ReloadEvent[] = []
  const waiting: ((event: ReloadEvent) => void)[] = []
  const warnings: string[] = []
  const onEvent = (event: WorldEvent): void => {
    if (event.type === 'warning') {
      warnings.push(event.message)
      return
    }
    const hear = waiting.shift()
    if (hear) hear(event)
    else told.push(event)
  }
  const world = createTlsWorld(settings, { onEvent, watch: { settle: 5, poll: 600_000 }, ...init })
  const handler = createMetricsHandler(init.guard ?? createGuard({ credentials: 'none' }), () => ({
    contentType: 'text/plain',
    body: 'up 1\n',
  }))
  const listener = createServer(world.options, handler)
  world.attach(listener)
  const running = await startServer(listener)
  const close = async (): Promise<void> => {
    world.close()
    await running.close()
  }
  return {
    ...running,
    world,
    listener,
    warnings,
    async reloaded() {
      return told.shift() ?? new Promise((resolve) => waiting.push(resolve))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The serial number that a new connection is shown. */
async function shownTo(url: string, tls: ConnectionOptions = {}): Promise<string> {
  await using wire = await connect(url, { tls })
  return (wire.socket as TLSSocket).getPeerX509Certificate()?.serialNumber ?? 'none'
}
const socketOf = (wire: Wire): TLSSocket => wire.socket as TLSSocket
/** Status, and the session to go on with: in TLS 1.3 it comes with the first answer. */
async function ask(url: string, tls: ConnectionOptions = {}): Promise<{ status: number | undefined; session: Buffer; reused: boolean }> {
  await using wire = await connect(url, { tls })
  const answer = await wire.ask(requestText('/metrics'))
  return { status: answer?.status, session: socketOf(wire).getSession() as Buffer, reused: socketOf(wire).isSessionReused() }
}

const write = async (folder: TemporaryFolder, { cert, key }: Pair): Promise<TlsSettings> => ({
  certFile: await folder.write('tls.crt', cert),
  keyFile: await folder.write('tls.key', key),
})

let times = 0
/** The projected volume of a kubelet. */
async function swap(folder: TemporaryFolder, { cert, key }: Pair): Promise<void> {
  times += 1
  const time = `..${times}`
  await mkdir(join(folder.path, time))
  await folder.write(`${time}/tls.crt`, cert)
  await folder.write(`${time}/tls.key`, key)
  await symlink(time, join(folder.path, '..data_tmp'))
  await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'))
}

const FORMS = [
  { name: 'rewritten in place', begin: write, change: write },
  {
    name: 'renamed over',
    begin: write,
    change: async (folder: TemporaryFolder, { cert, key }: Pair): Promise<void> => {
      await rename(await folder.write('new.key', key), join(folder.path, 'tls.key'))
      await rename(await folder.write('new.crt', cert), join(folder.path, 'tls.crt'))
    },
  },
  {
    name: 'swapped as Kubernetes does',
    begin: async (folder: TemporaryFolder, pair: Pair): Promise<TlsSettings> => {
      const [certFile, keyFile] = [join(folder.path, 'tls.crt'), join(folder.path, 'tls.key')]
      await symlink('..data/tls.crt', certFile)
      await symlink('..data/tls.key', keyFile)
      await swap(folder, pair)
      return { certFile, keyFile }
    },
    change: swap,
  },
]

describe('a certificate that is changed while it is served (33)', () => {
  test.each(FORMS)('$name is taken live, and no handshake fails', async ({ begin, change }) => {
    await using folder = await temporaryFolder()
    await using serving = await serve(await begin(folder, first))
    const shown = new Set<string>()
    const changed = new AbortController()
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!changed.signal.aborted) {
          const { status } = await ask(serving.url)
          expect(status).toBe(200)
          shown.add(await shownTo(serving.url))
        }
      }),
    )
    for (const pair of [second, third, first]) {
      await change(folder, pair)
      // Where one half came before the other the pair is judged, and left.
      while (!(await serving.reloaded()).ok);
      expect(await shownTo(serving.url)).toBe(serialOf(pair))
    }
    changed.abort()
    await load
    expect([...shown].every((serial) => [first, second, third].map(serialOf).includes(serial))).toBe(true)
  })

  test.each([
    {
      name: 'a new certificate with the old key',
      break: (folder: TemporaryFolder) => folder.write('tls.crt', second.cert),
      says: /^keyFile: the key in ".*tls\.key" does not belong to the certificate in ".*tls\.crt"\. .* \(ERR_POSTERN_CERTIFICATE\)$/,
    },
    {
      name: 'half a certificate',
      break: (folder: TemporaryFolder) => folder.write('tls.crt', second.cert.slice(0, 300)),
      says: /^certFile: ".*tls\.crt" holds no certificate that can be read\. /,
    },
    {
      name: 'an empty key',
      break: (folder: TemporaryFolder) => folder.write('tls.key', ''),
      says: /^keyFile: ".*tls\.key" holds no private key that can be read\. /,
    },
    {
      name: 'no file at all',
      break: (folder: TemporaryFolder) => rename(join(folder.path, 'tls.key'), join(folder.path, 'elsewhere')),
      says: /^keyFile: ".*tls\.key" does not exist\. .* \(ERR_POSTERN_FILE\)$/,
    },
  ])('is left where it is $name, told of, and taken once it is mended', async ({ break: breakIt, says }) => {
    await using folder = await temporaryFolder()
    await using serving = await serve(await write(folder, first))
    await breakIt(folder)
    expect(await serving.reloaded()).toEqual({ type: 'reload', what: 'tls', ok: false, message: expect.stringMatching(says) })
    expect([await shownTo(serving.url), serving.world.current.certificates[0].cert]).toEqual([serialOf(first), first.cert])
    await write(folder, second)
    while (!(await serving.reloaded()).ok);
    expect(await shownTo(serving.url)).toBe(serialOf(second))
  })

  test('and that OpenSSL does not serve is refused at the start, and left afterwards', async () => {
    await using folder = await temporaryFolder()
    const settings = await write(folder, weak)
    expect(faultOf(() => createTlsWorld(settings, { onEvent: () => {} }))).toEqual({
      code: 'ERR_POSTERN_CERTIFICATE',
      path: ['certFile'],
      message: expect.stringMatching(/^OpenSSL does not serve this certificate: Error: .*ee key too small$/),
      fix: 'Issue one with a key of 2048 bits RSA or P-256, or better.',
    })
    await write(folder, first)
    await using serving = await serve(settings, { watch: false })
    await write(folder, weak)
    expect([serving.world.update(), await shownTo(serving.url)]).toEqual([false, serialOf(first)])
    await write(folder, second)
    expect([serving.world.update(), await shownTo(serving.url)]).toEqual([true, serialOf(second)])
  })

  test('tells of what is amiss with the new one, and not again of what was before', async () => {
    await using folder = await temporaryFolder()
    const settings = await write(folder, first)
    await using serving = await serve(settings, { watch: false })
    const ending = await issueCertificate({ subject: 'localhost', usage: 'serverAuth', notAfter: new Date(Date.now() + 86_400_000) })
    await write(folder, ending)
    serving.world.update()
    serving.world.update()
    expect(serving.warnings).toEqual([expect.stringMatching(/ends on .*: issue a new one before$/)])
  })

  test('is no matter of a server that has ended', async () => {
    await using serving = await serve({ cert: first.cert, key: first.key })
    await serving.close()
    expect(serving.world.update()).toBe(true)
  })

  test('leaves open connections as they are', async () => {
    await using folder = await temporaryFolder()
    await using serving = await serve(await write(folder, first), { watch: true })
    await using wire = await connect(serving.url)
    await write(folder, second)
    serving.world.update()
    expect([(await wire.ask(requestText('/metrics')))?.status, await shownTo(serving.url)]).toEqual([200, serialOf(second)])
  })
})

describe('several certificates by server name', () => {
  const names = async (): Promise<{ settings: TlsSettings; pairs: Pair[] }> => {
    const pairs = await Promise.all([
      serverPair('first.example'),
      issueCertificate({ subject: 'x', issuer: authority, usage: 'serverAuth', names: ['DNS:*.example', 'DNS:exact.example'] }),
      serverPair('last.example'),
    ])
    return { pairs, settings: { certificates: pairs.map(({ cert, key }) => ({ cert, key })) } }
  }

  test('are picked by what the client asks for', async () => {
    const { settings, pairs } = await names()
    await using serving = await serve(settings)
    const serials = pairs.map(serialOf)
    const shown = await Promise.all(
      ['first.example', 'exact.example', 'other.example', 'last.example', 'LAST.example', 'nobody'].map(async (servername) =>
        serials.indexOf(await shownTo(serving.url, { servername })),
      ),
    )
    expect([...shown, serials.indexOf(await shownTo(serving.url))]).toEqual([0, 1, 1, 2, 2, 0, 0])
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('have one trust: a ticket is worth no more under another name (31, %s)', async (version) => {
    const { settings } = await names()
    const guard = createGuard({ credentials: [{ type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'] }] })
    await using serving = await serve(settings, { guard })
    const tls = { minVersion: version, maxVersion: version }
    const nobody = await ask(serving.url, { ...tls, servername: 'first.example' })
    const proven = await ask(serving.url, { ...tls, ...clientPair, servername: 'exact.example' })
    expect([nobody.status, proven.status]).toEqual([403, 200])
    // Whoever got a ticket without a certificate has none by it under any name, whatever they hold.
    for (const servername of ['first.example', 'exact.example', 'last.example']) {
      const resumed = await ask(serving.url, { ...tls, ...clientPair, servername, session: nobody.session })
      expect([servername, resumed.status]).toEqual([servername, resumed.reused ? 403 : 200])
      const again = await ask(serving.url, { ...tls, servername, session: proven.session })
      expect([servername, again.status]).toEqual([servername, again.reused ? 200 : 403])
    }
  })

  test('are replaced together', async () => {
    await using folder = await temporaryFolder()
    const { pairs } = await names()
    const other = await serverPair('exact.example')
    const settings: TlsSettings = {
      ...(await write(folder, pairs[0]!)),
      certificates: [{ certFile: await folder.write('2.crt', pairs[1]!.cert), keyFile: await folder.write('2.key', pairs[1]!.key) }],
    }
    await using serving = await serve(settings)
    await folder.write('2.key', other.key)
    await folder.write('2.crt', other.cert)
    while (!(await serving.reloaded()).ok);
    expect([await shownTo(serving.url, { servername: 'exact.example' }), await shownTo(serving.url)]).toEqual([
      serialOf(other),
      serialOf(pairs[0]!),
    ])
  })

  test('outlive any bytes that a client puts there (34)', async () => {
    const { settings } = await names()
    await using serving = await serve(settings)
    const hello = await captureHello('marker.example')
    for (const octet of [0x00, 0x01, 0x20, 0x2e, 0x2a, 0x7f, 0x80, 0xc0, 0xff]) {
      const odd = Buffer.from(hello)
      odd.fill(octet, odd.indexOf('marker.example'), odd.indexOf('marker.example') + 14)
      expect(await firstOctetOf(serving.port, odd)).toBeOneOf([0x15, 0x16, undefined])
    }
    expect((await ask(serving.url)).status).toBe(200)
  })
})

/** What a client says first. */
async function captureHello(servername: string): Promise<Buffer> {
  let hear: (hello: Buffer) => void = () => {}
  const heard = new Promise<Buffer>((resolve) => {
    hear = resolve
  })
  const listener = createSocketServer((socket) => socket.on('error', () => {}).once('data', hear))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  const client = connectTls({ port, host: '127.0.0.1', servername }).on('error', () => {})
  const hello = await heard
  client.destroy()
  listener.close()
  return hello
}

/** An alert (0x15), a handshake (0x16), or undefined where the connection ends. */
async function firstOctetOf(port: number, bytes: Buffer): Promise<number | undefined> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    return await new Promise((resolve) => {
      socket.on('error', () => resolve(undefined)).once('close', () => resolve(undefined))
      socket.once('data', (data) => resolve(data[0]))
      socket.write(bytes)
    })
  } finally {
    socket.destroy()
  }
}

describe('what a session is worth after a change of trust (30)', () => {
  const policy = (init: object = {}): GuardOptions => ({
    credentials: [{ type: 'client-certificate', ca: authority.cert, names: ['prometheus.example'], ...init }],
  })
  const basic: GuardOptions = { credentials: [{ type: 'bearer', tokens: [{ name: 'a', token: 'x'.repeat(24) }] }] }

  describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
    const tls = { ...clientPair, minVersion: version, maxVersion: version }
    test.each([
      {
        name: 'nothing where the authority is another',
        next: async () => policy({ ca: (await issueCertificate({ subject: 'New', ca: true })).cert }),
        status: 403,
      },
      { name: 'nothing where the names are others', next: async () => policy({ names: ['grafana.example'] }), status: 403 },
      { name: 'nothing where no certificate is taken any more', next: async (): Promise<GuardOptions> => basic, status: 401 },
      {
        name: 'nothing where the certificate was revoked (32)',
        next: async (folder: TemporaryFolder): Promise<GuardOptions> => {
          const list = await issueRevocationList({ issuer: authority, revoked: [clientPair] })
          return policy({ crlFile: await folder.write('ca.crl', list) })
        },
        status: 403,
      },
      { name: 'a handshake where nothing changed', next: async () => policy(), status: 200 },
    ])('$name', async ({ next, status }) => {
      await using folder = await temporaryFolder()
      const guard = createGuard(policy())
      await using serving = await serve({ cert: first.cert, key: first.key }, { guard })
      const before = await ask(serving.url, tls)
      const resumed = await ask(serving.url, { ...tls, session: before.session })
      await using open = await connect(serving.url, { tls })
      guard.reload(await next(folder))
      const after = await ask(serving.url, { ...tls, session: resumed.session })
      expect([before.status, resumed.status, resumed.reused, after.status, after.reused]).toEqual([200, 200, true, status, false])
      // A connection that was open before is judged by the new policy too.
      expect((await open.ask(requestText('/metrics')))?.status).toBe(status)
    })
  })

  test('a certificate is asked for as soon as the policy takes one, and no longer than it does', async () => {
    const guard = createGuard(basic)
    await using serving = await serve({ cert: first.cert, key: first.key }, { guard })
    const statuses = [(await ask(serving.url, clientPair)).status]
    for (const next of [policy(), basic]) {
      guard.reload(next)
      statuses.push((await ask(serving.url, clientPair)).status)
    }
    expect(statuses).toEqual([401, 200, 401])
  })

  test('a world that has ended hears of no policy', async () => {
    const guard = createGuard(policy())
    await using serving = await serve({ cert: first.cert, key: first.key }, { guard })
    serving.world.close()
    const before = await ask(serving.url, clientPair)
    guard.reload(policy())
    expect((await ask(serving.url, { ...clientPair, session: before.session })).reused).toBe(true)
  })
})
