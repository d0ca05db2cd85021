/** Whether the client of a scrape has left. Node tells the answer that is being sent, but none that waits its turn behind it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Those to be told, by connection: one listener each, however many requests a client sends before it reads. */
const listening = new WeakMap<Socket, Set<() => void>>()

/** True for who left before it was asked, while somebody judged who asks: nothing says so later. */
export function hasLeft(request: IncomingMessage, response: ServerResponse): boolean {
  return response.destroyed || socketOf(request)?.destroyed === true
}

/**
 * Calls `leave`, perhaps more than once, when the connection or the answer alone has ended.
 * @returns what stops listening
 */
export function onDeparture(request: IncomingMessage, response: ServerResponse, leave: () => void): () => void {
  const socket = socketOf(request)
  const leaving = socket && leavingOf(socket)
  leaving?.add(leave)
  response.once('close', leave)
  return () => {
    leaving?.delete(leave)
    response.removeListener('close', leave)
  }
}

/** Frameworks hand over requests of their own making, without a connection. */
function socketOf(request: IncomingMessage): Socket | undefined {
  return request.socket
}

function leavingOf(socket: Socket): Set<() => void> {
  const known = listening.get(socket)
  if (known !== undefined) return known
  const leaving = new Set<() => void>()
  listening.set(socket, leaving)
  socket.once('close', () => {
    for (const leave of leaving) leave()
  })
  return leaving
}
