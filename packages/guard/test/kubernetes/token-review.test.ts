import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Answer, ApiClient } from '../../src/kubernetes/client.ts'
import { createTokenReviewer } from '../../src/kubernetes/token-review.ts'

const DEADLINE = { at: 0, signal: new AbortController().signal }
const NOW = 1_700_000_000_000

/** What the reviewer makes of an answer, and what it has asked. */
async function reviewOf(
  answer: Answer,
  { audiences, token = 'abc' }: { audiences?: readonly string[] | undefined; token?: string } = {},
): Promise<{ outcome: unknown; asked: unknown[] }> {
  const post = vi.fn<ApiClient['post']>(() => Promise.resolve(answer))
  const review = createTokenReviewer({ client: { post, close() {} }, audiences, now: () => NOW })
  return { outcome: await review(token, DEADLINE), asked: post.mock.calls.flat() }
}

const reviewed = (status: unknown): Answer => ({ body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status } })
const USER = { username: 'system:serviceaccount:monitoring:prometheus' }
const NO_REVIEW = { state: 'failed', why: 'answered with something that is no TokenReview' }
const NO_USER = { state: 'failed', why: 'answered with a TokenReview without a user' }
const GRANTED = { state: 'granted', value: { name: USER.username, credential: 'kubernetes', groups: [] } }

test.each([
  { audiences: ['metrics', 'other'], spec: { token: 'abc', audiences: ['metrics', 'other'] } },
  { audiences: undefined, spec: { token: 'abc' } },
])('asks for the audiences $audiences', async ({ audiences, spec }) => {
  const { asked } = await reviewOf(reviewed({}), { audiences })
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
  expect(asked).toEqual(['/apis/authentication.k8s.io/v1/tokenreviews', review, DEADLINE])
})

describe('an answer', () => {
  const audiences = ['metrics']
  test.each<{ name: string; answer: Answer; outcome: unknown; audiences?: readonly string[] | undefined }>([
    { name: 'that there is none', answer: { failure: 'answered 500' }, outcome: { state: 'failed', why: 'answered 500' } },
    { name: 'of a good token', answer: reviewed({ authenticated: true, user: USER, audiences }), outcome: GRANTED },
    {
      name: 'of a token for several audiences',
      answer: reviewed({ authenticated: true, user: USER, audiences: ['x', 'metrics'] }),
      outcome: GRANTED,
    },
    {
      name: 'with all that is known of a user',
      answer: reviewed({ authenticated: true, audiences, user: { ...USER, uid: 'u-1', groups: ['a', 'b'], extra: { pod: ['p'] } } }),
      outcome: {
        state: 'granted',
        value: { name: USER.username, credential: 'kubernetes', groups: ['a', 'b'], uid: 'u-1', extra: { pod: ['p'] } },
      },
    },
    {
      name: 'with nothing in what is known',
      answer: reviewed({ authenticated: true, audiences, user: { ...USER, uid: '', groups: [], extra: {} } }),
      outcome: GRANTED,
    },
    { name: 'of a bad token', answer: reviewed({ error: 'invalid bearer token' }), outcome: { state: 'refused' } },
    { name: 'of a token that is not authenticated', answer: reviewed({ authenticated: false, user: USER }), outcome: { state: 'refused' } },
    { name: 'of a truth in words', answer: reviewed({ authenticated: 'true', user: USER, audiences }), outcome: { state: 'refused' } },
    {
      name: 'of a good token for another audience (20)',
      answer: reviewed({ authenticated: true, user: USER, audiences: ['https://kubernetes.default.svc'] }),
      outcome: { state: 'refused' },
    },
    {
      name: 'of a good token from a server that knows no audiences (20)',
      answer: reviewed({ authenticated: true, user: USER }),
      outcome: { state: 'refused' },
    },
    {
      name: 'with audiences that are no list (20)',
      answer: reviewed({ authenticated: true, user: USER, audiences: 'metrics' }),
      outcome: { state: 'refused' },
    },
    {
      name: 'of a good token where those of the server itself are wanted',
      answer: reviewed({ authenticated: true, user: USER, audiences: ['https://kubernetes.default.svc'] }),
      audiences: undefined,
      outcome: GRANTED,
    },
    {
      name: 'of another kind',
      answer: { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'Status', status: {} } },
      outcome: NO_REVIEW,
    },
    {
      name: 'of another version',
      answer: {
        body: { apiVersion: 'authentication.k8s.io/v2', kind: 'TokenReview', status: { authenticated: true, user: USER, audiences } },
      },
      outcome: NO_REVIEW,
    },
    { name: 'without a status', answer: reviewed(undefined), outcome: NO_REVIEW },
    { name: 'with a list for a status', answer: reviewed([]), outcome: NO_REVIEW },
    { name: 'that is null', answer: { body: null }, outcome: NO_REVIEW },
    { name: 'that is a text', answer: { body: 'TokenReview' }, outcome: NO_REVIEW },
    ...[undefined, null, 'prometheus', {}, { username: '' }, { username: 7 }].map((user) => ({
      name: `with the user ${JSON.stringify(user)}`,
      answer: reviewed({ authenticated: true, audiences, user }),
      outcome: NO_USER,
    })),
    ...[{ groups: 'a' }, { groups: [7] }, { extra: [] }, { extra: { pod: 'p' } }].map((more) => ({
      name: `with ${JSON.stringify(more)}`,
      answer: reviewed({ authenticated: true, audiences, user: { ...USER, ...more } }),
      outcome: NO_USER,
    })),
  ])('$name', async ({ answer, outcome, ...init }) => {
    expect((await reviewOf(answer, { audiences, ...init })).outcome).toEqual(outcome)
  })
})

describe('the life of a token that says when it ends', () => {
  const jwt = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
  const lifeOf = async (token: string): Promise<unknown> => {
    const { outcome } = await reviewOf(reviewed({ authenticated: true, user: USER }), { token })
    return (outcome as { lifeMilliseconds?: number }).lifeMilliseconds
  }
  test.each([
    { name: 'is what is left of it', token: jwt({ exp: NOW / 1_000 + 20 }), life: 20_000 },
    { name: 'may be over by our clock', token: jwt({ exp: NOW / 1_000 - 1 }), life: -1_000 },
    { name: 'is unknown without an end', token: jwt({}), life: undefined },
    { name: 'is unknown for an end in words', token: jwt({ exp: '20' }), life: undefined },
    { name: 'is unknown for claims that are none', token: jwt([]), life: undefined },
    { name: 'is unknown for another kind of token', token: 'abcdef', life: undefined },
    { name: 'is unknown for what only looks like one', token: 'a.b.c', life: undefined },
  ])('$name', async ({ token, life }) => {
    expect(await lifeOf(token)).toBe(life)
  })
})

test('whatever is answered, nothing is thrown, and nobody is somebody without a name and our audience', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (status) => {
      const { outcome } = await reviewOf(reviewed(status), { audiences: ['metrics'] })
      expect(['refused', 'failed']).toContain((outcome as { state: string }).state)
    }),
    { numRuns: 300, interruptAfterTimeLimit: 1_000 },
  )
})
