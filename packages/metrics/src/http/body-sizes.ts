/**
 * Bytes of bodies, counted where they pass: what Node's parser hands to the request, and what the application hands to the response.
 * The bytes of the socket are no measure, because a connection carries many requests, and some of them at once.
 */
import type { HttpRequest, HttpResponse } from './messages.ts'

export interface Count {
  bytes: number
}

type Pass = (this: unknown, ...args: unknown[]) => unknown

/** Counts the body of a request that announces one, from here on. */
export function countReceived(request: HttpRequest): Count | undefined {
  if (!hasBody(request)) return undefined
  const count: Count = { bytes: 0 }
  const target = request as unknown as { push: Pass }
  const push = target.push
  target.push = function (this: unknown, ...args: unknown[]): unknown {
    count.bytes += byteLength(args[0], args[1])
    return Reflect.apply(push, this, args)
  }
  return count
}

/** What is announced, where all of it came; else what was counted until now. */
export function receivedBytes(request: HttpRequest, count: Count | undefined): number {
  const announced = Number(request.headers['content-length'])
  return request.complete && announced >= 0 ? announced : (count?.bytes ?? 0)
}

/** Counts what is written from here on and taken. What stands before this, a compression say, is seen as it comes out. */
export function countSent(response: HttpResponse): Count {
  const count: Count = { bytes: 0 }
  const target = response as unknown as { write: Pass; end: Pass; readonly writableEnded: boolean }
  // `end` of some responses calls `write`: the outermost call counts.
  let isInside = false
  const counting = (pass: Pass): Pass =>
    function (this: unknown, ...args: unknown[]): unknown {
      if (isInside || target.writableEnded) return Reflect.apply(pass, this, args)
      isInside = true
      // Beforehand, because the response may be over within the call.
      const bytes = byteLength(args[0], args[1])
      count.bytes += bytes
      try {
        return Reflect.apply(pass, this, args)
      } catch (error) {
        count.bytes -= bytes
        throw error
      } finally {
        isInside = false
      }
    }
  target.write = counting(target.write)
  target.end = counting(target.end)
  return count
}

/** Node drops what is written to a response that has no body (RFC 9110, sections 9.3.2, 15.3.5 and 15.4.5). */
export function sentBytes(method: unknown, status: unknown, count: Count | undefined): number {
  return count === undefined || method === 'HEAD' || status === 204 || status === 304 ? 0 : count.bytes
}

function hasBody(request: HttpRequest): boolean {
  const { headers } = request
  // HTTP/2 needs no header for a body.
  if (request.httpVersionMajor >= 2) return !(request as { stream?: { endAfterHeaders?: boolean } }).stream?.endAfterHeaders
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0')
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0
}
