/** Lines with prom-client's order of labels: that of each series' first call, and before them the default labels of a histogram. */
import { LabelStyle, type LineShape } from '../exposition/blocks/line-style.ts'
import type { NameSpelling } from '../exposition/blocks/spelling.ts'
import { type ByteWriter, encodeUtf8 } from '../exposition/byte-writer.ts'
import { ABSENT, type LabelDictionary } from '../series/dictionary.ts'
import type { Family } from '../series/family.ts'
import type { LabelPair } from '../series/labels.ts'
import type { Segment } from '../series/segment.ts'

/** Names are checked when a metric is made, and are of the old alphabet. */
const AS_IS: NameSpelling = { family: (name) => name, metric: (name) => name, label: (name) => name }
const COMMA = 44
const QUOTE = 34

export class DropInLabelStyle extends LabelStyle {
  readonly #before: string
  /** By name: the place in the store, and `name="`. */
  readonly #labels: ReadonlyMap<string, { readonly depth: number; readonly open: Uint8Array; readonly dictionary: LabelDictionary }>

  /** @param before Labels that come before those of the series in every line, their values escaped. */
  constructor(family: Family, before: readonly LabelPair[]) {
    super(family, AS_IS)
    this.#before = before.map(([name, text]) => `${name}="${text}"`).join(',')
    const { labelNames, dictionaries } = family.store
    this.#labels = new Map(
      labelNames.map((name, depth) => [name, { depth, open: encodeUtf8(`${name}="`), dictionary: dictionaries[depth] as LabelDictionary }]),
    )
  }

  override shape(name: string, { first = '', last = '' }: { readonly first?: string; readonly last?: string } = {}): LineShape {
    return super.shape(name, { first: [first, this.#before].filter(Boolean).join(','), last })
  }

  override write(writer: ByteWriter, segment: Segment, index: number): void {
    const origin = segment.origins?.[index]
    if (origin === undefined) super.write(writer, segment, index)
    else this.#writeAs(origin, writer, segment, index)
  }

  /** Takes the same bytes as the order of the store does, so `width` holds. */
  #writeAs(origin: object, writer: ByteWriter, segment: Segment, index: number): void {
    const start = writer.length
    const base = index * segment.labelCount
    for (const name in origin) {
      const label = this.#labels.get(name)
      const id = label === undefined ? ABSENT : (segment.ids[base + label.depth] as number)
      if (label === undefined || id === ABSENT) continue
      const { open, dictionary } = label
      if (writer.length > start) writer.byte(COMMA)
      writer.write(open)
      writer.writeRange(dictionary.bytes, dictionary.starts[id] as number, dictionary.starts[id + 1] as number)
      writer.byte(QUOTE)
    }
  }
}
