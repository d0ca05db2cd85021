/** What may be asked after a rule has let a principal through: an authority elsewhere that knows what each may do. */
import type { Principal } from './decision.ts'
import type { RequestFacts } from './request.ts'

/** `malformed`: the request does not say what it asks for, so that nothing could be asked about it. */
export type Authorization = 'allowed' | 'denied' | 'malformed' | 'unavailable'

export interface Authorizer {
  /** Total: what cannot be asked is `unavailable`, and it never rejects. */
  check(principal: Principal, facts: RequestFacts): Promise<Authorization>
}
