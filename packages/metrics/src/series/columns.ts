/** The life of series, whatever they are called: places that are given, end and are given again, within what there may be. */
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE, Segment, TOUCHED } from './segment.ts'

/** Shared by the families of a registry. */
export interface SeriesBudget {
  readonly limit: number
  used: number
}

/** For families that count against nobody's limit. */
export function unlimited(): SeriesBudget {
  return { limit: Infinity, used: 0 }
}

export interface ColumnOptions {
  /** Numbers per series. */
  readonly stride: number
  /** Series this family may have at most. */
  readonly maxSeries: number
  /** Series of all families of the registry together. */
  readonly budget: SeriesBudget
  /** Unix milliseconds, for the birth of series; undefined when nobody wants to know. */
  readonly now: (() => number) | undefined
  /** Fills the extras of a newborn series. */
  readonly createExtra: (() => unknown) | undefined
}

/** A slot number is a series: segment `slot >>> 8`, place `slot & 255`. */
export class SeriesColumns {
  readonly stride: number
  readonly segments: Segment[] = []
  /** Slots given so far, those of removed series included: what a scrape starts with is all it shows. */
  size = 0
  /** Series alive. */
  live = 0
  /** Scrapes under way: while there are any, slots that fall free stay so, or a series could be shown under two of them. */
  readers = 0
  readonly #options: ColumnOptions
  readonly #labelCount: number
  #budget: SeriesBudget
  readonly #free: number[] = []
  /** Bits of `dirty` that are taken. */
  #marks = 0

  constructor(options: ColumnOptions, labelCount: number) {
    this.#options = options
    this.#labelCount = labelCount
    this.#budget = options.budget
    this.stride = options.stride
  }

  segmentOf(slot: number): Segment {
    return this.segments[slot >>> SEGMENT_SHIFT] as Segment
  }

  isLive(slot: number): boolean {
    return this.segmentOf(slot).isLive(slot & SEGMENT_MASK)
  }

  /** The live slots, in order. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.size; slot += 1) if (this.isLive(slot)) yield slot
  }

  /** Takes its series out of the registry's budget, for a family that goes on unseen. */
  leaveBudget(): void {
    this.#budget.used -= this.live
    this.#budget = { limit: Infinity, used: this.live }
  }

  /** A bit of `dirty` for one reader's own; undefined when there is none left. */
  takeMark(): number | undefined {
    for (let bit = 1; bit < TOUCHED; bit <<= 1) {
      if ((this.#marks & bit) !== 0) continue
      this.#marks |= bit
      return bit
    }
    return undefined
  }

  returnMark(bit: number): void {
    this.#marks &= ~bit
  }

  /** @param uncounted Series of this family that do not count. */
  protected hasRoom(uncounted: number): boolean {
    return this.live - uncounted < this.#options.maxSeries && this.#budget.used - uncounted < this.#budget.limit
  }

  /** Gives a slot and begins its life; its labels are the caller's to write. */
  protected begin(): number {
    const reused = this.readers === 0 ? this.#free.pop() : undefined
    const slot = reused ?? this.size
    if (reused === undefined) this.#makeRoom(slot)
    const segment = this.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    segment.generations[index] = (segment.generations[index] as number) + 1
    this.#prepare(segment, index)
    this.live += 1
    this.#budget.used += 1
    return slot
  }

  /** Ends the life of a live slot, which may be given again. */
  protected end(slot: number): void {
    const segment = this.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    segment.generations[index] = (segment.generations[index] as number) + 1
    segment.values.fill(0, index * this.stride, (index + 1) * this.stride)
    segment.dirty[index] = CHANGED
    if (segment.extras) segment.extras[index] = undefined
    if (segment.origins) segment.origins[index] = undefined
    this.#free.push(slot)
    this.live -= 1
    this.#budget.used -= 1
  }

  /** Another life of the same slot, for whoever keeps what was rendered of it. */
  protected restart(slot: number): void {
    const segment = this.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    segment.values.fill(0, index * this.stride, (index + 1) * this.stride)
    segment.generations[index] = (segment.generations[index] as number) + 2
    this.#prepare(segment, index)
  }

  #prepare(segment: Segment, index: number): void {
    const { now, createExtra } = this.#options
    segment.dirty[index] = CHANGED
    if (segment.created && now) segment.created[index] = now()
    if (segment.idle) segment.idle[index] = 0
    if (createExtra) segment.extras ??= []
    if (segment.extras) segment.extras[index] = createExtra?.()
  }

  #makeRoom(slot: number): void {
    this.size += 1
    const at = slot >>> SEGMENT_SHIFT
    const segment = this.segments[at]
    if (segment) {
      if ((slot & SEGMENT_MASK) >= segment.capacity) segment.grow()
      return
    }
    const labelCount = this.#labelCount
    // The first segment starts small, since most families have a few series; later ones will be filled.
    const capacity = at > 0 ? SEGMENT_SIZE : labelCount === 0 ? 1 : 4
    this.segments.push(new Segment({ stride: this.stride, labelCount, capacity, keepsCreated: this.#options.now !== undefined }))
  }
}
