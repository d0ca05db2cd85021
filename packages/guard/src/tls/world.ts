/**
 * The TLS of a listener as it is now, and as it is after a change: pairs are read together, judged, and taken or left. Connections that
 * are open stay; each new one is served with what was good last. Session tickets end with what they were made under, since a secure
 * context has keys of its own for them.
 */
import { randomBytes } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls'
import { faultText, policyError } from '../errors.ts'
import type { ReloadEvent, WarningEvent } from '../events.ts'
import type { Guard, GuardTlsOptions } from '../guard.ts'
import { type FileReader, readSourceFile } from '../sources/file.ts'
import { type Digests, recordReads, type WatchTimes, watchFiles } from '../sources/watch.ts'
import { type ClientAuth, enforceClientAuth } from './client-auth.ts'
import { type CompiledTls, compileTls, type TlsSettings } from './options.ts'
import type { ProtocolAllowances } from './protocol.ts'
import { compileServerNames } from './server-names.ts'

export interface TlsWorldOptions {
  /** Whose client certificates are asked for; heard again after each reload of its policy. */
  readonly guard?: Pick<Guard, 'tlsOptions' | 'onReload'> | undefined
  /** Client certificates that the listener itself asks for: compiled anew with the rest, and what `readFile` reads is watched. */
  readonly clientAuth?: ((readFile: FileReader) => ClientAuth) | undefined
  readonly onEvent: (event: ReloadEvent | WarningEvent) => void
  /** Whether the files are watched, and how often. Default: they are not. */
  readonly watch?: boolean | WatchTimes
  readonly allowances?: ProtocolAllowances
  /** The system's own unless a test says otherwise. */
  readonly readFile?: FileReader
  readonly now?: () => number
}

export interface TlsWorld {
  /** Judged as it was read last. */
  readonly current: CompiledTls
  /** What the listener itself asks of client certificates; undefined where it asks nothing. */
  readonly clientAuth: ClientAuth | undefined
  /** To spread into `createServer`, as things stand. */
  readonly options: TlsOptions
  /** Serves with what is good from now on, whenever it changes. @param server made with `options`, not listening yet */
  attach(server: Server): void
  /** Reads everything again; false when a fault keeps it as it was. Both are told as events. */
  update(): boolean
  /** Ends watching. Servers go on with what they have. */
  close(): void
}

/** Settings that come from a file: it is read with `readFile`, which has it watched, again at each update. */
export type TlsSettingsReader = (readFile: FileReader) => TlsSettings

/** @throws {PosternError} as `compileTls`; afterwards faults are events. */
export function createTlsWorld(settings: TlsSettings | TlsSettingsReader, options: TlsWorldOptions): TlsWorld {
  const { guard, clientAuth: compileAuth, onEvent, watch = false, allowances, readFile = readSourceFile, now = Date.now } = options
  const reader = recordReads(readFile)
  const compile = (): Compiled => {
    const asked = typeof settings === 'function' ? settings(reader.readFile) : settings
    return { tls: compileTls(asked, reader.readFile, now(), allowances), clientAuth: compileAuth?.(reader.readFile) }
  }
  let current = compile()
  const trust = (): Trust => trustOf(guard?.tlsOptions, current.clientAuth)
  let contexts = createContexts(current.tls, trust())
  const servers = new Set<Server>()
  /** All of it or, when OpenSSL does not take it, nothing. */
  const take = (next: Compiled): void => {
    const asked = trustOf(guard?.tlsOptions, next.clientAuth)
    contexts = createContexts(next.tls, asked)
    current = next
    for (const server of servers) {
      server.setSecureContext(contexts.options)
      // Node reads these from the server for each new connection, and has no method to change them.
      Object.assign(server, { requestCert: asked.requestCert, rejectUnauthorized: asked.rejectUnauthorized })
    }
  }
  const renew = (next: () => Compiled): boolean => {
    try {
      take(next())
      return true
    } catch (error) {
      onEvent({ type: 'reload', what: 'tls', ok: false, message: faultText(error) })
      return false
    }
  }
  const update = (): boolean => {
    const { warnings } = current.tls
    const ok = renew(compile)
    follow()
    if (!ok) return false
    for (const message of current.tls.warnings) if (!warnings.includes(message)) onEvent({ type: 'warning', message })
    onEvent({ type: 'reload', what: 'tls', ok, message: 'certificates and keys were read again' })
    return true
  }
  const files = watch === false ? undefined : watchFiles(() => void update(), watch === true ? undefined : watch)
  // What a fault kept from being read is watched all the same: its mend may lie there.
  let followed: Digests = new Map()
  const follow = (): void => {
    followed = new Map([...followed, ...reader.take()])
    files?.follow(followed)
  }
  follow()
  const SNICallback: TlsOptions['SNICallback'] = (serverName, answer) => answer(null, contexts.named(serverName))
  const forget = guard?.onReload(() => void renew(() => current))
  return {
    get current() {
      return current.tls
    },
    get clientAuth() {
      return current.clientAuth
    },
    get options() {
      const { requestCert, rejectUnauthorized } = trust()
      return { ...contexts.options, requestCert, rejectUnauthorized, SNICallback }
    },
    attach(server) {
      servers.add(server)
      server.once('close', () => servers.delete(server))
      if (compileAuth) enforceClientAuth(server, () => current.clientAuth as ClientAuth)
    },
    update,
    close() {
      forget?.()
      files?.close()
    },
  }
}

interface Compiled {
  readonly tls: CompiledTls
  readonly clientAuth: ClientAuth | undefined
}

interface Trust {
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
  readonly ca: string[]
}

function trustOf(guard: GuardTlsOptions = NOBODY, clientAuth: Pick<ClientAuth, keyof Trust> = NOBODY): Trust {
  return {
    requestCert: guard.requestCert || clientAuth.requestCert,
    rejectUnauthorized: clientAuth.rejectUnauthorized,
    ca: [...new Set([...guard.ca, ...clientAuth.ca])],
  }
}

const NOBODY = { requestCert: false, rejectUnauthorized: false, ca: [] } as { requestCert: false; rejectUnauthorized: false; ca: string[] }

interface Contexts {
  readonly options: TlsOptions
  /** Undefined: the one of `options`. */
  readonly named: (serverName: string) => SecureContext | undefined
}

/** One trust for every name: a ticket that was got under one name is good under another, and must be worth no more there. */
function createContexts({ options, certificates }: CompiledTls, { ca }: Trust): Contexts {
  // A session of before is none of this world, whatever becomes of the keys of its ticket.
  const shared: TlsOptions = { ...options, ca, sessionIdContext: randomBytes(16).toString('hex') }
  const made = certificates.map(({ cert, key }) => createContext({ ...shared, cert, key }))
  const indexOf = compileServerNames(certificates.map(({ leaf }) => leaf.subjectAltName))
  return { options: shared, named: (serverName) => made[indexOf(serverName)] }
}

/** What OpenSSL has against a pair (a key that is too short, say) is known before a server has it. */
function createContext(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options)
  } catch (cause) {
    throw policyError('ERR_POSTERN_CERTIFICATE', `OpenSSL does not serve this certificate: ${String(cause)}`, {
      path: ['certFile'],
      fix: 'Issue one with a key of 2048 bits RSA or P-256, or better.',
      cause,
    })
  }
}
