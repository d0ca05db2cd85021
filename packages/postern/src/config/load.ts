/** postern.yaml, read and compiled: the whole world a gateway is built from, or the fault with its file, line and column. */
import { checkExposure, type GuardEvent, type PosternError, withPath } from '@postern/guard'
import { type Access, compileAccess, openWebAccess } from './access.ts'
import { type ConnectionSettings, compileConnections } from './connections.ts'
import { type ConfigPath, compileAt, readDocument } from './document.ts'
import { formatHostPort, isSocketAddress, parseServedAddress, type ServedAddress } from './listen-address.ts'
import { compileRoutes, type Route, refuseLoops } from './routes.ts'
import { policySchema } from './schema.ts'
import { parseUpstreamUrl } from './upstream-url.ts'

export interface GatewayConfig extends ConnectionSettings, Pick<Access, 'guard' | 'tls' | 'warnings'> {
  readonly file: string
  readonly listen: readonly ServedAddress[]
  /** Whether files are watched and taken when they change. Default false. */
  readonly watch?: boolean
  readonly routes: readonly Route[]
}

export interface LoadOptions {
  /** Absolute. */
  readonly file: string
  /** Instead of the file's `listen`. */
  readonly listen?: readonly string[]
  /** Instead of the upstream of the file's only route. */
  readonly upstream?: string
  readonly onEvent?: (event: GuardEvent) => void
  /** For a gateway that runs: every file that the policy names is watched from now on, until it ends. Default false. */
  readonly watch?: boolean
}

/**
 * @throws {PosternError} for the first fault: ERR_POSTERN_CONFIG, ERR_POSTERN_LISTEN_ADDRESS, ERR_POSTERN_UPSTREAM_URL, ERR_POSTERN_OPEN
 * and those of the guard's compilers.
 */
export function loadConfig({ file, upstream, onEvent, watch = false, ...options }: LoadOptions): GatewayConfig {
  const document = readDocument(file, policySchema)
  const { value } = document
  const compileListen = <T>(index: number, compile: (path: ConfigPath) => T): T =>
    options.listen ? compile(['--listen']) : compileAt(document, ['listen', index], () => compile(['listen', index]))
  const listen = (options.listen ?? value.listen).map((text, index) => compileListen(index, (path) => parseServedAddress(text, path)))
  const connections = compileConnections(document)
  const routes = compileRoutes(document, upstream)
  refuseLoops(upstream === undefined ? document : undefined, routes, listen)
  const access = compileAccess(document, { onEvent, watch })
  const { guard, tls, warnings } = access
  const waysOut: WaysOut = {
    allowUnauthenticated: { option: 'allow_unauthenticated', set: value.allow_unauthenticated ?? false },
    allowPlaintext: { option: 'allow_plaintext', set: value.allow_plaintext ?? false },
  }
  for (const [index, address] of listen.entries()) compileListen(index, (path) => refuseExposure(address, path, access, waysOut))
  return { file, listen, ...connections, tls, watch, routes, guard, warnings }
}

export interface WebLoadOptions {
  /** The web configuration file of an exporter; absolute. */
  readonly file: string
  readonly listen: readonly string[]
  readonly upstream: string
  readonly allowUnauthenticated?: boolean
  readonly allowPlaintext?: boolean
  readonly onEvent?: (event: GuardEvent) => void
  readonly watch?: boolean
}

/**
 * The same without a policy: who may read is said by an exporter's own file, and everything else on the command line.
 * @throws {PosternError} as {@link loadConfig}, and those of `openWebConfiguration`
 */
export function loadWebConfig({ file, upstream, onEvent, watch = false, ...options }: WebLoadOptions): GatewayConfig {
  const path = ['--web.listen-address']
  const listen = options.listen.map((text) => parseServedAddress(text, path))
  const routes = [{ path: WEB_PATH, upstream: parseUpstreamUrl(upstream, ['--upstream'], WEB_PATH) }]
  refuseLoops(undefined, routes, listen)
  const access = openWebAccess(file, { onEvent, watch }, atOption)
  const waysOut: WaysOut = {
    allowUnauthenticated: { option: '--allow-unauthenticated', set: options.allowUnauthenticated ?? false },
    allowPlaintext: { option: '--allow-plaintext', set: options.allowPlaintext ?? false },
  }
  for (const address of listen) refuseExposure(address, path, access, waysOut)
  const { guard, tls, warnings } = access
  return { file, listen, tls, watch, routes, guard, warnings }
}

/**
 * Warnings of the web configuration file of an exporter, which is opened and not served.
 * @throws {PosternError} those of `openWebConfiguration`
 */
export function judgeWebConfig(file: string): readonly string[] {
  return openWebAccess(file, { onEvent: undefined, watch: false }, atOption).warnings
}

/** What the file cannot be blamed for is told of the option that names it. */
const atOption = (error: PosternError): PosternError =>
  error.source?.line === undefined ? error.with({ path: ['--web.config.file'] }) : error

/** Where exporters expose, and their scrapers look. */
const WEB_PATH = '/metrics'

type WaysOut = Pick<Parameters<typeof checkExposure>[0], 'allowUnauthenticated' | 'allowPlaintext'>

function refuseExposure(address: ServedAddress, path: ConfigPath, { authenticates, tls }: Access, waysOut: WaysOut): void {
  if (isSocketAddress(address)) return
  const { host, port } = address
  const exposure = { host: host === '' ? formatHostPort('', port) : host, authenticates, encrypted: tls !== undefined, ...waysOut }
  withPath(path, () => checkExposure(exposure))
}
