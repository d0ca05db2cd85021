/**
 * POSTs reviews to the API server: connections kept alive, the cluster's own authority and no public one, a few tries within one
 * deadline. Total: a call that fails says why in words that a log may repeat, and never rejects.
 */
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { OwnToken } from './own-token.ts'

/** The back-off is that of client-go's webhooks, the deadline that of controller-runtime's TokenReview. */
export const DEFAULTS = {
  deadlineMilliseconds: 10_000, // one review in all: its wait for a place, its tries and the pauses between them
  tries: 5,
  pauseMilliseconds: 500, // before the second try
  pauseFactor: 1.5,
  pauseJitter: 0.2, // a pause is longer by up to this part of it
  maxAnswerBytes: 262_144, // a review is a few kilobytes
  maxIdleConnections: 4,
} as const

export interface ClientOptions {
  /** https; a path is put before those of the API. */
  readonly server: URL
  /** PEM, each one certificate. */
  readonly authorities: readonly string[]
  readonly token: OwnToken
  /** Milliseconds, monotonic. */
  readonly elapsed: () => number
  /** From 0 to below 1. */
  readonly random: () => number
}

/** When a call must have ended: `at` on the clock of `elapsed`, and the signal that aborts then. */
export interface Deadline {
  readonly at: number
  readonly signal: AbortSignal
}

export type Answer = { readonly body: unknown } | { readonly failure: string }

export interface ApiClient {
  /** @param path from the root of the API, with its slash */
  post(path: string, review: object, deadline: Deadline): Promise<Answer>
  /** Begins no more calls; what is under way ends by its deadline, and the last connection with it. */
  close(): void
}

/** One try: an answer, or why there is none and when it is worth another. */
type Try = Answer & { readonly again?: 'never' | 'at once' | 'after a pause' | number }

export function createApiClient({ server, authorities, token, elapsed, random }: ClientOptions): ApiClient {
  // Stated, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise end the verification of the one that vouches for everybody.
  const trust = { ca: [...authorities], rejectUnauthorized: true, minVersion: 'TLSv1.2' as const }
  const agent = new Agent({ keepAlive: true, maxFreeSockets: DEFAULTS.maxIdleConnections, ...trust })
  const root = server.href.replace(/\/+$/, '')
  let isClosed = false
  let running = 0

  const tryOnce = async (path: string, payload: string, signal: AbortSignal): Promise<Try> => {
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${token.current()}`,
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': Buffer.byteLength(payload),
        }
        request(`${root}${path}`, { method: 'POST', agent, headers, signal })
          // A review under way keeps no process alive; Node has unref'd the idle connections itself.
          .on('socket', (socket) => socket.unref())
          .on('response', resolve)
          .on('error', reject)
          .end(payload)
      })
      return judge(response, await readText(response))
    } catch (error) {
      if (signal.aborted) return { failure: `has not answered within ${DEFAULTS.deadlineMilliseconds / 1_000} s`, again: 'never' }
      return { failure: `cannot be reached or broke off (${codeOf(error)})`, again: 'after a pause' }
    }
  }

  const judge = ({ statusCode, headers }: IncomingMessage, text: string | undefined): Try => {
    if (text === undefined) return { failure: `answered with more than ${DEFAULTS.maxAnswerBytes} bytes`, again: 'never' }
    if (statusCode === 200 || statusCode === 201) return readJson(text)
    const failure = `answered ${statusCode}${HINTS.get(Number(statusCode)) ?? ''}`
    if (statusCode === 401) return { failure, again: token.renew() ? 'at once' : 'never' }
    if (statusCode !== 429 && Number(statusCode) < 500) return { failure, again: 'never' }
    const seconds = headers['retry-after'] ?? ''
    return { failure, again: /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : 'after a pause' }
  }

  const post = async (path: string, review: object, { at, signal }: Deadline): Promise<Answer> => {
    const payload = JSON.stringify(review)
    let pause: number = DEFAULTS.pauseMilliseconds
    for (let tries = 1; ; tries += 1) {
      const { again, ...answer } = await tryOnce(path, payload, signal)
      if (again === undefined || again === 'never' || tries === DEFAULTS.tries) return answer
      const wait = again === 'at once' ? 0 : again === 'after a pause' ? pause * (1 + DEFAULTS.pauseJitter * random()) : again
      if (again === 'after a pause') pause *= DEFAULTS.pauseFactor
      // Whoever waits for the answer learns at once that there will be none in time.
      if (elapsed() + wait >= at) return answer
      await rest(wait)
    }
  }

  return {
    async post(path, review, deadline) {
      if (isClosed) return { failure: 'is not asked any more: the policy has changed' }
      running += 1
      try {
        return await post(path, review, deadline)
      } finally {
        running -= 1
        if (isClosed && running === 0) agent.destroy()
      }
    },
    close() {
      isClosed = true
      if (running === 0) agent.destroy()
    },
  }
}

/** What the two faults of a cluster's configuration look like from here. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [401, ': the token of this process is not valid there'],
  [403, ': this process may not ask for reviews; bind its service account to the cluster role system:auth-delegator'],
])

/** Undefined for an answer that is longer than a review can be: it is not read to its end. */
async function readText(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > DEFAULTS.maxAnswerBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readJson(text: string): Try {
  try {
    return { body: JSON.parse(text) as unknown }
  } catch {
    return { failure: 'answered with something that is no JSON', again: 'never' }
  }
}

/** The code of Node or OpenSSL and not their message, which may repeat what a peer sent. */
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code)

const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
