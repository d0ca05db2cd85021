/** The labels of a series as messages. */
import { ABSENT, type LabelDictionary } from '../../series/dictionary.ts'
import type { Exemplar } from '../../series/exemplar.ts'
import type { Family } from '../../series/family.ts'
import type { Segment } from '../../series/segment.ts'
import { encodeUtf8 } from '../byte-writer.ts'
import { unescapeLabelValue } from '../escape.ts'
import { MessageWriter } from './message.ts'

const BACKSLASH = 92

/** Field numbers of io.prometheus.client.LabelPair and Exemplar. */
const NAME = 1
const VALUE = 2
const EXEMPLAR = { label: 1, value: 2, timestamp: 3 } as const

const pair = new MessageWriter()
const scratch = new MessageWriter()

export class LabelMessages {
  readonly #dictionaries: readonly LabelDictionary[]
  readonly #names: readonly Uint8Array[]
  readonly #constant: readonly (readonly [name: Uint8Array, value: Uint8Array])[]

  /** @param spell How the scraper wants names that the alphabet of old does not have. */
  constructor(family: Family, spell: (name: string) => string) {
    this.#dictionaries = family.store.dictionaries
    this.#names = family.store.labelNames.map((name) => encodeUtf8(spell(name)))
    this.#constant = family.constantLabels.map(([name, escaped]) => [encodeUtf8(spell(name)), encodeUtf8(unescapeLabelValue(escaped))])
  }

  /** Appends a LabelPair under `field` for each label that the series has. */
  write(message: MessageWriter, field: number, segment: Segment, index: number): void {
    const count = this.#names.length
    for (let depth = 0; depth < count; depth += 1) {
      const id = segment.ids[index * count + depth] as number
      if (id === ABSENT) continue
      const dictionary = this.#dictionaries[depth] as LabelDictionary
      pair.clear().bytes(NAME, this.#names[depth] as Uint8Array)
      writeValue(dictionary, id)
      message.message(field, pair)
    }
    for (const [name, value] of this.#constant) message.message(field, pair.clear().bytes(NAME, name).bytes(VALUE, value))
  }
}

/** Values are kept as text formats want them; here a backslash is one again. */
function writeValue(dictionary: LabelDictionary, id: number): void {
  const start = dictionary.starts[id] as number
  const end = dictionary.starts[id + 1] as number
  let at = start
  while (at < end && dictionary.bytes[at] !== BACKSLASH) at += 1
  if (at === end) pair.bytes(VALUE, dictionary.bytes, start, end)
  else pair.bytes(VALUE, encodeUtf8(dictionary.valueOf(id)))
}

export function writeExemplarMessage(message: MessageWriter, field: number, { labels, value, timestamp }: Exemplar): void {
  const exemplar = new MessageWriter()
  for (const [name, text] of labels) {
    exemplar.message(EXEMPLAR.label, pair.clear().bytes(NAME, encodeUtf8(name)).bytes(VALUE, encodeUtf8(text)))
  }
  exemplar.double(EXEMPLAR.value, value).timestamp(EXEMPLAR.timestamp, timestamp * 1000, scratch)
  message.message(field, exemplar)
}
