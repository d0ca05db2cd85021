/** The guard for node:http and node:https: facts out of a request, a denial into a response. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { TLSSocket } from 'node:tls'
import type { Decision, Deny } from '../decision.ts'
import { type ExpositionSource, toRenderFunction } from '../exposition.ts'
import type { Guard } from '../guard.ts'
import { parseAddress } from '../net/address.ts'
import type { RequestFacts } from '../request.ts'
import { parseTarget } from '../target.ts'
import { readClientCertificate } from '../tls/peer.ts'

const TEXT = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
/** An exposition is for the one who asked, now; and it is never a page. */
const SAFE_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }

/** Node sets both for every request that a server received. */
interface ReceivedRequest extends IncomingMessage {
  method: string
  url: string
}

/** @param target the target as the client sent it, for frameworks that rewrite `request.url` */
export function factsOf(request: IncomingMessage, target?: string): RequestFacts {
  const { socket, method, url } = request as ReceivedRequest
  return {
    address: parseAddress(socket.remoteAddress ?? ''),
    method,
    target: parseTarget(target ?? url),
    authorization: request.headersDistinct['authorization'] ?? [],
    clientCertificate: socket instanceof TLSSocket ? readClientCertificate(socket) : undefined,
  }
}

/** Answers a denied request: the same bytes for every cause of one status. Ends the connection when a body is still to come. */
export function writeDenial(request: IncomingMessage, response: ServerResponse, denial: Deny): void {
  if (denial.challenges.length > 0) response.setHeader('WWW-Authenticate', [...denial.challenges])
  if (denial.status === 503) response.setHeader('Retry-After', '1')
  writeStatus(request, response, denial.status)
}

/** A status and its name, no more: never a cause, a path or a stack. */
export function writeStatus(request: IncomingMessage, response: ServerResponse, status: keyof typeof TEXT): void {
  const body = `${TEXT[status]}\n`
  // A body nobody will read (CVE-less but costly: a gigabyte after a 401) is cut with its connection.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    response.setHeader('Connection', 'close')
  response.writeHead(status, { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Puts the guard before any listener: denied requests are answered here and never reach it. */
export function guardListener(guard: Guard, listener: RequestListener): RequestListener {
  return (request, response) => {
    void admit(guard, request, response).then((decision) => {
      if (decision.allow) listener(request, response)
    })
  }
}

/** Decides and answers a denial; what follows an allowed request is the caller's. Never rejects: a fault of ours is a denial too. */
export async function admit(guard: Guard, request: IncomingMessage, response: ServerResponse, target?: string): Promise<Decision> {
  const decision = await decideSafely(guard, request, target)
  // Where something else has answered meanwhile (a time limit of the application, say) there is nothing left to say.
  if (!decision.allow && !response.headersSent) writeDenial(request, response, decision)
  return decision
}

async function decideSafely(guard: Guard, request: IncomingMessage, target: string | undefined): Promise<Decision> {
  try {
    return await guard.decide(factsOf(request, target))
  } catch (error) {
    process.emitWarning(`The guard failed: ${String(error)}`, 'PosternWarning')
    return { allow: false, status: 500, reason: 'guard_fault', challenges: [] }
  }
}

/**
 * A guarded exposition for `createServer`: mount it where the application serves `/metrics`.
 * GET and HEAD only; a source that fails answers 500 without its reason, which goes to `onError`.
 */
export function createMetricsHandler(guard: Guard, source: ExpositionSource, onError: (error: unknown) => void = warn): RequestListener {
  const serve = createExpositionListener(source, onError)
  return guardListener(guard, serve)
}

/** The same without a guard: what runs after one has allowed. */
export function createExpositionListener(source: ExpositionSource, onError: (error: unknown) => void = warn): RequestListener {
  const render = toRenderFunction(source)
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      writeStatus(request, response, 405)
      return
    }
    void (async () => {
      const { contentType, body } = await render({ accept: request.headers.accept })
      const whole = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined
      response.writeHead(200, {
        ...SAFE_HEADERS,
        'Content-Type': contentType,
        Vary: 'Accept',
        ...(whole ? { 'Content-Length': whole.byteLength } : {}),
      })
      if (request.method === 'HEAD') response.end()
      else if (whole) response.end(whole)
      else await pipeline(Readable.from(body as AsyncIterable<Uint8Array>, { objectMode: false }), response)
    })().catch((error: unknown) => {
      // A client that leaves before the end is no fault of the source, and must not be able to fill a log.
      if (!response.headersSent || !isPrematureClose(error)) onError(error)
      // After the first byte only an ended connection tells a scraper that the exposition is not whole.
      if (response.headersSent) response.destroy()
      else writeStatus(request, response, 500)
    })
  }
}

const isPrematureClose = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'

function warn(error: unknown): void {
  process.emitWarning(`A metrics source failed: ${String(error)}`, 'PosternWarning')
}
