/** Serves an exposition to whoever was admitted: GET and HEAD, whole or broken off, never a part that looks whole. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  type ExpositionSource,
  isServing,
  type Rendered,
  type RenderFunction,
  type ServingRegistry,
  toRenderFunction,
} from '../exposition.ts'
import type { View } from '../views/view.ts'
import { filterRendered, NotFilterable, serveThrough } from './filtered.ts'
import { endAfterBody, SAFE_HEADERS, writeStatus } from './status.ts'

export interface ExpositionOptions {
  /** Hears why a source failed; the client is told 500 and nothing else. Default: a process warning. What it throws is passed over. */
  readonly onError?: (error: unknown) => void
}

/** @param view what of the exposition may be seen; everything when left out */
export type ExpositionHandler = (request: IncomingMessage, response: ServerResponse, view?: View) => void

/** @throws {TypeError} when `source` is none, at start-up and not by the first scrape */
export function createExpositionHandler(source: ExpositionSource, { onError = warn }: ExpositionOptions = {}): ExpositionHandler {
  const hear = (error: unknown): void => tell(onError, error)
  if (isServing(source)) return (request, response, view) => handleBy(source, request, response, view, hear)
  const render = toRenderFunction(source)
  return (request, response, view) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      writeStatus(request, response, 405)
      return
    }
    endAfterBody(request, response)
    void serve(request, response, render, view).catch((error: unknown) => {
      const begun = response.headersSent
      // After the first byte only an ended connection tells a scraper that the exposition is not whole.
      if (begun) response.destroy()
      else writeStatus(request, response, error instanceof NotFilterable ? 406 : 500)
      // A client that leaves before the end is no fault of the source, and must not be able to fill a log.
      if (!begun || !isPrematureClose(error)) hear(error)
    })
  }
}

function handleBy(
  source: ServingRegistry,
  request: IncomingMessage,
  response: ServerResponse,
  view: View | undefined,
  onError: (error: unknown) => void,
): void {
  endAfterBody(request, response)
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.setHeader(name, value)
  if (view === undefined) void source.handle(request, response, { onError })
  else if (source.transforms === true) void serveThrough(view, source, request, response, onError)
  else {
    writeStatus(request, response, 406)
    onError(new NotFilterable(`The view "${view.name}" cannot be served: the registry answers by itself and takes no transform.`))
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, render: RenderFunction, view: View | undefined): Promise<void> {
  const { accept } = request.headers
  const rendered = await render({ accept: view === undefined ? accept : view.accept(accept) })
  await send(request, response, view === undefined ? rendered : filterRendered(rendered, view))
}

async function send(request: IncomingMessage, response: ServerResponse, { contentType, body }: Rendered): Promise<void> {
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
