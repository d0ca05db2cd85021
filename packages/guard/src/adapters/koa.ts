/** The guard for Koa 3 (and 2): a middleware that serves metrics, and one before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { admit, admitToWhole } from '../http/admit.ts'
import { createExpositionHandler, type ExpositionOptions } from '../http/exposition-handler.ts'

export type { ExpositionOptions } from '../http/exposition-handler.ts'

/** What is touched of Koa's context: this package does not depend on Koa to be used with it. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** The target as sent: a mounted application sees `url` without its prefix. */
  readonly originalUrl: string
  /** False tells Koa that the answer is ours. */
  respond?: boolean | undefined
}

export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<void>

/**
 * `router.get('/metrics', createMetricsHandler(guard, registry))`. Ends when its answer is over, so that no middleware before it takes an
 * answer that has not begun for a missing one. A source that fails answers 500 without its reason, which goes to `onError`.
 * @throws {TypeError} when `source` is none
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, options?: ExpositionOptions): KoaMiddleware {
  const serve = createExpositionHandler(source, options)
  return async (context) => {
    const admission = await admit(guard, context.req, context.res, context.originalUrl)
    context.respond = false
    if (admission) serve(context.req, context.res, admission.decision.view)
    // A client that leaves, and a source that breaks off, were told where they belong.
    await finished(context.res).catch(() => {})
  }
}

/**
 * `app.use(createGuardMiddleware(guard))` before what it guards: a denied request is answered here, an allowed one goes on. One that is
 * allowed a view alone is answered 406: what comes after would show everything.
 */
export function createGuardMiddleware(guard: Guard): KoaMiddleware {
  return async (context, next) => {
    if (await admitToWhole(guard, context.req, context.res, context.originalUrl)) await next()
    else context.respond = false
  }
}
