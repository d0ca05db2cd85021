/** The guard for Nest 11: what serves metrics and what stands before routes are middlewares, as in Express; and a guard in Nest's sense. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../guard.ts'
import { admitToWhole } from '../http/admit.ts'

/**
 * `app.use('/metrics', createMetricsHandler(guard, registry))` in the first lines of `bootstrap`, and `createGuardMiddleware(guard)` there
 * or in `consumer.apply(…)`. A global prefix is not put before what `app.use` is given.
 */
export { createGuardMiddleware, createMetricsHandler, type ExpositionOptions, type ExpressHandler, type ExpressRequest } from './express.ts'

/** What is touched of Nest's ExecutionContext: this package does not depend on Nest to be used with it. */
export interface NestContext {
  getType(): string
  switchToHttp(): { getRequest(): unknown; getResponse(): unknown }
}

/** Under Fastify both messages are in a wrapper. */
interface NestRequest extends IncomingMessage {
  readonly raw?: IncomingMessage
  readonly originalUrl: string
}

interface NestResponse extends ServerResponse {
  readonly raw?: ServerResponse
}

/**
 * `@UseGuards(new PosternGuard(guard))` on a controller or one of its methods, `app.useGlobalGuards(…)`, or a provider of `APP_GUARD`.
 * Stays with the handler wherever prefixes and versions move its path.
 */
export class PosternGuard {
  readonly #guard: Guard

  constructor(guard: Guard) {
    this.#guard = guard
  }

  /**
   * A denied request is answered here, in the same bytes as by every other adapter, and Nest hears no more of it: what it made of a `false`
   * would be the application's exception filters, which would answer again. One that is allowed a view alone is answered 406.
   * @throws {TypeError} for a message of a microservice, a websocket or GraphQL, which is refused by that
   */
  async canActivate(context: NestContext): Promise<boolean> {
    if (context.getType() !== 'http')
      throw new TypeError(`PosternGuard judges requests of HTTP and refuses one of ${context.getType()}. Bind it to controllers.`)
    const http = context.switchToHttp()
    const request = http.getRequest() as NestRequest
    const response = http.getResponse() as NestResponse
    const admission = await admitToWhole(this.#guard, request.raw ?? request, response.raw ?? response, request.originalUrl)
    return admission ? true : new Promise<never>(() => {})
  }
}
