/** Bearer tokens (RFC 6750) against SHA-256 digests: many tokens cost one hash and one lookup. */
import { createHash } from 'node:crypto'
import { bearerChallenge } from '../challenge.ts'
import { credentialsOf } from './authorization.ts'
import { ABSENT, BAD, type Credential } from './finding.ts'

/** Digest in lower-case hex to the token's name. */
export type TokenDigests = ReadonlyMap<string, string>

/** RFC 6750, 2.1: nothing else can be a token, so nothing else is hashed. */
export const TOKEN68: RegExp = /^[A-Za-z0-9._~+/-]+=*$/

export interface BearerRule {
  readonly name: string
  readonly realm: string
  readonly tokens: TokenDigests
}

export function createBearerCredential({ name, realm, tokens }: BearerRule): Credential {
  return {
    kind: 'bearer',
    name,
    challenge: bearerChallenge(realm),
    check(facts) {
      const sent = credentialsOf(facts, 'bearer')
      if (sent === undefined) return ABSENT
      // The time of this lookup depends on the digest, which an attacker can neither choose nor extend from a prefix of the token.
      const holder = TOKEN68.test(sent) ? tokens.get(digestToken(sent)) : undefined
      return holder === undefined ? BAD : { state: 'proven', principal: { name: holder, credential: 'bearer' } }
    },
  }
}

export const digestToken = (token: string): string => createHash('sha256').update(token).digest('hex')
