/** What several instances count together, wherever they keep it. A store is asked and told; it never fails, it is away. */
import type { Client } from './client.ts'
import type { LockoutNumbers } from './lockouts.ts'
import type { Rate } from './rate.ts'

/** What is to be counted for one request; a part that is left out has no limit. */
export interface StoreQuestion {
  readonly perClient: Rate | undefined
  readonly total: Rate | undefined
  /** What of the burst of `total` this client may use. */
  readonly totalBurst: number
  /** Whether lockouts count here. */
  readonly lockout: boolean
}

/** Milliseconds all. */
export interface StoreAnswer {
  /** How long the client is locked out; 0 when it is not. Nothing was counted when it is. */
  readonly locked: number
  /** How long until the request fits; 0 when it does. */
  readonly wait: number
  /** The arrivals (see rate.ts) of the client and of all, ahead of now. */
  readonly clientAhead: number
  readonly totalAhead: number
}

export interface LimitStore {
  /** Counts a request; undefined when the store is away. */
  admit(client: Client, question: StoreQuestion): Promise<StoreAnswer | undefined>
  /** Counts a failure: how long the client was locked out before it, and is after it. */
  fail(client: Client, numbers: LockoutNumbers): Promise<{ readonly before: number; readonly after: number } | undefined>
  close(): void
}

/** The store went away, and limits are counted by this process alone; or it is back. */
export type TellStore = (state: 'degraded' | 'recovered', message: string) => void
