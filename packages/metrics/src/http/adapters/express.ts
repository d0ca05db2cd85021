/** HTTP metrics for Express 5 (and 4), as a middleware in front of all others. */
import type { ServerResponse } from 'node:http'
import type { Observer } from '../observer.ts'
import { type ExpressRequest, trackRoute } from './express-route.ts'

export type ExpressMiddleware = (request: ExpressRequest, response: ServerResponse, next: () => void) => void

export function createExpressMiddleware(observer: Observer): ExpressMiddleware {
  return (request, response, next) => {
    observer.begin(request, response, trackRoute(observer, request))
    next()
  }
}
