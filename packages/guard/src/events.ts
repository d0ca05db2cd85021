/** What the guard tells its owner: typed events, no log lines. Nothing in them is secret. */
import type { Decision } from './decision.ts'

/** One for every request that was decided. */
export interface DecisionEvent {
  readonly type: 'decision'
  readonly decision: Decision
  /** The client's address: the peer's, or behind a trusted proxy the one it names. Undefined for a client without one. */
  readonly address: string | undefined
  /** The trusted proxy that speaks for the client, where one does: its address, or `unix` for one on a unix socket. */
  readonly peer?: string
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

export type GuardEvent = DecisionEvent | WarningEvent | FaultEvent
