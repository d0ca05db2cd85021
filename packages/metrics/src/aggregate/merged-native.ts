/** The native histogram of one series of all workers: what each told last, what is left of those that ended, and what they come to. */
import { mergeNativeHistograms } from '../distributions/native-merge.ts'
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import type { NativeSource } from '../series/histogram-extra.ts'
import type { Column } from './column.ts'

/**
 * It changes for a reader in {@link settle} alone, with the numbers of its series: a server refuses a histogram whose buckets hold more
 * than its count. The sum is made when it is asked for, and kept: most scrapes are in text, which does not show it.
 */
export class MergedNative implements NativeSource {
  readonly #nothing: NativeHistogramSnapshot
  /** Of living workers. */
  readonly #told = new Map<Column, NativeHistogramSnapshot>()
  /** Of workers that have ended, and of histograms begun anew. */
  #ended: NativeHistogramSnapshot | undefined
  #hasChanged = false
  #parts: readonly NativeHistogramSnapshot[] = []
  /** Of the parts; undefined until somebody asks. */
  #sum: NativeHistogramSnapshot | undefined

  /** @param nothing What there is before anybody has told. */
  constructor(nothing: NativeHistogramSnapshot) {
    this.#nothing = nothing
  }

  /** Whether it counts from a later time than what its worker told before: a histogram past its limit of buckets does. */
  isBegunAnew(column: Column, native: NativeHistogramSnapshot): boolean {
    return native.createdMilliseconds > this.#toldBy(column).createdMilliseconds
  }

  tell(column: Column, native: NativeHistogramSnapshot): void {
    this.#told.set(column, native)
    this.#hasChanged = true
  }

  /** What the worker told stays in the sum, whatever it tells from now on. */
  end(column: Column): void {
    const known = this.#toldBy(column)
    this.#told.delete(column)
    this.#ended = this.#ended === undefined ? known : mergeNativeHistograms(this.#ended, known)
    this.#hasChanged = true
  }

  forgetEnded(): void {
    this.#ended = undefined
    this.#hasChanged = true
  }

  /** Shows what has been told since the last time. */
  settle(): void {
    if (!this.#hasChanged) return
    this.#hasChanged = false
    this.#parts = [...(this.#ended === undefined ? [] : [this.#ended]), ...this.#told.values()]
    this.#sum = undefined
  }

  snapshot(): NativeHistogramSnapshot {
    this.#sum ??= this.#parts.length === 0 ? this.#nothing : this.#parts.reduce((one, other) => mergeNativeHistograms(one, other))
    return this.#sum
  }
  /** Of a worker that has told: its column knows. */
  #toldBy(column: Column): NativeHistogramSnapshot {
    return this.#told.get(column) as NativeHistogramSnapshot
  }
}
