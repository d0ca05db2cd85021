/**
 * YAML 1.1 as Go's yaml.v2 reads it into typed fields: a text field takes the source text of any scalar, a truth is `yes` as well as
 * `true` but never a quoted one, a key is known and stands once. A file that an exporter reads must come to mean the same here.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments, type Scalar } from 'yaml'
import { type PosternError, policyError, type SourcePlace } from '../errors.ts'

/** A value of the file; undefined where there is none, or where `null` stands, which Go leaves at the default. */
export type YamlValue = Node | undefined

export interface YamlEntry {
  readonly key: string
  readonly keyNode: Node
  readonly value: YamlValue
}

/** Aliases may repeat a value; chains of them are a bomb. */
const MAX_ALIAS_DEPTH = 4

export class YamlReader {
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #resolve: (node: unknown) => unknown
  /** The first document; undefined for a file without any, which is valid and asks for nothing. */
  readonly root: YamlValue

  /** @throws {PosternError} ERR_POSTERN_WEB_CONFIG for text that is no YAML. */
  constructor(text: string, file: string) {
    this.#file = file
    const [document] = parseAllDocuments(text, {
      version: '1.1',
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
      keepSourceTokens: true,
    })
    this.#resolve = (node) => {
      let found = node
      for (let depth = 0; isAlias(found) && depth < MAX_ALIAS_DEPTH; depth += 1) found = document && found.resolve(document)
      return found
    }
    const [error] = document?.errors ?? []
    if (error) throw this.#faultAt(error.pos[0], `this is not YAML: ${error.message}`, 'Mend the line, or quote the value.')
    this.root = this.#valueOf(document?.contents)
  }

  /**
   * The entries of a mapping; none where there is no value.
   * @param keys those that may stand there; left out, any may
   */
  readMapping(value: YamlValue, path: readonly string[], keys?: readonly string[]): readonly YamlEntry[] {
    if (value === undefined) return []
    if (!isMap(value)) throw this.refuse(value, path, `is ${this.#describe(value)} and not a mapping`, 'Write keys, each with a colon.')
    const entries: YamlEntry[] = []
    for (const pair of value.items) this.#addEntry(entries, pair, path, keys)
    return entries
  }

  readText(value: YamlValue, path: readonly string[]): string | undefined {
    if (value === undefined) return undefined
    // Go takes the text as it stands: 1 and yes are texts where a text is asked for.
    if (isScalar(value)) return sourceOf(value)
    throw this.refuse(value, path, `is ${this.#describe(value)} and not a text`, 'Write one value.')
  }

  readTruth(value: YamlValue, path: readonly string[]): boolean | undefined {
    if (value === undefined) return undefined
    if (isScalar(value) && typeof value.value === 'boolean') return value.value
    throw this.refuse(value, path, `is ${this.#describe(value)} and not a truth`, 'Write true or false, without quotes.')
  }

  /** A number without its fraction, as Go takes it. */
  readWhole(value: YamlValue, path: readonly string[]): number | undefined {
    if (value === undefined) return undefined
    if (isScalar(value) && typeof value.value === 'number' && Number.isFinite(value.value)) return Math.trunc(value.value)
    throw this.refuse(value, path, `is ${this.#describe(value)} and not a number`, 'Write a whole number.')
  }

  /** Undefined where there is no list; an empty one is one. */
  readList(value: YamlValue, path: readonly string[]): readonly YamlValue[] | undefined {
    if (value === undefined) return undefined
    if (isSeq(value)) return value.items.map((item) => this.#valueOf(item))
    throw this.refuse(value, path, `is ${this.#describe(value)} and not a list`, 'Write a list: [one, another].')
  }

  readTexts(value: YamlValue, path: readonly string[]): readonly string[] | undefined {
    return this.readList(value, path)?.map((item) => this.readText(item, path) ?? '')
  }

  /** Whether a number stands there, and no text that looks like one. */
  isNumber(value: YamlValue): boolean {
    return isScalar(value) && typeof value.value === 'number'
  }

  placeOf(value: YamlValue): SourcePlace {
    return this.#place(offsetOf(value))
  }

  /** A fault of the value, whose path begins its sentence. */
  refuse(value: YamlValue, path: readonly string[], why: string, fix: string): PosternError {
    return this.#faultAt(offsetOf(value), `${nameOf(path)} ${why}`, fix)
  }

  #addEntry(entries: YamlEntry[], { key, value }: Pair, path: readonly string[], keys: readonly string[] | undefined): void {
    const keyNode = this.#resolve(key)
    if (!isScalar(keyNode)) throw this.#faultAt(offsetOf(key as Node), 'a key is a text, and this one is not', 'Write one word.')
    const name = sourceOf(keyNode)
    // Known to YAML 1.1: the entries of another mapping, which those written out win over.
    if (name === '<<' && keyNode.type === 'PLAIN') {
      for (const merged of this.readMapping(this.#valueOf(value), path, keys)) {
        if (!entries.some((entry) => entry.key === merged.key)) entries.push(merged)
      }
      return
    }
    if (keys && !keys.includes(name)) {
      throw this.#faultAt(offsetOf(keyNode), `${nameOf(path)} has no key "${name}"`, `Its keys are ${keys.join(', ')}.`)
    }
    if (entries.some((entry) => entry.key === name)) {
      throw this.#faultAt(offsetOf(keyNode), `${nameOf(path)} has the key "${name}" twice`, 'Take one of them out.')
    }
    entries.push({ key: name, keyNode, value: this.#valueOf(value) })
  }

  #valueOf(node: unknown): YamlValue {
    const found = this.#resolve(node) as Node | null | undefined
    return found === null || found === undefined || (isScalar(found) && found.value === null) ? undefined : found
  }

  #describe(value: Node): string {
    if (isMap(value)) return 'a mapping'
    return isSeq(value) ? 'a list' : describeText(sourceOf(value as Scalar))
  }

  #faultAt(offset: number, message: string, fix: string): PosternError {
    return policyError('ERR_POSTERN_WEB_CONFIG', message, { fix, source: this.#place(offset) })
  }

  #place(offset: number): SourcePlace {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line, column: col }
  }
}

/** As written, without quotes: `1` and `0x10` and `yes` stay what they look like. */
const sourceOf = ({ source }: Scalar): string => source as string

const nameOf = (path: readonly string[]): string => path.join('.') || 'the file'

/** Every node that was parsed has its range. */
const offsetOf = (value: YamlValue): number => (value === undefined ? 0 : (value.range as [number, number, number])[0])

/** A short word is repeated. Anything else helps nobody, and may be a hash or a key in the wrong place. */
const describeText = (text: string): string => (/^[\w.:-]{0,24}$/.test(text) ? `the text or number "${text}"` : 'a text')
