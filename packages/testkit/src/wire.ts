/** A raw connection: bytes out exactly as written, responses in with their head as it was sent. What `fetch` tidies up is seen here. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls'

export interface RawResponse {
  readonly status: number
  /** Status line and header lines as sent, CRLF between them. */
  readonly head: string
  /** In the order sent; names as sent. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** False when the connection ended before the body did. */
  readonly complete: boolean
  /** Values of one header, in order. */
  all(name: string): readonly string[]
}

export interface Wire extends AsyncDisposable {
  readonly socket: Socket
  send(bytes: string | Uint8Array): void
  /** The next response; undefined when the connection ended without one. @param method HEAD has headers of a body and no body */
  read(method?: string): Promise<RawResponse | undefined>
  /** Sends one request and reads its response. */
  ask(bytes: string | Uint8Array, method?: string): Promise<RawResponse | undefined>
  /** Reads and drops what still comes, and answers when the other side has ended the connection. */
  ended(): Promise<void>
}

export interface ConnectOptions {
  /** For an https url; the server's certificate is not judged unless this says so. */
  readonly tls?: ConnectionOptions
  /** Address to speak from. */
  readonly from?: string
}

/** One request as text. Header lines are given whole, so that a test may write them wrongly. */
export function requestText(target: string, lines: readonly string[] = [], method = 'GET'): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n')
}

/** Connects to the host and port of `url`; for https the handshake is over when this answers. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Wire> {
  const { hostname, port, protocol } = new URL(url)
  const place = { host: hostname, port: Number(port), ...(options.from === undefined ? {} : { localAddress: options.from }) }
  const socket = protocol === 'https:' ? connectTls({ rejectUnauthorized: false, ...place, ...options.tls }) : createConnection(place)
  await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect')
  return createWire(socket)
}

function createWire(socket: Socket): Wire {
  // A connection reset by the other side is an ended one; what came before it can still be read.
  socket.on('error', () => {})
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]()
  let pending = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await chunks.next().catch(() => ({ done: true as const, value: undefined }))
    if (next.done === true) return false
    pending = Buffer.concat([pending, next.value])
    return true
  }
  const read = async (method = 'GET'): Promise<RawResponse | undefined> => {
    while (!pending.includes('\r\n\r\n')) if (!(await more())) return undefined
    const end = pending.indexOf('\r\n\r\n')
    const head = pending.subarray(0, end).toString('latin1')
    pending = pending.subarray(end + 4)
    const [statusLine = '', ...lines] = head.split('\r\n')
    const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
    const all = (name: string): string[] => headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
    const status = Number(statusLine.split(' ')[1])
    if (status < 200) return read(method)
    const { body, complete } = await readBody(method === 'HEAD' || status === 304, all)
    return { status, head, headers, body, complete, all }
  }
  const readBody = async (none: boolean, all: RawResponse['all']): Promise<{ body: string; complete: boolean }> => {
    if (none) return { body: '', complete: true }
    if (all('transfer-encoding').includes('chunked')) return readChunks()
    const length = all('content-length')[0]
    if (length === undefined) {
      while (await more());
      return { body: take(pending.length), complete: true }
    }
    while (pending.length < Number(length)) if (!(await more())) return { body: take(pending.length), complete: false }
    return { body: take(Number(length)), complete: true }
  }
  const readChunks = async (): Promise<{ body: string; complete: boolean }> => {
    let body = ''
    for (;;) {
      while (!pending.includes('\r\n')) if (!(await more())) return { body, complete: false }
      const size = Number.parseInt(take(pending.indexOf('\r\n') + 2), 16)
      while (pending.length < size + 2) if (!(await more())) return { body: body + take(pending.length), complete: false }
      body += take(size + 2).slice(0, -2)
      if (size === 0) return { body, complete: true }
    }
  }
  const take = (bytes: number): string => {
    const text = pending.subarray(0, bytes).toString('utf8')
    pending = pending.subarray(bytes)
    return text
  }
  const send = (bytes: string | Uint8Array): void => void socket.write(bytes)
  return {
    socket,
    send,
    read,
    ask(bytes, method) {
      send(bytes)
      return read(method)
    },
    async ended() {
      while (await more()) pending = Buffer.alloc(0)
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
    },
  }
}
