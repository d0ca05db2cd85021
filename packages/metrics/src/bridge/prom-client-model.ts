/** The shapes of prom-client 15 and @prometheus-io/client 0.16, as far as they are read. Nothing of either is imported. */
import { quote } from '../names.ts'
import type { UncheckedLabels } from '../series/labels.ts'
import type { UncheckedLabel } from './series-groups.ts'

/** A registry of either library, or of one that was made like them. */
export interface PromClientLike {
  readonly contentType?: string
  getMetricsAsJSON(): Promise<readonly unknown[]>
  getMetricsAsArray?(): readonly unknown[]
}

/** A family of `getMetricsAsJSON`. */
export interface PromClientFamily {
  readonly name: string
  readonly help?: string
  readonly type?: unknown
  readonly values?: readonly PromClientValue[]
}

/** One sample: a histogram and a summary have several for each series. */
export interface PromClientValue {
  /** By their types; in truth whatever a program passed, arrays and objects included. */
  readonly labels?: UncheckedLabels
  readonly value?: unknown
  /** With its suffix; absent where it is that of the family. */
  readonly metricName?: string
  readonly exemplar?: PromClientExemplar | null
}

export interface PromClientExemplar {
  readonly labelSet?: unknown
  readonly value?: unknown
  /** Unix seconds. */
  readonly timestamp?: unknown
}

export const labelsOf = ({ labels = {} }: PromClientValue): UncheckedLabel[] => Object.entries(labels)

/** The labels of a sample but for the one that tells it from others of its series. */
export const labelsWithout = (value: PromClientValue, mark: string): UncheckedLabel[] => labelsOf(value).filter(([name]) => name !== mark)

/** @throws {TypeError} when it is none of the four that the libraries have. */
export function readType({ name, type }: PromClientFamily): 'counter' | 'gauge' | 'histogram' | 'summary' {
  if (type === 'counter' || type === 'gauge' || type === 'histogram' || type === 'summary') return type
  throw new TypeError(`"${name}" has the type ${quote(type)}. Register a counter, gauge, histogram or summary.`)
}
