/** YAML text that still knows where each value stands. What the parser would let pass, or tell in the file's own words, is a fault here. */
import type { SourcePlace } from '@postern/guard'
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { commandError } from '../errors.ts'
import { type Document, type Fault, syntaxFault } from './syntax.ts'

export type ConfigPath = readonly (string | number)[]

export interface YamlText {
  /** Plain values; undefined where the file holds none. */
  readonly value: unknown
  /** The place of the value at `path`, or of the nearest one above it that exists. */
  readonly locate: (path: ConfigPath) => SourcePlace
  /** The place of the key at `path`. */
  readonly locateKey: (path: ConfigPath) => SourcePlace
  /** The value at `path` as the file spells it, without quotes; undefined where no text, number or truth value stands. */
  readonly spelling: (path: ConfigPath) => string | undefined
}

/** Aliases may repeat a few values; more of them are a bomb. */
const MAX_ALIASES = 20

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
  const fault = syntaxFault(document, text, lines) ?? nodeFault(document)
  if (fault) throw refuse(fault)
  return {
    value: toValue(document, refuse),
    locate: (path) => placeOf(offsetOf(document.contents, path, 'value')),
    locateKey: (path) => placeOf(offsetOf(document.contents, path, 'key')),
    spelling: (path) => {
      const node = path.length === 0 ? document.contents : document.getIn(path, true)
      return isScalar(node) ? node.source : undefined
    },
  }
}

/** What parses and must not be: a key that JavaScript would lose, and an alias that leads nowhere. */
function nodeFault(document: Document): Fault | undefined {
  let fault: Fault | undefined
  visit(document, {
    Pair(_, { key }) {
      const offset = (key as Node | null)?.range?.[0]
      if (!isScalar(key)) fault = { message: 'a key is a text, and this one is not', fix: 'Write one word and a colon.', offset }
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
