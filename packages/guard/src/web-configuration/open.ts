/** The web configuration file of an exporter in force: a guard and a TLS world, both made from it, and from it again when it changes. */
import { PosternError, policyError } from '../errors.ts'
import type { GuardEvent } from '../events.ts'
import { createGuard, type Guard, type GuardEnvironment, SYSTEM } from '../guard.ts'
import type { FileReader } from '../sources/file.ts'
import type { WatchTimes } from '../sources/watch.ts'
import type { ClientAuth } from '../tls/client-auth.ts'
import { createTlsWorld, type TlsWorld } from '../tls/world.ts'
import { toClientAuth, toGuardOptions, toTlsSettings } from './compile.ts'
import { readWebConfiguration, type WebConfiguration, type WebTlsConfiguration } from './read.ts'

export interface WebEndpointSettings {
  /** Hears what guard and TLS have to tell. */
  readonly onEvent?: (event: GuardEvent) => void
  /** Whether the file, and those that it names, are taken when they change. Default true. */
  readonly watch?: boolean | WatchTimes
  readonly environment?: GuardEnvironment
}

export interface WebEndpoint {
  readonly guard: Guard
  /** Undefined: the file asks for plain HTTP. */
  readonly tls: TlsWorld | undefined
  /** Whether HTTP/2 is spoken, where TLS is. As at the start, also when the file says otherwise later. */
  readonly http2: boolean
  /** Whether anyone is asked who they are: for a password, or for a certificate that is verified. As at the start: it does not come to an end. */
  readonly authenticates: boolean
  /** Faults that do not keep the file from being used, also told as events. */
  readonly warnings: readonly string[]
  close(): Promise<void>
}

/**
 * @param file absolute, or from the current folder
 * @throws {PosternError} ERR_POSTERN_WEB_CONFIG, ERR_POSTERN_HASH, ERR_POSTERN_FILE or ERR_POSTERN_CERTIFICATE; afterwards faults are
 * events, and what was good last stays in force: the toolkit would answer 500.
 */
export function openWebConfiguration(file: string, settings: WebEndpointSettings = {}): WebEndpoint {
  const { onEvent, watch = true, environment = SYSTEM } = settings
  const first = read(file, environment.readFile)
  const again = (readFile: FileReader): WebConfiguration => {
    const config = read(file, readFile)
    if (asks(first) && !asks(config)) {
      throw policyError('ERR_POSTERN_OPEN', `"${file}" asks nobody who they are any more`, {
        fix: 'Start anew with it, if the endpoint is to be open from now on.',
      })
    }
    if ((config.tls === undefined) === (first.tls === undefined)) return config
    throw policyError('ERR_POSTERN_OPEN', `"${file}" turns TLS ${config.tls ? 'on' : 'off'}, and what listens cannot change that`, {
      fix: 'Start anew.',
    })
  }
  const guard = createGuard((readFile) => toGuardOptions(again(readFile)), { ...(onEvent && { onEvent }), watch, environment })
  const tlsOf = (readFile: FileReader): WebTlsConfiguration => again(readFile).tls as WebTlsConfiguration
  const openTls = (): TlsWorld =>
    createTlsWorld((readFile) => toTlsSettings(tlsOf(readFile), file), {
      clientAuth: (readFile) => toClientAuth(tlsOf(readFile), file, readFile),
      onEvent: (event) => onEvent?.(event),
      watch,
      // What Go would serve, this serves: TLS 1.0 where the file says so.
      allowances: { lenient: true },
      readFile: environment.readFile,
      now: environment.now,
    })
  try {
    const tls = first.tls && inFile(first, openTls)
    const told = [...first.warnings, ...(tls ? [...tls.current.warnings, ...(tls.clientAuth as ClientAuth).warnings] : [])]
    for (const message of told) onEvent?.({ type: 'warning', message })
    const warnings = [...told, ...guard.warnings]
    return {
      guard,
      tls,
      http2: first.http2,
      authenticates: asks(first),
      warnings,
      async close() {
        tls?.close()
        await guard.close()
      },
    }
  } catch (error) {
    void guard.close()
    throw error
  }
}

function read(file: string, readFile: FileReader): WebConfiguration {
  return readWebConfiguration(readFile(file, []).text, file)
}

/** Modes that take any certificate, or none, ask for nothing that could not be made up. */
const asks = ({ users, tls }: WebConfiguration): boolean => users.size > 0 || tls?.clientAuthType === 'RequireAndVerifyClientCert'

/** A fault of what the file names is one of the line that names it. */
function inFile<T>({ tls }: WebConfiguration, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    const [option, ...rest] = error.path
    const { certificate, key, clientAuthority } = tls as WebTlsConfiguration
    if (option === 'tls_server_config') throw error.with({ source: clientAuthority?.place })
    const source = String(option).startsWith('key') ? key.place : certificate.place
    throw error.with({ path: ['tls_server_config', snakeCase(String(option)), ...rest], source })
  }
}

const snakeCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
