/** The guard for Fastify 5: a handler that serves metrics, and a hook before anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { admit, admitToWhole } from '../http/admit.ts'
import { createExpositionHandler, type ExpositionOptions } from '../http/exposition-handler.ts'

export type { ExpositionOptions } from '../http/exposition-handler.ts'

/** What is touched of Fastify's request: this package does not depend on Fastify to be used with it. */
export interface FastifyRequest {
  readonly raw: IncomingMessage
  /** The target as sent, whatever `rewriteUrl` made of it. */
  readonly originalUrl: string
}

export interface FastifyReply {
  readonly raw: ServerResponse
  /** Tells Fastify that the answer is ours. */
  hijack(): unknown
}

/** A route handler, or a hook of the request. */
export type FastifyHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * `app.get('/metrics', createMetricsHandler(guard, registry))`, which answers HEAD as well. The answer goes past the hooks and headers
 * that Fastify has for answers of its own. A source that fails answers 500 without its reason, which goes to `onError`.
 * @throws {TypeError} when `source` is none
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, options?: ExpositionOptions): FastifyHandler {
  const serve = createExpositionHandler(source, options)
  return async (request, reply) => {
    const admission = await admit(guard, request.raw, reply.raw, request.originalUrl)
    reply.hijack()
    if (admission) serve(request.raw, reply.raw, admission.decision.view)
  }
}

/**
 * `app.addHook('onRequest', createGuardHook(guard))` before every route of the plugin, its not-found handler included, or `onRequest` of
 * one route. That is before a body is read: a later hook would let Fastify parse what a stranger sends. A denied request is answered
 * here, and one that is allowed a view alone with 406: what comes after would show everything.
 */
export function createGuardHook(guard: Guard): FastifyHandler {
  return async (request, reply) => {
    if (!(await admitToWhole(guard, request.raw, reply.raw, request.originalUrl))) reply.hijack()
  }
}
