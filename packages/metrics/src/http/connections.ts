/**
 * The end of a connection as the end of all that was under way on it. A response that waits its turn behind another one (HTTP/1.1
 * pipelining) has no socket yet, and Node tells it nothing when the connection dies: it would be in flight for ever.
 */
import type { EventEmitter } from 'node:events'

export interface Ending {
  /** May be called more than once. */
  end(isWhole: boolean): void
}

const connections = new WeakMap<object, Set<Ending>>()

/** Ends `ending`, as cut off, when `socket` closes before {@link leave}. One listener per connection, however many requests it carries. */
export function join(socket: EventEmitter, ending: Ending): void {
  let joined = connections.get(socket)
  if (joined === undefined) {
    const made = new Set<Ending>()
    joined = made
    connections.set(socket, made)
    socket.once('close', () => {
      for (const one of made) one.end(false)
    })
  }
  joined.add(ending)
}

export function leave(socket: EventEmitter, ending: Ending): void {
  connections.get(socket)?.delete(ending)
}
