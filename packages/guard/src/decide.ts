/** Policy × facts → decision: the only place that combines findings. Total: it answers every request and throws for none. */

import { isAddressAllowed } from './addresses.ts'
import type { Finding } from './credentials/finding.ts'
import { type Decision, type Deny, REASONS, type Reason } from './decision.ts'
import type { Policy } from './policy.ts'
import type { RequestFacts } from './request.ts'

/**
 * Addresses first: a peer that may not speak costs no hash and learns nothing of paths. Then what can be read in two ways.
 * Then the credentials in the policy's order: the first that is proven allows.
 */
export async function decide(policy: Policy, facts: RequestFacts, onFault: (error: unknown) => void): Promise<Decision> {
  if (!isAddressAllowed(policy.addresses, facts.address)) return deny(policy, 'address_not_allowed')
  if (facts.target === undefined || facts.authorization.length > 1) return deny(policy, 'malformed_request')
  if (policy.credentials === 'none') return { allow: true, principal: { name: 'anonymous', credential: 'none' } }
  let rejected: Reason | undefined
  for (const credential of policy.credentials) {
    let finding: Finding
    try {
      finding = await credential.check(facts)
    } catch (error) {
      // A fault in here is ours, never the client's: it must neither open the door nor end the process.
      onFault(error)
      return deny(policy, 'guard_fault')
    }
    if (finding.state === 'proven') return { allow: true, principal: finding.principal }
    // A credential that could not be judged may have been right: the client is told to come back and not that it was wrong.
    if (finding.state === 'rejected') rejected = finding.reason === 'overloaded' ? finding.reason : (rejected ?? finding.reason)
  }
  return deny(policy, rejected ?? 'no_credentials')
}

/** 401 needs a challenge (RFC 9110, 15.5.2); where every credential is a certificate there is none to give, hence 403. */
function deny(policy: Policy, reason: Reason): Deny {
  const { status }: { status: Deny['status'] } = REASONS[reason]
  if (reason === 'overloaded') return { allow: false, status, reason, challenges: [], retryAfterSeconds: RETRY_AFTER_SECONDS }
  if (status !== 401) return { allow: false, status, reason, challenges: [] }
  return policy.challenges.length > 0
    ? { allow: false, status, reason, challenges: policy.challenges }
    : { allow: false, status: 403, reason, challenges: [] }
}

/** The queue of passwords is a few seconds long at the most. */
const RETRY_AFTER_SECONDS = 1
