/** PROXY protocol before real HTTP and TLS: who is heard, as whom, and in which pieces the bytes may come. */
import { EventEmitter, once } from 'node:events'
import { createServer as createHttpServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createConnection, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { createGuard, formatAddress, type Guard, type RequestFacts } from '@postern/guard'
import {
  closeServer,
  compileProxyProtocol,
  expectProxyHeader,
  guardHandler,
  listen,
  listenOnSocket,
  SERVER_DEFAULTS,
} from '@postern/guard/http'
import { connect, issueCertificate, requestText, temporaryFolder, type Wire } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'
const v1 = (source: string): Buffer => Buffer.from(`PROXY TCP4 ${source} 10.0.0.1 4711 443\r\n`)
const v2 = (command: number, source: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from(SIGNATURE), Buffer.from([command, 0x11, 0, 12, ...source, 10, 0, 0, 1, 0x12, 0x67, 1, 0xbb])])
const LOCAL = Buffer.concat([Buffer.from(SIGNATURE), Buffer.from([0x20, 0, 0, 0])])
const REQUEST = Buffer.from(requestText('/metrics'))
const LOOPBACK = ['127.0.0.0/8']
const pair = await issueCertificate({ subject: 'localhost', usage: 'serverAuth' })

interface Behind extends AsyncDisposable {
  readonly server: Server
  readonly url: string
  readonly port: number
  /** The peer of each request, as the guard was told. */
  readonly peers: readonly string[]
}

interface BehindOptions {
  readonly trusted?: readonly string[]
  readonly milliseconds?: number
  readonly socketPath?: string
}

/** A server that says who asks. */
async function serve(scheme: 'http' | 'https', { trusted = LOOPBACK, milliseconds, socketPath }: BehindOptions = {}): Promise<Behind> {
  const peers: string[] = []
  const open = createGuard({ credentials: 'none' })
  const guard: Guard = {
    ...open,
    decide(facts: RequestFacts) {
      peers.push(facts.address ? formatAddress(facts.address) : facts.unixSocket === true ? 'unix' : 'nobody')
      return open.decide(facts)
    },
  }
  const handler = guardHandler(guard, (_request, response) => void response.end(peers.at(-1)))
  const server =
    scheme === 'http' ? createHttpServer(SERVER_DEFAULTS, handler) : createHttpsServer({ ...SERVER_DEFAULTS, ...pair }, handler)
  expectProxyHeader(server, compileProxyProtocol({ trusted }), milliseconds)
  const port = socketPath === undefined ? await listen(server, '127.0.0.1', 0) : 0
  if (socketPath !== undefined) await listenOnSocket(server, socketPath)
  return { server, url: `http://127.0.0.1:${port}`, port, peers, [Symbol.asyncDispose]: () => closeServer(server, 0) }
}

/** TLS behind a header, as the client of a proxy begins it. */
const secure = (socket: Duplex): Promise<Wire> => connect('https://127.0.0.1', { tls: { socket } })

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  const begin = (wire: Wire): Wire | Promise<Wire> => (scheme === 'http' ? wire : secure(wire.socket))

  test.each([
    { name: 'version 1', header: v1('203.0.113.7'), peer: '203.0.113.7' },
    { name: 'version 2', header: v2(0x21, [203, 0, 113, 7]), peer: '203.0.113.7' },
    { name: 'LOCAL, which has its own address (#58)', header: LOCAL, peer: '127.0.0.1' },
    { name: 'LOCAL, whatever address it adds (#58)', header: v2(0x20, [203, 0, 113, 7]), peer: '127.0.0.1' },
    { name: 'a client that the proxy does not know', header: Buffer.from('PROXY UNKNOWN\r\n'), peer: 'nobody' },
  ])('a header of $name says who asks, for every request', async ({ header, peer }) => {
    await using behind = await serve(scheme)
    await using wire = await connect(behind.url)
    wire.send(header)
    await using inner = await begin(wire)
    expect((await inner.ask(REQUEST))?.body).toBe(peer)
    expect((await inner.ask(REQUEST))?.body).toBe(peer)
    expect(behind.peers).toEqual([peer, peer])
  })
})

/** A socket that gathers what is written, so that a test may send it as it likes. */
class Gathering extends Duplex {
  readonly #socket: Socket
  readonly #first: Buffer
  readonly #pieces: number
  #begun = false
  constructor(socket: Socket, first: Buffer, pieces: number) {
    super()
    this.#socket = socket
    this.#first = first
    this.#pieces = pieces
    socket.on('data', (chunk) => this.push(chunk)).on('end', () => this.push(null))
  }
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const bytes = this.#begun ? chunk : Buffer.concat([this.#first, chunk])
    this.#begun = true
    void this.#send(bytes).then(done)
  }
  async #send(bytes: Buffer): Promise<void> {
    const size = Math.ceil(bytes.length / Math.min(this.#pieces, bytes.length))
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise<void>((resolve) => this.#socket.write(bytes.subarray(at, at + size), () => resolve()))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

describe('bytes in any pieces', () => {
  const dial = async (port: number): Promise<Socket> => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return socket
  }
  const pieces = [{ pieces: 1 }, { pieces: 2 }, { pieces: 7 }, { pieces: 10_000 }]

  test.each(pieces)('header and ClientHello in $pieces', async ({ pieces }) => {
    await using behind = await serve('https')
    const socket = await dial(behind.port)
    await using wire = await secure(new Gathering(socket, v2(0x21, [203, 0, 113, 7]), pieces))
    expect((await wire.ask(REQUEST))?.body).toBe('203.0.113.7')
    socket.destroy()
  })

  test.each(pieces)('header and request in $pieces', async ({ pieces }) => {
    await using behind = await serve('http')
    const socket = await dial(behind.port)
    const through = new Gathering(socket, v1('203.0.113.7'), pieces)
    through.write(REQUEST)
    const [answer] = (await once(through, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n203\.0\.113\.7$/)
    socket.destroy()
  })

  test('header, a request, and a second one before the first is answered', async () => {
    await using behind = await serve('http')
    await using wire = await connect(behind.url)
    wire.send(Buffer.concat([v1('203.0.113.7'), REQUEST, REQUEST]))
    expect([(await wire.read())?.body, (await wire.read())?.body]).toEqual(['203.0.113.7', '203.0.113.7'])
  })

  test('a header, and a body of a megabyte behind it', async () => {
    const server = createHttpServer((request, response) => {
      let length = 0
      request.on('data', (chunk: Buffer) => (length += chunk.length)).on('end', () => response.end(String(length)))
    })
    expectProxyHeader(server, compileProxyProtocol({ trusted: LOOPBACK }))
    const port = await listen(server, '127.0.0.1', 0)
    await using wire = await connect(`http://127.0.0.1:${port}`)
    const body = Buffer.alloc(1_048_576, 'x')
    wire.send(Buffer.concat([LOCAL, Buffer.from(requestText('/', [`Content-Length: ${body.length}`], 'POST')), body]))
    expect((await wire.read())?.body).toBe(String(body.length))
    await closeServer(server, 0)
  })
})

describe('a connection is closed without a word (#58)', () => {
  test.each([
    { name: 'from a peer that is not trusted', trusted: ['192.0.2.0/24'], bytes: Buffer.concat([v1('203.0.113.7'), REQUEST]) },
    { name: 'from a peer that is not trusted, before it says a thing', trusted: ['192.0.2.0/24'], bytes: Buffer.alloc(0) },
    { name: 'that begins without a header', trusted: LOOPBACK, bytes: REQUEST },
    { name: 'that begins with garbage', trusted: LOOPBACK, bytes: Buffer.from('P\0') },
    { name: 'that begins with a malformed header', trusted: LOOPBACK, bytes: v1('010.0.0.1') },
    { name: 'that begins with a header of too many bytes', trusted: LOOPBACK, bytes: Buffer.from(`PROXY ${'x'.repeat(200)}`) },
    {
      name: 'that begins with additions beyond the bound',
      trusted: LOOPBACK,
      bytes: Buffer.concat([Buffer.from(SIGNATURE), Buffer.from([0x21, 0x11, 0xff, 0xff])]),
    },
  ])('$name', async ({ trusted, bytes }) => {
    await using behind = await serve('http', { trusted })
    await using wire = await connect(behind.url)
    wire.send(bytes)
    expect(await wire.read()).toBeUndefined()
    expect(behind.peers).toEqual([])
  })

  test.each([Buffer.alloc(0), Buffer.from('PROXY TCP4 1.2'), Buffer.from(SIGNATURE)])(
    'that ends before its header does (%s)',
    async (bytes) => {
      await using behind = await serve('http')
      await using wire = await connect(behind.url)
      wire.socket.end(bytes)
      expect(await wire.read()).toBeUndefined()
    },
  )

  test('that is reset before its header ends', async () => {
    await using behind = await serve('http')
    await using wire = await connect(behind.url)
    const accepted = once(behind.server, 'connection') as Promise<[Socket]>
    await using other = await connect(behind.url)
    const [socket] = await accepted
    other.send('PROXY ')
    await new Promise<void>((resolve) => void socket.once('data', () => resolve()))
    const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    other.socket.resetAndDestroy()
    await closed
    wire.send(Buffer.concat([LOCAL, REQUEST]))
    expect((await wire.read())?.status).toBe(200)
  })

  test.each(['http', 'https'] as const)('whose header does not come in time, over %s', async (scheme) => {
    await using behind = await serve(scheme, { milliseconds: 20 })
    await using wire = await connect(behind.url)
    wire.send('PROXY TCP4')
    expect(await wire.read()).toBeUndefined()
  })

  test('that has a second header behind the first', async () => {
    await using behind = await serve('http')
    await using wire = await connect(behind.url)
    wire.send(Buffer.concat([v1('203.0.113.7'), v1('203.0.113.8'), REQUEST]))
    expect((await wire.read())?.status).toBe(400)
    expect(behind.peers).toEqual([])
  })

  test('over TLS whose beginning cannot be found: then it is of nobody', async () => {
    await using behind = await serve('https')
    behind.server.prependListener('secureConnection', (socket: TLSSocket) => Object.defineProperty(socket, '_parent', { value: null }))
    await using wire = await connect(behind.url)
    wire.send(LOCAL)
    await using inner = await secure(wire.socket)
    expect((await inner.ask(REQUEST))?.body).toBe('nobody')
  })
})

describe('the bounds of a server', () => {
  test('hold behind a header: half a request is answered with 408', async () => {
    const server = createHttpServer({ ...SERVER_DEFAULTS, headersTimeout: 50, connectionsCheckingInterval: 20 })
    expectProxyHeader(server, compileProxyProtocol({ trusted: LOOPBACK }))
    const port = await listen(server, '127.0.0.1', 0)
    await using wire = await connect(`http://127.0.0.1:${port}`)
    wire.send(Buffer.concat([LOCAL, Buffer.from('GET / HTTP/1.1\r\nHost: a')]))
    expect((await wire.read())?.status).toBe(408)
    await closeServer(server, 0)
  })

  test('count connections that wait for their header', async () => {
    await using behind = await serve('http')
    behind.server.maxConnections = 1
    await using first = await connect(behind.url)
    first.send('PROXY')
    await using second = await connect(behind.url)
    expect(await second.read()).toBeUndefined()
  })

  test('end with it: what waits for a header is cut at once, what is answered is answered', async () => {
    const asked = new EventEmitter()
    const server = createHttpServer((_request, response) => void asked.emit('response', response))
    expectProxyHeader(server, compileProxyProtocol({ trusted: LOOPBACK }))
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`
    await using busy = await connect(url)
    busy.send(Buffer.concat([LOCAL, REQUEST]))
    const [response] = (await once(asked, 'response')) as [ServerResponse]
    await using waiting = await connect(url)
    const closed = closeServer(server, 60_000)
    await waiting.ended()
    response.end('late')
    expect((await busy.read())?.body).toBe('late')
    await closed
  })
})

test('a proxy on a unix socket is trusted where the list says so, and speaks for its clients', async () => {
  await using folder = await temporaryFolder()
  const socketPath = `${folder.path}/http.sock`
  const ask = async (behind: Behind, header: Buffer): Promise<string> => {
    const socket = createConnection(socketPath)
    socket.on('error', () => {})
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
    socket.write(Buffer.concat([header, Buffer.from(requestText('/metrics', ['Connection: close']))]))
    await new Promise<void>((resolve) => void socket.once('close', () => resolve()))
    return `${text.slice(9, 12)} ${behind.peers.at(-1) ?? ''}`
  }
  {
    await using behind = await serve('http', { socketPath, trusted: ['unix'] })
    expect([await ask(behind, v1('203.0.113.7')), await ask(behind, LOCAL)]).toEqual(['200 203.0.113.7', '200 unix'])
  }
  await using behind = await serve('http', { socketPath, trusted: LOOPBACK })
  expect(await ask(behind, LOCAL)).toBe(' ')
})
