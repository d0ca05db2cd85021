/** YAML text that still knows where each value stands. What the parser would let pass, or tell in the file's own words, is a fault here. */
import type { SourcePlace } from '@postern/guard'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, parseDocument, visit } from 'yaml'
import { commandError } from '../errors.ts'

export type ConfigPath = readonly (string | number)[]

export interface YamlText {
  /** Plain values; undefined where the file holds none. */
  readonly value: unknown
  /** The place of the value at `path`, or of the nearest one above it that exists. */
  readonly locate: (path: ConfigPath) => SourcePlace
  /** The place of the key at `path`. */
  readonly locateKey: (path: ConfigPath) => SourcePlace
}

type Document = ReturnType<typeof parseDocument>

interface Fault {
  readonly message: string
  readonly fix: string
  /** In characters from the start; undefined where the whole file is meant. */
  readonly offset?: number | undefined
}

/** Aliases may repeat a few values; more of them are a bomb. */
const MAX_ALIASES = 20
const MEND = 'Mend the YAML at this place.'

/** @throws {PosternError} ERR_POSTERN_CONFIG, with line and column; the message repeats keys of the file and never a value. */
export function parseYaml(text: string, file: string): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const placeOf = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const refuse = ({ message, fix, offset }: Fault): Error =>
    commandError('ERR_POSTERN_CONFIG', message, { fix, source: offset === undefined ? { file } : placeOf(offset) })
  const fault = syntaxFault(document, text) ?? nodeFault(document)
  if (fault) throw refuse(fault)
  return {
    value: toValue(document, refuse),
    locate: (path) => placeOf(offsetOf(document.contents, path, 'value')),
    locateKey: (path) => placeOf(offsetOf(document.contents, path, 'key')),
  }
}

/** Warnings of the parser are faults too: a tag that is passed over, or a directive, means something to whoever wrote it. */
function syntaxFault(document: Document, text: string): Fault | undefined {
  const fault = document.errors[0] ?? document.warnings[0]
  if (!fault) return undefined
  const [offset] = fault.pos
  const several = fault.code === 'MULTIPLE_DOCS' || parseAllDocuments(text).length > 1
  if (several) return { message: 'this file holds several YAML documents', fix: 'Keep one, without --- between.', offset }
  return { message: WORDS.get(fault.code) ?? `this is not YAML: ${withoutQuotation(fault.message)}`, fix: MEND, offset }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['DUPLICATE_KEY', 'this key stands twice in its mapping'],
  ['TAB_AS_INDENT', 'a tab indents this line, and YAML allows only spaces'],
  ['TAG_RESOLVE_FAILED', 'this tag is unknown, and a value needs none here'],
  ['BAD_DIRECTIVE', 'this line is a directive, and a configuration needs none'],
  ['BAD_DQ_ESCAPE', 'a backslash in double quotes starts an escape that YAML does not have'],
])

/** The parser's own words without what it repeats of the file after a colon, which may be a hash. */
const withoutQuotation = (message: string): string =>
  `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/: (?!between ).*$/s, '')

/** What parses and must not be: a key that JavaScript would lose, and an alias that leads nowhere. */
function nodeFault(document: Document): Fault | undefined {
  let fault: Fault | undefined
  visit(document, {
    Pair(_, { key }) {
      const offset = (key as Node | null)?.range?.[0]
      if (!isScalar(key)) fault = { message: 'a key is a text, and this one is not', fix: MEND, offset }
      else if (key.value === '__proto__') fault = { message: '"__proto__" cannot be a key', fix: 'Take it out.', offset }
      return fault && visit.BREAK
    },
    Alias(_, alias) {
      if (alias.resolve(document)) return undefined
      fault = { message: 'this alias has no anchor before it', fix: 'Write the value out.', offset: alias.range?.[0] }
      return visit.BREAK
    },
  })
  return fault
}

function toValue(document: Document, refuse: (fault: Fault) => Error): unknown {
  try {
    return document.contents === null ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    throw refuse({ message: 'aliases in this file unfold to more than a configuration can hold', fix: 'Write the values out.' })
  }
}

/** Follows `path` as far as it exists. A missing or unknown key is told at the key itself where there is one, else at its mapping. */
function offsetOf(root: Node | null, path: ConfigPath, part: 'key' | 'value'): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (!pair) return offset
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else return offset
  }
  return part === 'value' && (isScalar(node) || isAlias(node)) ? (node.range?.[0] ?? offset) : offset
}
