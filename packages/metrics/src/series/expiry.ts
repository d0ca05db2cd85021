/** Series that nobody writes to any more are removed: a label value of yesterday shall not be scraped for ever. */
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment, TOUCHED } from './segment.ts'
import type { SeriesStore } from './store.ts'

/** Looks that a series may pass without a write. More of them are more exact and cost more walks. */
const LOOKS = 4

/** Keeps the time for one family. Nothing runs by itself: it is asked at each scrape. */
export class Expiry {
  readonly #store: SeriesStore
  readonly #intervalMilliseconds: number
  #lastLook: number

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(store: SeriesStore, expireAfterSeconds: number, now: number) {
    this.#store = store
    this.#intervalMilliseconds = (expireAfterSeconds * 1000) / LOOKS
    this.#lastLook = now
  }

  /** Removes what has been idle for the whole time; at most a quarter of it later. Cost: linear in the series, four times in that time. */
  look(now: number): void {
    if (now - this.#lastLook < this.#intervalMilliseconds) return
    this.#lastLook = now
    for (const slot of this.#store.slots()) this.#lookAt(slot)
  }

  #lookAt(slot: number): void {
    const segment = this.#store.segments[slot >>> SEGMENT_SHIFT] as Segment
    const index = slot & SEGMENT_MASK
    segment.idle ??= new Uint8Array(segment.capacity)
    const marks = segment.dirty[index] as number
    if ((marks & TOUCHED) !== 0) {
      segment.dirty[index] = marks & ~TOUCHED
      segment.idle[index] = 0
      return
    }
    const looks = (segment.idle[index] as number) + 1
    if (looks >= LOOKS) this.#store.remove(slot)
    else segment.idle[index] = looks
  }
}
