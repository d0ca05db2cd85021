/** Calls that pass an exemplar along with a value, and labels before both where a family has some. */
import type { ExemplarLabels } from '../series/exemplar.ts'
import type { Labels, UncheckedLabels } from '../series/labels.ts'

/** The value and the labels of a trace, after the labels of the series if there are any. */
export type ExemplarArguments<L extends string> = [L] extends [never]
  ? [value: number, exemplar: ExemplarLabels]
  : [labels: Labels<L>, value: number, exemplar: ExemplarLabels]

/** The same as a call without types may pass them. */
export type UncheckedExemplarArguments = readonly [first: unknown, second: unknown, third?: unknown]

export interface ExemplarCall {
  /** Undefined where the call passed none. */
  readonly labels: UncheckedLabels | undefined
  readonly value: unknown
  readonly exemplar: unknown
}

export function readExemplarArguments([first, second, third]: UncheckedExemplarArguments): ExemplarCall {
  // A null among them is meant for labels, and refused as such.
  if (typeof first !== 'object') return { labels: undefined, value: first, exemplar: second }
  return { labels: first as UncheckedLabels, value: second, exemplar: third }
}
