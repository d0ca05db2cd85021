/** Exemplars as prom-client keeps them: a set of labels, a value and a time, of which an exposition shows the latest. */

import { replaceLoneSurrogates } from '../exposition/escape.ts'
import { isExemplarTooLong } from '../exposition/exemplar-length.ts'
import { quote } from '../names.ts'
import type { Exemplar as WrittenExemplar } from '../series/exemplar.ts'
import type { LabelPair } from '../series/labels.ts'
import { type AnyLabels, isObject, textOf, validateLabelName } from './validation.ts'

export class Exemplar implements WrittenExemplar {
  labelSet: AnyLabels
  value: number
  /** Unix seconds. */
  declare timestamp: number

  constructor(labelSet: AnyLabels = {}, value: number | null = null) {
    this.labelSet = labelSet
    this.value = value as number
  }

  /** For a caller to change as it likes. */
  copy(): Exemplar {
    return Object.assign(new Exemplar({ ...this.labelSet }, this.value), { timestamp: this.timestamp })
  }

  /** For the writers of expositions. */
  get labels(): readonly LabelPair[] {
    return Object.entries(this.labelSet).map(([name, value]): LabelPair => [name, replaceLoneSurrogates(textOf(value))])
  }

  /**
   * @throws {RangeError} when names and values together are longer than 128 characters.
   * @throws {TypeError} for a name that could not stand in an exposition.
   */
  validateExemplarLabelSet(labelSet: AnyLabels): void {
    const labels = Object.entries(labelSet).map(([name, value]) => [name, textOf(value)] as const)
    for (const [name] of labels) {
      if (!validateLabelName([name])) {
        throw new TypeError(`The exemplar has the label ${quote(name)}: a name has letters, digits and "_". Write it like trace_id.`)
      }
    }
    if (isExemplarTooLong(labels)) throw new RangeError('Label set size must be smaller than 128 UTF-8 chars')
  }
}

/** @throws as {@link Exemplar.validateExemplarLabelSet} does. The labels are copied, of objects the text of now. */
export function createExemplar(labels: AnyLabels, value: number): Exemplar {
  const kept = Object.entries(labels).map(([name, given]) => [name, isObject(given) ? textOf(given) : given] as const)
  const exemplar = new Exemplar(Object.fromEntries(kept), value)
  exemplar.validateExemplarLabelSet(exemplar.labelSet)
  exemplar.timestamp = Date.now() / 1000
  return exemplar
}
