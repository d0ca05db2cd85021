/** Metrics of an HTTP server: made once for a registry, then put in front of whatever answers the requests. */
import type { EventEmitter } from 'node:events'
import { checkKeys, checkRegistry } from '../known-keys.ts'
import type { Registry } from '../registry.ts'
import { createExpressMiddleware, type ExpressMiddleware } from './adapters/express.ts'
import { createFastifyPlugin, type FastifyPlugin } from './adapters/fastify.ts'
import { createHonoMiddleware, type HonoMiddleware } from './adapters/hono.ts'
import { createKoaMiddleware, type KoaMiddleware } from './adapters/koa.ts'
import { type NodeListener, type NodeOptions, watchListener, watchServer } from './adapters/node.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { Observer } from './observer.ts'
import { compileOptions, type HttpMetricsOptions } from './options.ts'

/**
 * Every way in feeds the same instruments, and a request that comes by several of them is counted once. A request is counted when its
 * response is over: under its status when the response came to its end, under `aborted` when either side broke it off before.
 */
export interface HttpMetrics {
  /** Around a listener: `createServer(metrics.node(listener, { route }))`. */
  node<Q extends HttpRequest, S extends HttpResponse>(listener: NodeListener<Q, S>, options?: NodeOptions<Q>): NodeListener<Q, S>
  /** On a server of node:http, node:https or node:http2, whoever listens to it. What it returns ends the watch. */
  observe(server: EventEmitter, options?: NodeOptions): () => void
  /** `app.use(metrics.express())`, before the routes. */
  express(): ExpressMiddleware
  /** `await app.register(metrics.fastify())`, before the routes. */
  fastify(): FastifyPlugin
  /** `app.use(metrics.koa())`, before the router. */
  koa(): KoaMiddleware
  /** `app.use(metrics.hono())`, before the routes. */
  hono(): HonoMiddleware
}

/**
 * Registers the instruments.
 * @throws {TypeError} when an option cannot be served or a name is taken: a second set in one registry needs a prefix of its own.
 * @throws {RangeError} when buckets do not ascend, or `maxRoutes` leaves no room for a route. Nothing is registered then.
 */
export function createHttpMetrics(registry: Registry, options: HttpMetricsOptions = {}): HttpMetrics {
  checkRegistry('createHttpMetrics', registry)
  checkKeys('createHttpMetrics', options, KEYS)
  const observer = new Observer(registry, compileOptions(options))
  return {
    node: (listener, nodeOptions = {}) => watchListener(observer, listener, nodeOptions),
    observe: (server, nodeOptions = {}) => watchServer(observer, server, nodeOptions),
    express: () => createExpressMiddleware(observer),
    fastify: () => createFastifyPlugin(observer),
    koa: () => createKoaMiddleware(observer),
    hono: () => createHonoMiddleware(observer),
  }
}

const KEYS = [
  'prefix',
  'instruments',
  'names',
  'labelNames',
  'status',
  'durationBuckets',
  'sizeBuckets',
  'ignore',
  'maxRoutes',
  'onWarning',
  'now',
] as const satisfies readonly (keyof HttpMetricsOptions)[]
