/** Up to 256 series of one family in columns. Handles point here, so a segment never moves; only its columns are replaced as it fills. */

/** Series of a full segment: few enough that rendering one is far below a millisecond. A power of two. */
export const SEGMENT_SIZE = 256
export const SEGMENT_SHIFT = 8
export const SEGMENT_MASK = 255

/** Written to `dirty` by every change: one bit for each kept image of the segment, and {@link TOUCHED}. */
export const CHANGED = 0xff
/** The bit that the expiry of idle series takes back. */
export const TOUCHED = 0x80

export class Segment {
  /** Numbers per series. */
  readonly stride: number
  /** Labels per series. */
  readonly labelCount: number
  /** Series `i` owns `[i * stride, (i + 1) * stride)`. Replaced when the segment grows: read it anew in every call. */
  values: Float64Array
  /** Numbers of the label values, `labelCount` per series. */
  ids: Uint32Array
  /** Odd while the series lives; one more with each birth and each end, so that a handle knows its own. */
  generations: Uint32Array
  /** What has changed since somebody looked, by series. */
  dirty: Uint8Array
  /** Unix milliseconds of birth; undefined unless the family keeps them. */
  created: Float64Array | undefined
  /** What does not fit into numbers, by series: exemplars, native buckets, quantiles. Undefined until the first. */
  extras: unknown[] | undefined
  /** The labels of a series as its first caller passed them, where their order or types matter. Undefined until the first. */
  origins: (Readonly<Record<string, unknown>> | undefined)[] | undefined
  /** For how long a series has been idle, in the units of its expiry; undefined unless idle series expire. */
  idle: Uint8Array | undefined

  constructor(options: { stride: number; labelCount: number; capacity: number; keepsCreated: boolean }) {
    const { stride, labelCount, capacity, keepsCreated } = options
    this.stride = stride
    this.labelCount = labelCount
    this.values = new Float64Array(capacity * stride)
    this.ids = new Uint32Array(capacity * labelCount)
    this.generations = new Uint32Array(capacity)
    this.dirty = createMarks(capacity)
    this.created = keepsCreated ? new Float64Array(capacity) : undefined
    this.extras = undefined
    this.origins = undefined
    this.idle = undefined
  }

  get capacity(): number {
    return this.generations.length
  }

  isLive(index: number): boolean {
    return ((this.generations[index] as number) & 1) === 1
  }

  /** Four times the room, {@link SEGMENT_SIZE} at most. */
  grow(): void {
    const capacity = Math.min(this.capacity * 4, SEGMENT_SIZE)
    this.values = enlarge(this.values, new Float64Array(capacity * this.stride))
    this.ids = enlarge(this.ids, new Uint32Array(capacity * this.labelCount))
    this.generations = enlarge(this.generations, new Uint32Array(capacity))
    this.dirty = enlarge(this.dirty, createMarks(capacity))
    if (this.created) this.created = enlarge(this.created, new Float64Array(capacity))
    if (this.idle) this.idle = enlarge(this.idle, new Uint8Array(capacity))
  }
}

/** Whole words, since they are read four at a time. */
function createMarks(capacity: number): Uint8Array {
  return new Uint8Array(Math.max(capacity, 4))
}

function enlarge<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}
