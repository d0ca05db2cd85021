/** Who may read, and over what: the `guard` and `tls` of a policy, or the web configuration file of an exporter in their place. */
import { dirname, resolve } from 'node:path'
import { type Guard, type GuardEvent, PosternError } from '@postern/guard'
import {
  type CompiledTls,
  compileTls,
  createTlsWorld,
  readSourceFile,
  type TlsSettings,
  type TlsWorld,
  type TlsWorldOptions,
} from '@postern/guard/tls'
import { openWebConfiguration } from '@postern/guard/web-configuration'
import { commandError } from '../errors.ts'
import { atPlace, type ConfigDocument, type ConfigPath } from './document.ts'
import { exampleOf } from './examples.ts'
import { compileGuard } from './guard.ts'
import { toFilePath, toOptions } from './option-names.ts'
import type { PolicyFile } from './schema.ts'

export interface Access {
  readonly guard: Guard
  /** Undefined: plain HTTP. */
  readonly tls: ListenerTls | undefined
  /** Whether anyone is asked who they are, by the guard or in the handshake. */
  readonly authenticates: boolean
  /** Faults that keep nothing from working, for the operator. Told as events already. */
  readonly warnings: readonly string[]
}

/** TLS that was judged, for the listeners of one gateway. */
export interface ListenerTls extends CompiledTls {
  /** Called once. The world is closed by who called. */
  open(options: Pick<TlsWorldOptions, 'guard' | 'onEvent' | 'watch'>): TlsWorld
}

export interface AccessSettings {
  readonly onEvent: ((event: GuardEvent) => void) | undefined
  /** Whether files are watched from now on. */
  readonly watch: boolean
}

/** @throws {PosternError} ERR_POSTERN_CONFIG where both forms stand or none, and those of `compileGuard`, `compileTls` and {@link openWebAccess}. */
export function compileAccess(document: ConfigDocument<PolicyFile>, settings: AccessSettings): Access {
  const { guard: mapping, tls: tlsMapping, web_config_file: file } = document.value
  if (file !== undefined) {
    refuseBoth(document)
    const path = ['web_config_file']
    return openWebAccess(resolve(dirname(document.file), file), settings, (error) => {
      return error.source?.line === undefined ? atPlace(error, path, (inner) => document.locate(inner)) : error
    })
  }
  if (mapping === undefined) {
    throw commandError('ERR_POSTERN_CONFIG', 'the key "guard" is missing', {
      fix: `Add it: ${exampleOf(['guard'])}`,
      source: document.locate([]),
    })
  }
  const guard = compileGuard(document, mapping, settings.onEvent, settings.watch)
  const tls = tlsMapping && compileListenerTls(document, tlsMapping)
  const warnings = tls?.warnings ?? []
  for (const message of warnings) settings.onEvent?.({ type: 'warning', message })
  return { guard, tls, authenticates: guard.authenticates, warnings: [...warnings, ...guard.warnings] }
}

/**
 * Who may read by the file of an exporter alone.
 * @param file absolute
 * @param locate what becomes of a fault: one of the file itself has its place there already
 * @throws {PosternError} those of `openWebConfiguration`
 */
export function openWebAccess(file: string, { onEvent, watch }: AccessSettings, locate: (error: PosternError) => unknown): Access {
  try {
    const { guard, tls, authenticates, warnings } = openWebConfiguration(file, { watch, ...(onEvent && { onEvent }) })
    return { guard, tls: tls && { ...tls.current, open: () => tls }, authenticates, warnings }
  } catch (error) {
    throw error instanceof PosternError ? locate(error) : error
  }
}

function refuseBoth(document: ConfigDocument<PolicyFile>): void {
  const other = (['guard', 'tls'] as const).find((key) => document.value[key] !== undefined)
  if (other === undefined) return
  const path: ConfigPath = [other]
  throw commandError('ERR_POSTERN_CONFIG', `"${other}" stands beside "web_config_file", and that file says who may read, and over what`, {
    path,
    fix: 'Take one of them out.',
    source: document.locate(path),
  })
}

function compileListenerTls(document: ConfigDocument<PolicyFile>, mapping: NonNullable<PolicyFile['tls']>): ListenerTls {
  const settings = toOptions(mapping, dirname(document.file)) as TlsSettings
  try {
    return { ...compileTls(settings, readSourceFile, Date.now()), open: (options) => createTlsWorld(settings, options) }
  } catch (error) {
    const path = error instanceof PosternError ? toFilePath(error.path) : []
    throw atPlace(error, ['tls', ...path], (inner) => document.locate(inner))
  }
}
