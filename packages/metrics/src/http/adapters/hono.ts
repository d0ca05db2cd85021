/** HTTP metrics for Hono 4 on @hono/node-server, as a middleware in front of all others. */
import type { HttpRequest, HttpResponse } from '../messages.ts'
import type { Observer } from '../observer.ts'

/** What the middleware touches of Hono's context. */
export interface HonoContext {
  /** Of @hono/node-server: `incoming` and `outgoing`. */
  readonly env: unknown
  readonly req: unknown
}

export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>

interface HonoRoute {
  readonly path: string
  readonly method: string
  readonly handler: HonoHandler
}

interface HonoHandler {
  readonly length: number
  /** The handler as given, where a mounted application with an error handler of its own has wrapped it. */
  readonly __COMPOSED_HANDLER?: HonoHandler
}

interface HonoRequest {
  /** Middlewares and handlers that fit, in the order in which they are called. */
  readonly matchedRoutes?: readonly HonoRoute[]
  /** Of the one called last. */
  readonly routeIndex?: number
}

export function createHonoMiddleware(observer: Observer): HonoMiddleware {
  return (context, next) => {
    const { incoming, outgoing } = (context.env ?? {}) as { incoming?: HttpRequest; outgoing?: HttpResponse }
    if (incoming !== undefined && outgoing !== undefined) {
      observer.begin(incoming, outgoing, () => findRoute(context.req as HonoRequest))
    } else {
      observer.warn(
        'find the request of Node',
        'HTTP metrics see no request of Node in Hono and count nothing there. Serve the application with @hono/node-server.',
      )
    }
    return next()
  }
}

/** The handler that was called, or that a middleware stood before when it answered itself. */
function findRoute({ matchedRoutes = [], routeIndex = 0 }: HonoRequest): string | undefined {
  return matchedRoutes.find((route, index) => index >= routeIndex && isHandler(route))?.path
}

/** Hono does not tell middlewares from handlers. A middleware is for all methods, and takes `next`. */
function isHandler({ method, handler }: HonoRoute): boolean {
  return method !== 'ALL' || takes(handler) < 2
}

function takes(handler: HonoHandler): number {
  return handler.__COMPOSED_HANDLER === undefined ? handler.length : takes(handler.__COMPOSED_HANDLER)
}
