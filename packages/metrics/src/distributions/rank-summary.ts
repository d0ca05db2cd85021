/**
 * A summary of a stream of numbers that answers a few quantiles with a bounded error of rank (after Greenwald and Khanna, 2001, with
 * the targeted invariant of Cormode, Korn, Muthukrishnan and Srivastava, 2005).
 *
 * It keeps some of the numbers in order. Each stands for a stretch of the sorted stream: `gap` ranks up to its own least possible
 * rank, and `slack` by which its own rank may be higher. Both are true bounds at any time; a target only says how long a stretch may
 * be, least near the ranks that will be asked for.
 */

/** A quantile that will be asked for. */
export interface RankTarget {
  /** Above 0 and below 1. Least and greatest number are kept exactly and need no target. */
  readonly quantile: number
  /** How far off the rank may be, as a share of all numbers. */
  readonly error: number
}

/** A target as two slopes; the greater of the two products is the limit, and equals `2 × error × size` at the quantile itself. */
export interface StretchLimit {
  readonly perRankBelow: number
  readonly perRankAbove: number
}

/**
 * The limits are as loose as they can be without being passed later, when more numbers have come in below or above. A stretch that
 * starts somewhat below the quantile may reach past it, and then the plain limit of the paper would give up to
 * `error ÷ (1 − 2 × error ÷ (1 − quantile))`; the divisor here takes that back, so that the error asked for holds.
 */
export function compileTargets(targets: readonly RankTarget[]): readonly StretchLimit[] {
  return targets.map(({ quantile, error }) => {
    const strict = error / (1 + (2 * error) / (1 - quantile))
    return { perRankBelow: (2 * strict) / quantile, perRankAbove: (2 * strict) / (1 - quantile) }
  })
}

/** Numbers per entry: value, gap, slack. */
const STRIDE = 3
const GAP = 1
const SLACK = 2

/** Takes back what the nearest double of a decimal may be too high: 0.07 × 100 is 7.000000000000001, and is meant to be 7. */
const ROUNDED_UP = 1 - 2 ** -51

/** Entries on their way from two sorted inputs into one; grown to the longest ever needed, shared because a merge never pauses. */
let scratch = new Float64Array(STRIDE * 1024)

/** The entries of every summary that has none. */
const NOTHING = new Float64Array(0)

export class RankSummary {
  readonly #limits: readonly StretchLimit[]
  #entries = NOTHING
  #length = 0
  #size = 0

  /** @param limits From {@link compileTargets}; shared by all summaries with the same targets. */
  constructor(limits: readonly StretchLimit[]) {
    this.#limits = limits
  }

  /** How many numbers were added. */
  get size(): number {
    return this.#size
  }

  /** How many of them are kept. */
  get kept(): number {
    return this.#length / STRIDE
  }

  clear(): void {
    this.#entries = NOTHING
    this.#length = 0
    this.#size = 0
  }

  /** Adds ascending numbers, none of them NaN. Cost: a walk over them and what is kept. */
  addSorted(values: Float64Array): void {
    this.#size += values.length
    const entries = this.#entries
    const length = this.#length
    const needed = length + STRIDE * values.length
    if (scratch.length < needed) scratch = new Float64Array(2 * needed)
    let read = 0
    let next = 0
    let write = 0
    // The rank before the stretch that was written last, which the entry after it may take over.
    let start = 0
    while (read < length || next < values.length) {
      let value = values[next] as number
      let gap = 1
      let slack = 0
      if (next === values.length || (read < length && (entries[read] as number) <= value)) {
        value = entries[read] as number
        gap = entries[read + GAP] as number
        slack = entries[read + SLACK] as number
        read += STRIDE
      } else {
        // Somewhere in the stretch of the next entry kept; above the greatest its place is known.
        if (read < length) slack = (entries[read + GAP] as number) + (entries[read + SLACK] as number) - 1
        next += 1
      }
      const pending = write === 0 ? 0 : (scratch[write - STRIDE + GAP] as number)
      // The first entry stays alone, so that the least number is exact; the greatest always comes last.
      if (write > STRIDE && pending + gap + slack <= this.#longestStretch(start)) {
        write -= STRIDE
        gap += pending
      } else {
        start += pending
      }
      scratch[write] = value
      scratch[write + GAP] = gap
      scratch[write + SLACK] = slack
      write += STRIDE
    }
    if (entries.length < write) this.#entries = new Float64Array(write + (write >> 2))
    this.#entries.set(scratch.subarray(0, write))
    this.#length = write
  }

  /**
   * A number of the stream, whose rank for a target is off that of the quantile, `⌈quantile × size⌉`, by no more than
   * `error × size + 1`; for 0 and 1 it is exact. NaN when there is none.
   */
  quantile(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.#size * ROUNDED_UP))
    let best = Number.NaN
    let bestError = Infinity
    let least = 0
    for (let at = 0; at < this.#length; at += STRIDE) {
      least += this.#entries[at + GAP] as number
      const error = Math.max(rank - least, least + (this.#entries[at + SLACK] as number) - rank)
      if (error < bestError) {
        best = this.#entries[at] as number
        bestError = error
      }
    }
    return best
  }

  /** How many ranks an entry may stand for when its stretch starts after rank `start`. */
  #longestStretch(start: number): number {
    let longest = Infinity
    for (const { perRankBelow, perRankAbove } of this.#limits) {
      longest = Math.min(longest, Math.max(perRankBelow * start, perRankAbove * (this.#size - start)))
    }
    return longest
  }
}
