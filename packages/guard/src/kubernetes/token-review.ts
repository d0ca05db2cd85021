/** TokenReview (authentication.k8s.io/v1): whose token this is, asked of the API server. */
import type { Principal } from '../decision.ts'
import { isListOfTexts, isRecord, type Status, statusOf } from './answer.ts'
import type { ApiClient, Deadline } from './client.ts'
import type { Outcome } from './reviews.ts'

const API_VERSION = 'authentication.k8s.io/v1'
const PATH = `/apis/${API_VERSION}/tokenreviews`

export interface TokenReviewOptions {
  readonly client: ApiClient
  /** Undefined for those of the API server itself. */
  readonly audiences: readonly string[] | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type TokenReviewer = (token: string, deadline: Deadline) => Promise<Outcome<Principal>>

export function createTokenReviewer({ client, audiences, now }: TokenReviewOptions): TokenReviewer {
  return async (token, deadline) => {
    const spec = audiences === undefined ? { token } : { token, audiences }
    const answer = await client.post(PATH, { apiVersion: API_VERSION, kind: 'TokenReview', spec }, deadline)
    if ('failure' in answer) return { state: 'failed', why: answer.failure }
    const status = statusOf(answer.body, API_VERSION, 'TokenReview')
    if (status === undefined) return { state: 'failed', why: 'answered with something that is no TokenReview' }
    if (status['authenticated'] !== true || !isForUs(status, audiences)) return { state: 'refused' }
    const principal = principalOf(status['user'])
    if (principal === undefined) return { state: 'failed', why: 'answered with a TokenReview without a user' }
    const expiry = expiryOf(token)
    return { state: 'granted', value: principal, ...(expiry === undefined ? {} : { lifeMilliseconds: expiry - now() }) }
  }
}

/** A server that knows no audiences says so by naming none, and has then judged the token for itself and not for us. */
function isForUs({ audiences: answered }: Status, audiences: readonly string[] | undefined): boolean {
  return audiences === undefined || (isListOfTexts(answered) && answered.some((audience) => audiences.includes(audience)))
}

function principalOf(user: unknown): Principal | undefined {
  if (!isRecord(user) || typeof user['username'] !== 'string' || user['username'] === '') return undefined
  const { username, uid, groups = [], extra = {} } = user
  if (!isListOfTexts(groups) || !isRecord(extra) || !Object.values(extra).every(isListOfTexts)) return undefined
  const hasExtra = Object.keys(extra).length > 0
  return {
    name: username,
    credential: 'kubernetes',
    groups,
    ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
    ...(hasExtra ? { extra: extra as NonNullable<Principal['extra']> } : {}),
  }
}

/**
 * When a JWT says that it ends, milliseconds since the epoch; undefined for a token without. Nothing is verified here: the server has
 * done that, and the date only shortens how long it is believed.
 */
function expiryOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString('utf8'))
    return isRecord(claims) && typeof claims['exp'] === 'number' ? claims['exp'] * 1_000 : undefined
  } catch {
    return undefined
  }
}
