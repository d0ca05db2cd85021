/** Who guesses is not listened to for a while. Failures of a client are counted from its first one on; so many of them lock it out. */
import type { Client } from './client.ts'
import type { ClientTable } from './client-table.ts'

export interface LockoutNumbers {
  /** At most {@link MAX_FAILURES}. */
  readonly failures: number
  readonly withinMilliseconds: number
  readonly forMilliseconds: number
}

export const MAX_FAILURES = 1_000

/** The bit of an entry's count that says "locked out"; below it are failures before, and misses after. */
export const LOCKED = 0x8000

/** For each failure that leads to a lockout, so many more attempts may be compared with what is known, see {@link Lockouts.mayRecall}. */
const MISSES_PER_FAILURE = 10

export class Lockouts {
  readonly #numbers: LockoutNumbers
  readonly #table: ClientTable

  /** @param table of its own, which keeps entries from {@link LOCKED} on longest */
  constructor(numbers: LockoutNumbers, table: ClientTable) {
    this.#numbers = numbers
    this.#table = table
  }

  /** Milliseconds until a client is listened to again; 0 when it is now. */
  remaining(client: Client, now: number): number {
    const slot = this.#table.find(client, now)
    return slot >= 0 && this.#table.countOf(slot) >= LOCKED ? this.#table.untilOf(slot) - now : 0
  }

  /** Counts a failure, and answers how long the client was locked out already: the failure that locks it out is the last one told. */
  fail(client: Client, now: number): number {
    const slot = this.#table.claim(client, now)
    const count = this.#table.countOf(slot)
    if (count >= LOCKED) return this.#table.untilOf(slot) - now
    const { failures, withinMilliseconds, forMilliseconds } = this.#numbers
    if (count + 1 >= failures) this.#table.set(slot, now + forMilliseconds, LOCKED)
    else this.#table.set(slot, count === 0 ? now + withinMilliseconds : this.#table.untilOf(slot), count + 1)
    return 0
  }

  /** Locks a client out that others have told of, and for at least that long. */
  lock(client: Client, milliseconds: number, now: number): void {
    const until = now + milliseconds
    const slot = this.#table.claim(client, now)
    const count = this.#table.countOf(slot)
    if (count >= LOCKED) this.#table.set(slot, Math.max(this.#table.untilOf(slot), until), count)
    else this.#table.set(slot, until, LOCKED)
  }

  /**
   * Whether what a locked-out client sends may be compared with what is known to be right. Each comparison is a guess, so that there
   * is an end to them as well.
   */
  mayRecall(client: Client, now: number): boolean {
    const slot = this.#table.find(client, now)
    return slot >= 0 && this.#table.countOf(slot) < LOCKED + this.#numbers.failures * MISSES_PER_FAILURE
  }

  /** Counts what a locked-out client sent and is not known. */
  miss(client: Client, now: number): void {
    const slot = this.#table.find(client, now)
    if (slot >= 0) this.#table.set(slot, this.#table.untilOf(slot), Math.min(this.#table.countOf(slot) + 1, 0xffff))
  }
}
