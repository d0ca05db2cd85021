/** Series that nobody writes to any more are removed: a label value of yesterday shall not be scraped for ever. */
import { SEGMENT_MASK, SEGMENT_SHIFT, type Segment, TOUCHED } from './segment.ts'
import type { SeriesStore } from './store.ts'

/** Looks in the time that a series may be idle. More of them are more exact and cost more walks. */
const LOOKS = 16
/** Parts of that time, in which idleness is counted: looks come when scrapes do, and those may be far apart. */
const PARTS = 128

/** Keeps the time for one family. Nothing runs by itself: it is asked at each scrape. */
export class Expiry {
  readonly #store: SeriesStore
  readonly #idleMilliseconds: number
  #lastLook: number

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(store: SeriesStore, expireAfterSeconds: number, now: number) {
    this.#store = store
    this.#idleMilliseconds = expireAfterSeconds * 1000
    this.#lastLook = now
  }

  /**
   * Removes what has been idle for the whole time: with the first look after it, and an eighth of the time later at most when looks are
   * frequent. A family without labels keeps its series. Cost: linear in the series, sixteen times in that time.
   */
  look(now: number): void {
    const share = (now - this.#lastLook) / this.#idleMilliseconds
    if (!(share >= 1 / LOOKS) || this.#store.labelNames.length === 0) return
    // Of both moments and not of their distance: what is rounded off now counts at the next look.
    const passed = Math.min(this.#partsAt(now) - this.#partsAt(this.#lastLook), PARTS)
    this.#lastLook = now
    for (const slot of this.#store.slots()) this.#lookAt(slot, passed)
    this.#store.tidy()
  }

  #partsAt(now: number): number {
    return Math.floor((now / this.#idleMilliseconds) * PARTS)
  }

  #lookAt(slot: number, passed: number): void {
    const segment = this.#store.segments[slot >>> SEGMENT_SHIFT] as Segment
    const index = slot & SEGMENT_MASK
    segment.idle ??= new Uint8Array(segment.capacity)
    const marks = segment.dirty[index] as number
    if ((marks & TOUCHED) !== 0) {
      segment.dirty[index] = marks & ~TOUCHED
      segment.idle[index] = 0
      return
    }
    const parts = (segment.idle[index] as number) + passed
    if (parts >= PARTS) this.#store.remove(slot)
    else segment.idle[index] = parts
  }
}
