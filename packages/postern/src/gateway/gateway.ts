/** The composition root: a compiled configuration becomes listeners that guard and forward. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { FaultEvent, ReloadEvent, WarningEvent } from '@postern/guard'
import { admit, endAfterBody, writeStatus } from '@postern/guard/http'
import type { GatewayConfig } from '../config/load.ts'
import { type Listener, openListener } from './listener.ts'
import { createUpstream, type ForwardResult, type Upstream } from './upstream.ts'

export const DEFAULTS = {
  graceMilliseconds: 5_000, // for scrapes in flight when the gateway ends
} as const

/** What the gateway tells beside the guard's own events: each forwarded scrape, faults of ours, and certificates read again. */
export type GatewayEvent = ScrapeEvent | FaultEvent | ReloadEvent | WarningEvent

/** What became of one forwarded scrape. */
export interface ScrapeEvent extends ForwardResult {
  readonly type: 'scrape'
  readonly path: string
  readonly milliseconds: number
}

export interface Gateway {
  /** One for each configured address, in that order. */
  readonly origins: readonly string[]
  /** Lets scrapes in flight end for that long, then cuts them, and ends the guard. A second call waits for the first. */
  close(graceMilliseconds?: number): Promise<void>
}

/**
 * Opens every listener of `config`, or none.
 * @throws {PosternError} ERR_POSTERN_LISTEN when an address cannot be had.
 */
export async function openGateway(config: GatewayConfig, onEvent: (event: GatewayEvent) => void = () => {}): Promise<Gateway> {
  const upstreams = new Map(config.routes.map((route) => [route.path, createUpstream(route.upstream)]))
  const handler = createHandler(config, upstreams, onEvent)
  const listeners: Listener[] = []
  const { guard, watch = false } = config
  const tls = config.tls?.open({ guard, onEvent, watch })
  const close = async (graceMilliseconds: number): Promise<void> => {
    tls?.close()
    await Promise.all(listeners.map((listener) => listener.close(graceMilliseconds)))
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()))
    await guard.close()
  }
  try {
    for (const address of config.listen) listeners.push(await openListener(address, tls, config, handler))
  } catch (error) {
    await close(0)
    throw error
  }
  let closed: Promise<void> | undefined
  return {
    origins: listeners.map((listener) => listener.origin),
    async close(graceMilliseconds = DEFAULTS.graceMilliseconds) {
      closed ??= close(graceMilliseconds)
      return closed
    },
  }
}

/** Guard first: whoever may not scrape does not learn which paths there are. Then the route, then the method. */
function createHandler(
  config: GatewayConfig,
  upstreams: ReadonlyMap<string, Upstream>,
  onEvent: (event: GatewayEvent) => void,
): RequestListener {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const since = performance.now()
    const admission = await admit(config.guard, request, response)
    if (!admission) return
    const { target } = admission
    const upstream = upstreams.get(target.path)
    if (!upstream) {
      writeStatus(request, response, 404)
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      writeStatus(request, response, 405)
      return
    }
    endAfterBody(request, response)
    const fail = (status: 502 | 504): void => writeStatus(request, response, status)
    const result = await upstream.forward({ request, response, query: target.query, since, fail, view: admission.decision.view })
    onEvent({ type: 'scrape', path: target.path, milliseconds: performance.now() - since, ...result })
  }
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy()
      onEvent({ type: 'fault', error })
    })
  }
}
