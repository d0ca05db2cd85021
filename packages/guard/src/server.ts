/** The one-call form, for a process that has no web server of its own: a guarded `/metrics` and nothing else. */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { policyError } from './errors.ts'
import type { ExpositionSource } from './exposition.ts'
import { checkExposure } from './exposure.ts'
import type { Guard } from './guard.ts'
import { type Admission, guardHandler } from './http/admit.ts'
import { createExpositionHandler } from './http/exposition-handler.ts'
import { closeServer, listen, SERVER_DEFAULTS } from './http/lifecycle.ts'
import { writeStatus } from './http/status.ts'
import { refuseUnknownKeys } from './known-keys.ts'
import { readSourceFile } from './sources/file.ts'
import { parseTarget } from './target.ts'
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
  /** Stops listening and ends once open requests have been answered; after five seconds they are cut. */
  close(): Promise<void>
}

/** Milliseconds that `close` gives to open requests. */
const GRACE = 5_000

/**
 * Serves `registry` behind `guard`.
 * @throws {PosternError} ERR_POSTERN_POLICY for an unknown option or a path that cannot be served; ERR_POSTERN_OPEN for a listener beyond
 * loopback without guard or TLS; ERR_POSTERN_LISTEN when the port cannot be had; those of `compileTls` for the certificate.
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  refuseUnknownKeys(options, ['registry', 'port', 'host', 'path', 'tls', 'guard', 'allowUnauthenticated', 'allowPlaintext'])
  const { host = '127.0.0.1', path = '/metrics', guard } = options
  if (parseTarget(path)?.path !== path) {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(path)} is not a path that means one thing to everyone`, {
      path: ['path'],
      fix: 'Write it like /metrics.',
    })
  }
  checkExposure({
    host,
    authenticates: guard?.authenticates ?? false,
    encrypted: options.tls !== undefined,
    allowUnauthenticated: { option: 'allowUnauthenticated', set: options.allowUnauthenticated ?? false },
    allowPlaintext: { option: 'allowPlaintext', set: options.allowPlaintext ?? false },
  })
  const serve = createExpositionHandler(options.registry)
  const route = (request: IncomingMessage, response: ServerResponse, admission?: Admission): void => {
    if (request.url?.split('?')[0] === path) serve(request, response, admission?.decision.view)
    else writeStatus(request, response, 404)
  }
  const listener: RequestListener = guard ? guardHandler(guard, route) : (request, response) => route(request, response)
  const tls = options.tls && compileTls(options.tls, readSourceFile, Date.now())
  for (const warning of tls?.warnings ?? []) process.emitWarning(warning, 'PosternWarning')
  const server = tls
    ? createHttpsServer({ ...SERVER_DEFAULTS, ...tls.options, ...guard?.tlsOptions }, listener)
    : createHttpServer(SERVER_DEFAULTS, listener)
  const port = await listen(server, host, options.port)
  const shown = host.includes(':') ? `[${host}]` : host
  return { url: `${tls ? 'https' : 'http'}://${shown}:${port}${path}`, close: () => closeServer(server, GRACE) }
}
