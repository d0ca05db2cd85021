/** What one credential says of one request. Only `decide` combines findings. */
import type { CredentialKind, Principal } from '../decision.ts'
import type { RequestFacts } from '../request.ts'

export type Finding =
  | { readonly state: 'absent' }
  | { readonly state: 'proven'; readonly principal: Principal }
  | { readonly state: 'rejected'; readonly reason: 'bad_credentials' | 'expired_credentials' | 'overloaded' }

/** What every kind of credential is after compilation. */
export interface Credential {
  readonly kind: CredentialKind
  /** Its line of WWW-Authenticate; undefined for a kind that HTTP has no scheme for. */
  readonly challenge: string | undefined
  check(facts: RequestFacts): Finding | Promise<Finding>
}

export const ABSENT: Finding = { state: 'absent' }
export const BAD: Finding = { state: 'rejected', reason: 'bad_credentials' }
