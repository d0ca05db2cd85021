/** Basic authentication (RFC 7617): a user and a password against bcrypt hashes. */
import { basicChallenge } from '../challenge.ts'
import type { PasswordChecker } from '../hashes/password-checker.ts'
import { credentialsOf } from './authorization.ts'
import { ABSENT, BAD, type Credential } from './finding.ts'

/** Padded base64 and nothing else: Node's decoder would skip what it does not know. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export interface BasicRule {
  readonly name: string
  /** Null: the challenge names none. */
  readonly realm: string | null
  readonly passwords: PasswordChecker
}

export function createBasicCredential({ name, realm, passwords }: BasicRule): Credential {
  return {
    kind: 'basic',
    name,
    challenge: basicChallenge(realm),
    async check(facts) {
      const sent = credentialsOf(facts, 'basic')
      if (sent === undefined) return ABSENT
      const pair = decodePair(sent)
      if (!pair) return BAD
      const verdict = await passwords.check(pair.user, pair.password)
      if (verdict === 'overloaded') return { state: 'rejected', reason: 'overloaded' }
      return verdict === 'right' ? { state: 'proven', principal: { name: pair.user, credential: 'basic' } } : BAD
    },
    known(facts) {
      const pair = decodePair(credentialsOf(facts, 'basic') ?? '')
      if (pair === undefined || !passwords.remembers(pair.user, pair.password)) return undefined
      return { state: 'proven', principal: { name: pair.user, credential: 'basic' } }
    },
  }
}

/** The user ends at the first colon; a password may hold more of them. Bytes that are no UTF-8 are no pair. */
function decodePair(text: string): { user: string; password: string } | undefined {
  if (!BASE64.test(text)) return undefined
  let decoded: string
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
  const colon = decoded.indexOf(':')
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}
