/** Watches requests for one set of instruments. Nothing here throws into the application or touches what it answers. */
import type { Registry } from '../registry.ts'
import { Exchange, type FindRoute, type Watch } from './exchange.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { Meter } from './meter.ts'
import type { HttpPlan } from './options.ts'
import { RouteNames } from './route-names.ts'
import { createWarner, type Warner } from './warner.ts'

export class Observer implements Watch {
  readonly plan: HttpPlan
  readonly meter: Meter
  readonly warn: Warner
  readonly #routes: RouteNames
  /** A request that comes by twice, through two mounts of one middleware say, is one request. */
  readonly #seen = new WeakSet<object>()

  /** @throws {TypeError} when a name is taken or no name. */
  constructor(registry: Registry, plan: HttpPlan) {
    this.plan = plan
    this.warn = createWarner(plan.onWarning)
    this.meter = new Meter(registry, plan)
    this.#routes = new RouteNames(plan.maxRoutes, (message) => this.warn('count routes', message))
  }

  /** Watches a request from now on, unless it is watched already or ignored. */
  begin(request: HttpRequest, response: HttpResponse, findRoute: FindRoute): void {
    try {
      if (this.#seen.has(response) || this.#isIgnored(request)) return
      this.#seen.add(response)
      new Exchange(this, request, response, findRoute).begin()
    } catch (error) {
      this.warn.fault('watch a request', error)
    }
  }

  routeOf(findRoute: FindRoute): string {
    try {
      return this.#routes.of(findRoute())
    } catch (error) {
      this.warn.fault('ask for the route', error)
      return this.#routes.of(undefined)
    }
  }

  #isIgnored(request: HttpRequest): boolean {
    try {
      return this.plan.ignore(request)
    } catch (error) {
      this.warn.fault('ask ignore', error)
      return false
    }
  }
}
