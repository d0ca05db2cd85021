/** One bearer token as a policy writes it: its secret or digest, whose it is, and where and how long it counts. */
import { type AddressOptions, compileAddresses } from '../clients/addresses.ts'
import { policyError, withPath } from '../errors.ts'
import { compileDateTime } from '../options/date-time.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { digestToken, type HeldToken, TOKEN68 } from './bearer.ts'

export type TokenOptions = TokenTerms & (TokenDigest | TokenText)

export interface TokenTerms {
  /** The principal's name in events. */
  readonly name: string
  /** What rules may ask for instead of the name. */
  readonly groups?: readonly string[]
  /** From when on it counts: RFC 3339 text with an offset, or a Date. Default: from ever. */
  readonly notBefore?: string | Date
  /** When its life is over. Default: never. */
  readonly expires?: string | Date
  /** Networks from which it counts, beside those of the policy, which come first. Default: everywhere. */
  readonly addresses?: AddressOptions
  /** Names of the rules it counts for. Default: all. */
  readonly rules?: readonly string[]
}

export interface TokenDigest {
  /** SHA-256 of the token, 64 hex digits. */
  readonly sha256: string
  readonly token?: never
}

export interface TokenText {
  /** The token itself, at least 24 characters; only its digest is kept. */
  readonly token: string
  readonly sha256?: never
}

/** Shorter ones can be guessed; a token made here has 256 random bits in 47 characters. */
const MIN_TOKEN_LENGTH = 24

/** Days before the end of a token in which every start and reload says so. */
const WARN_DAYS = 14

const KEYS = ['name', 'sha256', 'token', 'groups', 'notBefore', 'expires', 'addresses', 'rules']

/** @throws {PosternError} for the first fault: ERR_POSTERN_TOKEN, ERR_POSTERN_POLICY or ERR_POSTERN_CIDR. */
export function compileToken(options: TokenOptions): { readonly digest: string; readonly held: HeldToken } {
  const { name } = options
  if (typeof name !== 'string' || name === '') {
    throw policyError('ERR_POSTERN_TOKEN', 'this token has no name', {
      path: ['name'],
      fix: 'Name who holds it: the name appears in events.',
    })
  }
  refuseUnknownKeys(options, KEYS)
  const digest = compileDigest(options)
  const notBefore = withPath(['notBefore'], () => compileDateTime(options.notBefore))
  const expires = withPath(['expires'], () => compileDateTime(options.expires))
  if (notBefore !== undefined && expires !== undefined && notBefore >= expires) {
    throw policyError('ERR_POSTERN_POLICY', `the token of "${name}" ends before it begins`, {
      path: ['expires'],
      fix: 'Write an end that is later than notBefore.',
    })
  }
  const addresses = withPath(['addresses'], () => {
    refuseUnknownKeys(options.addresses ?? {}, ['allow', 'deny'])
    return compileAddresses(options.addresses)
  })
  const rules = compileTexts(options.rules, 'rules', 'rule')
  const groups = compileTexts(options.groups, 'groups', 'group')
  const principal = { name, credential: 'bearer' as const, ...(groups === undefined ? {} : { groups }) }
  return { digest, held: { principal, rules: rules && new Set(rules), notBefore, expires, addresses } }
}

function compileDigest(options: TokenOptions): string {
  const { name, sha256, token }: { name: string; sha256?: unknown; token?: unknown } = options
  if (sha256 !== undefined && token !== undefined) {
    throw policyError('ERR_POSTERN_TOKEN', `the token of "${name}" is given as text and as a digest`, {
      path: ['token'],
      fix: 'Leave the text out: the digest is enough.',
    })
  }
  if ('sha256' in options && token === undefined) {
    if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256)) return sha256.toLowerCase()
    throw policyError('ERR_POSTERN_TOKEN', `the digest of "${name}" is not 64 hexadecimal digits`, {
      path: ['sha256'],
      fix: 'Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end.',
    })
  }
  if (token === undefined) {
    throw policyError('ERR_POSTERN_TOKEN', `the token of "${name}" is missing`, {
      path: ['token'],
      fix: 'Give it, or its digest as sha256; an environment variable that is not set is undefined.',
    })
  }
  if (typeof token === 'string' && token.length >= MIN_TOKEN_LENGTH && TOKEN68.test(token)) return digestToken(token)
  throw policyError(
    'ERR_POSTERN_TOKEN',
    `the token of "${name}" is shorter than ${MIN_TOKEN_LENGTH} characters or holds one that RFC 6750 does not allow`,
    {
      path: ['token'],
      fix: 'Make one with: openssl rand -hex 32',
    },
  )
}

/** An empty list reads like "none" and like "no restriction", so it is a fault. */
function compileTexts(list: readonly string[] | undefined, key: string, what: string): readonly string[] | undefined {
  if (list === undefined) return undefined
  if (Array.isArray(list) && list.length > 0 && list.every((text) => typeof text === 'string' && text !== '')) return [...list]
  throw policyError('ERR_POSTERN_POLICY', `this is not a list of names of one ${what} or more`, {
    path: [key],
    fix: `List a ${what}, or leave the key out.`,
  })
}

/** What to tell the operator of a token whose life is over or soon will be. @param now milliseconds since the epoch */
export function lifeWarning({ principal, expires }: HeldToken, now: number): string | undefined {
  if (expires === undefined || expires - now >= WARN_DAYS * 86_400_000) return undefined
  const when = new Date(expires).toISOString()
  return expires <= now
    ? `the token of "${principal.name}" ended at ${when}: take it out, or give its holder a new one`
    : `the token of "${principal.name}" ends at ${when}: give its holder a new one before`
}
