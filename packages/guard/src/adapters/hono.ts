/** The guard for Hono on @hono/node-server: a handler that serves metrics, and a middleware before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { admit, admitToWhole } from '../http/admit.ts'
import { createExpositionHandler, type ExpositionOptions } from '../http/exposition-handler.ts'

export type { ExpositionOptions } from '../http/exposition-handler.ts'

/** What is touched of Hono's context: this package does not depend on Hono to be used with it. */
export interface HonoContext {
  readonly env: unknown
}

export type HonoHandler = (context: HonoContext) => Promise<Response>
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>

/**
 * `app.get('/metrics', createMetricsHandler(guard, registry))`, which answers HEAD as well. Needs the request of Node below Hono's: its
 * peer and the target as sent. Elsewhere it throws, and Hono answers 500. A source that fails answers 500 without its reason, which goes
 * to `onError`.
 * @throws {TypeError} when `source` is none
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, options?: ExpositionOptions): HonoHandler {
  const serve = createExpositionHandler(source, options)
  return async (context) => {
    const { incoming, outgoing } = bindingsOf(context)
    const admission = await admit(guard, incoming, outgoing)
    if (admission) serve(incoming, outgoing, admission.decision.view)
    // Middlewares before this one are told the status that was sent. Who left, or what broke off, was told where it belongs.
    await finished(outgoing).catch(() => {})
    return alreadySent(outgoing)
  }
}

/**
 * `app.use('/debug/*', createGuardMiddleware(guard))`: a denied request is answered here, an allowed one goes on. One that is allowed a
 * view alone is answered 406: what comes after would show everything.
 */
export function createGuardMiddleware(guard: Guard): HonoMiddleware {
  return async (context, next) => {
    const { incoming, outgoing } = bindingsOf(context)
    if (!(await admitToWhole(guard, incoming, outgoing))) return alreadySent(outgoing)
    await next()
    return undefined
  }
}

function bindingsOf({ env }: HonoContext): { incoming: IncomingMessage; outgoing: ServerResponse } {
  const { incoming, outgoing } = (env ?? {}) as { incoming?: IncomingMessage; outgoing?: ServerResponse }
  if (incoming !== undefined && outgoing !== undefined) return { incoming, outgoing }
  throw new TypeError('The guard sees no request of Node in Hono, and lets nothing through. Serve the application with @hono/node-server.')
}

/** What @hono/node-server takes for an answer that was given past it. One for each request: middlewares write into it. */
function alreadySent({ statusCode }: ServerResponse): Response {
  const response = new Response(null, { status: statusCode, headers: { 'x-hono-already-sent': 'true' } })
  // Its own kind of Response is sent unread as long as nobody has asked for the body, a copy of it too (HEAD, headers set before).
  void response.body
  return response
}
