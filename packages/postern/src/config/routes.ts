/** Which path leads to which exporter: the routes of a policy, compiled. */
import { parseTarget } from '@postern/guard'
import { commandError } from '../errors.ts'
import { type ConfigDocument, compileAt } from './document.ts'
import { leadsTo } from './hosts.ts'
import { formatHostPort, hasPort, type ServedAddress } from './listen-address.ts'
import type { PolicyFile } from './schema.ts'
import { parseUpstreamUrl } from './upstream-url.ts'

export interface Route {
  /** Canonical; compared byte for byte. */
  readonly path: string
  readonly upstream: URL
}

/**
 * @param upstream instead of the upstream of the only route
 * @throws {PosternError} ERR_POSTERN_USAGE for an `upstream` beside several routes, ERR_POSTERN_CONFIG for a path that is ambiguous or
 * stands twice, ERR_POSTERN_UPSTREAM_URL
 */
export function compileRoutes(document: ConfigDocument<PolicyFile>, upstream: string | undefined): Route[] {
  const { routes } = document.value
  if (upstream !== undefined && routes.length > 1) {
    throw commandError('ERR_POSTERN_USAGE', `--upstream names one exporter, and ${document.file} has ${routes.length} routes`, {
      fix: 'Change the upstreams in the file.',
    })
  }
  const paths = new Set<string>()
  return routes.map((route, index) => {
    if (parseTarget(route.path)?.path !== route.path || paths.has(route.path)) {
      const why = paths.has(route.path) ? 'stands in two routes' : 'is not a path that means one thing to everyone'
      throw commandError('ERR_POSTERN_CONFIG', `${JSON.stringify(route.path)} ${why}`, {
        path: ['routes', index, 'path'],
        fix: "Write each path once, like /metrics: letters, digits and -._~!$&'()*+,=:@ between slashes.",
        source: document.locate(['routes', index, 'path']),
      })
    }
    paths.add(route.path)
    const path = ['routes', index, 'upstream']
    const url =
      upstream === undefined
        ? compileAt(document, path, () => parseUpstreamUrl(route.upstream, path, route.path))
        : parseUpstreamUrl(upstream, ['--upstream'], route.path)
    return { path: route.path, upstream: url }
  })
}

/**
 * A gateway that is its own upstream answers each scrape with another one until something breaks: a well-known tutorial does it.
 * @param document where the upstreams stand; undefined for one on the command line
 * @throws {PosternError} ERR_POSTERN_UPSTREAM_URL
 */
export function refuseLoops(
  document: ConfigDocument<PolicyFile> | undefined,
  routes: readonly Route[],
  listen: readonly ServedAddress[],
): void {
  const dialled = listen.filter(hasPort)
  for (const [index, { upstream }] of routes.entries()) {
    const loop = dialled.find((address) => leadsTo(upstream, address))
    if (!loop) continue
    const path = ['routes', index, 'upstream']
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `the upstream "${upstream.href}" is the gateway itself, which listens on ${formatHostPort(loop.host, loop.port)}`,
      {
        fix: 'Name the address of the exporter, or listen on another port.',
        ...(document ? { path, source: document.locate(path) } : { path: ['--upstream'] }),
      },
    )
  }
}
