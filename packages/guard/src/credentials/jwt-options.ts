/** JSON Web Tokens as a policy writes them, and their compilation. Nothing is asked of anybody here: that begins with a request. */
import { policyError, withPath } from '../errors.ts'
import { ALGORITHMS, type Algorithm, isAlgorithm } from '../keys/algorithms.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { compileWholeNumber } from '../options/whole-number.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { type ClaimValue, createJwtCredential } from './jwt.ts'
import { compileKeys, type JwtKeyOptions, KEY_OPTIONS } from './jwt-key-options.ts'
import { compileRealm } from './realm.ts'
import { VerifiedTokens } from './verified-tokens.ts'

export interface JwtOptions extends JwtKeyOptions {
  readonly type: 'jwt'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** As in `BasicOptions`. */
  readonly realm?: string
  /** Whom this endpoint is, in the words of the issuer; the token must name one of them. */
  readonly audience: string | readonly string[]
  /** What a signature may be made with. Default {@link DEFAULTS}. */
  readonly algorithms?: readonly Algorithm[]
  /** The claim that names the principal. Default `sub`. */
  readonly principalClaim?: string
  /** The claim that lists its groups, or holds one; of `scope` the words. Default: none. */
  readonly groupsClaim?: string
  /** Claims that must be there, each with exactly this value. */
  readonly requiredClaims?: Readonly<Record<string, ClaimValue>>
  /** The type that the token's header must say, `at+jwt` for access tokens of RFC 9068. Default: any. */
  readonly tokenType?: string
  /** For clocks that differ, 0 to 60. */
  readonly clockToleranceSeconds?: number
  /** From its `iat` to its `exp`; a token without `iat` is then refused. Default: as the issuer likes. */
  readonly maxLifetimeSeconds?: number
  /** Longer ones are refused unread. */
  readonly maxTokenBytes?: number
}

export const DEFAULTS: {
  readonly algorithms: readonly Algorithm[]
  readonly principalClaim: string
  readonly clockToleranceSeconds: number
  readonly maxTokenBytes: number
} = {
  algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
  principalClaim: 'sub',
  clockToleranceSeconds: 30,
  maxTokenBytes: 8192, // of the 16 KiB that Node.js takes for all headers
}

const KEYS = [
  'type',
  'name',
  'realm',
  'issuer',
  'audience',
  'algorithms',
  ...KEY_OPTIONS,
  'principalClaim',
  'groupsClaim',
  'requiredClaims',
  'tokenType',
  'clockToleranceSeconds',
  'maxLifetimeSeconds',
  'maxTokenBytes',
]

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE. */
export function compileJwt(options: JwtOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, KEYS)
  const name = compileName(options.name, 'credential', options.type)
  const realm = compileRealm(options.realm)
  const claims = {
    issuer: compileText(options.issuer, 'issuer', 'who signs the tokens, as their claim "iss" says it'),
    audiences: compileAudiences(options.audience),
    algorithms: withPath(['algorithms'], () => compileAlgorithms(options.algorithms)),
    principalClaim: compileText(options.principalClaim ?? DEFAULTS.principalClaim, 'principalClaim', 'the name of a claim'),
    groupsClaim: options.groupsClaim === undefined ? undefined : compileText(options.groupsClaim, 'groupsClaim', 'the name of a claim'),
    requiredClaims: compileRequiredClaims(options.requiredClaims),
    tokenType: options.tokenType === undefined ? undefined : compileText(options.tokenType, 'tokenType', 'a type like at+jwt'),
    clockToleranceSeconds: seconds(options, 'clockToleranceSeconds', 0, 60, DEFAULTS.clockToleranceSeconds),
    maxLifetimeSeconds: seconds(options, 'maxLifetimeSeconds', 1, 31_536_000, undefined),
  }
  const maxTokenBytes = withPath(['maxTokenBytes'], () =>
    compileWholeNumber(options.maxTokenBytes, DEFAULTS.maxTokenBytes, { min: 256, max: 16_384, unit: 'bytes' }),
  )
  const keys = compileKeys(options, name, environment)
  // What was judged under other options is not judged under these.
  const judgedBy = JSON.stringify([name, claims, [...claims.requiredClaims]])
  const verified = environment.keep(`jwt ${judgedBy}`, () => new VerifiedTokens(environment.randomBytes(32)))
  return {
    credential: createJwtCredential({ name, realm, ...claims, keys, verified, maxTokenBytes, now: environment.now }),
    clientAuthorities: [],
    warnings: [],
  }
}

function seconds<Default>(
  options: JwtOptions,
  key: 'clockToleranceSeconds' | 'maxLifetimeSeconds',
  min: number,
  max: number,
  fallback: Default,
): number | Default {
  return withPath([key], () => compileWholeNumber(options[key], fallback, { min, max, unit: 'seconds' }))
}

function compileText(value: unknown, key: string, what: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw policyError('ERR_POSTERN_POLICY', value === undefined ? `"${key}" is missing` : 'this is not a text', {
    path: [key],
    fix: `Write ${what}.`,
  })
}

function compileAudiences(audience: unknown): readonly string[] {
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  if (audiences.length > 0 && audiences.every((text) => typeof text === 'string' && text !== '')) return audiences as string[]
  throw policyError('ERR_POSTERN_POLICY', 'this credential names no audience, and a token made for another service would do', {
    path: ['audience'],
    fix: 'Write what the issuer calls this endpoint in the claim "aud", or a list of such names.',
  })
}

function compileAlgorithms(algorithms: readonly unknown[] | undefined): readonly Algorithm[] {
  if (algorithms === undefined) return DEFAULTS.algorithms
  const known = `There are ${Object.keys(ALGORITHMS).join(', ')}.`
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this is not a list of one algorithm or more', {
      fix: `${known} Leave the key out for the default.`,
    })
  }
  return algorithms.map((name: unknown, index) => {
    if (isAlgorithm(name)) return name
    const why =
      name === 'none'
        ? 'is no signature, and everyone could make tokens'
        : typeof name === 'string' && /^HS\d+$/.test(name)
          ? 'is symmetric, and whoever can verify could make tokens'
          : 'is not an algorithm that tokens are verified with'
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(name)} ${why}`, { path: [index], fix: known })
  })
}

function compileRequiredClaims(claims: Readonly<Record<string, unknown>> | undefined): ReadonlyMap<string, ClaimValue> {
  const required = new Map<string, ClaimValue>()
  for (const [claim, value] of Object.entries(claims ?? {})) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw policyError('ERR_POSTERN_POLICY', `the claim "${claim}" is held against what is no text, number or truth value`, {
        path: ['requiredClaims', claim],
        fix: 'Write the one value that it must have.',
      })
    }
    required.set(claim, value)
  }
  return required
}
