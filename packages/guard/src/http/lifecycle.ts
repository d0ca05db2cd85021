/** The life of a server: its bounds on slow clients, its listening, and an end that comes in time. */
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { policyError } from '../errors.ts'
import { createSocketFile, type SocketFile } from '../sources/socket-file.ts'
import { awaitsProxyHeader } from './proxy-protocol.ts'

/** Bounds on a client that is slow or silent, to spread into `createServer`; milliseconds but for the last. */
export const SERVER_DEFAULTS = {
  headersTimeout: 10_000, // from the first byte of a request to the end of its headers
  requestTimeout: 30_000, // to the end of its body
  keepAliveTimeout: 130_000, // between requests: longer than two scrape intervals, so that a handshake is not paid each time
  connectionsCheckingInterval: 2_000, // how often the first two are looked at
  maxConnections: 1_024,
} as const

interface Traffic {
  readonly sockets: Set<Socket>
  readonly responses: Set<ServerResponse>
  /** Of a server on a unix socket. */
  readonly file?: SocketFile
}

/** What is under way, for each server that {@link listen} or {@link listenOnSocket} started. */
const traffic = new WeakMap<Server, Traffic>()

/**
 * Listens and answers the port.
 * @throws {PosternError} ERR_POSTERN_LISTEN, with the reason in words.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  const place = `${host} port ${port}`
  try {
    await open(server, { host, port })
  } catch (error) {
    throw listenError(place, error as NodeJS.ErrnoException, 'End the other program, or listen on another address or port.')
  }
  track(server, {})
  return (server.address() as AddressInfo).port
}

/** Of a unix socket, unless something else is asked for: this user alone. */
export const SOCKET_MODE = 0o600

/**
 * Listens on a unix socket. A socket file that nobody listens on is replaced; `closeServer` deletes it.
 * @throws {PosternError} ERR_POSTERN_LISTEN, with the reason in words.
 */
export async function listenOnSocket(server: Server, path: string, mode: number = SOCKET_MODE): Promise<void> {
  try {
    track(server, { file: await createSocketFile(path, mode, (inner) => open(server, { path: inner })) })
  } catch (error) {
    server.close()
    const fix = 'End the other program, or name another path; what lies there and is no socket is never deleted.'
    throw listenError(`the socket ${path}`, error as NodeJS.ErrnoException, fix)
  }
}

async function open(server: Server, place: { host: string; port: number } | { path: string }): Promise<void> {
  server.maxConnections = SERVER_DEFAULTS.maxConnections
  // Node drops the header fields beyond a count in silence, an Authorization among them; their size is bounded anyhow.
  server.maxHeadersCount = 0
  // Node would answer these before anyone is asked who is there.
  for (const expectation of ['checkContinue', 'checkExpectation']) {
    server.on(expectation, (request, response) => server.emit('request', request, response))
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

function track(server: Server, { file }: Pick<Traffic, 'file'>): void {
  const sockets = new Set<Socket>()
  const responses = new Set<ServerResponse>()
  traffic.set(server, { sockets, responses, ...(file && { file }) })
  // The sockets below HTTP and TLS: a connection in its handshake is one that neither server knows yet.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.prependListener('request', (_request, response: ServerResponse) => {
    responses.add(response)
    if (!server.listening) response.shouldKeepAlive = false
    response.once('close', () => {
      responses.delete(response)
      if (!server.listening && responses.size === 0) server.closeAllConnections()
    })
  })
}

/**
 * Stops listening, and ends when the open requests of a server that {@link listen} started have been answered, or when
 * `graceMilliseconds` are over: then they are cut. Connections without a request are cut at once: Node would wait for a silent client
 * for ever, and for a kept-alive one as long as it may be idle.
 */
export async function closeServer(server: Server, graceMilliseconds: number): Promise<void> {
  const { sockets, responses, file } = traffic.get(server) ?? { sockets: [], responses: { size: 0 } }
  // Before the socket closes: whoever starts next must not find a file that nobody answers for.
  file?.remove()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if (responses.size === 0) server.closeAllConnections()
  sockets.forEach((socket) => awaitsProxyHeader(socket) && socket.destroy())
  const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMilliseconds)
  await closed
  clearTimeout(cut)
}

function listenError(place: string, cause: NodeJS.ErrnoException, fix: string): Error {
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the name has no address',
    ENOENT: 'its folder does not exist',
  }
  return policyError('ERR_POSTERN_LISTEN', `cannot listen on ${place}: ${why[cause.code ?? ''] ?? cause.message}`, {
    fix,
    cause,
  })
}
