/** The guard for Express 5 (and 4): a handler that serves metrics, and a middleware before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { admit, createExpositionListener } from './node.ts'

/** What Express calls, in node's own types: this package does not depend on Express to be used with it. */
export type ExpressHandler = (request: ExpressRequest, response: ServerResponse, next: (error?: unknown) => void) => void

export interface ExpressRequest extends IncomingMessage {
  /** The target as sent: inside a mounted router `url` has lost its prefix. */
  readonly originalUrl: string
}

/** `app.get('/metrics', createMetricsHandler(guard, registry))`. A failing source goes to Express' own error handler. */
export function createMetricsHandler(guard: Guard, source: ExpositionSource): ExpressHandler {
  const protect = createGuardMiddleware(guard)
  return (request, response, next) => {
    protect(request, response, (error) => {
      if (error === undefined) createExpositionListener(source, undefined)(request, response)
      else next(error)
    })
  }
}

/** `app.use('/metrics', createGuardMiddleware(guard), …)`: a denied request is answered here, an allowed one goes on. */
export function createGuardMiddleware(guard: Guard): ExpressHandler {
  return (request, response, next) => {
    admit(guard, request, response, request.originalUrl).then((decision) => {
      if (decision.allow) next()
    }, next)
  }
}
