/** One exporter behind the gateway: a scrape goes in, its answer streams out, in time or not at all. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { type View, ViewFault } from '@postern/guard'
import { type Dispatcher, Pool } from 'undici'
import { scrapeDeadline } from './deadline.ts'
import { deliverThrough, NotFilterable } from './filtered.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import { streamTo } from './stream.ts'

export const DEFAULTS = {
  connections: 32, // at a time, to one upstream
  keepAliveTimeout: 4_000, // milliseconds an idle connection is kept; shorter than the five seconds of Node.js and gunicorn exporters
  connectTimeout: 5_000, // milliseconds
  maxHeaderSize: 16_384, // bytes of an upstream's headers
} as const

/** What became of a forwarded scrape: the status the client got and, when the upstream is at fault, what it did. For the log. */
export interface ForwardResult {
  readonly status: number
  readonly fault?: 'unreachable' | 'too_slow' | 'redirected' | 'answered_with_error' | 'not_filterable' | 'cut_short' | 'client_left'
  /** One line of detail for the operator; never sent to a client. */
  readonly detail?: string
}

/** A request that was allowed, as far as its upstream is concerned. */
export interface Scrape {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** With its question mark, or empty. */
  readonly query: string
  /** When the request came, by `performance.now()`. */
  readonly since: number
  /** Answers the client in the upstream's stead, while nothing has been answered. */
  readonly fail: (status: 502 | 504) => void
  /** What of the answer may be seen; everything when undefined. */
  readonly view: View | undefined
}

export interface Upstream {
  /** Forwards method and query; answers 502 or 504 itself, and ends the connection when the upstream fails after its first byte. */
  forward(scrape: Scrape): Promise<ForwardResult>
  close(): Promise<void>
}

export function createUpstream(url: URL): Upstream {
  const pool = new Pool(url.origin, {
    connections: DEFAULTS.connections,
    keepAliveTimeout: DEFAULTS.keepAliveTimeout,
    maxHeaderSize: DEFAULTS.maxHeaderSize,
    connect: { timeout: DEFAULTS.connectTimeout },
    // The deadline of the scrape bounds both; these only say that undici shall not end it earlier.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  let closed = false
  return {
    async forward(scrape) {
      const { request, response } = scrape
      const spentSeconds = (performance.now() - scrape.since) / 1000
      const seconds = scrapeDeadline(request.headersDistinct['x-prometheus-scrape-timeout-seconds']?.[0], spentSeconds)
      const ending = new AbortController()
      const timer = setTimeout(() => ending.abort('too_slow'), seconds * 1000)
      const leave = (): void => {
        if (!response.writableFinished) ending.abort('client_left')
      }
      response.once('close', leave)
      // It may have closed before anyone listened, while the password was being checked.
      if (request.socket.destroyed) leave()
      try {
        const answer = await ask(pool, ending.signal, {
          path: url.pathname + scrape.query,
          method: request.method === 'HEAD' ? 'HEAD' : 'GET',
          headers: requestHeaders(request.headers, seconds, scrape.view),
        })
        return await deliver(answer, scrape, ending.signal)
      } catch (error) {
        // Whoever is cut when the gateway ends has been left, by us: no fault of the upstream.
        if (closed) leave()
        const result = blame(error, ending.signal, seconds, scrape)
        // Whatever of the answer nobody reads any more would hold its connection for ever.
        ending.abort()
        return result
      } finally {
        clearTimeout(timer)
        response.removeListener('close', leave)
      }
    },
    // Nothing is in flight once the listeners are closed; a connection that is being made is not waited for.
    close() {
      closed = true
      return pool.destroy()
    },
  }
}

/**
 * An exporter may end a kept-alive connection in the moment that a scrape is sent on it. A GET may be sent again (RFC 9110, 9.2.2),
 * and once is enough: the next one gets a connection of its own.
 */
async function ask(pool: Pool, signal: AbortSignal, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
  try {
    return await untilAborted(pool.request({ ...options, signal }), signal)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (signal.aborted || !CONNECTION_ENDED.includes(code)) throw error
    return untilAborted(pool.request({ ...options, signal }), signal)
  }
}

const CONNECTION_ENDED: readonly string[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

/** undici looks at the signal once a connection is free: without this a scrape that waits for one would outlive its deadline. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}

/** 200, and the two ways an exporter says "later", go through; everything else would be read as an exposition or followed as a link. */
async function deliver(answer: Dispatcher.ResponseData, scrape: Scrape, signal: AbortSignal): Promise<ForwardResult> {
  const { statusCode, body } = answer
  if (statusCode !== 200 && statusCode !== 429 && statusCode !== 503) {
    // Not read further: an endless error page ends with its connection.
    body.on('error', () => {}).destroy()
    scrape.fail(502)
    const fault = REDIRECTS.includes(statusCode) ? 'redirected' : 'answered_with_error'
    return { status: 502, fault, detail: `the upstream answered ${statusCode}` }
  }
  if (scrape.view !== undefined) await deliverThrough(scrape.view, answer, scrape, signal)
  else {
    scrape.response.writeHead(statusCode, responseHeaders(answer.headers))
    await streamTo(scrape.response, body, signal)
  }
  return { status: statusCode }
}

/**
 * Part of an exposition looks like a whole one: only a broken connection tells the scraper that it is not. To HTTP/1.0 even the end of
 * a connection is the end of an answer, so that it must be reset; below TLS, an end without its alert is one that can be told.
 */
function breakOff({ request, response }: Scrape): void {
  const { socket } = request
  if (request.httpVersion === '1.1' || socket instanceof TLSSocket) response.destroy()
  else socket.resetAndDestroy()
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

function blame(error: unknown, signal: AbortSignal, seconds: number, scrape: Scrape): ForwardResult {
  if (signal.reason === 'client_left') return { status: 499, fault: 'client_left' }
  const slow = signal.aborted
  const status = slow ? 504 : 502
  const detail = slow ? `the upstream did not finish within ${seconds} s` : describe(error)
  const isUnfit = !slow && (error instanceof NotFilterable || error instanceof ViewFault)
  if (scrape.response.headersSent) {
    breakOff(scrape)
    return { status, fault: slow ? 'too_slow' : isUnfit ? 'not_filterable' : 'cut_short', detail }
  }
  scrape.fail(status)
  return { status, fault: slow ? 'too_slow' : isUnfit ? 'not_filterable' : 'unreachable', detail }
}

const MAX_DETAIL = 200

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ').slice(0, MAX_DETAIL)
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_DETAIL)
}
