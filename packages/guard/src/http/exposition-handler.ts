/** Serves an exposition to whoever was admitted: GET and HEAD, whole or broken off, never a part that looks whole. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ExpositionSource, isServing, type Rendered, toRenderFunction } from '../exposition.ts'
import { endAfterBody, SAFE_HEADERS, writeStatus } from './status.ts'

export interface ExpositionOptions {
  /** Hears why a source failed; the client is told 500 and nothing else. Default: a process warning. What it throws is passed over. */
  readonly onError?: (error: unknown) => void
}

export type ExpositionHandler = (request: IncomingMessage, response: ServerResponse) => void

/** @throws {TypeError} when `source` is none, at start-up and not by the first scrape */
export function createExpositionHandler(source: ExpositionSource, { onError = warn }: ExpositionOptions = {}): ExpositionHandler {
  if (isServing(source)) {
    return (request, response) => {
      endAfterBody(request, response)
      for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value)
      void source.handle(request, response, { onError: (error) => tell(onError, error) })
    }
  }
  const render = toRenderFunction(source)
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      writeStatus(request, response, 405)
      return
    }
    endAfterBody(request, response)
    void serve(request, response, async () => render({ accept: request.headers.accept })).catch((error: unknown) => {
      const begun = response.headersSent
      // After the first byte only an ended connection tells a scraper that the exposition is not whole.
      if (begun) response.destroy()
      else writeStatus(request, response, 500)
      // A client that leaves before the end is no fault of the source, and must not be able to fill a log.
      if (!begun || !isPrematureClose(error)) tell(onError, error)
    })
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, render: () => Promise<Rendered>): Promise<void> {
  const { contentType, body } = await render()
  const whole = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined
  const stream = whole === undefined ? Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }) : undefined
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'Content-Type': contentType,
    Vary: 'Accept',
    ...(whole ? { 'Content-Length': whole.byteLength } : {}),
  })
  if (request.method === 'HEAD') {
    response.end()
    // Whoever opened a file or a connection for the body is told that nobody reads it.
    stream?.destroy()
    if (body instanceof Readable) body.destroy()
  } else if (stream) await pipeline(stream, response)
  else response.end(whole)
}

function tell(onError: (error: unknown) => void, error: unknown): void {
  try {
    onError(error)
  } catch (second) {
    warn(second)
  }
}

const isPrematureClose = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'

function warn(error: unknown): void {
  process.emitWarning(`A metrics source failed: ${String(error)}`, 'PosternWarning')
}
