/** The options of a second run beside the endpoint that its folder has already: do they agree, and what do they leave to it. Pure. */
import { join } from 'node:path'
import { isLoopbackHost } from '@postern/guard'
import { formatHostPort } from '../config/listen-address.ts'
import { parseUpstreamUrl } from '../config/upstream-url.ts'
import { commandError } from '../errors.ts'
import { FILES } from '../generate/model.ts'
import { showPath } from '../show-path.ts'
import { parseListen, quote } from './address-options.ts'
import type { ExistingEndpoint } from './existing.ts'
import { DEFAULTS, type ProvisionOptions } from './options.ts'

/** True when an option is given that stands in one of the two configurations. */
export function hasEndpointOptions({ listen, upstream, hosts, auth }: ProvisionOptions): boolean {
  return [listen, upstream, hosts, auth].some((option) => option !== undefined)
}

/**
 * @param dir absolute
 * @throws {PosternError} ERR_POSTERN_OCCUPIED when `listen` or `upstream` is given and the folder serves another one: whoever gives it
 * would believe that it holds from now on.
 */
export function refuseContradiction(options: ProvisionOptions, existing: ExistingEndpoint, dir: string): void {
  const { listen, upstream } = options
  const shown = options.cwd === undefined ? dir : showPath(dir, options.cwd)
  const refuse = (option: string, serves: readonly string[], wanted: string): void => {
    if (serves.includes(wanted)) return
    const what = serves.length === 0 ? 'nothing that can be read from its postern.yaml' : serves.map(quote).join(', ')
    throw commandError('ERR_POSTERN_OCCUPIED', `${quote(shown)} serves ${what} and not ${quote(wanted)}`, {
      path: [option],
      fix: `Change that line of ${join(shown, FILES.policy.path)}, use another --dir, or add --force to make everything new.`,
    })
  }
  if (listen !== undefined) {
    const { host, port } = parseListen(listen)
    refuse('--listen', existing.listen, formatHostPort(host, port))
  }
  if (upstream !== undefined) {
    // Without a path it means that of the route, as everywhere.
    const paths = [...existing.routes.map(({ path }) => path), DEFAULTS.path]
    const wanted = paths.map((path) => parseUpstreamUrl(upstream, ['--upstream'], path).href)
    const serves = existing.routes.map((route) => route.upstream)
    if (!existing.routes.some((route, index) => route.upstream === wanted[index])) refuse('--upstream', serves, wanted.at(-1) ?? upstream)
  }
}

/** `options`, and where they say nothing, what the folder has. What the folder does not say, or not in a usable way, stays open. */
export function inheritOptions(options: ProvisionOptions, existing: ExistingEndpoint): ProvisionOptions {
  const listen = options.listen ?? existing.listen.find(isDiallable)
  const upstream = options.upstream ?? (existing.routes.length === 1 ? existing.routes[0]?.upstream : undefined)
  const hosts = options.hosts ?? inheritHosts(options.listen, existing)
  const auth = options.auth ?? existing.credentials
  return {
    ...options,
    ...(listen !== undefined && { listen }),
    ...(upstream !== undefined && { upstream }),
    ...(hosts.length > 0 && { hosts }),
    ...(auth.length > 0 && { auth }),
  }
}

/** Names of the certificate that may still lead to the gateway: one that moves takes neither its old address nor loopback's names along. */
function inheritHosts(listen: string | undefined, { hosts, listen: [before] }: ExistingEndpoint): readonly string[] {
  if (listen === undefined) return hosts
  const { host } = parseListen(listen)
  const old = before === undefined || !isDiallable(before) ? undefined : parseListen(before).host
  if (host === old) return hosts
  const stays = isLoopbackHost(host)
  return hosts.filter((name) => isLoopbackHost(name) === stays && (stays || name !== old))
}

function isDiallable(listen: string): boolean {
  try {
    parseListen(listen)
    return true
  } catch {
    return false
  }
}
