/** The guard for node:http and node:https. */
import type { RequestListener } from 'node:http'
import type { ExpositionSource } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { guardHandler } from '../http/admit.ts'
import { createExpositionHandler, type ExpositionOptions } from '../http/exposition-handler.ts'

export type { Admission, AdmittedHandler } from '../http/admit.ts'
export { guardHandler } from '../http/admit.ts'
export type { ExpositionOptions } from '../http/exposition-handler.ts'

/**
 * A guarded exposition for `createServer`: mount it where the application serves `/metrics`. GET and HEAD only; a source that fails
 * answers 500 without its reason, which goes to `onError`.
 * @throws {TypeError} when `source` is none
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, options?: ExpositionOptions): RequestListener {
  const serve = createExpositionHandler(source, options)
  return guardHandler(guard, (request, response, { decision }) => serve(request, response, decision.view))
}
