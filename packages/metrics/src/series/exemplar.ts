/** Exemplars: one observation that stands for many, with the trace it came from. */

import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { MAX_EXEMPLAR_CHARACTERS } from '../exposition/exemplar-length.ts'
import { checkLabelName, quote } from '../names.ts'
import type { LabelPair, LabelValue } from './labels.ts'

/** Usually `{ trace_id, span_id }`; names and values together at most 128 Unicode characters. */
export type ExemplarLabels = Readonly<Record<string, LabelValue>>

export interface Exemplar {
  readonly labels: readonly LabelPair[]
  readonly value: number
  /** Unix seconds. */
  readonly timestamp: number
}

/**
 * @param timestamp Unix seconds.
 * @throws {TypeError} when it is no object of labels, or a label is malformed.
 * @throws {RangeError} when names and values are too long together.
 */
export function createExemplar(owner: string, labels: unknown, value: number, timestamp: number): Exemplar {
  if (labels === null || typeof labels !== 'object') {
    throw new TypeError(
      `${owner} was given the exemplar ${quote(labels)}. Pass an object of labels, such as { trace_id: '4bf92f3577b34da6' }.`,
    )
  }
  const pairs: LabelPair[] = []
  let characters = 0
  for (const [name, given] of Object.entries(labels)) {
    checkLabelName(`The exemplar of ${owner}`, name)
    const text = replaceLoneSurrogates(String(given))
    characters += Array.from(name).length + Array.from(text).length
    pairs.push([name, text])
  }
  if (characters > MAX_EXEMPLAR_CHARACTERS) {
    throw new RangeError(
      `${owner} was given an exemplar of ${characters} characters in [${pairs.map(([name]) => name).join(', ')}], and OpenMetrics allows ${MAX_EXEMPLAR_CHARACTERS}. Pass the trace and span alone.`,
    )
  }
  return { labels: pairs, value, timestamp }
}
