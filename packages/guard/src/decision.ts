/** What the guard answers: denial is data. The client is told only `status` and `challenges`; `reason` is for the audit. */

/** Who was proven, and by which kind of credential. `anonymous` only where the policy says `credentials: 'none'`. */
export interface Principal {
  readonly name: string
  readonly credential: CredentialKind | 'none'
  /** What the credential says the principal belongs to: groups of a token, organisations of a certificate. Left out: none. */
  readonly groups?: readonly string[]
}

export type CredentialKind = 'basic' | 'bearer' | 'jwt' | 'client-certificate' | 'kubernetes'

/**
 * Why a request was refused: the closed union used by audit events, log fields, metric labels and docs/reference/reasons.md.
 * One word, one meaning; a new reason is a new row here first.
 */
export const REASONS = {
  malformed_request: { status: 400, title: 'The request target or a credential header cannot be read in exactly one way' },
  address_not_allowed: { status: 403, title: 'The client address is in a denied network or in no allowed one' },
  no_credentials: { status: 401, title: 'No credential of a kind the policy accepts was sent' },
  bad_credentials: { status: 401, title: 'A credential was sent and is wrong, unknown or malformed' },
  expired_credentials: { status: 401, title: 'A credential was right but its life is over' },
  path_not_allowed: { status: 403, title: 'The principal is known, and no rule speaks of the path' },
  method_not_allowed: { status: 403, title: 'The principal is known, and no rule allows the method on the path' },
  principal_not_allowed: { status: 403, title: 'The principal is known, and no rule allows it what it asks for' },
  guard_fault: { status: 500, title: 'The guard itself failed; nothing was allowed' },
  overloaded: { status: 503, title: 'Too many passwords wait to be checked' },
  authority_unavailable: { status: 503, title: 'What must vouch for the credential cannot be asked' },
} as const

export type Reason = keyof typeof REASONS

export interface Allow {
  readonly allow: true
  readonly principal: Principal
  /** The name of the rule that allows. */
  readonly rule: string
}

export interface Deny {
  readonly allow: false
  readonly status: (typeof REASONS)[Reason]['status']
  readonly reason: Reason
  /** Values for WWW-Authenticate, one header line each; empty unless `status` is 401. */
  readonly challenges: readonly string[]
  /** When it is worth trying again, where that is known. */
  readonly retryAfterSeconds?: number
}

export type Decision = Allow | Deny
