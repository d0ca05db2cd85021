/** postern.yaml, read and compiled: the whole world a gateway is built from, or the fault with its file, line and column. */
import { dirname, resolve } from 'node:path'
import { type CredentialOptions, checkExposure, createGuard, type Guard, type GuardEvent, parseTarget } from '@postern/guard'
import { type CompiledTls, compileTls, readSourceFile } from '@postern/guard/tls'
import { commandError } from '../errors.ts'
import { atPlace, type ConfigDocument, type ConfigPath, readDocument } from './document.ts'
import { formatHostPort, type ListenAddress, parseListenAddress } from './listen-address.ts'
import { type PolicyFile, policySchema, tokensSchema } from './schema.ts'
import { parseUpstreamUrl } from './upstream-url.ts'

export interface Route {
  /** Canonical; compared byte for byte. */
  readonly path: string
  readonly upstream: URL
}

export interface GatewayConfig {
  readonly file: string
  readonly listen: readonly ListenAddress[]
  readonly tls: CompiledTls | undefined
  readonly routes: readonly Route[]
  readonly guard: Guard
  /** Faults that keep nothing from working, for the operator. */
  readonly warnings: readonly string[]
}

export interface LoadOptions {
  /** Absolute. */
  readonly file: string
  /** Instead of the file's `listen`. */
  readonly listen?: readonly string[]
  /** Instead of the upstream of the file's only route. */
  readonly upstream?: string
  readonly onEvent?: (event: GuardEvent) => void
}

/**
 * @throws {PosternError} for the first fault: ERR_POSTERN_CONFIG, ERR_POSTERN_LISTEN_ADDRESS, ERR_POSTERN_UPSTREAM_URL, ERR_POSTERN_OPEN
 * and those of the guard's compilers.
 */
export function loadConfig(options: LoadOptions): GatewayConfig {
  const document = readDocument(options.file, policySchema)
  const { value } = document
  const listen = options.listen
    ? options.listen.map((text) => parseListenAddress(text, ['--listen']))
    : value.listen.map((text, index) => at(document, ['listen', index], () => parseListenAddress(text, ['listen', index])))
  const routes = compileRoutes(document, options.upstream)
  refuseLoops(document, routes, listen)
  const guard = compileGuard(document, options.onEvent)
  const tls = value.tls && compileListenerTls(document, value.tls)
  for (const [index, { host, port }] of listen.entries()) {
    at(document, options.listen ? [] : ['listen', index], () =>
      checkExposure({
        host: host === '' ? formatHostPort('', port) : host,
        authenticates: guard.authenticates,
        encrypted: tls !== undefined,
        allowUnauthenticated: { option: 'allow_unauthenticated', set: value.allow_unauthenticated ?? false },
        allowPlaintext: { option: 'allow_plaintext', set: value.allow_plaintext ?? false },
      }),
    )
  }
  return { file: options.file, listen, tls, routes, guard, warnings: [...(tls?.warnings ?? []), ...guard.warnings] }
}

function compileRoutes(document: ConfigDocument<PolicyFile>, upstream: string | undefined): Route[] {
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
        fix: 'Write each path once, like /metrics: letters, digits and -._~ between slashes.',
        source: document.locate(['routes', index, 'path']),
      })
    }
    paths.add(route.path)
    const path = ['routes', index, 'upstream']
    const url =
      upstream === undefined
        ? at(document, path, () => parseUpstreamUrl(route.upstream, path, route.path))
        : parseUpstreamUrl(upstream, ['--upstream'], route.path)
    return { path: route.path, upstream: url }
  })
}

/** A gateway that is its own upstream answers each scrape with another one until something breaks: a well-known tutorial does it. */
function refuseLoops(document: ConfigDocument<PolicyFile>, routes: readonly Route[], listen: readonly ListenAddress[]): void {
  for (const [index, { upstream }] of routes.entries()) {
    const port = Number(upstream.port === '' ? (upstream.protocol === 'http:' ? 80 : 443) : upstream.port)
    const loop = listen.find((address) => address.port === port && mayBeSame(upstream.hostname, address.host))
    if (!loop) continue
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `the upstream "${upstream.href}" is the gateway itself, which listens on ${formatHostPort(loop.host, loop.port)}`,
      {
        path: ['routes', index, 'upstream'],
        fix: 'Name the address of the exporter, or listen on another port.',
        source: document.locate(['routes', index, 'upstream']),
      },
    )
  }
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::', '']

function mayBeSame(dialled: string, listening: string): boolean {
  const host = dialled.replace(/^\[|\]$/g, '')
  return host === listening || (LOOPBACK_NAMES.includes(host) && LOOPBACK_NAMES.includes(listening))
}

function compileGuard(document: ConfigDocument<PolicyFile>, onEvent: LoadOptions['onEvent']): Guard {
  const { guard } = document.value
  const folder = dirname(document.file)
  const tokenFiles = new Map<number, ConfigDocument<unknown>>()
  const credentials =
    guard.credentials === 'none'
      ? guard.credentials
      : guard.credentials.map((credential, index): CredentialOptions => {
          if (credential.type === 'basic') {
            const { users_file: usersFile, realm, users, type } = credential
            return {
              type,
              ...(realm === undefined ? {} : { realm }),
              ...(users && { users }),
              ...(usersFile === undefined ? {} : { usersFile: resolve(folder, usersFile) }),
            }
          }
          if (credential.type === 'client-certificate')
            return { type: credential.type, caFile: resolve(folder, credential.ca_file), names: credential.names }
          const { tokens = [], realm, type, tokens_file: tokensFile } = credential
          if (tokensFile === undefined) return { type, tokens, ...(realm === undefined ? {} : { realm }) }
          const file = at(document, ['guard', 'credentials', index, 'tokens_file'], () =>
            readDocument(resolve(folder, tokensFile), tokensSchema),
          )
          tokenFiles.set(index, file)
          return { type, tokens: [...file.value.tokens, ...tokens], ...(realm === undefined ? {} : { realm }) }
        })
  const { allow, deny } = guard.addresses ?? {}
  try {
    return createGuard({ credentials, addresses: { ...(allow && { allow }), ...(deny && { deny }) } }, onEvent)
  } catch (error) {
    throw guardFault(error, document, tokenFiles)
  }
}

/** The guard tells paths in its own words; here they become the file's: `credentials[0].usersFile` is `guard.credentials[0].users_file`. */
function guardFault(
  error: unknown,
  document: ConfigDocument<PolicyFile>,
  tokenFiles: ReadonlyMap<number, ConfigDocument<unknown>>,
): unknown {
  const path: ConfigPath = error instanceof Error && 'path' in error ? (error.path as ConfigPath) : []
  const [room, index, key, ...rest] = path
  const tokens = room === 'credentials' && key === 'tokens' ? tokenFiles.get(Number(index)) : undefined
  if (tokens) return atPlace(error, ['tokens', ...rest], (inner) => tokens.locate(inner))
  return atPlace(error, ['guard', ...path.map((part) => (typeof part === 'string' ? snakeCase(part) : part))], (inner) =>
    document.locate(inner),
  )
}

function compileListenerTls(document: ConfigDocument<PolicyFile>, tls: NonNullable<PolicyFile['tls']>): CompiledTls {
  const folder = dirname(document.file)
  const minVersion = tls.min_version === 'TLS13' ? 'TLSv1.3' : 'TLSv1.2'
  try {
    return compileTls(
      { certFile: resolve(folder, tls.cert_file), keyFile: resolve(folder, tls.key_file), minVersion },
      readSourceFile,
      Date.now(),
    )
  } catch (error) {
    const path: ConfigPath = error instanceof Error && 'path' in error ? (error.path as ConfigPath) : []
    throw atPlace(error, ['tls', ...path.map((part) => snakeCase(String(part)))], (inner) => document.locate(inner))
  }
}

function at<T>(document: ConfigDocument<unknown>, path: ConfigPath, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    throw atPlace(error, path, (inner) => document.locate(inner))
  }
}

const snakeCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
