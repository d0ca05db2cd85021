/** Bearer tokens as a policy writes them, and their compilation. */
import { policyError, withPath } from '../errors.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { createBearerCredential, type HeldToken } from './bearer.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { compileRealm } from './realm.ts'
import type { RuleMention } from './rule-mentions.ts'
import { compileToken, lifeWarning, type TokenOptions } from './token-options.ts'

export interface BearerOptions {
  readonly type: 'bearer'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** As in `BasicOptions`. */
  readonly realm?: string
  /** Several may have one name while a token is rotated. */
  readonly tokens: readonly TokenOptions[]
}

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_TOKEN or ERR_POSTERN_CIDR. */
export function compileBearer(options: BearerOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'name', 'realm', 'tokens'])
  const name = compileName(options.name, 'credential', options.type)
  const realm = compileRealm(options.realm)
  const tokens = new Map<string, HeldToken>()
  const ruleMentions: RuleMention[] = []
  for (const [index, token] of (options.tokens ?? []).entries()) {
    const { digest, held } = withPath(['tokens', index], () => compileToken(token))
    const same = tokens.get(digest)
    if (same !== undefined) {
      throw policyError('ERR_POSTERN_TOKEN', `the token of "${token.name}" is also the token of "${same.principal.name}"`, {
        path: ['tokens', index],
        fix: 'Give each name a token of its own, so that events tell them apart.',
      })
    }
    tokens.set(digest, held)
    for (const [place, rule] of (token.rules ?? []).entries()) ruleMentions.push({ path: ['tokens', index, 'rules', place], rule })
  }
  if (tokens.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential names no token', { path: ['tokens'], fix: 'List one as { name, sha256 }.' })
  }
  return {
    credential: createBearerCredential({ name, realm, tokens, now: environment.now }),
    clientAuthorities: [],
    ruleMentions,
    warnings: [...tokens.values()].flatMap((held) => lifeWarning(held, environment.now()) ?? []),
  }
}
