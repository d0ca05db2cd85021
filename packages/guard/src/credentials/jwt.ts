/**
 * JSON Web Tokens (RFC 7519, RFC 8725) as bearer tokens: signed by a key of the issuer, for this audience, in their time.
 * Headers that say where a key could be had (jku, x5u) or bring one along (jwk, x5c) are not read.
 */
import type { JWTPayload } from 'jose'
import type { Principal } from '../decision.ts'
import type { Algorithm } from '../keys/algorithms.ts'
import type { KeySource } from '../keys/key-source.ts'
import { credentialsOf } from './authorization.ts'
import { bearerChallenge } from './challenge.ts'
import { ABSENT, BAD, type Credential, EXPIRED, type Finding, UNAVAILABLE } from './finding.ts'
import type { VerifiedTokens } from './verified-tokens.ts'

/** Three parts of base64url, none of them empty: a token without a signature (RFC 7519, 6) is nobody's. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** What a name in an event may be. */
const NAME = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,256}$/u

export type ClaimValue = string | number | boolean

export interface JwtRule {
  readonly name: string
  readonly realm: string
  readonly issuer: string
  /** Any one of them. */
  readonly audiences: readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly keys: KeySource
  readonly verified: VerifiedTokens
  readonly principalClaim: string
  readonly groupsClaim: string | undefined
  readonly requiredClaims: ReadonlyMap<string, ClaimValue>
  readonly tokenType: string | undefined
  readonly clockToleranceSeconds: number
  readonly maxLifetimeSeconds: number | undefined
  readonly maxTokenBytes: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createJwtCredential(rule: JwtRule): Credential {
  const { name, realm, keys, verified, maxTokenBytes, now } = rule
  return {
    kind: 'jwt',
    name,
    challenge: bearerChallenge(realm),
    check(facts) {
      const sent = credentialsOf(facts, 'bearer')
      if (sent === undefined) return ABSENT
      if (sent.length > maxTokenBytes || !COMPACT.test(sent)) return BAD
      const digest = verified.digestOf(sent)
      return verified.find(digest, keys.current(), now()) ?? judge(rule, sent, digest)
    },
    known(facts) {
      const sent = credentialsOf(facts, 'bearer')
      if (sent === undefined || sent.length > maxTokenBytes) return undefined
      return verified.find(verified.digestOf(sent), keys.current(), now())
    },
  }
}

/** A token not seen before: its signature costs some tens of microseconds on another thread, and its keys perhaps a request. */
async function judge(rule: JwtRule, token: string, digest: string): Promise<Finding> {
  const { issuer, audiences, keys, verified, clockToleranceSeconds } = rule
  // A policy without JWT does not wait for the library at its start.
  const { decodeJwt, decodeProtectedHeader, errors, jwtVerify } = await import('jose')
  const claimed = readUnverified(() => ({ ...decodeProtectedHeader(token), iss: decodeJwt(token).iss }))
  // What is no token of this issuer asks nobody for keys.
  const algorithm = rule.algorithms.find((name) => name === claimed?.alg)
  if (claimed === undefined || algorithm === undefined || claimed.iss !== issuer) return BAD
  const { kid } = claimed
  if (kid !== undefined && typeof kid !== 'string') return BAD
  const set = await keys.find(kid)
  if (set === undefined) return UNAVAILABLE
  const key = set.find(kid, algorithm)
  if (key === undefined) return BAD
  try {
    const { payload } = await jwtVerify<JWTPayload & { exp: number }>(token, key, {
      algorithms: [algorithm],
      issuer,
      audience: [...audiences],
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(rule.now()),
      ...(rule.tokenType === undefined ? {} : { typ: rule.tokenType }),
    })
    const principal = principalOf(rule, payload)
    if (principal === undefined) return BAD
    const finding: Finding = { state: 'proven', principal }
    verified.remember(digest, { finding, until: (payload.exp + clockToleranceSeconds) * 1000, keys: set })
    return finding
  } catch (error) {
    if (error instanceof errors.JWTExpired) return EXPIRED
    if (error instanceof errors.JOSEError) return BAD
    throw error
  }
}

/** Header and issuer as the token says them: good enough to pass over what cannot be right, and to choose a key. */
function readUnverified<Claimed>(read: () => Claimed): Claimed | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Whom the claims name, when they are as the policy wants them; judged after the signature. */
function principalOf(rule: JwtRule, claims: JWTPayload & { exp: number }): Principal | undefined {
  if (rule.maxLifetimeSeconds !== undefined && !(claims.exp - (claims.iat ?? Number.NaN) <= rule.maxLifetimeSeconds)) return undefined
  for (const [claim, value] of rule.requiredClaims) if (claimOf(claims, claim) !== value) return undefined
  const name = claimOf(claims, rule.principalClaim)
  const groups = rule.groupsClaim === undefined ? [] : groupsOf(claims, rule.groupsClaim)
  if (!isName(name) || groups === undefined) return undefined
  return { name, credential: 'jwt', ...(groups.length === 0 ? {} : { groups }) }
}

/** A list of groups, or one; `scope` is a list in one text (RFC 8693, 4.2). Undefined for a claim of another form. */
function groupsOf(claims: JWTPayload, claim: string): readonly string[] | undefined {
  const value = claimOf(claims, claim) ?? []
  const groups: readonly unknown[] = Array.isArray(value)
    ? value
    : claim === 'scope' && typeof value === 'string'
      ? value.split(' ')
      : [value]
  return groups.every(isName) ? groups : undefined
}

/** Own members alone: `constructor` is no claim. */
const claimOf = (claims: JWTPayload, name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined)

const isName = (value: unknown): value is string => typeof value === 'string' && NAME.test(value)
