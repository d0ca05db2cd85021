/** What the guard can serve: anything that renders itself as a Prometheus exposition, whoever wrote it. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface RenderRequest {
  /** The Accept header as sent, several lines joined by `, `; undefined when there was none. */
  readonly accept: string | undefined
}

export interface Rendered {
  /** The whole Content-Type value, parameters included. */
  readonly contentType: string
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>
}

/** A registry that negotiates its own format: `@postern/metrics` is one. */
export interface NegotiatingRegistry {
  render(request: RenderRequest): Rendered | Promise<Rendered>
}

/**
 * A registry that answers scrapes over HTTP by itself, with compression, limits and time-outs: `@postern/metrics` is one. It sets
 * status, body and what describes the body, never rejects, and tells `onError` why it could not.
 */
export interface ServingRegistry {
  handle(request: IncomingMessage, response: ServerResponse, options: ServeOptions): unknown
  /** Whether `handle` heeds `accept` and `transform`. One that does not is not asked by who may not see everything. */
  readonly transforms?: boolean
}

export interface ServeOptions {
  readonly onError: (error: unknown) => void
  /** Instead of the client's Accept header. */
  readonly accept?: string
  /** What the body goes through before it is compressed; 406 where there is nothing for the format, and a broken end where it throws. */
  readonly transform?: (contentType: string) => Transform | undefined
}

export interface Transform {
  write(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** A registry with one fixed format: prom-client's `register` and its descendants. */
export interface FixedRegistry {
  readonly contentType: string
  metrics(): string | Promise<string>
}

export type RenderFunction = (request: RenderRequest) => Rendered | Promise<Rendered>

export type ExpositionSource = ServingRegistry | NegotiatingRegistry | FixedRegistry | RenderFunction

export function isServing(source: ExpositionSource): source is ServingRegistry {
  return typeof source === 'object' && source !== null && 'handle' in source && typeof source.handle === 'function'
}

/**
 * One shape out of the three that people have.
 * @throws {TypeError} when `source` is none of them: a programmer's mistake, found at start-up and not by the first scrape.
 */
export function toRenderFunction(source: Exclude<ExpositionSource, ServingRegistry>): RenderFunction {
  if (typeof source === 'function') return source
  if (source !== null && typeof source === 'object') {
    if ('render' in source && typeof source.render === 'function') return (request) => source.render(request)
    if ('metrics' in source && typeof source.metrics === 'function') {
      return async () => ({ contentType: source.contentType, body: await source.metrics() })
    }
  }
  throw new TypeError('An exposition source is a registry with render() or metrics(), or a function that returns { contentType, body }.')
}
