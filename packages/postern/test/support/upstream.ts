/** Exporters that do as a test says, well-formed or not, and remember what reached them. */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { startServer } from '@postern/testkit'

export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface HttpUpstream extends Upstream {
  /** In the order they came. */
  readonly requests: readonly IncomingMessage[]
}

export const EXPOSITION = '# TYPE up gauge\nup 1\n'
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** A well-formed exporter; without `answer` it answers {@link EXPOSITION}. */
export async function startUpstream(answer: RequestListener = expose): Promise<HttpUpstream> {
  const requests: IncomingMessage[] = []
  const server = createHttpServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  return { ...(await startServer(server)), requests }
}

const expose: RequestListener = (_, response) => void response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(EXPOSITION)

/** One request as it was read from a connection. */
export interface RawRequest {
  readonly socket: Socket
  /** Request line and headers. */
  readonly head: string
  /** Counted from 0, over all connections. */
  readonly index: number
}

export interface RawUpstream extends Upstream {
  readonly heads: readonly string[]
  /** Connections so far. */
  readonly sockets: readonly Socket[]
}

/** Bytes out as the test says, for every request that comes in. */
export async function startRawUpstream(answer: (request: RawRequest) => void): Promise<RawUpstream> {
  const heads: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let pending = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1')
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end)
        pending = pending.slice(end + 4)
        answer({ socket, head, index: heads.push(head) - 1 })
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, port, heads, sockets, close, [Symbol.asyncDispose]: close }
}

/** A response as text; header lines are given whole. */
export function responseText(statusLine: string, lines: readonly string[] = [], body = ''): string {
  return [`HTTP/1.1 ${statusLine}`, ...lines, '', body].join('\r\n')
}
