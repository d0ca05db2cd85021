/** Policy × facts → decision: the only place that combines findings. Total: it answers every request and throws for none. */

import type { Authorization, Authorizer } from '../authorizer.ts'
import { isAddressAllowed } from '../clients/addresses.ts'
import { resolveClient } from '../clients/proxies.ts'
import type { Ask, Credential, Finding } from '../credentials/finding.ts'
import { type Allow, type Decision, type Deny, type Principal, REASONS, type Reason } from '../decision.ts'
import type { Peer } from '../net/trusted-peers.ts'
import type { Policy } from '../policy/policy.ts'
import { allowsPrincipal, type Rule, speaksOfPath } from '../policy/rules.ts'
import type { RequestFacts } from '../request.ts'
import { judgeWithin } from './limited.ts'

/**
 * Addresses first: a client that may not speak costs no hash and learns nothing of paths. Then what can be read in two ways. Then
 * the limits, which may leave nothing to judge. Then the rules in their order: the first whose path, method, address, credentials and
 * principals all hold allows.
 * @param client whose addresses are judged; for a caller that has resolved it already
 */
export async function decide(
  policy: Policy,
  facts: RequestFacts,
  onFault: (error: unknown) => void,
  client: Peer = resolveClient(policy.proxies, facts),
): Promise<Decision> {
  if (!isAddressAllowed(policy.addresses, client.address, client.unixSocket)) return deny(policy, 'address_not_allowed')
  if (facts.target === undefined || facts.authorization.length > 1) return deny(policy, 'malformed_request')
  try {
    const { path } = facts.target
    const judge = (check: Ask): Promise<Decision> => judgeRules(policy, facts, path, client, check)
    return await (policy.limits === undefined
      ? judge((credential) => credential.check(facts, client.address))
      : judgeWithin(policy.limits, facts, client.address, judge))
  } catch (error) {
    // A fault in here is ours, never the client's: it must neither open the door nor end the process.
    onFault(error)
    return deny(policy, 'guard_fault')
  }
}

async function judgeRules(policy: Policy, facts: RequestFacts, path: string, client: Peer, check: Ask): Promise<Decision> {
  const ask = policy.rules.length > 1 ? askOnce(check) : check
  let misfit: Reason = 'path_not_allowed'
  let refusal: Reason | undefined
  for (const rule of policy.rules) {
    const unmet = misfitOf(rule, facts.method, path, client)
    if (unmet === undefined) {
      if (rule.proof === 'none') return allow(rule, ANONYMOUS)
      const proof = rule.proof === 'all' ? await proveAll(rule, ask, facts) : await proveAny(rule, ask, facts)
      if (typeof proof !== 'string') return allow(rule, proof)
      refusal = refusal === undefined ? proof : stronger(refusal, proof)
    } else misfit = stronger(misfit, unmet)
  }
  // Which paths and methods there are, and for which addresses, is told to nobody who has not proven to be someone.
  if (refusal === undefined && policy.credentials.length > 0) {
    const proof = await proveAny(policy.anyone, ask, facts)
    if (typeof proof === 'string') refusal = proof
  }
  return deny(policy, refusal ?? misfit)
}

function allow({ name: rule, view }: Rule, principal: Principal): Allow {
  return view === undefined ? { allow: true, principal, rule } : { allow: true, principal, rule, view }
}

/** A credential is judged once for each request, however many rules want it. */
function askOnce(check: Ask): Ask {
  const findings = new Map<Credential, Finding | Promise<Finding>>()
  return (credential) => {
    const known = findings.get(credential)
    if (known) return known
    const finding = check(credential)
    findings.set(credential, finding)
    return finding
  }
}

/** What of a rule does not hold before anybody is asked who they are; undefined when all does. */
function misfitOf(rule: Rule, method: string, path: string, client: Peer): Reason | undefined {
  if (!speaksOfPath(rule, path)) return 'path_not_allowed'
  if (rule.methods !== undefined && !rule.methods.has(method)) return 'method_not_allowed'
  return isAddressAllowed(rule.addresses, client.address, client.unixSocket) ? undefined : 'address_not_allowed'
}

/** The first principal that is proven and that the rule allows; or why there is none. */
async function proveAny(rule: Rule, ask: Ask, facts: RequestFacts): Promise<Principal | Reason> {
  let refusal: Reason = 'no_credentials'
  for (const credential of rule.credentials) {
    const asked = ask(credential)
    const finding = asked instanceof Promise ? await asked : asked
    if (finding.state === 'proven') {
      const { principal } = finding
      const isLetIn = allowsPrincipal(rule, principal) && (finding.rules?.has(rule.name) ?? true)
      const refused = isLetIn ? rule.authorizer && (await refusalBy(rule.authorizer, principal, facts)) : 'principal_not_allowed'
      if (refused === undefined) return principal
      refusal = stronger(refusal, refused)
    } else if (finding.state === 'rejected') refusal = stronger(refusal, finding.reason)
  }
  return refusal
}

/**
 * The principal of the first credential, when all are proven; its groups are those of all. An authorizer is asked for the first alone:
 * groups that another credential names are not what the first one's authority vouched for.
 */
async function proveAll(rule: Rule, ask: Ask, facts: RequestFacts): Promise<Principal | Reason> {
  let refusal: Reason | undefined
  const proven: Principal[] = []
  for (const credential of rule.credentials) {
    const finding = await ask(credential)
    if (finding.state !== 'proven') {
      const reason = finding.state === 'absent' ? 'no_credentials' : finding.reason
      refusal = refusal === undefined ? reason : stronger(refusal, reason)
      continue
    }
    if (finding.rules?.has(rule.name) === false) refusal = stronger(refusal ?? 'principal_not_allowed', 'principal_not_allowed')
    proven.push(finding.principal)
  }
  if (refusal !== undefined) return refusal
  const [first] = proven as [Principal]
  const groups = proven.flatMap((principal) => principal.groups ?? [])
  const principal = groups.length === 0 ? first : { ...first, groups: [...new Set(groups)] }
  if (!allowsPrincipal(rule, principal)) return 'principal_not_allowed'
  return (rule.authorizer && (await refusalBy(rule.authorizer, first, facts))) ?? principal
}

/** Undefined when the authorizer allows. */
async function refusalBy(authorizer: Authorizer, principal: Principal, facts: RequestFacts): Promise<Reason | undefined> {
  const authorization = await authorizer.check(principal, facts)
  return authorization === 'allowed' ? undefined : UNAUTHORIZED[authorization]
}

const UNAUTHORIZED: Readonly<Record<Exclude<Authorization, 'allowed'>, Reason>> = {
  denied: 'principal_not_allowed',
  malformed: 'malformed_request',
  unavailable: 'authority_unavailable',
}

/**
 * Of several reasons the one that came nearest to an allowance, and of equals the first. A credential that could not be judged may have
 * been right: the client is told to come back, and not that it was wrong. One that was right once, or is right elsewhere, is nearer
 * than one that is wrong: two kinds of bearer token are judged by the same header.
 */
function stronger(one: Reason, other: Reason): Reason {
  return NEARNESS[other] > NEARNESS[one] ? other : one
}

const NEARNESS: Readonly<Record<Reason, number>> = {
  guard_fault: 0,
  path_not_allowed: 0,
  method_not_allowed: 1,
  no_credentials: 2,
  bad_credentials: 3,
  expired_credentials: 4,
  address_not_allowed: 4,
  principal_not_allowed: 5,
  // Within a rule only an authorizer says so, of a principal that all the rest has let in.
  malformed_request: 6,
  overloaded: 6,
  rate_limited: 7,
  locked_out: 7,
  authority_unavailable: 6,
}

/** 401 needs a challenge (RFC 9110, 15.5.2); where every credential is a certificate there is none to give, hence 403. */
function deny(policy: Policy, reason: Reason): Deny {
  const { status }: { status: Deny['status'] } = REASONS[reason]
  const retryAfterSeconds = RETRY_AFTER_SECONDS[reason]
  if (retryAfterSeconds !== undefined) return { allow: false, status, reason, challenges: [], retryAfterSeconds }
  if (status !== 401) return { allow: false, status, reason, challenges: [] }
  return policy.challenges.length > 0
    ? { allow: false, status, reason, challenges: policy.challenges }
    : { allow: false, status: 403, reason, challenges: [] }
}

const ANONYMOUS: Principal = { name: 'anonymous', credential: 'none' }

const RETRY_AFTER_SECONDS: Readonly<Partial<Record<Reason, number>>> = {
  overloaded: 1, // the queue of passwords is a few seconds long at the most
  authority_unavailable: 5, // an authority that is away is asked again no sooner
}
