/** What `postern init` is asked for, compiled once into the endpoint that every file is generated from. Pure. */
import { isLoopbackHost } from '@postern/guard'
import { isWildcardHost } from '../config/hosts.ts'
import { formatHostPort, type ListenAddress } from '../config/listen-address.ts'
import { parseUpstreamUrl } from '../config/upstream-url.ts'
import { commandError } from '../errors.ts'
import { CREDENTIAL_KINDS, type GuardedEndpoint, type ProvisionedKind } from '../generate/model.ts'
import { parseDialledHost, parseListen, parseUpstream, quote } from './address-options.ts'

export interface ProvisionOptions {
  /** `HOST:PORT`, `[IPV6]:PORT` or `:PORT`. */
  readonly listen?: string
  /** Names and addresses that Prometheus dials, the preferred one first; by default those of `listen`. */
  readonly hosts?: readonly string[]
  /** http or https URL of the exporter; without a path it means `/metrics`. */
  readonly upstream?: string
  readonly auth?: readonly ProvisionedKind[]
  /**
   * In a folder that is provisioned already: makes new certificates and secrets and keeps both configurations, or, when an option above is
   * given, makes everything anew and takes what is not given from the folder.
   */
  readonly force?: boolean
  /**
   * `agree` refuses a folder whose policy contradicts `listen` or `upstream`; `any` keeps it whatever it serves, for a caller who
   * overrides it.
   */
  readonly existing?: 'agree' | 'any'
  /** Absolute; messages name files as one would type them there. Left out, they are named whole. */
  readonly cwd?: string
  /** The time that certificates are issued at. */
  readonly now?: () => Date
  readonly random?: RandomBytes
}

/** So many bytes nobody can foresee: serial numbers, passwords and tokens are made from them. Keys and salts are not. */
export type RandomBytes = (bytes: number) => Uint8Array

export const DEFAULTS = {
  dir: '.postern',
  listen: 'localhost:9843', // both 127.0.0.1 and ::1
  hosts: ['localhost', '127.0.0.1', '::1'], // for a listener on loopback
  path: '/metrics',
  upstream: 'http://127.0.0.1:8080/metrics',
  auth: CREDENTIAL_KINDS,
  existing: 'agree',
} as const

/**
 * The endpoint that `options` describe.
 * @throws {PosternError} ERR_POSTERN_USAGE, ERR_POSTERN_LISTEN_ADDRESS or ERR_POSTERN_UPSTREAM_URL; `path` is the option of the command line.
 */
export function compileOptions(options: ProvisionOptions): GuardedEndpoint {
  const listen = parseListen(options.listen ?? DEFAULTS.listen)
  const hosts = compileHosts(listen, options.hosts?.map(parseDialledHost) ?? [])
  const target = formatHostPort(hosts[0], listen.port)
  return {
    listen,
    loopbackOnly: isLoopbackHost(listen.host),
    hosts,
    target,
    url: `https://${target}${DEFAULTS.path}`,
    path: DEFAULTS.path,
    upstream: parseUpstream(options.upstream ?? DEFAULTS.upstream, listen, DEFAULTS.path),
    credentials: parseCredentialKinds((options.auth ?? DEFAULTS.auth).join(',')),
  }
}

/**
 * Each option that is given, judged by itself: what is not given may come from a folder.
 * @throws {PosternError} as {@link compileOptions}
 */
export function checkOptions({ listen, hosts, upstream, auth }: ProvisionOptions): void {
  if (listen !== undefined) parseListen(listen)
  hosts?.forEach(parseDialledHost)
  if (upstream !== undefined) parseUpstreamUrl(upstream, ['--upstream'], DEFAULTS.path)
  if (auth !== undefined) parseCredentialKinds(auth.join(','))
}

/**
 * Reads `basic,bearer`; the answer has no doubles and the order of {@link CREDENTIAL_KINDS}.
 * @throws {PosternError} ERR_POSTERN_USAGE for an unknown kind or for none at all.
 */
export function parseCredentialKinds(text: string): readonly ProvisionedKind[] {
  const init = { path: ['--auth'], fix: `Write one or more of ${CREDENTIAL_KINDS.join(', ')}, separated by commas.` }
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (names.length === 0) throw commandError('ERR_POSTERN_USAGE', `${quote(text)} names no kind of credential`, init)
  const known: readonly string[] = CREDENTIAL_KINDS
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw commandError('ERR_POSTERN_USAGE', `${quote(text)} names ${quote(unknown)}, which is no kind of credential`, init)
  }
  return CREDENTIAL_KINDS.filter((kind) => names.includes(kind))
}

/** A host that is listened on can be dialled, so that it belongs into the certificate whatever else was asked for. */
function compileHosts(listen: ListenAddress, named: readonly string[]): GuardedEndpoint['hosts'] {
  const ofListener = isWildcardHost(listen.host) || (isLoopbackHost(listen.host) && named.length > 0) ? [] : [listen.host]
  const others = isLoopbackHost(listen.host) && named.length === 0 ? DEFAULTS.hosts : []
  const [first, ...rest] = new Set([...named, ...ofListener, ...others])
  if (first !== undefined) return [first, ...rest]
  throw commandError(
    'ERR_POSTERN_USAGE',
    `${quote(formatHostPort(listen.host, listen.port))} serves every address of this machine and does not say which name Prometheus dials`,
    { path: ['--listen'], fix: 'Add --host with the name or address that Prometheus dials.' },
  )
}
