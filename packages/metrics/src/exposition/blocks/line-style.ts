/** The constant bytes of a family's lines in one format: everything but label values and numbers, encoded once. */

import { ABSENT, type LabelDictionary } from '../../series/dictionary.ts'
import type { Family } from '../../series/family.ts'
import type { Segment } from '../../series/segment.ts'
import { type ByteWriter, encodeUtf8 } from '../byte-writer.ts'
import type { NameSpelling } from './spelling.ts'

/** What stands around the labels of one line of each series. */
export interface LineShape {
  /** `name_bucket{` */
  readonly open: Uint8Array
  /** `,le="0.5"} `: up to the value. */
  readonly tail: Uint8Array
  /** All of it, for a series without labels of its own. */
  readonly bare: Uint8Array
}

const QUOTE = 34
const COMMA = 44

/** Writes the labels of a series, without braces; and makes the shapes of lines around them. */
export class LabelStyle {
  readonly #dictionaries: readonly LabelDictionary[]
  /** `method="`, then `",route="`: the quote that ends a value goes along with the next label. */
  readonly #opens: readonly Uint8Array[]
  /** `method="` for each label alone, for series that lack some. */
  readonly #names: readonly Uint8Array[]
  readonly #constant: string
  readonly #spelling: NameSpelling
  readonly #openBytes: number

  constructor(family: Family, spelling: NameSpelling) {
    const names = family.store.labelNames.map((name) => spelling.label(name))
    this.#dictionaries = family.store.dictionaries
    this.#opens = names.map((name, depth) => encodeUtf8(`${depth === 0 ? '' : '",'}${name}="`))
    this.#names = names.map((name) => encodeUtf8(`${name}="`))
    this.#constant = family.constantLabels.map(([name, text]) => `${spelling.label(name)}="${text}"`).join(',')
    this.#spelling = spelling
    this.#openBytes = this.#opens.reduce((sum, open) => sum + open.length, 1)
  }

  /**
   * A line with this name.
   * @param first Labels before those of the series, `le="1"`. @param last Labels after them.
   */
  shape(name: string, { first = '', last = '' }: { readonly first?: string; readonly last?: string } = {}): LineShape {
    const spelled = this.#spelling.metric(name)
    const quoted = spelled.startsWith('"')
    const before = [...(quoted ? [spelled] : []), ...(first === '' ? [] : [first])]
    const after = [...(this.#constant === '' ? [] : [this.#constant]), ...(last === '' ? [] : [last])]
    const label = quoted ? '' : spelled
    const alone = [...before, ...after].join(',')
    return {
      open: encodeUtf8(`${label}{${before.map((text) => `${text},`).join('')}`),
      tail: encodeUtf8(`${after.map((text) => `,${text}`).join('')}} `),
      bare: encodeUtf8(alone === '' ? `${label} ` : `${label}{${alone}} `),
    }
  }

  /** How many bytes {@link LabelStyle.write} takes for a series; zero when it has no labels of its own. */
  width(segment: Segment, index: number): number {
    const count = this.#opens.length
    if (count === 0) return 0
    let width = this.#openBytes
    const base = index * count
    for (let depth = 0; depth < count; depth += 1) {
      const id = segment.ids[base + depth] as number
      if (id === ABSENT) return this.#widthWithout(segment, base)
      width += (this.#dictionaries[depth] as LabelDictionary).widthOf(id)
    }
    return width
  }

  /** `method="GET",route="/"`. Room has been made. */
  write(writer: ByteWriter, segment: Segment, index: number): void {
    const count = this.#opens.length
    if (count === 0) return
    const base = index * count
    for (let depth = 0; depth < count; depth += 1) {
      if (segment.ids[base + depth] === ABSENT) {
        this.#writeWithout(writer, segment, base)
        return
      }
    }
    const { bytes } = writer
    let to = writer.length
    for (let depth = 0; depth < count; depth += 1) {
      const open = this.#opens[depth] as Uint8Array
      for (let from = 0; from < open.length; from += 1, to += 1) bytes[to] = open[from] as number
      const dictionary = this.#dictionaries[depth] as LabelDictionary
      const id = segment.ids[base + depth] as number
      const source = dictionary.bytes
      const end = dictionary.starts[id + 1] as number
      const start = dictionary.starts[id] as number
      if (end - start > LOOP_MAX) {
        bytes.set(source.subarray(start, end), to)
        to += end - start
      } else for (let from = start; from < end; from += 1, to += 1) bytes[to] = source[from] as number
    }
    bytes[to] = QUOTE
    writer.length = to + 1
  }

  #widthWithout(segment: Segment, base: number): number {
    let width = 0
    for (const [depth, name] of this.#names.entries()) {
      const id = segment.ids[base + depth] as number
      if (id !== ABSENT) width += name.length + (this.#dictionaries[depth] as LabelDictionary).widthOf(id) + 2
    }
    return width === 0 ? 0 : width - 1
  }

  #writeWithout(writer: ByteWriter, segment: Segment, base: number): void {
    const start = writer.length
    for (const [depth, name] of this.#names.entries()) {
      const id = segment.ids[base + depth] as number
      if (id === ABSENT) continue
      if (writer.length > start) writer.byte(COMMA)
      const dictionary = this.#dictionaries[depth] as LabelDictionary
      writer.write(name)
      writer.writeRange(dictionary.bytes, dictionary.starts[id] as number, dictionary.starts[id + 1] as number)
      writer.byte(QUOTE)
    }
  }
}

const LOOP_MAX = 256
