/** A configuration file held against its schema: every fault with file, line and column. */
import { readFileSync } from 'node:fs'
import { PosternError, type SourcePlace } from '@postern/guard'
import type { ZodType } from 'zod'
import { commandError } from '../errors.ts'
import { firstFault } from './faults.ts'
import { type ConfigPath, parseYaml } from './yaml.ts'

export type { ConfigPath } from './yaml.ts'

export interface ConfigDocument<T> {
  readonly file: string
  readonly value: T
  /** The place of the value at `path`, or of the nearest one above it that exists. */
  locate(path: ConfigPath): SourcePlace
}

/**
 * Reads `file` and holds it against `schema`.
 * @throws {PosternError} ERR_POSTERN_CONFIG, with line and column: a file that cannot be read, YAML that cannot be parsed, a key that is
 * unknown or stands twice, a value of the wrong type. The first fault is told; the others are counted.
 */
export function readDocument<T>(file: string, schema: ZodType<T>): ConfigDocument<T> {
  return parseConfig(readText(file), file, schema)
}

/** The same for text that is at hand. */
export function parseConfig<T>(text: string, file: string, schema: ZodType<T>): ConfigDocument<T> {
  const { value, locate, locateKey, spelling } = parseYaml(text, file)
  if (value === undefined) {
    throw commandError('ERR_POSTERN_CONFIG', 'this file is empty', {
      fix: 'Write its keys, or make a whole one with: postern init',
      source: { file },
    })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { file, value: parsed.data, locate }
  const { path, at, part, message, fix } = firstFault(parsed.error.issues, { value, spelling })
  throw commandError('ERR_POSTERN_CONFIG', message, { path: openPath(path), fix, source: part === 'key' ? locateKey(at) : locate(at) })
}

/** `error` as it looks from the configuration file: its path told as a place. What already names a line keeps it. */
export function atPlace(error: unknown, path: ConfigPath, locate: (path: ConfigPath) => SourcePlace): unknown {
  if (!(error instanceof PosternError)) return error
  const source = error.source?.line === undefined ? locate(path) : error.source
  return error.with({ path: openPath(path), source })
}

/** Without the keys from the first one on that is a hash or digest: somebody wrote a user and a hash the other way round. */
function openPath(path: ConfigPath): ConfigPath {
  const secret = path.findIndex((part) => typeof part === 'string' && /^\$\w+\$|[0-9a-f]{32}/i.test(part))
  return secret < 0 ? path : path.slice(0, secret)
}

/** Runs `compile`; its fault is told as one at `path` of `document`. */
export function compileAt<T>(document: Pick<ConfigDocument<unknown>, 'locate'>, path: ConfigPath, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    throw atPlace(error, path, (inner) => document.locate(inner))
  }
}

function readText(file: string): string {
  const bytes = readBytes(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw commandError('ERR_POSTERN_CONFIG', `the configuration file "${file}" is not UTF-8 text`, { fix: 'Save it as UTF-8.' })
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const { why, fix } = UNREAD.get(code) ?? { why: `cannot be read (${code})`, fix: 'Name a file that can be read.' }
    throw commandError('ERR_POSTERN_CONFIG', `the configuration file "${file}" ${why}`, { fix, cause })
  }
}

const UNREAD: ReadonlyMap<string, { readonly why: string; readonly fix: string }> = new Map([
  ['ENOENT', { why: 'does not exist', fix: 'Name an existing file, or make one with: postern init' }],
  ['EISDIR', { why: 'is a folder', fix: 'Name a file in it.' }],
  ['EACCES', { why: 'may not be read by this user', fix: 'Give this user the right to read it, or run as one that has it.' }],
])
