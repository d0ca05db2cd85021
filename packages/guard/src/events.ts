/** What the guard tells its owner: typed events, no log lines. Nothing in them is secret. */
import type { Decision, Principal } from './decision.ts'
import { formatAddress } from './net/address.ts'
import type { RequestFacts } from './request.ts'
import { safeText } from './safe-text.ts'

/**
 * One for every request that was decided. Fit for a log as it is: every text of the client's is bounded and without control characters,
 * the name and the groups of the principal too.
 */
export interface DecisionEvent {
  readonly type: 'decision'
  readonly decision: Decision
  /** From the facts to the decision: a password that was not seen before has its hash in here, a token of Kubernetes its review. */
  readonly milliseconds: number
  /** The client's address; undefined for a peer without one. */
  readonly address: string | undefined
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

export type GuardEvent = DecisionEvent | WarningEvent | FaultEvent

/** Characters of each text that comes from a client or from who vouches for it. */
const MAX = { name: 128, method: 20, path: 256, groups: 32 } as const

/** @param milliseconds that the decision took */
export function describeDecision(decision: Decision, facts: RequestFacts, milliseconds: number): DecisionEvent {
  return {
    type: 'decision',
    decision: decision.allow ? { ...decision, principal: safePrincipal(decision.principal) } : decision,
    milliseconds,
    address: facts.address && formatAddress(facts.address),
    method: safeText(facts.method, MAX.method),
    path: facts.target && safeText(facts.target.path, MAX.path),
  }
}

/** A token's subject is what its issuer let somebody choose. */
function safePrincipal({ name, credential, groups }: Principal): Principal {
  const safe = { name: safeText(name, MAX.name), credential }
  return groups ? { ...safe, groups: groups.slice(0, MAX.groups).map((group) => safeText(group, MAX.name)) } : safe
}
