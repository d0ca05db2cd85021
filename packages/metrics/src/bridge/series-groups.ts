/** Series by the identity that Prometheus sees, whatever others told them apart by. */
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import type { LabelPair, LabelsText, LabelValue } from '../series/labels.ts'

/** A label as a program passed it. */
export type UncheckedLabel = readonly [name: string, value: LabelValue | null | undefined]

/**
 * Two label sets are one series here when their texts are the same in an exposition. A label that is empty, undefined or null is none:
 * Prometheus takes an empty label for absent, and a text for the other two would be an invention.
 */
export class SeriesGroups<T> {
  /** In the order in which they were first seen. */
  readonly labelNames: string[] = []
  readonly #columns = new Map<string, number>()
  readonly #groups = new Map<string, { readonly texts: LabelsText; readonly content: T }>()

  /** What was put under these labels, or what `create` makes for them. Cost: linear in the texts. */
  at(labels: Iterable<UncheckedLabel>, create: () => T): T {
    const texts: (string | undefined)[] = []
    for (const [name, text] of readTexts(labels)) {
      const column = this.#columnOf(name)
      while (texts.length < column) texts.push(undefined)
      texts[column] = text
    }
    // A column never moves, so that a label seen later changes no key; as JSON, no text can pass for two.
    const key = JSON.stringify(texts)
    const known = this.#groups.get(key)
    if (known !== undefined) return known.content
    const content = create()
    this.#groups.set(key, { texts, content })
    return content
  }

  /** What `finish` makes of each, with its label texts in the order of `labelNames`. */
  map<S>(finish: (labels: LabelsText, content: T) => S): S[] {
    return Array.from(this.#groups.values(), ({ texts, content }) =>
      finish(
        this.labelNames.map((_, column) => texts[column]),
        content,
      ),
    )
  }

  #columnOf(name: string): number {
    const known = this.#columns.get(name)
    if (known !== undefined) return known
    this.#columns.set(name, this.labelNames.length)
    return this.labelNames.push(name) - 1
  }
}

function* readTexts(labels: Iterable<UncheckedLabel>): Generator<LabelPair> {
  for (const [name, value] of labels) {
    if (value === undefined || value === null) continue
    const text = replaceLoneSurrogates(String(value))
    if (text !== '') yield [name, text]
  }
}
