/** A decision as it is told: what a log can hold, and no more of what strangers say. */
import type { Decision, Principal } from '../decision.ts'
import type { DecisionEvent } from '../events.ts'
import { formatAddress } from '../net/address.ts'
import type { Peer } from '../net/trusted-peers.ts'
import type { RequestFacts } from '../request.ts'
import { safeText } from './safe-text.ts'

/** Characters of each text that comes from a client or from who vouches for it. */
export const MAX: Readonly<Record<'name' | 'method' | 'path' | 'groups', number>> = { name: 128, method: 20, path: 256, groups: 32 }

/** @param client the facts themselves, or whom a trusted proxy speaks for @param milliseconds that the decision took */
export function describeDecision(decision: Decision, facts: RequestFacts, client: Peer, milliseconds: number): DecisionEvent {
  return {
    type: 'decision',
    // Without what must be called: an event can be copied to another thread.
    decision: decision.allow ? { allow: true, principal: safePrincipal(decision.principal), rule: decision.rule } : decision,
    milliseconds,
    address: client.address && formatAddress(client.address),
    ...(client !== facts && { peer: facts.address ? formatAddress(facts.address) : 'unix' }),
    method: safeText(facts.method, MAX.method),
    path: facts.target && safeText(facts.target.path, MAX.path),
  }
}

/** A token's subject is what its issuer let somebody choose. */
function safePrincipal({ name, credential, groups }: Principal): Principal {
  const safe = { name: safeText(name, MAX.name), credential }
  return groups ? { ...safe, groups: groups.slice(0, MAX.groups).map((group) => safeText(group, MAX.name)) } : safe
}
