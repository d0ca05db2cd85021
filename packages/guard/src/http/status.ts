/** Answers that are not an exposition: a status and its name, no more. Never a cause, a path or a stack. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Deny } from '../decision.ts'

const TEXT = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  406: 'Not Acceptable',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const

export type Status = keyof typeof TEXT

/** An exposition is for the one who asked, now; and neither it nor an error is ever a page. */
export const SAFE_HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' } as const

/**
 * Answers a denied request: the same bytes for every cause of one status. The connection ends with it: were it kept for whoever is
 * denied, a thousand of them would leave no place for a scraper.
 */
export function writeDenial(request: IncomingMessage, response: ServerResponse, denial: Deny): void {
  if (denial.challenges.length > 0) response.setHeader('WWW-Authenticate', [...denial.challenges])
  if (denial.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(denial.retryAfterSeconds))
  response.setHeader('Connection', 'close')
  writeStatus(request, response, denial.status)
}

/** Answers with a status alone. */
export function writeStatus(request: IncomingMessage, response: ServerResponse, status: Status): void {
  const body = `${TEXT[status]}\n`
  endAfterBody(request, response)
  response.writeHead(status, { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Lets the answer end a connection on which a body is still to come: nothing here reads one, and a gigabyte is not waited for. */
export function endAfterBody({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) response.setHeader('Connection', 'close')
}
