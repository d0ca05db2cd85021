/**
 * Limits shared through Redis or Valkey. When it does not answer in time it counts as away: nobody waits for it any more, whoever
 * listens is told, and it is tried again, at longer and longer intervals, until it is back.
 */
import { type Client, clientName } from './client.ts'
import type { LockoutNumbers } from './lockouts.ts'
import { endRedis, openRedis, type RedisConnection } from './redis-connection.ts'
import type { LimitStore, StoreAnswer, StoreQuestion, TellStore } from './store.ts'
import { within } from './within.ts'

export const DEFAULTS = {
  openMilliseconds: 2_000, // for a connection with all of its handshakes
  firstRetryMilliseconds: 250, // from one attempt to the next; doubled each time
  maxRetryMilliseconds: 5_000,
  settledMilliseconds: 10_000, // after a connection that lasted so long retries begin with the first interval again
} as const

export interface RedisStoreOptions {
  /** `redis:` or `rediss:`, with user and password. */
  readonly url: string
  /** Begins every key. */
  readonly prefix: string
  /** For one answer. */
  readonly timeoutMilliseconds: number
  readonly tell: TellStore
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

export class RedisStore implements LimitStore {
  readonly #options: RedisStoreOptions
  #connection: RedisConnection | undefined
  /** The first attempt: whoever comes right after the start waits for it, so that a restart is no way around a lockout. */
  #opening: Promise<void> | undefined
  #isDegraded = false
  #isClosed = false
  #retry: NodeJS.Timeout | undefined
  #retryMilliseconds: number = DEFAULTS.firstRetryMilliseconds
  #openedAt = 0

  constructor(options: RedisStoreOptions) {
    this.#options = options
    this.#opening = this.#open().finally(() => {
      this.#opening = undefined
    })
  }

  async admit(client: Client, { perClient, total, totalBurst, lockout }: StoreQuestion): Promise<StoreAnswer | undefined> {
    const keys = [this.#key('locked', client), this.#key('rate', client), `${this.#options.prefix}rate`]
    const own = [perClient?.intervalMilliseconds ?? 0, perClient?.burst ?? 0]
    const all = [total?.intervalMilliseconds ?? 0, total?.burst ?? 0, totalBurst]
    const answer = await this.#ask((redis) => redis.posternAdmit(...keys, lockout ? 1 : 0, ...own, ...all))
    if (answer === undefined) return undefined
    const [locked, wait, clientAhead, totalAhead] = answer
    return { locked, wait, clientAhead, totalAhead }
  }

  async fail(client: Client, numbers: LockoutNumbers): Promise<{ before: number; after: number } | undefined> {
    const keys = [this.#key('locked', client), this.#key('failures', client)]
    const { failures, withinMilliseconds, forMilliseconds } = numbers
    const answer = await this.#ask((redis) => redis.posternFail(...keys, failures, withinMilliseconds, forMilliseconds))
    return answer && { before: answer[0], after: answer[1] }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    if (this.#connection) endRedis(this.#connection)
  }

  #key(what: string, client: Client): string {
    return `${this.#options.prefix}${what}:${clientName(client)}`
  }

  async #ask<Answer>(send: (redis: RedisConnection) => Promise<Answer>): Promise<Answer | undefined> {
    await this.#opening
    const redis = this.#connection
    if (redis === undefined) return undefined
    try {
      return await within(this.#options.timeoutMilliseconds, send(redis))
    } catch (error) {
      this.#lose(redis, error)
      return undefined
    }
  }

  async #open(): Promise<void> {
    try {
      const redis = await openRedis({ ...this.#options, openMilliseconds: DEFAULTS.openMilliseconds })
      this.#connection = redis
      this.#openedAt = this.#options.now()
      redis.once('end', () => this.#lose(redis, new Error('the connection ended')))
      if (this.#isClosed) endRedis(redis)
    } catch (error) {
      this.#tryAgain(error)
      return
    }
    if (!this.#isDegraded) return
    this.#isDegraded = false
    this.#options.tell('recovered', `${this.#place} is back: limits are shared again`)
  }

  /** Requests that were under way together lose one connection together. */
  #lose(redis: RedisConnection, error: unknown): void {
    if (this.#connection !== redis) return
    this.#connection = undefined
    endRedis(redis)
    if (this.#options.now() - this.#openedAt >= DEFAULTS.settledMilliseconds) this.#retryMilliseconds = DEFAULTS.firstRetryMilliseconds
    this.#tryAgain(error)
  }

  #tryAgain(error: unknown): void {
    if (this.#isClosed) return
    if (!this.#isDegraded) {
      this.#isDegraded = true
      const why = (error as Error).message.slice(0, 200)
      this.#options.tell('degraded', `${this.#place} is away (${why}): until it is back, each process counts for itself`)
    }
    this.#retry = setTimeout(() => void this.#open(), this.#retryMilliseconds).unref()
    this.#retryMilliseconds = Math.min(this.#retryMilliseconds * 2, DEFAULTS.maxRetryMilliseconds)
  }

  /** Without user and password. */
  get #place(): string {
    const { protocol, host } = new URL(this.#options.url)
    return `the store of limits at ${protocol}//${host}`
  }
}
