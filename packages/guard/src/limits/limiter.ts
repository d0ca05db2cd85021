/**
 * What a client may do now: locked out, too often, too many at once. Answers from memory; with a store that is shared, a client that
 * has proven itself here is not made to wait for it, and any other one is.
 */
import type { Client } from './client.ts'
import type { InFlightNumbers } from './in-flight.ts'
import { type LockoutNumbers, Lockouts } from './lockouts.ts'
import type { LimitMemory } from './memory.ts'
import { nextArrival, type Rate, waitFor } from './rate.ts'
import type { LimitStore, StoreAnswer } from './store.ts'

export interface LimitNumbers {
  readonly perClient: Rate | undefined
  readonly total: Rate | undefined
  /** What of the burst of `total` a client may use that has not proven itself. */
  readonly strangersBurst: number
  readonly inFlight: InFlightNumbers | undefined
  readonly lockout: LockoutNumbers | undefined
}

export type Admission =
  | { readonly state: 'admitted' }
  | { readonly state: 'rate_limited'; readonly retryAfterMilliseconds: number }
  | {
      readonly state: 'locked_out'
      readonly retryAfterMilliseconds: number
      /** True when what is known to be right may be let through all the same. */
      readonly mayRecall: boolean
    }

const ADMITTED: Admission = { state: 'admitted' }

/** How long a client counts as one that has proven itself: longer than from scrape to scrape. */
const PROVEN_MILLISECONDS = 3_600_000

export interface LimiterOptions {
  readonly numbers: LimitNumbers
  readonly memory: LimitMemory
  readonly store: LimitStore | undefined
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

export class Limiter {
  readonly #numbers: LimitNumbers
  readonly #memory: LimitMemory
  readonly #store: LimitStore | undefined
  readonly #now: () => number
  /** When a request was last admitted. Reading a clock costs as much as all the rest, and this one is late by one judgement at most. */
  #admittedAt = 0
  readonly #lockouts: Lockouts | undefined

  constructor({ numbers, memory, store, now }: LimiterOptions) {
    this.#numbers = numbers
    this.#memory = memory
    this.#store = store
    this.#now = now
    this.#lockouts = numbers.lockout && new Lockouts(numbers.lockout, memory.failures)
  }

  /** Before anything of a request is judged: counts it, and says what may be done with it. */
  admit(client: Client): Admission | Promise<Admission> {
    const now = this.#now()
    this.#admittedAt = now
    const isProven = this.#memory.proven.find(client, now) >= 0
    const locked = this.#lockouts?.remaining(client, now) ?? 0
    const mayRecall = locked > 0 && isProven && this.#lockouts?.mayRecall(client, now) === true
    if (locked > 0 && !mayRecall) return lockedOut(locked, false)
    const wait = this.#count(client, isProven, now)
    if (wait > 0) return { state: 'rate_limited', retryAfterMilliseconds: wait }
    if (locked > 0) return lockedOut(locked, true)
    return this.#store === undefined ? ADMITTED : this.#ask(this.#store, client, isProven)
  }

  /** Milliseconds until the client is listened to again: a lockout may have begun since it was admitted. */
  lockedFor(client: Client): number {
    return this.#lockouts?.remaining(client, this.#admittedAt) ?? 0
  }

  /** Counts a wrong credential, and answers how long its client was locked out already. */
  failed(client: Client): number | Promise<number> {
    const locked = this.#lockouts?.fail(client, this.#now()) ?? 0
    const { lockout } = this.#numbers
    if (this.#store === undefined || lockout === undefined || locked > 0) return locked
    return this.#store.fail(client, lockout).then((answer) => {
      if (answer === undefined) return 0
      if (answer.after > 0) this.#lockouts?.lock(client, answer.after, this.#now())
      return answer.before
    })
  }

  /** Counts what a locked-out client sent and nobody knew. */
  missed(client: Client): void {
    this.#lockouts?.miss(client, this.#now())
  }

  /** The client has proven itself. */
  proved(client: Client): void {
    const { proven } = this.#memory
    const now = this.#admittedAt
    proven.set(proven.claim(client, now), now + PROVEN_MILLISECONDS, 0)
  }

  /** Takes a place among the scrapes that are being answered, and answers what gives it back; `full` when there is none. */
  enter(client: Client): (() => void) | 'full' | undefined {
    const { inFlight } = this.#numbers
    return inFlight && (this.#memory.inFlight.enter(client, inFlight) ?? 'full')
  }

  /** Milliseconds until the request fits; it is counted when they are 0. */
  #count(client: Client, isProven: boolean, now: number): number {
    const { perClient, total } = this.#numbers
    const { rates, totalArrival } = this.#memory
    const slot = perClient ? rates.find(client, now) : -1
    const arrival = slot >= 0 ? rates.untilOf(slot) : 0
    const clientWait = perClient ? waitFor(perClient, arrival, now) : 0
    const totalWait = total ? waitFor(total, totalArrival, now, this.#burstFor(total, isProven)) : 0
    if (clientWait > 0 || totalWait > 0) return Math.max(clientWait, totalWait)
    if (perClient) rates.set(rates.claim(client, now), nextArrival(perClient, arrival, now), 0)
    if (total) this.#memory.totalArrival = nextArrival(total, totalArrival, now)
    return 0
  }

  /** Strangers may use a part of what all may: they must not be able to use it up for those who have proven themselves. */
  #burstFor(total: Rate, isProven: boolean): number {
    return isProven ? total.burst : this.#numbers.strangersBurst
  }

  #ask(store: LimitStore, client: Client, isProven: boolean): Admission | Promise<Admission> {
    const { perClient, total } = this.#numbers
    const hasRates = perClient !== undefined || total !== undefined
    // A lockout does not stop a client from sending what is known to be right, so that for its sake nobody proven is asked for.
    if (isProven ? !hasRates : !hasRates && this.#lockouts === undefined) return ADMITTED
    const question = {
      perClient,
      total,
      totalBurst: total ? this.#burstFor(total, isProven) : 0,
      lockout: !isProven && this.#lockouts !== undefined,
    }
    const learnt = store.admit(client, question).then((answer) => (answer === undefined ? ADMITTED : this.#learn(client, answer)))
    if (!isProven) return learnt
    void learnt
    return ADMITTED
  }

  /** Others have counted too: what they know is what this process knows from here on. */
  #learn(client: Client, { locked, wait, clientAhead, totalAhead }: StoreAnswer): Admission {
    const now = this.#now()
    const { rates } = this.#memory
    if (clientAhead > 0) {
      const slot = rates.claim(client, now)
      rates.set(slot, Math.max(rates.untilOf(slot), now + clientAhead), 0)
    }
    this.#memory.totalArrival = Math.max(this.#memory.totalArrival, now + totalAhead)
    if (locked > 0) {
      this.#lockouts?.lock(client, locked, now)
      return lockedOut(locked, false)
    }
    return wait > 0 ? { state: 'rate_limited', retryAfterMilliseconds: wait } : ADMITTED
  }
}

const lockedOut = (retryAfterMilliseconds: number, mayRecall: boolean): Admission => ({
  state: 'locked_out',
  retryAfterMilliseconds,
  mayRecall,
})
