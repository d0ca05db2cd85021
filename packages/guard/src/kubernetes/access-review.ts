/** SubjectAccessReview (authorization.k8s.io/v1): whether a principal may do something, asked of the API server. */
import type { Principal } from '../decision.ts'
import { statusOf } from './answer.ts'
import type { ApiClient, Deadline } from './client.ts'
import type { Outcome } from './reviews.ts'

const API_VERSION = 'authorization.k8s.io/v1'
const PATH = `/apis/${API_VERSION}/subjectaccessreviews`

/** One thing that is asked for; empty texts mean all, as in Kubernetes. */
export type Attributes =
  | { readonly nonResourceAttributes: { readonly path: string; readonly verb: string } }
  | { readonly resourceAttributes: Readonly<Record<string, string>> }

/** The `spec` of a review, which is all that its answer depends on. */
export function specOf(principal: Principal, attributes: Attributes): object {
  const { name, uid, extra } = principal
  return {
    user: name,
    groups: groupsOf(principal),
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
    ...attributes,
  }
}

/**
 * Kubernetes keeps `system:` for itself: an issuer of tokens or certificates beside the cluster must not be able to make somebody a
 * member of `system:masters`. Whoever is proven is `system:authenticated`.
 */
function groupsOf({ credential, groups = [] }: Principal): readonly string[] {
  if (credential === 'kubernetes') return groups
  return [...groups.filter((group) => !group.startsWith('system:')), 'system:authenticated']
}

export async function reviewAccess(client: ApiClient, spec: object, deadline: Deadline): Promise<Outcome<true>> {
  const answer = await client.post(PATH, { apiVersion: API_VERSION, kind: 'SubjectAccessReview', spec }, deadline)
  if ('failure' in answer) return { state: 'failed', why: answer.failure }
  const status = statusOf(answer.body, API_VERSION, 'SubjectAccessReview')
  if (status === undefined) return { state: 'failed', why: 'answered with something that is no SubjectAccessReview' }
  return status['allowed'] === true && status['denied'] !== true ? { state: 'granted', value: true } : { state: 'refused' }
}
