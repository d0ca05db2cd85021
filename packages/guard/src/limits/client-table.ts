/**
 * A moment and a count for each of very many clients, in a bounded room: typed arrays, no object and no timer for any of them.
 * What is past its moment is not there any more, and its place is free. Costs a few dozen nanoseconds for each call.
 */
import type { Client } from './client.ts'

/** Places that one client may have: what is compared for a look-up, and among which one is given up when all are taken. */
const WAYS = 8
/** The table grows in parts, so that no request waits for all of it to be moved. Powers of two. */
const MAX_SEGMENT = 4096
const FIRST_SEGMENT = 64

export interface ClientTableOptions {
  /** Clients at the most; a multiple of 4096. */
  readonly capacity: number
  /** Four random words: without them nobody can choose addresses that crowd into one place. */
  readonly seed: Uint32Array
  /** Entries with this count or a higher one are given up after all others. Default: none are. */
  readonly keptFrom?: number
}

/** A part of the table: `WAYS` places in each bucket. */
interface Segment {
  /** Two words for each place. */
  readonly keys: Uint32Array
  /** Milliseconds; 0 where a place was never taken. */
  readonly until: Float64Array
  readonly counts: Uint16Array
}

/**
 * Entries live until their moment. When all places of a client are taken, the entry goes that would be forgotten first anyway: to push
 * out another one takes as many of them as there are places, each of a longer life.
 *
 * A slot that a method answers is good until the next {@link ClientTable.claim}.
 */
export class ClientTable {
  readonly #segments: (Segment | undefined)[]
  readonly #keptFrom: number
  /** The hash, a number below 2^32, times this is the index of a segment. */
  readonly #scale: number
  readonly #add1: number
  readonly #add2: number
  readonly #multiply1: number
  readonly #multiply2: number

  constructor({ capacity, seed, keptFrom = Number.POSITIVE_INFINITY }: ClientTableOptions) {
    this.#segments = Array.from({ length: capacity / MAX_SEGMENT }, () => undefined)
    this.#keptFrom = keptFrom
    this.#scale = this.#segments.length / 2 ** 32
    const [add1 = 0, add2 = 0, multiply1 = 0, multiply2 = 0] = seed
    this.#add1 = add1
    this.#add2 = add2
    this.#multiply1 = multiply1 | 1
    this.#multiply2 = multiply2 | 1
  }

  /** The slot of a client whose moment is after `now`; -1 for any other. */
  find(client: Client, now: number): number {
    const hash = this.#hash(client)
    const index = this.#indexOf(hash)
    const segment = this.#segments[index]
    return segment === undefined ? -1 : findIn(segment, index, hash, client, now)
  }

  /**
   * The slot of a client, taken for it where it has none: its moment is 0 then, and it is free until {@link ClientTable.set}.
   * Another entry may be lost for it.
   */
  claim(client: Client, now: number): number {
    const hash = this.#hash(client)
    const index = this.#indexOf(hash)
    let segment = (this.#segments[index] ??= createSegment(FIRST_SEGMENT))
    const found = findIn(segment, index, hash, client, now)
    if (found >= 0) return found
    let place = findFree(segment, hash, now)
    while (place < 0 && segment.until.length < MAX_SEGMENT) {
      segment = this.#grow(segment, now)
      this.#segments[index] = segment
      place = findFree(segment, hash, now)
    }
    if (place < 0) place = this.#findShortest(segment, hash)
    segment.keys[place * 2] = client.high
    segment.keys[place * 2 + 1] = client.low
    segment.until[place] = 0
    segment.counts[place] = 0
    return index * MAX_SEGMENT + place
  }

  untilOf(slot: number): number {
    return this.#segmentOf(slot).until[slot % MAX_SEGMENT] as number
  }

  countOf(slot: number): number {
    return this.#segmentOf(slot).counts[slot % MAX_SEGMENT] as number
  }

  /** @param count at most 65,535 */
  set(slot: number, until: number, count: number): void {
    const segment = this.#segmentOf(slot)
    segment.until[slot % MAX_SEGMENT] = until
    segment.counts[slot % MAX_SEGMENT] = count
  }

  /** Bytes of all arrays: the whole of it, but for a few hundred objects. */
  get byteSize(): number {
    return this.#segments.reduce(
      (sum, segment) => sum + (segment ? segment.keys.byteLength + segment.until.byteLength + segment.counts.byteLength : 0),
      0,
    )
  }

  #segmentOf(slot: number): Segment {
    return this.#segments[Math.floor(slot / MAX_SEGMENT)] as Segment
  }

  /** Multiplied by secret odd numbers, so that which addresses meet depends on the secret and not on the addresses alone. */
  #hash({ high, low }: Client): number {
    let hash = Math.imul(high ^ this.#add1, this.#multiply1)
    hash = Math.imul(hash ^ (hash >>> 16) ^ low ^ this.#add2, this.#multiply2)
    hash = Math.imul(hash ^ (hash >>> 15), this.#multiply1)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  /** The upper bits choose the segment, the lower ones the bucket in it. */
  #indexOf(hash: number): number {
    return Math.floor(hash * this.#scale)
  }

  #grow(segment: Segment, now: number): Segment {
    const larger = createSegment(segment.until.length * 2)
    for (let from = 0; from < segment.until.length; from += 1) {
      const until = segment.until[from] as number
      if (until <= now) continue
      const high = segment.keys[from * 2] as number
      const low = segment.keys[from * 2 + 1] as number
      // Each bucket becomes two, so that there is always room.
      const to = findFree(larger, this.#hash({ high, low }), now)
      larger.keys[to * 2] = high
      larger.keys[to * 2 + 1] = low
      larger.until[to] = until
      larger.counts[to] = segment.counts[from] as number
    }
    return larger
  }

  #findShortest(segment: Segment, hash: number): number {
    const first = bucketOf(segment, hash)
    let shortest = first
    for (let place = first + 1; place < first + WAYS; place += 1) if (this.#goesBefore(segment, place, shortest)) shortest = place
    return shortest
  }

  #goesBefore({ until, counts }: Segment, one: number, other: number): boolean {
    const isKept = (counts[one] as number) >= this.#keptFrom
    if (isKept !== (counts[other] as number) >= this.#keptFrom) return !isKept
    return (until[one] as number) < (until[other] as number)
  }
}

function createSegment(slots: number): Segment {
  return { keys: new Uint32Array(slots * 2), until: new Float64Array(slots), counts: new Uint16Array(slots) }
}

/** The first place of the bucket that `hash` belongs to. */
const bucketOf = ({ until }: Segment, hash: number): number => (hash & (until.length / WAYS - 1)) * WAYS

function findIn(segment: Segment, index: number, hash: number, { high, low }: Client, now: number): number {
  const { keys, until } = segment
  const first = bucketOf(segment, hash)
  for (let place = first; place < first + WAYS; place += 1) {
    if (keys[place * 2 + 1] === low && keys[place * 2] === high && (until[place] as number) > now) return index * MAX_SEGMENT + place
  }
  return -1
}

function findFree(segment: Segment, hash: number, now: number): number {
  const first = bucketOf(segment, hash)
  for (let place = first; place < first + WAYS; place += 1) if ((segment.until[place] as number) <= now) return place
  return -1
}
