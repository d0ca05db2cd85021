/** postern.yaml, read and compiled: the whole world a gateway is built from, or the fault with its file, line and column. */
import { dirname } from 'node:path'
import { checkExposure, type Guard, type GuardEvent, PosternError, withPath } from '@postern/guard'
import { type CompiledTls, compileTls, readSourceFile, type TlsSettings } from '@postern/guard/tls'
import { type ConnectionSettings, compileConnections } from './connections.ts'
import { atPlace, type ConfigDocument, type ConfigPath, compileAt, readDocument } from './document.ts'
import { compileGuard } from './guard.ts'
import { formatHostPort, isSocketAddress, type ListenAddress, parseServedAddress, type ServedAddress } from './listen-address.ts'
import { toFilePath, toOptions } from './option-names.ts'
import { compileRoutes, type Route, refuseLoops } from './routes.ts'
import { type PolicyFile, policySchema } from './schema.ts'

export interface GatewayConfig extends ConnectionSettings {
  readonly file: string
  readonly listen: readonly ServedAddress[]
  readonly tls: ListenerTls | undefined
  /** Whether files are watched and taken when they change. Default false. */
  readonly watch?: boolean
  readonly routes: readonly Route[]
  readonly guard: Guard
  /** Faults that keep nothing from working, for the operator. */
  readonly warnings: readonly string[]
}

/** What was judged, and what to judge again when a file changes. */
export interface ListenerTls extends CompiledTls {
  readonly settings: TlsSettings
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
export function loadConfig(options: LoadOptions): GatewayConfig {
  const document = readDocument(options.file, policySchema)
  const { value } = document
  const { watch = false } = options
  const compileListen = <T>(index: number, compile: (path: ConfigPath) => T): T =>
    options.listen ? compile(['--listen']) : compileAt(document, ['listen', index], () => compile(['listen', index]))
  const listen = (options.listen ?? value.listen).map((text, index) => compileListen(index, (path) => parseServedAddress(text, path)))
  const connections = compileConnections(document)
  const routes = compileRoutes(document, options.upstream)
  refuseLoops(document, routes, listen, options.upstream !== undefined)
  const guard = compileGuard(document, options.onEvent, watch)
  const tls = value.tls && compileListenerTls(document, value.tls)
  for (const message of tls?.warnings ?? []) options.onEvent?.({ type: 'warning', message })
  for (const [index, address] of listen.entries()) {
    if (isSocketAddress(address)) continue
    compileListen(index, (path) => withPath(path, () => refuseExposure(address, guard, tls, value)))
  }
  return { file: options.file, listen, ...connections, tls, watch, routes, guard, warnings: [...(tls?.warnings ?? []), ...guard.warnings] }
}

function refuseExposure({ host, port }: ListenAddress, guard: Guard, tls: ListenerTls | undefined, value: PolicyFile): void {
  checkExposure({
    host: host === '' ? formatHostPort('', port) : host,
    authenticates: guard.authenticates,
    encrypted: tls !== undefined,
    allowUnauthenticated: { option: 'allow_unauthenticated', set: value.allow_unauthenticated ?? false },
    allowPlaintext: { option: 'allow_plaintext', set: value.allow_plaintext ?? false },
  })
}

function compileListenerTls(document: ConfigDocument<PolicyFile>, tls: NonNullable<PolicyFile['tls']>): ListenerTls {
  const settings = toOptions(tls, dirname(document.file)) as TlsSettings
  try {
    return { settings, ...compileTls(settings, readSourceFile, Date.now()) }
  } catch (error) {
    const path = error instanceof PosternError ? toFilePath(error.path) : []
    throw atPlace(error, ['tls', ...path], (inner) => document.locate(inner))
  }
}
