/** HTTP metrics for Koa 3 with @koa/router, as a middleware in front of all others. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Observer } from '../observer.ts'

/** What the middleware touches of Koa's context. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** What @koa/router leaves in the context. */
interface RoutedContext extends KoaContext {
  readonly _matchedRoute?: unknown
  /** Every layer whose path fits; those without methods are middlewares. */
  readonly matched?: readonly { readonly path: unknown; readonly methods: readonly string[] }[]
}

export type KoaMiddleware = (context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>

export function createKoaMiddleware(observer: Observer): KoaMiddleware {
  return (context, next) => {
    observer.begin(context.req, context.res, () => findRoute(context))
    return next()
  }
}

/** A middleware of the router that answers itself leaves its own path behind; the route it stands before is the better answer. */
function findRoute(context: RoutedContext): unknown {
  const { _matchedRoute: route, matched = [] } = context
  if (route === undefined) return undefined
  if (matched.some(({ path, methods }) => path === route && methods.length > 0)) return route
  const { method = '' } = context.req
  return matched.findLast(({ methods }) => methods.includes(method))?.path ?? route
}
