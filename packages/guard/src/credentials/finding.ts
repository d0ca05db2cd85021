/** What one credential says of one request. Only `decide` combines findings. */
import type { CredentialKind, Principal } from '../decision.ts'
import type { Address } from '../net/address.ts'
import type { RequestFacts } from '../request.ts'

export type Finding =
  | { readonly state: 'absent' }
  | {
      readonly state: 'proven'
      readonly principal: Principal
      /** The only rules this proof counts for, by name; left out: all of them. */
      readonly rules?: ReadonlySet<string>
    }
  | { readonly state: 'rejected'; readonly reason: Rejection }

/** Why a credential that was sent does not prove anybody. */
export type Rejection =
  | 'bad_credentials'
  | 'expired_credentials'
  | 'address_not_allowed'
  | 'overloaded'
  | 'locked_out'
  | 'authority_unavailable'

/** What every kind of credential is after compilation. */
export interface Credential {
  readonly kind: CredentialKind
  /** What rules call it. Several of one kind may share it. */
  readonly name: string
  /** Its line of WWW-Authenticate; undefined for a kind that HTTP has no scheme for. */
  readonly challenge: string | undefined
  /** @param client the address that the policy takes for the client's: the peer's, or behind a trusted proxy the one it names */
  check(facts: RequestFacts, client: Address | undefined): Finding | Promise<Finding>
  /**
   * A proof that was found before and is remembered, without the work of a first one; undefined for anything else. Left out: none ever
   * is.
   */
  known?(facts: RequestFacts, client: Address | undefined): Finding | Promise<Finding> | undefined
}

/** How rules ask a credential: they do not know by what it is judged. */
export type Ask = (credential: Credential) => Finding | Promise<Finding>

export const ABSENT: Finding = { state: 'absent' }
export const LOCKED_OUT: Finding = { state: 'rejected', reason: 'locked_out' }
export const BAD: Finding = { state: 'rejected', reason: 'bad_credentials' }
export const EXPIRED: Finding = { state: 'rejected', reason: 'expired_credentials' }
export const UNAVAILABLE: Finding = { state: 'rejected', reason: 'authority_unavailable' }
