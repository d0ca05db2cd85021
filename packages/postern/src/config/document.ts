/** A YAML file that still knows where each value stands, so that a fault can be told with line and column. */
import { readFileSync } from 'node:fs'
import { PosternError, type SourcePlace } from '@postern/guard'
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, parseDocument } from 'yaml'
import type { ZodType } from 'zod'
import { commandError } from '../errors.ts'

export type ConfigPath = readonly (string | number)[]

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
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const placeOf = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const fault = document.errors[0]
  if (fault) {
    const several = fault.code === 'MULTIPLE_DOCS' || parseAllDocuments(text).length > 1
    throw commandError('ERR_POSTERN_CONFIG', several ? 'this file holds several YAML documents' : yamlFault(fault.code, fault.message), {
      fix: several ? 'Keep one, without --- between.' : 'Mend the YAML at this place.',
      source: placeOf(fault.pos[0]),
    })
  }
  const locate = (path: ConfigPath): SourcePlace => placeOf(offsetOf(document.contents, path))
  const parsed = schema.safeParse(toValue(document, file))
  if (parsed.success) return { file, value: parsed.data, locate }
  const [issue, ...others] = parsed.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...(issue?.path ?? []), ...unknown] as ConfigPath
  throw commandError(
    'ERR_POSTERN_CONFIG',
    `${issue?.message ?? 'the file is not understood'}${others.length > 0 ? ` (and ${others.length} more)` : ''}`,
    {
      path,
      fix: 'See docs/reference/configuration.md for every key.',
      // An unknown key is shown itself, a wrong value at the value.
      source: unknown.length > 0 ? placeOf(offsetOf(document.contents, path, 'key')) : locate(path),
    },
  )
}

/** `error` as it looks from the configuration file: its path told as a place. What already names a line keeps it. */
export function atPlace(error: unknown, path: ConfigPath, locate: (path: ConfigPath) => SourcePlace): unknown {
  if (!(error instanceof PosternError)) return error
  const source = error.source?.line === undefined ? locate(path) : error.source
  return new PosternError(error.code, error.message, { path, fix: error.fix, source, cause: error.cause })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EISDIR'
          ? 'is a folder'
          : code === 'EACCES'
            ? 'may not be read by this user'
            : `cannot be read (${String(code)})`
    throw commandError('ERR_POSTERN_CONFIG', `the configuration file "${file}" ${why}`, {
      fix: 'Name a file that postern init has written, or run postern init.',
      cause,
    })
  }
}

function toValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 })
  } catch (cause) {
    throw commandError('ERR_POSTERN_CONFIG', 'aliases in this file unfold to more than a configuration can hold', {
      fix: 'Write the values out.',
      source: { file },
      cause,
    })
  }
}

function yamlFault(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in its mapping'
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line, and YAML allows only spaces'
  const text = message.split('\n')[0] ?? message
  return `this is not YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

/** Follows `path` as far as it exists. A missing or unknown key is told at the key itself where there is one, else at its mapping. */
function offsetOf(root: Node | null, path: ConfigPath, end: 'key' | 'value' = 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key))
      if (!pair) return offset
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return end === 'value' && isScalar(node) ? (node.range?.[0] ?? offset) : offset
}
