/** Bearer tokens (RFC 6750) against SHA-256 digests: many tokens cost one hash and one lookup. */
import { hash } from 'node:crypto'
import { type AddressList, isAddressAllowed } from '../clients/addresses.ts'
import type { Principal } from '../decision.ts'
import { credentialsOf } from './authorization.ts'
import { bearerChallenge } from './challenge.ts'
import { ABSENT, BAD, type Credential, EXPIRED, type Finding } from './finding.ts'

/** RFC 6750, 2.1: nothing else can be a token, so nothing else is hashed. */
export const TOKEN68: RegExp = /^[A-Za-z0-9._~+/-]+=*$/

/** What a policy knows of one token. */
export interface HeldToken {
  readonly principal: Principal
  /** The only rules it counts for; undefined: all. */
  readonly rules: ReadonlySet<string> | undefined
  /** Milliseconds since the epoch: the token counts from `notBefore` on and until just before `expires`. */
  readonly notBefore: number | undefined
  readonly expires: number | undefined
  /** From where it counts. */
  readonly addresses: AddressList
}

/** By digest in lower-case hex. */
export type HeldTokens = ReadonlyMap<string, HeldToken>

export interface BearerRule {
  readonly name: string
  readonly realm: string
  readonly tokens: HeldTokens
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createBearerCredential({ name, realm, tokens, now }: BearerRule): Credential {
  const held = new Map([...tokens].map(([digest, token]) => [digest, { token, proven: provenBy(token) }]))
  return {
    kind: 'bearer',
    name,
    challenge: bearerChallenge(realm),
    check(facts, client) {
      const sent = credentialsOf(facts, 'bearer')
      if (sent === undefined) return ABSENT
      // The time of this lookup depends on the digest, which an attacker can neither choose nor extend from a prefix of the token.
      const known = TOKEN68.test(sent) ? held.get(digestToken(sent)) : undefined
      if (known === undefined) return BAD
      const { notBefore, expires, addresses } = known.token
      // Written so that a clock that fails (NaN) opens no life that is limited.
      if (notBefore !== undefined && !(now() >= notBefore)) return BAD
      if (expires !== undefined && !(now() < expires)) return EXPIRED
      return isAddressAllowed(addresses, client) ? known.proven : ELSEWHERE
    },
  }
}

/** Made once: a scrape allocates nothing here. */
const provenBy = ({ principal, rules }: HeldToken): Finding => ({ state: 'proven', principal, ...(rules === undefined ? {} : { rules }) })

const ELSEWHERE: Finding = { state: 'rejected', reason: 'address_not_allowed' }

export const digestToken = (token: string): string => hash('sha256', token, 'hex')
