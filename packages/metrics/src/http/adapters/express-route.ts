/**
 * The template of an Express route with those of the routers it is mounted in. Express tells a handler only `baseUrl`, which is the path
 * as sent (`/orgs/42`), and forgets it on the way to an error handler. So the request itself is watched: a router sets `baseUrl` for each
 * mount that it enters and leaves, and `route` for each route.
 */
import type { IncomingMessage } from 'node:http'
import type { FindRoute } from '../exchange.ts'
import type { Observer } from '../observer.ts'
import { templateText } from '../route-names.ts'

export interface ExpressRequest extends IncomingMessage {
  baseUrl?: string
  route?: unknown
  readonly params?: unknown
  readonly app?: unknown
}

/** Stands for a mount whose template cannot be told. */
const UNKNOWN_MOUNT = '/*'
/** Where the router of Express (2.3 and later) keeps the pattern that it matched last. */
const MATCHED = 'router.tracing.matchedRoute'

interface Mount {
  /** As sent. */
  readonly url: string
  readonly template: string
}

/** The properties that are watched. */
type Watched = 'baseUrl' | 'route'

class RouteTrack {
  /** What the accessors answer: whatever was set, as it was set. */
  readonly values: Record<Watched, unknown>
  template: string | undefined
  readonly #request: ExpressRequest
  /** Outermost first, never empty. */
  readonly #mounts: Mount[]

  constructor(request: ExpressRequest) {
    const { baseUrl = '', route } = request
    this.#request = request
    this.values = { baseUrl, route }
    this.#mounts = [{ url: baseUrl, template: startTemplate(request) }]
  }

  /** Never throws: a router is at work. */
  set(name: Watched, value: unknown): void {
    this.values[name] = value
    try {
      if (name === 'baseUrl') this.#enter(typeof value === 'string' ? value : '')
      else this.template = routeTemplate(this.#request, this.#top.template, (value as { path?: unknown } | undefined)?.path)
    } catch {
      this.template = undefined
    }
  }

  get #top(): Mount {
    return this.#mounts[this.#mounts.length - 1] as Mount
  }

  /** Into a mount below, or out to one above. */
  #enter(url: string): void {
    const mounts = this.#mounts
    while (mounts.length > 1 && !isBelow(url, this.#top.url)) mounts.pop()
    const { url: outer, template } = this.#top
    if (url === outer) return
    if (url === '') mounts.push({ url, template: '' })
    else
      mounts.push({ url, template: isBelow(url, outer) ? template + mountTemplate(this.#request, url.slice(outer.length)) : UNKNOWN_MOUNT })
  }
}

const tracks = new WeakMap<object, RouteTrack>()

/** Looks like the plain property that it replaces. */
function accessorOf(name: Watched): PropertyDescriptor {
  return {
    configurable: true,
    enumerable: true,
    get(this: object): unknown {
      return trackOf(this)?.values[name]
    },
    set(this: object, value: unknown) {
      const track = tracks.get(this)
      // An object made from the request gets a property of its own, as it would have.
      if (track === undefined) Object.defineProperty(this, name, { configurable: true, enumerable: true, writable: true, value })
      else track.set(name, value)
    },
  }
}

const ACCESSORS: PropertyDescriptorMap = { baseUrl: accessorOf('baseUrl'), route: accessorOf('route') }

/** Follows the request through the routers from here on. */
export function trackRoute(observer: Observer, request: ExpressRequest): FindRoute {
  try {
    let track = tracks.get(request)
    if (track === undefined) {
      track = new RouteTrack(request)
      // First, so that a property that was replaced answers even when the other could not be.
      tracks.set(request, track)
      Object.defineProperties(request, ACCESSORS)
    }
    const followed = track
    return () => followed.template
  } catch (error) {
    observer.warn.fault('follow a request through the routers', error)
    return () => undefined
  }
}

function trackOf(object: object | null): RouteTrack | undefined {
  for (let one = object; one !== null; one = Object.getPrototypeOf(one) as object | null) {
    const track = tracks.get(one)
    if (track !== undefined) return track
  }
  return undefined
}

function isBelow(url: string, outer: string): boolean {
  return url === outer || (url.startsWith(outer) && url[outer.length] === '/')
}

/** Of a middleware that is not at the root: an application knows where it is mounted, a router does not. */
function startTemplate({ baseUrl = '', app }: ExpressRequest): string {
  if (baseUrl === '') return ''
  const path: unknown = (app as { path?: () => unknown } | undefined)?.path?.()
  return path === baseUrl ? path : UNKNOWN_MOUNT
}

function mountTemplate(request: ExpressRequest, part: string): string {
  const pattern = matchedPattern(request)
  if (typeof pattern === 'string') return pattern.replace(/(?<!\/)\/+$/, '')
  return templateText(pattern) ?? guessTemplate(part, request.params)
}

function routeTemplate(request: ExpressRequest, base: string, path: unknown): string | undefined {
  // Of several paths the router remembers the one that matched; what it holds otherwise is the pattern of the mount.
  const matched = Array.isArray(path) ? matchedPattern(request) : undefined
  const one = Array.isArray(path) && path.flat(Infinity).includes(matched) ? matched : path
  const text = templateText(one)
  if (text === undefined) return undefined
  return base !== '' && text === '/' ? base : base + text
}

/** Several copies of the router have a symbol each; the last that holds something is the innermost. */
function matchedPattern(request: ExpressRequest): unknown {
  let found: unknown
  for (const symbol of Object.getOwnPropertySymbols(request)) {
    if (symbol.description === MATCHED) found = (request as unknown as Record<symbol, unknown>)[symbol] ?? found
  }
  return found
}

/**
 * The template of a mount under an older router, which keeps no pattern: segments that are the value of a parameter become its name. What
 * remains is fixed text, in whatever case it was sent. When a parameter is not found, nothing can be told.
 */
export function guessTemplate(part: string, params: unknown): string {
  const names = new Map(Object.entries(params ?? {}).map(([name, value]) => [Array.isArray(value) ? value.join('/') : String(value), name]))
  const used = new Set<string>()
  const segments = part.split('/').map((segment) => {
    const name = names.get(decoded(segment))
    if (name === undefined || segment === '') return segment.toLowerCase()
    used.add(name)
    return `:${name}`
  })
  return [...names.values()].every((name) => used.has(name)) ? segments.join('/') : UNKNOWN_MOUNT
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
