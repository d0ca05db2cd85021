/** One exporter behind the gateway: a scrape goes in, its answer streams out, in time or not at all. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type Dispatcher, Pool } from 'undici'
import { scrapeDeadline } from './deadline.ts'
import { requestHeaders, responseHeaders } from './headers.ts'

export const DEFAULTS = {
  connections: 32, // at a time, to one upstream
  keepAliveTimeout: 4_000, // milliseconds an idle connection is kept; shorter than the five seconds of Node.js and gunicorn exporters
  connectTimeout: 5_000, // milliseconds
  maxHeaderSize: 16_384, // bytes of an upstream's headers
} as const

/** What became of a forwarded scrape: the status the client got and, when the upstream is at fault, what it did. For the log. */
export interface ForwardResult {
  readonly status: number
  readonly fault?: 'unreachable' | 'too_slow' | 'redirected' | 'answered_with_error' | 'cut_short' | 'client_left'
  /** One line of detail for the operator; never sent to a client. */
  readonly detail?: string
}

export interface Upstream {
  /** Forwards method and query; answers 502 or 504 itself, and ends the connection when the upstream fails after its first byte. */
  forward(request: IncomingMessage, response: ServerResponse, query: string, fail: FailureWriter): Promise<ForwardResult>
  close(): Promise<void>
}

export type FailureWriter = (status: 502 | 504) => void

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
  return {
    async forward(request, response, query, fail) {
      const seconds = scrapeDeadline(request.headersDistinct['x-prometheus-scrape-timeout-seconds']?.[0])
      const ending = new AbortController()
      const timer = setTimeout(() => ending.abort('too_slow'), seconds * 1000)
      const leave = (): void => {
        if (!response.writableFinished) ending.abort('client_left')
      }
      response.once('close', leave)
      try {
        const answer = await pool.request({
          path: url.pathname + query,
          method: request.method === 'HEAD' ? 'HEAD' : 'GET',
          headers: requestHeaders(request.headers, seconds),
          signal: ending.signal,
        })
        return await deliver(answer, response, ending.signal, fail)
      } catch (error) {
        return blame(error, ending.signal, seconds, response, fail)
      } finally {
        clearTimeout(timer)
        response.removeListener('close', leave)
      }
    },
    close: () => pool.close(),
  }
}

/** 200, and the two ways an exporter says "later", go through; everything else would be read as an exposition or followed as a link. */
async function deliver(
  answer: Dispatcher.ResponseData,
  response: ServerResponse,
  signal: AbortSignal,
  fail: FailureWriter,
): Promise<ForwardResult> {
  const { statusCode, body } = answer
  if (statusCode !== 200 && statusCode !== 429 && statusCode !== 503) {
    // Not read further: an endless error page ends with its connection.
    body.on('error', () => {}).destroy()
    fail(502)
    const redirected = statusCode >= 300 && statusCode < 400
    return { status: 502, fault: redirected ? 'redirected' : 'answered_with_error', detail: `the upstream answered ${statusCode}` }
  }
  response.writeHead(statusCode, responseHeaders(answer.headers))
  await pipeline(body, response, { signal })
  return { status: statusCode }
}

function blame(error: unknown, signal: AbortSignal, seconds: number, response: ServerResponse, fail: FailureWriter): ForwardResult {
  if (signal.reason === 'client_left' || (response.destroyed && !response.headersSent)) return { status: 499, fault: 'client_left' }
  const slow = signal.aborted
  const status = slow ? 504 : 502
  const detail = slow ? `the upstream did not finish within ${seconds} s` : describe(error)
  if (!response.headersSent) {
    fail(status)
    return { status, fault: slow ? 'too_slow' : 'unreachable', detail }
  }
  // Part of an exposition looks like a whole one: only a broken connection tells the scraper that it is not.
  response.destroy()
  return { status, fault: slow ? 'too_slow' : 'cut_short', detail }
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
