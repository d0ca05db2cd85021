/** HTTP metrics for node:http, node:https and node:http2: around one listener, or on a whole server. */
import type { EventEmitter } from 'node:events'
import type { HttpRequest, HttpResponse } from '../messages.ts'
import type { Observer } from '../observer.ts'

/** A listener of `request` events. */
export type NodeListener<Q extends HttpRequest, S extends HttpResponse> = (request: Q, response: S) => unknown

export interface NodeOptions<Q extends HttpRequest = HttpRequest> {
  /**
   * The template that answers for this request, such as `/users/:id`; undefined when none does. Asked once, when the response is over.
   * Never the path: it would make series of its own for every request, until `maxRoutes` stops it.
   */
  readonly route?: (request: Q) => string | undefined
}

/** The listener, watched: it gets the same arguments and `this`, and what it throws or returns is passed on. */
export function watchListener<Q extends HttpRequest, S extends HttpResponse>(
  observer: Observer,
  listener: NodeListener<Q, S>,
  options: NodeOptions<Q>,
): NodeListener<Q, S> {
  const { route } = options
  return function (this: unknown, request: Q, response: S): unknown {
    observer.begin(request, response, () => route?.(request))
    return Reflect.apply(listener, this, [request, response])
  }
}

type Emit = (this: unknown, ...args: unknown[]) => boolean

/** Events of a server that come with a request and its response. */
const EVENTS: ReadonlySet<unknown> = new Set(['request', 'checkContinue', 'checkExpectation'])

/**
 * Watches what a server emits, before any listener hears it. `emit` is wrapped, because a listener more is no neutral thing: one for
 * `checkContinue` takes over the answer, and the first for `request` makes an HTTP/2 server another one.
 * @returns Ends the watch; requests under way are still counted.
 */
export function watchServer(observer: Observer, server: EventEmitter, options: NodeOptions): () => void {
  const { route } = options
  const emitter = server as { emit: Emit }
  const emit = emitter.emit
  let isWatching = true
  const watching: Emit = function (this: unknown, ...args) {
    if (isWatching && EVENTS.has(args[0])) {
      const request = args[1] as HttpRequest
      observer.begin(request, args[2] as HttpResponse, () => route?.(request))
    }
    return Reflect.apply(emit, this, args)
  }
  const hadOwn = Object.hasOwn(server, 'emit')
  emitter.emit = watching
  return () => {
    isWatching = false
    // Another wrapper may stand around this one by now, and must stay.
    if (emitter.emit !== watching) return
    if (hadOwn) emitter.emit = emit
    else Reflect.deleteProperty(server, 'emit')
  }
}
