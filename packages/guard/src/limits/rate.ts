/**
 * How often something may happen: the generic cell rate algorithm, as ITU-T I.371 calls it, which is a bucket of tokens kept as one
 * number: the arrival, the moment at which the bucket would be full again. Pure arithmetic; milliseconds throughout.
 */

export interface Rate {
  /** From one to the next in the long run. */
  readonly intervalMilliseconds: number
  /** How many may come at once after a pause. */
  readonly burst: number
}

/** A bucket that nobody has a part of to himself: the options of a guard may hold one, and no file can write it. */
export class TokenBucket implements Rate {
  readonly intervalMilliseconds: number
  readonly burst: number

  /** @param burst 0: nothing fits, ever */
  constructor({ intervalMilliseconds, burst }: Rate) {
    // What is refused for less than the slack below would be let through.
    this.intervalMilliseconds = burst === 0 ? Math.max(1, intervalMilliseconds) : intervalMilliseconds
    this.burst = burst
  }
}

/** A microsecond: sums of fractions differ by less from what they should be, and a limit need not be more exact. */
const SLACK = 1e-3

/**
 * How long until one more fits; 0 when it does now.
 * @param burst another one than the rate's own, for those who may not use all of it
 */
export function waitFor(rate: Rate, arrival: number, now: number, burst: number = rate.burst): number {
  const wait = nextArrival(rate, arrival, now) - now - burst * rate.intervalMilliseconds
  return wait > SLACK ? wait : 0
}

/** The arrival after one more. One that lies further ahead than the rate allows is of another rate, and counts as an empty bucket. */
export function nextArrival({ intervalMilliseconds, burst }: Rate, arrival: number, now: number): number {
  return Math.min(Math.max(arrival, now), now + burst * intervalMilliseconds) + intervalMilliseconds
}
