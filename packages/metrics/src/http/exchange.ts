/** The life of one request: seen, in flight, over. It is over once, by whatever comes first. */
import type { EventEmitter } from 'node:events'
import { type Count, countReceived, countSent, receivedBytes, sentBytes } from './body-sizes.ts'
import { type Ending, join, leave } from './connections.ts'
import { ABORTED_STATUS, methodIndex, statusKey } from './label-values.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import type { Observer } from './observer.ts'

/** Asked once, when the request is over: frameworks know their route late. */
export type FindRoute = () => unknown

export class Exchange implements Ending {
  readonly #observer: Observer
  readonly #request: HttpRequest
  readonly #response: HttpResponse
  readonly #findRoute: FindRoute
  readonly #started: number
  /** Undefined in HTTP/2, whose streams close one by one, and each tells its response. */
  readonly #socket: (EventEmitter & { readonly destroyed?: boolean }) | undefined
  #received: Count | undefined
  #sent: Count | undefined
  #isOver = false

  constructor(observer: Observer, request: HttpRequest, response: HttpResponse, findRoute: FindRoute) {
    this.#observer = observer
    this.#request = request
    this.#response = response
    this.#findRoute = findRoute
    this.#started = observer.plan.now()
    this.#socket = request.httpVersionMajor < 2 ? request.socket : undefined
  }

  begin(): void {
    const { meter } = this.#observer
    const response: EventEmitter = this.#response
    const socket = this.#socket
    if (meter.measuresRequests) this.#received = countReceived(this.#request)
    if (meter.measuresResponses) this.#sent = countSent(this.#response)
    response.on('finish', () => this.end(wasDelivered(this.#response)))
    response.on('close', () => this.end(false))
    if (socket !== undefined) join(socket, this)
    meter.begin()
    // One who comes late, behind something that waited, will hear no event of what is over by now.
    if (isClosed(this.#response)) this.end(wasDelivered(this.#response))
    else if (socket?.destroyed === true) this.end(false)
  }

  end(isWhole: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    const { meter, plan, warn } = this.#observer
    meter.end()
    if (this.#socket !== undefined) leave(this.#socket, this)
    const { method } = this.#request
    const { statusCode } = this.#response
    try {
      meter.record({
        method: methodIndex(method),
        route: this.#observer.routeOf(this.#findRoute),
        status: isWhole ? statusKey(statusCode) : ABORTED_STATUS,
        seconds: Math.max(0, plan.now() - this.#started) / 1000,
        received: receivedBytes(this.#request, this.#received),
        sent: sentBytes(method, statusCode, this.#sent),
      })
    } catch (error) {
      warn.fault('record a request', error)
    }
  }
}

/** Of a response that has told its end. HTTP/2 finishes a response whichever way its stream ended; the stream knows. */
function wasDelivered(response: HttpResponse): boolean {
  if (!('stream' in response)) return response.writableFinished
  const { stream } = response
  return response.writableEnded && !stream.aborted && stream.rstCode === 0
}

function isClosed(response: HttpResponse): boolean {
  return 'stream' in response ? response.stream.destroyed : response.destroyed
}
