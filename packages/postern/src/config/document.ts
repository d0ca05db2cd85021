/** A configuration file held against its schema: every fault with file, line and column. */
import { readFileSync } from 'node:fs'
import { PosternError, type SourcePlace } from '@postern/guard'
import type { ZodType, z } from 'zod'
import { commandError } from '../errors.ts'
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
  const { value, locate, locateKey } = parseYaml(text, file)
  if (value === undefined) {
    throw commandError('ERR_POSTERN_CONFIG', 'this file is empty', {
      fix: `${REFERENCE} postern init writes a whole one.`,
      source: { file },
    })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return { file, value: parsed.data, locate }
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, [])) as [SchemaFault, ...SchemaFault[]]
  // A key that is missing because it was misspelt is told as the misspelling.
  const first = faults.find(({ unknown }) => unknown) ?? faults[0]
  const { path, message, unknown } = first
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  throw commandError('ERR_POSTERN_CONFIG', `${message}${others}`, {
    path,
    fix: REFERENCE,
    source: unknown ? locateKey(path) : locate(path),
  })
}

const REFERENCE = 'See docs/reference/configuration.md for every key.'

interface SchemaFault {
  readonly path: ConfigPath
  readonly message: string
  readonly unknown: boolean
}

/** Where a value may have several forms, the fault is told of the form that reads furthest into it. */
function faultsOf(issue: z.core.$ZodIssue, outer: ConfigPath): readonly SchemaFault[] {
  const path = [...outer, ...issue.path] as ConfigPath
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: issue.message, unknown: true }))
  const forms = issue.code === 'invalid_union' ? issue.errors : []
  const furthest = forms.find((form) => form.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'))
  if (furthest) return furthest.flatMap((inner) => faultsOf(inner, path))
  return [{ path, message: issue.message, unknown: false }]
}

/** `error` as it looks from the configuration file: its path told as a place. What already names a line keeps it. */
export function atPlace(error: unknown, path: ConfigPath, locate: (path: ConfigPath) => SourcePlace): unknown {
  if (!(error instanceof PosternError)) return error
  const source = error.source?.line === undefined ? locate(path) : error.source
  return new PosternError(error.code, error.message, { path, fix: error.fix, source, cause: error.cause })
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
    const why = WHY.get(code) ?? `cannot be read (${code})`
    throw commandError('ERR_POSTERN_CONFIG', `the configuration file "${file}" ${why}`, {
      fix: 'Name a file that postern init has written, or run postern init.',
      cause,
    })
  }
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EISDIR', 'is a folder'],
  ['EACCES', 'may not be read by this user'],
])
