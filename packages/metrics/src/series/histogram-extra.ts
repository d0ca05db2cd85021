/** What a series of a histogram has beside its columns. */
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import type { Exemplar } from './exemplar.ts'

/** A native histogram as a writer sees it. */
export interface NativeSource {
  snapshot(): NativeHistogramSnapshot
}

export interface HistogramExtra {
  /** By bucket; undefined until the first. */
  exemplars: (Exemplar | undefined)[] | undefined
  /** Undefined where the family has fixed bounds alone. */
  readonly native: NativeSource | undefined
}
