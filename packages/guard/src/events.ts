/** What the guard tells its owner: typed events, no log lines. Nothing in them is secret. */
import type { Decision } from './decision.ts'
import type { ViewCounts } from './views/counts.ts'

/**
 * One for every request that was decided. Fit for a log as it is: every text of the client's is bounded and without control characters,
 * the name and the groups of the principal too.
 */
export interface DecisionEvent {
  readonly type: 'decision'
  readonly decision: Decision
  /** From the facts to the decision: a password that was not seen before has its hash in here, a token of Kubernetes its review. */
  readonly milliseconds: number
  /** The client's address: the peer's, or behind a trusted proxy the one it names. Undefined for a client without one. */
  readonly address: string | undefined
  /** The trusted proxy that speaks for the client, where one does: its address, or `unix` for one on a unix socket. */
  readonly peer?: string
  /** At most 20 characters. */
  readonly method: string
  /** At most 256 characters. Undefined when the target was refused as ambiguous: it is not repeated into logs. */
  readonly path: string | undefined
}

/** A fault of the policy that does not keep it from working. */
export interface WarningEvent {
  readonly type: 'warning'
  readonly message: string
}

/** The guard itself failed and denied for it (`guard_fault`): the cause, for the log and for a report. */
export interface FaultEvent {
  readonly type: 'fault'
  readonly error: unknown
}

/** Something was read again, because a file of it changed or because its owner said so. What had a fault is left as it was. */
export interface ReloadEvent {
  readonly type: 'reload'
  readonly what: 'policy' | 'tls'
  readonly ok: boolean
  /** In words; of a fault with its mend. */
  readonly message: string
}

/** The store that instances share their limits through went away, and each counts for itself; or it is back. */
export interface LimitsEvent {
  readonly type: 'limits'
  readonly state: 'degraded' | 'recovered'
  readonly message: string
}

/** What must vouch for a credential (an issuer's keys, an API server) cannot be asked, or can be again: once for each change. */
export interface AuthorityEvent {
  readonly type: 'authority'
  /** The name of the credential. */
  readonly credential: string
  readonly state: 'unavailable' | 'recovered'
  readonly message: string
}

/** A scrape went through a view, to its end or not: what was hidden, in numbers. Values that were hidden are not in it. */
export interface ViewEvent extends ViewCounts {
  readonly type: 'view'
  /** The view's name. */
  readonly view: string
  /** The name of who scraped. */
  readonly principal: string
}

export type GuardEvent = DecisionEvent | WarningEvent | FaultEvent | ReloadEvent | LimitsEvent | AuthorityEvent | ViewEvent
