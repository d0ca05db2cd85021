/** What the user writes, compiled once: every fault of it is found here, and nothing after this can fail on configuration. */

import { type AddressList, type AddressOptions, compileAddresses } from '../clients/addresses.ts'
import { compileProxies, type ProxyOptions, type TrustedProxies } from '../clients/proxies.ts'
import { compileCredential } from '../credentials/compile.ts'
import type { CompiledCredential, CompilerEnvironment } from '../credentials/compiled.ts'
import type { Credential } from '../credentials/finding.ts'
import type { CredentialOptions } from '../credentials/options.ts'
import { refuseUnknownRules } from '../credentials/rule-mentions.ts'
import { policyError } from '../errors.ts'
import { type CompiledLimits, compileLimits, type LimitOptions } from '../limit-options.ts'
import type { Limiter } from '../limits/limiter.ts'
import { Faults } from '../options/faults.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileViews, refuseUnusedViews, type ViewOptions } from '../views/compile.ts'
import { compileResponseHeaders } from './response-headers.ts'
import { compileRules, defaultRule, type Rule, type RuleOptions, type RuleParts } from './rules.ts'

export interface GuardOptions {
  /** Any one of these is enough. Left out or empty is an error; `'none'` says that everyone at an allowed address may read. */
  readonly credentials: readonly CredentialOptions[] | 'none'
  /** Judged before any credential. */
  readonly addresses?: AddressOptions
  /** Proxies of one's own, and the header in which they say whom a request comes from. Left out: no header is believed. */
  readonly proxies?: ProxyOptions
  /** In order; the first that a request meets allows it, and what meets none is denied. Left out: every credential is good for everything. */
  readonly rules?: readonly RuleOptions[]
  /**
   * Added to every answer but those that say 429 or 500: `Strict-Transport-Security`, `X-Content-Type-Options`, `X-Frame-Options`,
   * `X-XSS-Protection` and `Content-Security-Policy`, so spelt.
   */
  readonly responseHeaders?: Readonly<Record<string, string>>
  /** How often, how many at once, and whom wrong credentials lock out. Left out: a lockout after 30 failures in five minutes. */
  readonly limits?: LimitOptions
  /** What principals see of an exposition; rules name them. */
  readonly views?: readonly ViewOptions[]
}

export interface Policy {
  readonly addresses: AddressList
  readonly proxies: TrustedProxies | undefined
  /** Empty where the policy says `'none'`. */
  readonly credentials: readonly Credential[]
  /** At least one. */
  readonly rules: readonly Rule[]
  /** The rule of a policy that writes none: who is proven at all. */
  readonly anyone: Rule
  /** WWW-Authenticate lines, in the order of the credentials, each once. */
  readonly challenges: readonly string[]
  /** Authorities for the listener to verify client certificates against, PEM; empty when the policy takes none. */
  readonly clientAuthorities: readonly string[]
  readonly responseHeaders: Readonly<Record<string, string>>
  /** Undefined where nothing is limited. */
  readonly limits: Limiter | undefined
  readonly warnings: readonly string[]
}

/**
 * @throws {PosternError} the first fault, its `others` the rest: each with its code and its path in `options`: ERR_POSTERN_POLICY,
 * ERR_POSTERN_CIDR, ERR_POSTERN_HASH, ERR_POSTERN_TOKEN, ERR_POSTERN_CERTIFICATE or ERR_POSTERN_FILE.
 */
export function compilePolicy(options: GuardOptions, environment: CompilerEnvironment): Policy {
  const faults = new Faults()
  faults.attempt([], () =>
    refuseUnknownKeys(options, ['credentials', 'addresses', 'proxies', 'rules', 'views', 'limits', 'responseHeaders']),
  )
  const addresses = faults.attempt(['addresses'], () => {
    return compileAddresses(options.addresses)
  })
  const proxies = faults.attempt(['proxies'], () => (options.proxies ? compileProxies(options.proxies) : undefined))
  const compiled = compileCredentials(options, environment, faults)
  const credentials = compiled.map(({ credential }) => credential)
  const anyone = defaultRule(credentials)
  const viewWarnings: string[] = []
  const views = compileViews(options.views, environment, faults, viewWarnings)
  // Rules name credentials and views: where one of those has a fault, what is said of the rules would be a consequence of it.
  const isComplete = compiled.length === expectedCredentials(options) && views.size === (options.views?.length ?? 0)
  const rules = isComplete ? compileOwnRules(options, { credentials, views, environment }, faults) : undefined
  if (rules?.length === options.rules?.length) refuseUnusedViews(views, rules?.map(({ view }) => view) ?? [], faults)
  const inForce = rules ?? [anyone]
  // The same holds the other way round: what is said of a rule by name is judged when every rule has one.
  if (isComplete && inForce.length === (options.rules?.length ?? 1)) {
    refuseUnknownRules(
      compiled.map(({ ruleMentions = [] }) => ruleMentions),
      inForce.map((rule) => rule.name),
      faults,
    )
  }
  const responseHeaders = faults.attempt(['responseHeaders'], () => compileResponseHeaders(options.responseHeaders))
  const limits = faults.attempt(['limits'], () => compileLimits(options.limits, environment, options.credentials !== 'none'))
  faults.throwIfAny()
  const { limiter, warnings } = limits as CompiledLimits
  return {
    addresses: addresses as AddressList,
    proxies,
    credentials,
    rules: inForce,
    anyone,
    challenges: [...new Set(credentials.flatMap(({ challenge }) => challenge ?? []))],
    clientAuthorities: compiled.flatMap(({ clientAuthorities }) => clientAuthorities),
    responseHeaders: responseHeaders as Readonly<Record<string, string>>,
    limits: limiter,
    warnings: [...compiled.flatMap((credential) => credential.warnings), ...viewWarnings, ...warnings],
  }
}

function compileCredentials({ credentials }: GuardOptions, environment: CompilerEnvironment, faults: Faults): CompiledCredential[] {
  if (credentials === 'none') return []
  if (!Array.isArray(credentials) || credentials.length === 0) {
    faults.attempt(['credentials'], () => {
      throw policyError('ERR_POSTERN_POLICY', 'the policy names no credential, so that nobody could ever be proven', {
        fix: "List one of type basic, bearer, jwt, client-certificate or kubernetes; or write 'none' to let everyone at an allowed address read.",
      })
    })
    return []
  }
  return credentials.flatMap(
    (credential, index) => faults.attempt(['credentials', index], () => compileCredential(credential, environment)) ?? [],
  )
}

const expectedCredentials = ({ credentials }: GuardOptions): number => (Array.isArray(credentials) ? credentials.length : 0)

function compileOwnRules({ rules }: GuardOptions, parts: RuleParts, faults: Faults): readonly Rule[] | undefined {
  if (rules === undefined) return undefined
  if (Array.isArray(rules) && rules.length > 0) return compileRules(rules, parts, faults)
  faults.attempt(['rules'], () => {
    throw policyError('ERR_POSTERN_POLICY', 'the list of rules is empty, so that nobody could ever be allowed', {
      fix: 'Write a rule, or leave "rules" out to let every credential read everything.',
    })
  })
  return undefined
}
