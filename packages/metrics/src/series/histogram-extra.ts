/** What a series of a histogram has beside its columns. */
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import type { Exemplar } from './exemplar.ts'
import type { Segment } from './segment.ts'

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

/** The exemplars of a series by bucket, to write to; made when there are none yet. */
export function bucketExemplars(segment: Segment, index: number): (Exemplar | undefined)[] {
  segment.extras ??= []
  const extra = (segment.extras[index] ??= { exemplars: undefined, native: undefined }) as HistogramExtra
  extra.exemplars ??= []
  return extra.exemplars
}
