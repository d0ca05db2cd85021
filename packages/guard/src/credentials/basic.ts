/** Basic authentication (RFC 7617): a user and a password against hashes. */

import type { PasswordChecker } from '../hashes/password-checker.ts'
import type { Address } from '../net/address.ts'
import { credentialsOf } from './authorization.ts'
import { basicChallenge } from './challenge.ts'
import { ABSENT, BAD, type Credential, type Finding } from './finding.ts'

/** Padded base64 and nothing else: Node's decoder would skip what it does not know. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Three thousand bytes of user and password: more is no password, and would only be work. */
const MAX_LENGTH = 4096

export interface BasicRule {
  readonly name: string
  /** Null: the challenge names none. */
  readonly realm: string | null
  /** Every name that can be proven. */
  readonly users: Iterable<string>
  readonly passwords: PasswordChecker
}

export function createBasicCredential({ name, realm, users, passwords }: BasicRule): Credential {
  const proven = new Map<string, Finding>()
  for (const user of users) proven.set(user, { state: 'proven', principal: { name: user, credential: 'basic' } })

  const judge = async (text: string, client: string): Promise<Finding> => {
    const pair = decodePair(text)
    if (!pair) return BAD
    const verdict = await passwords.check({ ...pair, text, client })
    if (verdict === 'overloaded') return OVERLOADED
    return verdict === 'right' ? (proven.get(pair.user) ?? BAD) : BAD
  }

  return {
    kind: 'basic',
    name,
    challenge: basicChallenge(realm),
    check(facts, client) {
      const sent = credentialsOf(facts, 'basic')
      if (sent === undefined) return ABSENT
      if (sent.length > MAX_LENGTH) return BAD
      // A text that was right before was decoded then, and decodes to the same now.
      const known = passwords.recall(sent)
      return (known === undefined ? undefined : proven.get(known)) ?? judge(sent, clientOf(client))
    },
    known(facts) {
      const sent = credentialsOf(facts, 'basic')
      const user = sent === undefined || sent.length > MAX_LENGTH ? undefined : passwords.recall(sent)
      return user === undefined ? undefined : proven.get(user)
    },
  }
}

const OVERLOADED: Finding = { state: 'rejected', reason: 'overloaded' }

/** The user ends at the first colon; a password may hold more of them. Bytes that are no UTF-8 are no pair. */
function decodePair(text: string): { user: string; password: string } | undefined {
  if (!BASE64.test(text)) return undefined
  let decoded: string
  try {
    decoded = UTF8.decode(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
  const colon = decoded.indexOf(':')
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Who takes turns: an IPv4 host, or a /64 of IPv6, of which anybody has all addresses. Peers without an address are one. */
export function clientOf(address: Address | undefined): string {
  if (address === undefined) return ''
  const [first, second, third, last] = address.words
  return first === 0 && second === 0 ? `${third}:${last}` : `${first}:${second}/64`
}
