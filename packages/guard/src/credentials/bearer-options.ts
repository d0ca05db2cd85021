/** Bearer tokens as a policy writes them, and their compilation. */
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../known-keys.ts'
import { compileName } from '../part-name.ts'
import { createBearerCredential, digestToken, TOKEN68 } from './bearer.ts'
import type { CompiledCredential } from './compiled.ts'
import { compileRealm } from './realm.ts'

export interface BearerOptions {
  readonly type: 'bearer'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** As in `BasicOptions`. */
  readonly realm?: string
  readonly tokens: readonly TokenOptions[]
}

export type TokenOptions =
  | {
      /** The principal's name in events. */
      readonly name: string
      /** SHA-256 of the token, 64 hex digits. */
      readonly sha256: string
    }
  | {
      readonly name: string
      /** The token itself, at least 24 characters; only its digest is kept. */
      readonly token: string
    }

/** Shorter ones can be guessed; a token made here has 256 random bits in 47 characters. */
const MIN_TOKEN_LENGTH = 24

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY or ERR_POSTERN_TOKEN. */
export function compileBearer(options: BearerOptions): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'name', 'realm', 'tokens'])
  const name = compileName(options.name, 'credential', options.type)
  const realm = compileRealm(options.realm)
  const tokens = new Map<string, string>()
  for (const [index, token] of (options.tokens ?? []).entries()) {
    const digest = withPath(['tokens', index], () => compileToken(token))
    if (tokens.has(digest)) {
      throw policyError('ERR_POSTERN_TOKEN', `the token of "${token.name}" is also the token of "${tokens.get(digest)}"`, {
        path: ['tokens', index],
        fix: 'Give each name a token of its own, so that events tell them apart.',
      })
    }
    tokens.set(digest, token.name)
  }
  if (tokens.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential names no token', { path: ['tokens'], fix: 'List one as { name, sha256 }.' })
  }
  return { credential: createBearerCredential({ name, realm, tokens }), clientAuthorities: [], warnings: [] }
}

function compileToken(token: TokenOptions): string {
  if (typeof token.name !== 'string' || token.name === '') {
    throw policyError('ERR_POSTERN_TOKEN', 'this token has no name', {
      path: ['name'],
      fix: 'Name who holds it: the name appears in events.',
    })
  }
  if ('sha256' in token) {
    if (typeof token.sha256 === 'string' && /^[0-9a-f]{64}$/i.test(token.sha256)) return token.sha256.toLowerCase()
    throw policyError('ERR_POSTERN_TOKEN', `the digest of "${token.name}" is not 64 hexadecimal digits`, {
      path: ['sha256'],
      fix: 'Write the SHA-256 of the token, as printed by: sha256sum FILE, where FILE has no line end.',
    })
  }
  if (token.token === undefined) {
    throw policyError('ERR_POSTERN_TOKEN', `the token of "${token.name}" is missing`, {
      path: ['token'],
      fix: 'Give it, or its digest as sha256; an environment variable that is not set is undefined.',
    })
  }
  if (typeof token.token === 'string' && token.token.length >= MIN_TOKEN_LENGTH && TOKEN68.test(token.token))
    return digestToken(token.token)
  throw policyError(
    'ERR_POSTERN_TOKEN',
    `the token of "${token.name}" is shorter than ${MIN_TOKEN_LENGTH} characters or holds one that RFC 6750 does not allow`,
    {
      path: ['token'],
      fix: 'Make one with: openssl rand -hex 32',
    },
  )
}
