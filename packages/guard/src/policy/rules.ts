/** Rules: who may ask for what, from where. Rows of a table, judged in order; the first that a request meets in all columns allows. */

import type { Authorizer } from '../authorizer.ts'
import { type AddressList, type AddressOptions, compileAddresses } from '../clients/addresses.ts'
import type { CompilerEnvironment } from '../credentials/compiled.ts'
import type { Credential } from '../credentials/finding.ts'
import type { CredentialKind, Principal } from '../decision.ts'
import { policyError, withPath } from '../errors.ts'
import { type AuthorizeOptions, compileAuthorize } from '../kubernetes/authorize-options.ts'
import type { Faults } from '../options/faults.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { parseTarget } from '../target.ts'
import { chooseView } from '../views/compile.ts'
import type { View } from '../views/view.ts'

export interface RuleOptions {
  /** Appears in decisions and events. Default `rule-1`, `rule-2`, and so on by position. */
  readonly name?: string
  /** Whole paths, or everything below one: `/metrics`, `/probe/*`. Byte for byte; there are no other patterns. Left out: every path. */
  readonly paths?: readonly string[]
  /** In capitals. Left out: every method, and what is behind the guard says which it knows. */
  readonly methods?: readonly string[]
  /** Beside those of the policy, which come first. */
  readonly addresses?: AddressOptions
  /**
   * Credentials of the policy by their `name`, any one of which is enough, or all of which must be proven in one request; the
   * principal is then that of the first. `'none'` lets everyone in who asks for `paths`, which must be listed: a health check, say.
   * Left out: any credential of the policy.
   */
  readonly credentials?: readonly string[] | { readonly allOf: readonly string[] } | 'none'
  /** Who may: a name, or what must be true of the principal together. Left out: everyone who is proven. */
  readonly principals?: readonly (string | PrincipalOptions)[]
  /** Who of them may what, asked of Kubernetes. Left out: all that the rule speaks of. */
  readonly authorize?: AuthorizeOptions
  /** The name of one of the policy's views: what whoever is let in by this rule sees of an exposition. Left out: everything. */
  readonly view?: string
}

export interface PrincipalOptions {
  readonly name?: string
  /** One of the groups that its credential names. */
  readonly group?: string
  /** The kind that proves it: a token and a user may have one name. */
  readonly credential?: CredentialKind
}

export interface Rule {
  readonly name: string
  readonly paths: PathList | undefined
  readonly methods: ReadonlySet<string> | undefined
  readonly addresses: AddressList
  /** How a principal is proven: by any one of the credentials, or by all of them; `none` asks nobody. */
  readonly proof: 'any' | 'all' | 'none'
  readonly credentials: readonly Credential[]
  readonly principals: readonly PrincipalOptions[] | undefined
  /** Asked last, of whoever is let in by all the rest. */
  readonly authorizer: Authorizer | undefined
  readonly view: View | undefined
}

export interface PathList {
  readonly exact: ReadonlySet<string>
  /** Each ends in a slash. */
  readonly below: readonly string[]
}

/** What stands for the rules of a policy that writes none: every credential is good for everything. */
export function defaultRule(credentials: readonly Credential[]): Rule {
  const proof = credentials.length === 0 ? 'none' : 'any'
  const everything = {
    paths: undefined,
    methods: undefined,
    addresses: EVERYWHERE,
    principals: undefined,
    authorizer: undefined,
    view: undefined,
  }
  return { name: 'default', proof, credentials, ...everything }
}

const EVERYWHERE: AddressList = compileAddresses(undefined)

/** What rules name, and what their compilation needs. */
export interface RuleParts {
  readonly credentials: readonly Credential[]
  readonly views: ReadonlyMap<string, View>
  readonly environment: CompilerEnvironment
}

/** Compiles every rule, and notes the faults of each. */
export function compileRules(options: readonly RuleOptions[], parts: RuleParts, faults: Faults): readonly Rule[] {
  const names = new Set<string>()
  const rules = options.map((rule, index) => faults.attempt(['rules', index], () => compileRule(rule, index, parts, names)))
  for (const [index, rule] of rules.entries()) faults.attempt(['rules', index, 'paths'], () => rule && refuseExemptTwice(rule, rules))
  return rules.filter((rule) => rule !== undefined)
}

/** Whoever lists one path as open and as guarded means one of them, and a newcomer to the policy would guess which. */
function refuseExemptTwice(rule: Rule, rules: readonly (Rule | undefined)[]): void {
  if (rule.proof === 'none') return
  for (const other of rules) {
    if (other?.proof !== 'none') continue
    const path = [...exactPaths(rule)].find((guarded) => exactPaths(other).has(guarded))
    if (path === undefined) continue
    throw policyError('ERR_POSTERN_POLICY', `"${path}" is also a path of the rule "${other.name}", which asks for no credential`, {
      fix: 'Leave the path out of one of the two.',
    })
  }
}

const exactPaths = ({ paths }: Rule): ReadonlySet<string> => paths?.exact ?? new Set()

function compileRule(options: RuleOptions, index: number, { credentials, views, environment }: RuleParts, names: Set<string>): Rule {
  refuseUnknownKeys(options, ['name', 'paths', 'methods', 'addresses', 'credentials', 'principals', 'authorize', 'view'])
  const name = compileName(options.name, 'rule', `rule-${index + 1}`)
  if (names.has(name)) {
    throw policyError('ERR_POSTERN_POLICY', `two rules are called "${name}"`, { path: ['name'], fix: 'Give each rule a name of its own.' })
  }
  names.add(name)
  const paths = withPath(['paths'], () => compilePaths(options.paths))
  const methods = withPath(['methods'], () => compileMethods(options.methods))
  const addresses = withPath(['addresses'], () => compileAddresses(options.addresses))
  const chosen = withPath(['credentials'], () => chooseCredentials(options.credentials, credentials, paths))
  const principals = withPath(['principals'], () => compilePrincipals(options.principals))
  if (principals !== undefined && chosen.proof === 'none') {
    throw policyError('ERR_POSTERN_POLICY', 'this rule asks for no credential and names principals, whom nobody could prove to be', {
      path: ['principals'],
      fix: "Leave principals out, or name credentials instead of 'none'.",
    })
  }
  if (options.authorize !== undefined && chosen.proof === 'none') {
    throw policyError('ERR_POSTERN_POLICY', 'this rule asks for no credential, so that there is nobody whose rights could be asked for', {
      path: ['authorize'],
      fix: "Leave authorize out, or name credentials instead of 'none'.",
    })
  }
  const authorizer = withPath(['authorize'], () => compileAuthorize(options.authorize, environment))
  const view = withPath(['view'], () => chooseView(options.view, views))
  return { name, paths, methods, addresses, principals, authorizer, view, ...chosen }
}

function compilePaths(paths: readonly string[] | undefined): PathList | undefined {
  if (paths === undefined) return undefined
  refuseEmpty(paths, 'path')
  const exact = new Set<string>()
  const below: string[] = []
  for (const [index, path] of paths.entries()) {
    const whole = typeof path === 'string' && path.endsWith('/*') ? path.slice(0, -1) : path
    if (typeof whole !== 'string' || parseTarget(whole)?.path !== whole) {
      throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(path)} is not a path that means one thing to everyone`, {
        path: [index],
        fix: 'Write it like /metrics, or /probe/* for everything below /probe/.',
      })
    }
    if (whole === path) exact.add(path)
    else below.push(whole)
  }
  return { exact, below }
}

function compileMethods(methods: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (methods === undefined) return undefined
  refuseEmpty(methods, 'method')
  for (const [index, method] of methods.entries()) {
    if (typeof method === 'string' && /^[A-Z-]{1,20}$/.test(method)) continue
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(method)} is not a method`, {
      path: [index],
      fix: 'Write it in capitals, like GET.',
    })
  }
  return new Set(methods)
}

function chooseCredentials(
  options: RuleOptions['credentials'],
  credentials: readonly Credential[],
  paths: PathList | undefined,
): Pick<Rule, 'proof' | 'credentials'> {
  if (options === 'none') {
    if (paths !== undefined && paths.below.length === 0) return { proof: 'none', credentials: [] }
    throw policyError('ERR_POSTERN_POLICY', `this rule asks for no credential on ${paths ? 'everything below a path' : 'every path'}`, {
      fix: "List the whole paths that everyone may ask for; or write credentials: 'none' for the whole policy.",
    })
  }
  if (options === undefined) {
    if (credentials.length > 0) return { proof: 'any', credentials }
    throw policyError('ERR_POSTERN_POLICY', 'this rule asks for any credential of the policy, which has none', {
      fix: "Give the policy credentials, or write credentials: 'none' for this rule and list its paths.",
    })
  }
  const isAllOf = !Array.isArray(options)
  if (isAllOf) refuseUnknownKeys(options, ['allOf'])
  const names = isAllOf ? (options as { allOf: readonly string[] }).allOf : (options as readonly string[])
  refuseEmpty(names, 'credential')
  const chosen = names.flatMap((name, index) => {
    const found = credentials.filter((credential) => credential.name === name)
    if (found.length > 0 && (!isAllOf || found.length === 1)) return found
    const known = [...new Set(credentials.map((credential) => credential.name))].join(', ') || 'none'
    throw policyError(
      'ERR_POSTERN_POLICY',
      found.length === 0 ? `no credential is called ${JSON.stringify(name)}` : `${found.length} credentials are called "${name}"`,
      {
        path: isAllOf ? ['allOf', index] : [index],
        fix: found.length === 0 ? `There are: ${known}.` : 'Give each a name of its own, so that it is clear which must be proven.',
      },
    )
  })
  return { proof: isAllOf ? 'all' : 'any', credentials: chosen }
}

function compilePrincipals(options: RuleOptions['principals']): readonly PrincipalOptions[] | undefined {
  if (options === undefined) return undefined
  refuseEmpty(options, 'principal')
  return options.map((principal, index) =>
    withPath([index], () => {
      if (typeof principal === 'string' && principal !== '') return { name: principal }
      if (typeof principal === 'object' && principal !== null) {
        refuseUnknownKeys(principal, ['name', 'group', 'credential'])
        if (Object.values(principal).some((value) => value !== undefined)) return { ...principal }
      }
      throw policyError('ERR_POSTERN_POLICY', 'this principal says nothing of who it is', {
        fix: 'Write a name, or { name }, { group }, { credential } or several of them.',
      })
    }),
  )
}

/** A list left empty reads like "nobody" and like "no restriction": it must be neither by accident. */
function refuseEmpty(list: unknown, what: string): asserts list is readonly unknown[] {
  if (Array.isArray(list) && list.length > 0) return
  throw policyError('ERR_POSTERN_POLICY', `this is not a list of one ${what} or more`, { fix: `List a ${what}, or leave the key out.` })
}

export function speaksOfPath({ paths }: Rule, path: string): boolean {
  if (paths === undefined || paths.exact.has(path)) return true
  for (const folder of paths.below) if (path.startsWith(folder)) return true
  return false
}

export function allowsPrincipal({ principals }: Rule, principal: Principal): boolean {
  if (principals === undefined) return true
  for (const { name, group, credential } of principals) {
    if (name !== undefined && name !== principal.name) continue
    if (group !== undefined && !principal.groups?.includes(group)) continue
    if (credential === undefined || credential === principal.credential) return true
  }
  return false
}
