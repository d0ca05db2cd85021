/** The one-call form, for a process that has no web server of its own: a guarded `/metrics` and nothing else. */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import { policyError } from './errors.ts'
import type { ReloadEvent, WarningEvent } from './events.ts'
import type { ExpositionSource } from './exposition.ts'
import { checkExposure } from './exposure.ts'
import type { Guard } from './guard.ts'
import { type Admission, guardHandler } from './http/admit.ts'
import { createExpositionHandler } from './http/exposition-handler.ts'
import { closeServer, SERVER_DEFAULTS } from './http/lifecycle.ts'
import { compilePlace, type PlaceOptions } from './http/place.ts'
import { writeStatus } from './http/status.ts'
import { refuseUnknownKeys } from './options/known-keys.ts'
import { parseTarget } from './target.ts'
import type { TlsSettings } from './tls/options.ts'
import { createTlsWorld } from './tls/world.ts'

export interface ServeMetricsOptions extends PlaceOptions {
  readonly registry: ExpositionSource
  /** Default `/metrics`; every other path is 404. */
  readonly path?: string
  /** Left out: plain HTTP, on loopback only. */
  readonly tls?: TlsSettings
  /** Left out: everyone who reaches the port may read, on loopback only. */
  readonly guard?: Guard
  /** Hears of a certificate that was read again, and of one that could not be. Default: a fault is a process warning. */
  readonly onEvent?: (event: ReloadEvent | WarningEvent) => void
  /** Whether the files of `tls` are watched and taken when they change. Default true. */
  readonly watch?: boolean
  /** Lets a listener beyond loopback start without `guard`. */
  readonly allowUnauthenticated?: boolean
  /** Lets a listener beyond loopback start without `tls`. */
  readonly allowPlaintext?: boolean
}

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics`; for a unix socket as nginx writes it, `http://unix:/run/metrics.sock:/metrics`. */
  readonly url: string
  /** Stops listening and ends once open requests have been answered; after five seconds they are cut. */
  close(): Promise<void>
}

const PLACE_KEYS = ['port', 'host', 'socketPath', 'socketMode', 'proxyProtocol'] as const satisfies readonly (keyof PlaceOptions)[]

/** Milliseconds that `close` gives to open requests. */
const GRACE = 5_000

/**
 * Serves `registry` behind `guard`.
 * @throws {PosternError} ERR_POSTERN_POLICY for an unknown option, or a path or place that cannot be served; ERR_POSTERN_OPEN for a listener beyond
 * loopback without guard or TLS; ERR_POSTERN_LISTEN when the port cannot be had; those of `compileTls` for the certificate.
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  refuseUnknownKeys(options, [
    ...PLACE_KEYS,
    'registry',
    'path',
    'tls',
    'guard',
    'onEvent',
    'watch',
    'allowUnauthenticated',
    'allowPlaintext',
  ])
  const { path = '/metrics', guard, onEvent = warn, watch = true } = options
  if (parseTarget(path)?.path !== path) {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(path)} is not a path that means one thing to everyone`, {
      path: ['path'],
      fix: 'Write it like /metrics.',
    })
  }
  const place = compilePlace(options)
  checkExposure({
    host: place.host,
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
  const world = options.tls && createTlsWorld(options.tls, { guard, onEvent, watch })
  for (const message of world?.current.warnings ?? []) onEvent({ type: 'warning', message })
  const server = world ? createHttpsServer({ ...SERVER_DEFAULTS, ...world.options }, listener) : createHttpServer(SERVER_DEFAULTS, listener)
  if (world && server instanceof HttpsServer) world.attach(server)
  const authority = await place.open(server).catch((error: unknown) => {
    world?.close()
    throw error
  })
  return {
    url: `${world ? 'https' : 'http'}://${authority}${path}`,
    async close() {
      world?.close()
      await closeServer(server, GRACE)
    },
  }
}

function warn(event: ReloadEvent | WarningEvent): void {
  if (event.type === 'warning' || !event.ok) process.emitWarning(event.message, 'PosternWarning')
}
