/** HTTP metrics for Fastify 5, as a plugin that reaches every route of the instance it is registered on. */
import type { HttpRequest, HttpResponse } from '../messages.ts'
import type { Observer } from '../observer.ts'

export interface FastifyRequest {
  readonly raw: HttpRequest
  readonly is404: boolean
  readonly routeOptions: { readonly url?: string | undefined }
}

export interface FastifyReply {
  readonly raw: HttpResponse
}

/** What the plugin touches of Fastify. */
export interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: FastifyReply, done: () => void) => void): unknown
}

export type FastifyPlugin = (instance: FastifyInstance, options: unknown, done: () => void) => void

export function createFastifyPlugin(observer: Observer): FastifyPlugin {
  const plugin: FastifyPlugin = (instance, _options, done) => {
    instance.addHook('onRequest', (request, reply, done) => {
      observer.begin(request.raw, reply.raw, () => (request.is404 ? undefined : request.routeOptions.url))
      done()
    })
    done()
  }
  // Without it the hook would see the routes of its own encapsulated context only, and there are none.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@postern/metrics/http',
  })
}
