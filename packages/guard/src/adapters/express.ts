/** The guard for Express 5 (and 4): a handler that serves metrics, and a middleware before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { admit, admitToWhole } from '../http/admit.ts'
import { createExpositionHandler, type ExpositionOptions } from '../http/exposition-handler.ts'

export type { ExpositionOptions } from '../http/exposition-handler.ts'

/** What Express calls, in node's own types: this package does not depend on Express to be used with it. */
export type ExpressHandler = (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void

export interface ExpressRequest extends IncomingMessage {
  /** The target as sent: inside a mounted router `url` has lost its prefix. */
  readonly originalUrl: string
}

/**
 * `app.get('/metrics', createMetricsHandler(guard, registry))`. A source that fails answers 500 without its reason, which goes to
 * `onError` and not to Express, whose own error page shows a stack to the client.
 * @throws {TypeError} when `source` is none
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, options?: ExpositionOptions): ExpressHandler {
  const serve = createExpositionHandler(source, options)
  return (request, response) => {
    void admit(guard, request, response, request.originalUrl).then((admission) => {
      if (admission) serve(request, response, admission.decision.view)
    })
  }
}

/**
 * `app.use('/metrics', createGuardMiddleware(guard), …)`: a denied request is answered here, an allowed one goes on. One that is allowed
 * a view alone is answered 406: what comes after would show everything.
 */
export function createGuardMiddleware(guard: Guard): ExpressHandler {
  return (request, response, next) => {
    void admitToWhole(guard, request, response, request.originalUrl).then((admission) => {
      if (admission) next()
    })
  }
}
