/** The one-call form, for a process that has no web server of its own: a guarded `/metrics` and nothing else. */
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createExpositionListener, guardListener, writeStatus } from './adapters/node.ts'
import { policyError } from './errors.ts'
import type { ExpositionSource } from './exposition.ts'
import { checkExposure } from './exposure.ts'
import type { Guard } from './guard.ts'
import { refuseUnknownKeys } from './known-keys.ts'
import { readSourceFile } from './sources/file.ts'
import { compileTls, type TlsSettings } from './tls/options.ts'

export interface ServeMetricsOptions {
  readonly registry: ExpositionSource
  /** 0 takes a free one; the result's `url` says which. */
  readonly port: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default `/metrics`; every other path is 404. */
  readonly path?: string
  /** Left out: plain HTTP, on loopback only. */
  readonly tls?: TlsSettings
  /** Left out: everyone who reaches the port may read, on loopback only. */
  readonly guard?: Guard
  /** Lets a listener beyond loopback start without `guard`. */
  readonly allowUnauthenticated?: boolean
  /** Lets a listener beyond loopback start without `tls`. */
  readonly allowPlaintext?: boolean
}

export interface MetricsServer {
  readonly url: string
  /** Stops listening and ends once open requests have been answered. */
  close(): Promise<void>
}

/** Bounds on a client that is slow or silent; each in milliseconds. */
export const DEFAULTS = {
  headersTimeout: 10_000, // from the first byte of a request to the end of its headers
  requestTimeout: 30_000, // to the end of its body
  keepAliveTimeout: 130_000, // between requests: longer than two scrape intervals, so that a handshake is not paid each time
  connectionsCheckingInterval: 2_000, // how often the two above are looked at
  maxConnections: 1_024,
} as const

/**
 * Serves `registry` behind `guard`.
 * @throws {PosternError} ERR_POSTERN_POLICY for an unknown option; ERR_POSTERN_OPEN for a listener beyond loopback without guard or TLS; ERR_POSTERN_LISTEN when the port cannot
 * be had; those of `compileTls` for the certificate.
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  refuseUnknownKeys(options, ['registry', 'port', 'host', 'path', 'tls', 'guard', 'allowUnauthenticated', 'allowPlaintext'])
  const { host = '127.0.0.1', path = '/metrics', guard } = options
  checkExposure({
    host,
    authenticates: guard?.authenticates ?? false,
    encrypted: options.tls !== undefined,
    allowUnauthenticated: { option: 'allowUnauthenticated', set: options.allowUnauthenticated ?? false },
    allowPlaintext: { option: 'allowPlaintext', set: options.allowPlaintext ?? false },
  })
  const serve = createExpositionListener(options.registry)
  const route: RequestListener = (request, response) => {
    if (request.url?.split('?')[0] === path) serve(request, response)
    else writeStatus(request, response, 404)
  }
  const listener = guard ? guardListener(guard, route) : route
  const tls = options.tls && compileTls(options.tls, readSourceFile, Date.now())
  for (const warning of tls?.warnings ?? []) process.emitWarning(warning, 'PosternWarning')
  const server = tls
    ? createHttpsServer({ ...DEFAULTS, ...tls.options, ...guard?.tlsOptions }, listener)
    : createHttpServer(DEFAULTS, listener)
  server.maxConnections = DEFAULTS.maxConnections
  const port = await listen(server, host, options.port)
  const shown = host.includes(':') ? `[${host}]` : host
  return { url: `${tls ? 'https' : 'http'}://${shown}:${port}${path}`, close: () => closeServer(server) }
}

/**
 * Listens and answers the port.
 * @throws {PosternError} ERR_POSTERN_LISTEN, with the reason in words.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenError(host, port, error))
    server.once('error', fail)
    server.listen({ host, port }, () => {
      server.removeListener('error', fail)
      resolve()
    })
  })
  const open = new Set<ServerResponse>()
  openResponses.set(server, open)
  server.prependListener('request', (_request, response: ServerResponse) => {
    open.add(response)
    if (!server.listening) response.shouldKeepAlive = false
    response.once('close', () => {
      open.delete(response)
      if (!server.listening && open.size === 0) server.closeAllConnections()
    })
  })
  return (server.address() as AddressInfo).port
}

/** Responses under way, for each server that `listen` started. */
const openResponses = new WeakMap<Server, ReadonlySet<ServerResponse>>()

/**
 * Ends when the open requests of a server that `listen` started have been answered. Connections without one are cut: Node would
 * wait for a silent client for ever, and for a kept-alive one as long as it may be idle.
 */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  if (!openResponses.get(server)?.size) server.closeAllConnections()
  await closed
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the name has no address',
  }
  return policyError('ERR_POSTERN_LISTEN', `cannot listen on ${host} port ${port}: ${why[cause.code ?? ''] ?? cause.message}`, {
    fix: 'End the other program, or listen on another address or port.',
    cause,
  })
}
