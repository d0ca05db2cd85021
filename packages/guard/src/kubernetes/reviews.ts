/**
 * Remembers what the API server said. What is known costs a keyed digest, equal questions are asked once, strangers wait in a lane of
 * their own, and while the server is away its last good answers count for a stated time.
 */
import { createHmac } from 'node:crypto'
import { DEFAULTS as CLIENT_DEFAULTS, type Deadline } from './client.ts'
import { createLane, type Lane } from './lane.ts'
import { createPace } from './pace.ts'

export const DEFAULTS = {
  places: 5, // calls at a time in each of the two lanes
  maxWaiting: 64, // in each; the next one is told to come back
  strangersPerSecond: 20, // and as many at once as the burst: what controller-runtime allows its own clients
  strangersBurst: 30,
  maxRemembered: 1_024, // granted answers, and as many refused ones
  rememberRefusedMilliseconds: 30_000,
  patienceMilliseconds: 3_000, // with a last good answer at hand: a scrape has 10 s in all
} as const

/** What the server says of one question. `lifeMilliseconds` is the longest that a grant may be believed. */
export type Outcome<Value> =
  | { readonly state: 'granted'; readonly value: Value; readonly lifeMilliseconds?: number }
  | { readonly state: 'refused' }
  | { readonly state: 'failed'; readonly why: string }

/** `overloaded`: too many questions wait. `unavailable`: the server cannot be asked and has never granted this, or too long ago. */
export type Verdict<Value> =
  | { readonly state: 'granted'; readonly value: Value }
  | { readonly state: 'refused' | 'overloaded' | 'unavailable' }

export interface ReviewsOptions {
  /** 32 random bytes that die with the process: without them the remembered digests say nothing. */
  readonly key: Uint8Array
  /** Milliseconds, monotonic. */
  readonly elapsed: () => number
  /** How long a granted answer is not asked for again. */
  readonly rememberMilliseconds: number
  /** How long, from its asking, it counts while the server is away. */
  readonly staleMilliseconds: number
  /** Hears when the server goes away, with the reason, and when it is back (undefined). */
  readonly onChange: (why: string | undefined) => void
}

export interface Reviews<Value> {
  /**
   * @param question all that the answer depends on, unambiguously
   * @param ask asks the server; must not reject
   */
  check(question: string, ask: (deadline: Deadline) => Promise<Outcome<Value>>): Verdict<Value> | Promise<Verdict<Value>>
  /** Whether the last answer to this was a grant: whoever asks it is no stranger. */
  hasGranted(question: string): boolean
}

interface Granted<Value> {
  readonly verdict: { readonly state: 'granted'; readonly value: Value }
  readonly freshUntil: number
  readonly staleUntil: number
}

const REFUSED = { state: 'refused' } as const
const OVERLOADED = { state: 'overloaded' } as const
const UNAVAILABLE = { state: 'unavailable' } as const

export function createReviews<Value>(options: ReviewsOptions): Reviews<Value> {
  const { key, elapsed, rememberMilliseconds, staleMilliseconds, onChange } = options
  const granted = new Map<string, Granted<Value>>()
  /** Apart from those granted, so that a flood of bad tokens drives out no good one. */
  const refused = new Map<string, number>()
  const running = new Map<string, Promise<Verdict<Value>>>()
  const strangers = createLane(DEFAULTS.places, DEFAULTS.maxWaiting)
  const pace = createPace(DEFAULTS.strangersPerSecond, DEFAULTS.strangersBurst, elapsed)
  /** For what was granted before: who scrapes through a flood never stands in its queue. */
  const regulars = createLane(DEFAULTS.places, DEFAULTS.maxWaiting)
  let isAway = false

  const settle = (digest: string, outcome: Outcome<Value>): Verdict<Value> => {
    const failed = outcome.state === 'failed'
    if (failed !== isAway) onChange(failed ? outcome.why : undefined)
    isAway = failed
    if (failed) return UNAVAILABLE
    const now = elapsed()
    granted.delete(digest)
    if (outcome.state === 'refused') {
      remember(refused, digest, now + DEFAULTS.rememberRefusedMilliseconds)
      return REFUSED
    }
    const { value, lifeMilliseconds = Number.POSITIVE_INFINITY } = outcome
    const verdict = { state: 'granted', value } as const
    const freshUntil = now + Math.min(rememberMilliseconds, lifeMilliseconds)
    remember(granted, digest, { verdict, freshUntil, staleUntil: now + Math.min(staleMilliseconds, lifeMilliseconds) })
    return verdict
  }

  const askOnce = async (digest: string, lane: Lane, ask: (deadline: Deadline) => Promise<Outcome<Value>>): Promise<Verdict<Value>> => {
    const end = new AbortController()
    const timer = setTimeout(() => end.abort(), CLIENT_DEFAULTS.deadlineMilliseconds).unref()
    try {
      const deadline = { at: elapsed() + CLIENT_DEFAULTS.deadlineMilliseconds, signal: end.signal }
      if (!(await lane.enter(end.signal))) return OVERLOADED
      try {
        return settle(digest, await ask(deadline))
      } finally {
        lane.leave()
      }
    } finally {
      clearTimeout(timer)
      running.delete(digest)
    }
  }

  const digestOf = (question: string): string => createHmac('sha256', key).update(question).digest('base64')

  return {
    hasGranted: (question) => granted.has(digestOf(question)),
    check(question, ask) {
      const digest = digestOf(question)
      const now = elapsed()
      const known = granted.get(digest)
      if (known && known.freshUntil > now) return known.verdict
      if ((refused.get(digest) ?? now) > now) return REFUSED
      let call = running.get(digest)
      if (call === undefined) {
        if (known === undefined && !pace()) return OVERLOADED
        call = askOnce(digest, known ? regulars : strangers, ask)
        running.set(digest, call)
      }
      if (known === undefined || known.staleUntil <= now) return call
      // The call goes on: its answer counts for the next request.
      return isAway ? known.verdict : orLastGood(call, known.verdict)
    },
  }
}

/** The call's verdict, or `last` where there is none in a time that leaves the scrape enough of its own. */
function orLastGood<Value>(call: Promise<Verdict<Value>>, last: Verdict<Value>): Promise<Verdict<Value>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(last), DEFAULTS.patienceMilliseconds).unref()
    void call.then((verdict) => {
      clearTimeout(timer)
      resolve(verdict === UNAVAILABLE || verdict === OVERLOADED ? last : verdict)
    })
  })
}

/** The oldest goes when there is no more place. */
function remember<Entry>(entries: Map<string, Entry>, digest: string, entry: Entry): void {
  entries.delete(digest)
  const oldest = entries.size >= DEFAULTS.maxRemembered ? entries.keys().next().value : undefined
  if (oldest !== undefined) entries.delete(oldest)
  entries.set(digest, entry)
}
