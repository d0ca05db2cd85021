/** The instruments behind every adapter, and the handles to their series: found once, then written to without a lookup by labels. */
import type { Counter, CounterHandle } from '../instruments/counter.ts'
import type { Gauge } from '../instruments/gauge.ts'
import type { Histogram, HistogramHandle } from '../instruments/histogram.ts'
import type { Registry } from '../registry.ts'
import { methodText, statusText } from './label-values.ts'
import type { HttpPlan } from './options.ts'

/** One request that is over. */
export interface HttpRecord {
  /** Of `methodIndex`. */
  readonly method: number
  /** Of `RouteNames`. */
  readonly route: string
  /** Of `statusKey`. */
  readonly status: number
  readonly seconds: number
  /** Bytes of the body. */
  readonly received: number
  /** Bytes of the body. */
  readonly sent: number
}

interface Handles {
  readonly requests: CounterHandle | undefined
  readonly duration: HistogramHandle | undefined
  readonly requestSize: HistogramHandle | undefined
  readonly responseSize: HistogramHandle | undefined
}

/** Status keys stay below it. */
const STATUSES = 1000

export class Meter {
  readonly #plan: HttpPlan
  readonly #requests: Counter<string> | undefined
  readonly #duration: Histogram<string> | undefined
  readonly #inFlight: Gauge | undefined
  readonly #requestSize: Histogram<string> | undefined
  readonly #responseSize: Histogram<string> | undefined
  /** By route, then by method and status in one number: bounded, because each of the three is a closed list. */
  readonly #handles = new Map<string, Map<number, Handles>>()
  #running = 0

  /** @throws {TypeError} when a name is taken or no name; nothing is registered then. */
  constructor(registry: Registry, plan: HttpPlan) {
    this.#plan = plan
    const { names, labelNames, durationBuckets, sizeBuckets } = plan
    const made: string[] = []
    const make = <I>(name: string | undefined, register: (name: string) => I): I | undefined => {
      if (name === undefined) return undefined
      const instrument = register(name)
      made.push(name)
      return instrument
    }
    const sizes = (name: string | undefined, help: string): Histogram<string> | undefined =>
      make(name, (name) => registry.histogram<string>({ name, help, labelNames, buckets: sizeBuckets }))
    try {
      this.#requests = make(names.get('requests'), (name) =>
        registry.counter<string>({ name, help: 'HTTP requests that are over.', labelNames }),
      )
      this.#duration = make(names.get('duration'), (name) =>
        registry.histogram<string>({
          name,
          help: 'Seconds from the head of an HTTP request to the end of its response.',
          labelNames,
          buckets: durationBuckets,
        }),
      )
      this.#inFlight = make(names.get('inFlight'), (name) => registry.gauge({ name, help: 'HTTP requests that are being answered.' }))
      this.#requestSize = sizes(names.get('requestSize'), 'Bytes of the bodies of HTTP requests, as received.')
      this.#responseSize = sizes(names.get('responseSize'), 'Bytes of the bodies of HTTP responses, as written.')
    } catch (error) {
      for (const name of made) registry.unregister(name)
      throw error
    }
  }

  get measuresRequests(): boolean {
    return this.#requestSize !== undefined
  }

  get measuresResponses(): boolean {
    return this.#responseSize !== undefined
  }

  begin(): void {
    this.#running += 1
    this.#inFlight?.set(this.#running)
  }

  /** Once for each `begin`. */
  end(): void {
    this.#running -= 1
    this.#inFlight?.set(this.#running)
  }

  record({ method, route, status, seconds, received, sent }: HttpRecord): void {
    const handles = this.#find(route, method, status)
    handles.requests?.inc()
    handles.duration?.observe(seconds)
    handles.requestSize?.observe(received)
    handles.responseSize?.observe(sent)
  }

  #find(route: string, method: number, status: number): Handles {
    const key = method * STATUSES + status
    let ofRoute = this.#handles.get(route)
    if (ofRoute === undefined) {
      ofRoute = new Map()
      this.#handles.set(route, ofRoute)
    }
    let handles = ofRoute.get(key)
    if (handles === undefined) {
      handles = this.#make(route, method, status)
      ofRoute.set(key, handles)
    }
    return handles
  }

  #make(route: string, method: number, status: number): Handles {
    const [methodLabel, routeLabel, statusLabel] = this.#plan.labelNames
    const labels = {
      [methodLabel]: methodText(method),
      [routeLabel]: route,
      [statusLabel]: statusText(status, this.#plan.status),
    }
    return {
      requests: this.#requests?.labels(labels),
      duration: this.#duration?.labels(labels),
      requestSize: this.#requestSize?.labels(labels),
      responseSize: this.#responseSize?.labels(labels),
    }
  }
}
