/** What the guard tells its owner: typed events, no log lines. Nothing in them is secret. */
import type { Decision } from './decision.ts'
import type { ViewCounts } from './views/counts.ts'

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

/** A scrape went through a view, to its end or not: what was hidden, in numbers. Values that were hidden are not in it. */
export interface ViewEvent extends ViewCounts {
  readonly type: 'view'
  /** The view's name. */
  readonly view: string
  /** The name of who scraped. */
  readonly principal: string
}

export type GuardEvent = DecisionEvent | WarningEvent | FaultEvent | ViewEvent
