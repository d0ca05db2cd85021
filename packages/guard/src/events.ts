/** What the guard tells its owner: typed events, no log lines. Nothing in them is secret. */
import type { Decision } from './decision.ts'

/** One for every request that was decided. */
export interface DecisionEvent {
  readonly type: 'decision'
  readonly decision: Decision
  /** The client's address; undefined for a peer without one. */
  readonly address: string | undefined
  readonly method: string
  /** Undefined when the target was refused as ambiguous: it is not repeated into logs. */
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

/** What must vouch for a credential (an issuer's keys, say) cannot be asked any more, or can again. Told once for each change. */
export interface AuthorityEvent {
  readonly type: 'authority'
  /** The credential's name. */
  readonly credential: string
  readonly state: 'unavailable' | 'recovered'
  readonly message: string
}

export type GuardEvent = DecisionEvent | WarningEvent | FaultEvent | AuthorityEvent
