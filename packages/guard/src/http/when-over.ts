/** When a response is over, however it ends: what was taken for it is given back then. */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Calls `done` when the response has ended, one way or the other; it may have already. A response of HTTP/1.1 that waits behind
 * another one is not told when their connection is cut, hence the socket. One of HTTP/2 always is, and the socket is not its own.
 */
export function callWhenOver(request: IncomingMessage, response: ServerResponse, done: () => void): void {
  const { stream } = response as { stream?: { readonly destroyed: boolean } }
  const told: readonly EventEmitter[] = stream === undefined ? [response, request.socket] : [response]
  const end = (): void => {
    for (const one of told) one.removeListener('close', end)
    done()
  }
  for (const one of told) one.once('close', end)
  if (stream?.destroyed ?? (response.closed || request.socket.destroyed)) end()
}
