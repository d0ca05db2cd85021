/** The one-call form, for a process that has no web server of its own: a guarded `/metrics` and nothing else. */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https'
import { policyError } from './errors.ts'
import type { GuardEvent } from './events.ts'
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
import { createTlsWorld, type TlsWorld } from './tls/world.ts'

export interface ServeMetricsOptions extends PlaceOptions {
  readonly registry: ExpositionSource
  /** Default `/metrics`; every other path is 404. */
  readonly path?: string
  /** Left out: plain HTTP, on loopback only. */
  readonly tls?: TlsSettings
  /** Left out: everyone who reaches the port may read, on loopback only. */
  readonly guard?: Guard
  /**
   * The web configuration file of the exporters, as it is, instead of `tls` and `guard`: absolute, or from the current folder. A
   * certificate that it verifies counts as a credential.
   */
  readonly webConfigFile?: string
  /**
   * Hears of a certificate that was read again, and of one that could not be; with `webConfigFile` also everything that its guard tells.
   * Default: a fault is a process warning.
   */
  readonly onEvent?: (event: GuardEvent) => void
  /** Whether the files of `tls`, or `webConfigFile` and those it names, are watched and taken when they change. Default true. */
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
 * loopback without guard or TLS; ERR_POSTERN_LISTEN when the port cannot be had; those of `compileTls` for the certificate, and those of
 * `openWebConfiguration` for the file.
 */
export async function serveMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  refuseUnknownKeys(options, [
    ...PLACE_KEYS,
    'registry',
    'path',
    'tls',
    'guard',
    'webConfigFile',
    'onEvent',
    'watch',
    'allowUnauthenticated',
    'allowPlaintext',
  ])
  const { path = '/metrics' } = options
  if (parseTarget(path)?.path !== path) {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(path)} is not a path that means one thing to everyone`, {
      path: ['path'],
      fix: 'Write it like /metrics.',
    })
  }
  const place = compilePlace(options)
  const { guard, authenticates, world, close } = await openAccess(options)
  try {
    checkExposure({
      host: place.host,
      authenticates,
      encrypted: world !== undefined,
      allowUnauthenticated: { option: 'allowUnauthenticated', set: options.allowUnauthenticated ?? false },
      allowPlaintext: { option: 'allowPlaintext', set: options.allowPlaintext ?? false },
    })
    const serve = createExpositionHandler(options.registry)
    const route = (request: IncomingMessage, response: ServerResponse, admission?: Admission): void => {
      if (request.url?.split('?')[0] === path) serve(request, response, admission?.decision.view)
      else writeStatus(request, response, 404)
    }
    const listener: RequestListener = guard ? guardHandler(guard, route) : (request, response) => route(request, response)
    const server = world
      ? createHttpsServer({ ...SERVER_DEFAULTS, ...world.options }, listener)
      : createHttpServer(SERVER_DEFAULTS, listener)
    if (world && server instanceof HttpsServer) world.attach(server)
    const authority = await place.open(server)
    return {
      url: `${world ? 'https' : 'http'}://${authority}${path}`,
      async close() {
        await closeServer(server, GRACE)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Who may read, and over what. */
interface Access {
  readonly guard: Guard | undefined
  readonly authenticates: boolean
  readonly world: TlsWorld | undefined
  /** Ends what was opened here: a guard that was given is its owner's. */
  readonly close: () => Promise<void>
}

async function openAccess(options: ServeMetricsOptions): Promise<Access> {
  const { guard, tls, webConfigFile, onEvent = warn, watch = true } = options
  if (webConfigFile === undefined) {
    const world = tls && createTlsWorld(tls, { guard, onEvent, watch })
    for (const message of world?.current.warnings ?? []) onEvent({ type: 'warning', message })
    return { guard, authenticates: guard?.authenticates ?? false, world, close: async () => world?.close() }
  }
  if (guard ?? tls) {
    throw policyError('ERR_POSTERN_POLICY', 'webConfigFile stands beside guard or tls, and says itself who may read, and over what', {
      path: ['webConfigFile'],
      fix: 'Leave the others out; or write what the file says as guard and tls.',
    })
  }
  const { openWebConfiguration } = await import('./web-configuration/open.ts')
  const endpoint = openWebConfiguration(webConfigFile, { onEvent, watch })
  return { guard: endpoint.guard, authenticates: endpoint.authenticates, world: endpoint.tls, close: () => endpoint.close() }
}

function warn(event: GuardEvent): void {
  if (event.type === 'warning' || (event.type === 'reload' && !event.ok)) process.emitWarning(event.message, 'PosternWarning')
}
