/** A bearer token (RFC 6750) that the API server of a Kubernetes cluster is asked about. */

import type { Principal } from '../decision.ts'
import type { Reviews, Verdict } from '../kubernetes/reviews.ts'
import type { TokenReviewer } from '../kubernetes/token-review.ts'
import { credentialsOf } from './authorization.ts'
import { TOKEN68 } from './bearer.ts'
import { bearerChallenge } from './challenge.ts'
import { ABSENT, BAD, type Credential, type Finding } from './finding.ts'

export interface KubernetesRule {
  readonly name: string
  readonly realm: string
  readonly reviews: Reviews<Principal>
  readonly review: TokenReviewer
}

export function createKubernetesCredential({ name, realm, reviews, review }: KubernetesRule): Credential {
  const judge = (token: string): Finding | Promise<Finding> => {
    const verdict = reviews.check(token, (deadline) => review(token, deadline))
    return verdict instanceof Promise ? verdict.then(findingOf) : findingOf(verdict)
  }
  return {
    kind: 'kubernetes',
    name,
    challenge: bearerChallenge(realm),
    check(facts) {
      const token = credentialsOf(facts, 'bearer')
      if (token === undefined) return ABSENT
      // What cannot be a token is nobody's, and is not worth a call.
      return TOKEN68.test(token) ? judge(token) : BAD
    },
    known(facts) {
      const token = credentialsOf(facts, 'bearer')
      // One that was good may be asked for anew: it has its own places in the queue, and nobody can guess it.
      return token !== undefined && reviews.hasGranted(token) ? judge(token) : undefined
    },
  }
}

function findingOf(verdict: Verdict<Principal>): Finding {
  if (verdict.state === 'granted') return { state: 'proven', principal: verdict.value }
  return verdict.state === 'refused' ? BAD : { state: 'rejected', reason: REASONS[verdict.state] }
}

const REASONS = { overloaded: 'overloaded', unavailable: 'authority_unavailable' } as const
