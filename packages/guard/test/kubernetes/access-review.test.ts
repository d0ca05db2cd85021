import type { Principal } from '@postern/guard'
import { describe, expect, test, vi } from 'vitest'
import { reviewAccess, specOf } from '../../src/kubernetes/access-review.ts'
import type { Answer, ApiClient } from '../../src/kubernetes/client.ts'

const ATTRIBUTES = { nonResourceAttributes: { path: '/metrics', verb: 'get' } }

describe('the subject of a review', () => {
  test.each<{ name: string; principal: Principal; subject: object }>([
    {
      name: 'of a service account is all that the server said of it',
      principal: { name: 'sa', credential: 'kubernetes', groups: ['system:masters', 'a'], uid: 'u', extra: { pod: ['p'] } },
      subject: { user: 'sa', groups: ['system:masters', 'a'], uid: 'u', extra: { pod: ['p'] } },
    },
    {
      name: 'of a client certificate has groups but for those that Kubernetes keeps for itself',
      principal: { name: 'prometheus', credential: 'client-certificate', groups: ['ops', 'system:masters'] },
      subject: { user: 'prometheus', groups: ['ops', 'system:authenticated'] },
    },
    {
      name: 'without groups is somebody who is proven',
      principal: { name: 'prometheus', credential: 'bearer' },
      subject: { user: 'prometheus', groups: ['system:authenticated'] },
    },
  ])('$name', ({ principal, subject }) => {
    expect(specOf(principal, ATTRIBUTES)).toEqual({ ...subject, ...ATTRIBUTES })
  })
})

describe('an answer', () => {
  const review = async (answer: Answer): Promise<unknown> => {
    const post = vi.fn<ApiClient['post']>(() => Promise.resolve(answer))
    const deadline = { at: 0, signal: new AbortController().signal }
    const outcome = await reviewAccess({ post, close() {} }, { user: 'a' }, deadline)
    expect(post.mock.calls).toEqual([
      [
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'a' } },
        deadline,
      ],
    ])
    return outcome
  }
  const reviewed = (status: unknown): Answer => ({ body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status } })
  const NO_REVIEW = { state: 'failed', why: 'answered with something that is no SubjectAccessReview' }
  test.each<{ answer: Answer; outcome: unknown }>([
    { answer: reviewed({ allowed: true }), outcome: { state: 'granted', value: true } },
    { answer: reviewed({ allowed: true, denied: false, reason: 'RBAC' }), outcome: { state: 'granted', value: true } },
    { answer: reviewed({ allowed: false }), outcome: { state: 'refused' } },
    { answer: reviewed({ allowed: false, evaluationError: 'x' }), outcome: { state: 'refused' } },
    { answer: reviewed({ allowed: true, denied: true }), outcome: { state: 'refused' } },
    { answer: reviewed({ allowed: 'true' }), outcome: { state: 'refused' } },
    { answer: reviewed({}), outcome: { state: 'refused' } },
    { answer: reviewed(undefined), outcome: NO_REVIEW },
    { answer: { body: { kind: 'TokenReview', status: { allowed: true } } }, outcome: NO_REVIEW },
    { answer: { failure: 'answered 500' }, outcome: { state: 'failed', why: 'answered 500' } },
  ])('$answer', async ({ answer, outcome }) => {
    expect(await review(answer)).toEqual(outcome)
  })
})
