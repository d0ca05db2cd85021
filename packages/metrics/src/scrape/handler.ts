/** A scrape over HTTP: what the client asked for, at its pace, in its time, whole or broken off. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasLeft, onDeparture } from './departure.ts'
import type { Exposed, ExposeRequest } from './expose.ts'
import { scrapeSeconds } from './scrape-timeout.ts'
import type { BodyReader } from './shared-body.ts'
import { type NotTransformed, type Transform, throughTransform } from './transform.ts'

export interface HandlerOptions {
  /** Hears why a scrape could not be answered; the client is told 500 and nothing else. Default: a process warning. */
  readonly onError?: (error: unknown) => void
  /** Instead of the client's Accept header. */
  readonly accept?: string
  /**
   * What the exposition goes through before it is compressed; undefined for a format that it cannot: the client is told 406. What it
   * throws breaks the answer off. Scrapes that go through one share what is rendered with those that do not, and no compression.
   */
  readonly transform?: (contentType: string) => Transform | undefined
}

export type Expose = (request: ExposeRequest) => Promise<Exposed>

/**
 * Answers GET and HEAD; 405 for other methods, 503 when there are too many scrapes or the scraper's time is over. One that its client
 * stalls is broken off when another needs its place. Who asks, and by which path, is for whoever calls it to judge. Never rejects.
 */
export async function handleScrape(
  expose: Expose,
  request: IncomingMessage,
  response: ServerResponse,
  { onError = warn, accept, transform }: HandlerOptions = {},
): Promise<void> {
  if (hasLeft(request, response)) return
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    answer(request, response, 405)
    return
  }
  const ending = new AbortController()
  const leave = (): void => ending.abort()
  const stopListening = onDeparture(request, response, leave)
  const timer = setTimeout(leave, scrapeSeconds(request.headers['x-prometheus-scrape-timeout-seconds']) * 1000)
  try {
    await serve(transform ? throughTransform(expose, transform) : expose, request, response, ending, accept)
  } catch (error) {
    // After the first byte only an ended connection tells a scraper that the exposition is not whole.
    if (response.headersSent) response.destroy()
    else answer(request, response, ending.signal.aborted ? 503 : 500)
    if (!ending.signal.aborted) tell(onError, error)
  } finally {
    clearTimeout(timer)
    stopListening()
  }
}

async function serve(
  expose: (request: ExposeRequest) => Promise<Exposed | NotTransformed>,
  request: IncomingMessage,
  response: ServerResponse,
  ending: AbortController,
  asked: string | undefined,
): Promise<void> {
  const { signal } = ending
  const { accept, 'accept-encoding': acceptEncoding } = request.headers
  const opening = expose({ accept: asked ?? accept, acceptEncoding: header(acceptEncoding), names: namesOf(request.url ?? '') })
  // Whoever does not wait for the end of the collection gives back what it would have had.
  const exposed = await orAborted(opening, signal, (late) => late.body?.leave())
  for (const [name, value] of Object.entries(exposed.headers)) response.setHeader(name, value)
  if (exposed.body === undefined) {
    answer(request, response, exposed.status)
    return
  }
  // Dismissed while it waits for its client, it has nothing to read that would tell.
  exposed.body.signal.addEventListener('abort', () => ending.abort(), { once: true })
  let isFlushed = false
  try {
    if (request.method === 'HEAD') response.writeHead(200).end()
    else await send(exposed.body, response, signal)
    isFlushed = true
  } finally {
    exposed.body.leave({ bytesInUse: !isFlushed })
  }
}

/** Resolves when the last byte is the operating system's. */
async function send(body: BodyReader, response: ServerResponse, signal: AbortSignal): Promise<void> {
  let chunk = await orAborted(body.read(), signal)
  let next = chunk && (await orAborted(body.read(), signal))
  // A body of one piece has a length, so that a truncated one is noticed in every format.
  if (next === undefined) response.setHeader('Content-Length', chunk?.length ?? 0)
  response.writeHead(200)
  while (chunk !== undefined) {
    if (!response.write(chunk)) await once(response, 'drain', { signal })
    chunk = next
    next = chunk && (await orAborted(body.read(), signal))
  }
  response.end()
  if (!response.writableFinished) await once(response, 'finish', { signal })
}

/** The result of `work`, unless the signal comes first; then `late` gets it when it is there. @throws the reason of the signal */
function orAborted<T>(work: Promise<T>, signal: AbortSignal, late: (result: T) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(
      (result) => {
        signal.removeEventListener('abort', abort)
        if (signal.aborted) late(result)
        else resolve(result)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
  })
}

/** The values of `name[]` in the query, percent-decoded. */
function namesOf(url: string): string[] {
  const query = url.indexOf('?')
  return query === -1 ? [] : new URLSearchParams(url.slice(query)).getAll('name[]')
}

/** Node joins what a header says in several lines, but its types do not know which. */
function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

const TEXT = { 405: 'Method Not Allowed', 406: 'Not Acceptable', 500: 'Internal Server Error', 503: 'Service Unavailable' } as const

function answer(request: IncomingMessage, response: ServerResponse, status: keyof typeof TEXT): void {
  // A client that has left hears nothing more.
  if (response.destroyed) return
  const body = `${TEXT[status]}\n`
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function tell(onError: (error: unknown) => void, error: unknown): void {
  try {
    onError(error)
  } catch (second) {
    warn(second)
  }
}

function warn(error: unknown): void {
  process.emitWarning(`A scrape failed: ${String(error)}`, 'PosternWarning')
}
