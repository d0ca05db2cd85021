/** A guard of one user for tests of a single framework, and what it told. */
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type Guard, type GuardEvent, type Reason } from '@postern/guard'
import { basic } from '@postern/testkit'

export interface Guarded {
  readonly guard: Guard
  /** The header that lets in. */
  readonly line: string
  readonly decisions: readonly GuardEvent[]
}

export function guarded(): Guarded {
  const decisions: GuardEvent[] = []
  const guard = createGuard(
    { credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 4) } }] },
    { onEvent: (event) => decisions.push(event) },
  )
  return { guard, line: `Authorization: ${basic('prom', 's3cret').authorization}`, decisions }
}

export type DecisionOf = readonly [answer: true | Reason, path: string | undefined]

export const decisionsOf = (events: readonly GuardEvent[]): DecisionOf[] =>
  events.flatMap((event): DecisionOf[] => (event.type === 'decision' ? [[event.decision.allow || event.decision.reason, event.path]] : []))
