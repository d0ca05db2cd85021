/** The life of one request: seen, in flight, over. It is over once, by whatever comes first. */
import type { EventEmitter } from 'node:events'
import type { Http2ServerResponse } from 'node:http2'
import { type Count, countReceived, countSent, receivedBytes, sentBytes } from './body-sizes.ts'
import { type Ending, join, leave } from './connections.ts'
import { ABORTED_STATUS, methodIndex, statusKey } from './label-values.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import type { Meter } from './meter.ts'
import type { HttpPlan } from './options.ts'
import type { Warner } from './warner.ts'

/** Asked once, when the request is over: frameworks know their route late. */
export type FindRoute = () => unknown

/** What a request is watched for. */
export interface Watch {
  readonly plan: Pick<HttpPlan, 'now'>
  readonly meter: Meter
  readonly warn: Warner
  /** The label's value; never throws. */
  routeOf(findRoute: FindRoute): string
}

export class Exchange implements Ending {
  readonly #watch: Watch
  readonly #request: HttpRequest
  readonly #response: HttpResponse
  readonly #findRoute: FindRoute
  readonly #started: number
  /** Undefined in HTTP/2, whose streams close one by one, and each tells its response. */
  readonly #socket: (EventEmitter & { readonly destroyed?: boolean }) | undefined
  #received: Count | undefined
  #sent: Count | undefined
  #isOver = false

  constructor(watch: Watch, request: HttpRequest, response: HttpResponse, findRoute: FindRoute) {
    this.#watch = watch
    this.#request = request
    this.#response = response
    this.#findRoute = findRoute
    this.#started = watch.plan.now()
    this.#socket = request.httpVersionMajor < 2 ? request.socket : undefined
  }

  begin(): void {
    const { meter } = this.#watch
    const response: EventEmitter = this.#response
    const socket = this.#socket
    if (meter.measuresRequests) this.#received = countReceived(this.#request)
    if (meter.measuresResponses) this.#sent = countSent(this.#response)
    response.on('finish', () => this.end(isHttp2(this.#response) ? wasSent(this.#response) : true))
    response.on('close', () => this.end(false))
    if (socket !== undefined) join(socket, this)
    meter.begin()
    // One who comes late, behind something that waited, will hear no event of what is over by now.
    if (isClosed(this.#response)) this.end(wasWritten(this.#response))
    else if (socket?.destroyed === true) this.end(false)
  }

  end(isWhole: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    const { meter, plan, warn } = this.#watch
    meter.end()
    if (this.#socket !== undefined) leave(this.#socket, this)
    const { method } = this.#request
    const { statusCode } = this.#response
    try {
      meter.record({
        method: methodIndex(method),
        route: this.#watch.routeOf(this.#findRoute),
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

function isHttp2(response: HttpResponse): response is Http2ServerResponse {
  return 'stream' in response
}

/** HTTP/2 finishes a response whichever way its stream ended; the stream knows. */
function wasSent({ stream, writableEnded }: Http2ServerResponse): boolean {
  return writableEnded && !stream.aborted && stream.rstCode === 0
}

function isClosed(response: HttpResponse): boolean {
  return isHttp2(response) ? response.stream.destroyed : response.destroyed
}

/** Of a response that is closed. */
function wasWritten(response: HttpResponse): boolean {
  return isHttp2(response) ? wasSent(response) : response.writableFinished
}
