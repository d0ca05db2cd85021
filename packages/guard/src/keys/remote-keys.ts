/**
 * Keys of an endpoint: asked for when a token needs them, few times whoever sends what, and kept while the endpoint is away.
 * Nothing runs in the background of an idle guard: each look is begun by a request.
 */
import type { Closable } from '../keeper.ts'
import { type KeySet, parseKeySet } from './key-set.ts'
import type { KeySource } from './key-source.ts'

export const DEFAULTS = {
  refreshMilliseconds: 600_000, // age of a set from which on the next request begins a look for a newer one
  cooldownMilliseconds: 30_000, // between the beginnings of two looks: a thousand unknown key ids are one look
  retryMilliseconds: 5_000, // the same while there is no set, and nobody can be let in
  timeoutMilliseconds: 5_000, // of a whole look, discovery and keys
} as const

export interface RemoteKeysOptions {
  /** Answers the text of a JWK set; what it rejects with is told. */
  readonly load: (signal: AbortSignal) => Promise<string>
  /** Milliseconds, monotonic. */
  readonly elapsed: () => number
  /** For how long a set counts after the endpoint last said so. */
  readonly keepMilliseconds: number
  /** Hears when the endpoint cannot be asked any more, and when it can again; each once. */
  readonly onState: (state: 'unavailable' | 'recovered', message: string) => void
  readonly timeoutMilliseconds?: number
}

interface Held {
  readonly text: string
  readonly keys: KeySet
  /** When the endpoint last answered with it. */
  readonly confirmed: number
}

export class RemoteKeys implements KeySource, Closable {
  readonly #options: RemoteKeysOptions
  #held: Held | undefined
  #begun = Number.NEGATIVE_INFINITY
  #looking: { readonly over: AbortController; readonly ended: Promise<void> } | undefined
  #isAway = false
  #isClosed = false

  constructor(options: RemoteKeysOptions) {
    this.#options = options
  }

  current(): KeySet | undefined {
    const held = this.#usable()
    if (held === undefined) return undefined
    const age = this.#options.elapsed() - held.confirmed
    if (age < DEFAULTS.refreshMilliseconds || !this.#mayLook()) return held.keys
    // Nobody asked for long, so nobody looked: a key that was taken out meanwhile must not open the door once more.
    if (age >= 2 * DEFAULTS.refreshMilliseconds) return undefined
    void this.#look()
    return held.keys
  }

  async find(kid: string | undefined): Promise<KeySet | undefined> {
    const keys = this.current()
    if (keys !== undefined && (kid === undefined || keys.knows(kid))) return keys
    await (this.#mayLook() ? this.#look() : this.#looking?.ended)
    return this.#usable()?.keys
  }

  /** Ends a look that is under way; there is no other afterwards. */
  close(): void {
    this.#isClosed = true
    this.#looking?.over.abort()
  }

  #usable(): Held | undefined {
    const held = this.#held
    return held !== undefined && this.#options.elapsed() - held.confirmed < this.#options.keepMilliseconds ? held : undefined
  }

  #mayLook(): boolean {
    if (this.#isClosed || this.#looking !== undefined) return false
    const pause = this.#usable() === undefined ? DEFAULTS.retryMilliseconds : DEFAULTS.cooldownMilliseconds
    return this.#options.elapsed() - this.#begun >= pause
  }

  #look(): Promise<void> {
    this.#begun = this.#options.elapsed()
    const over = new AbortController()
    const ended = this.#load(over).finally(() => {
      this.#looking = undefined
    })
    this.#looking = { over, ended }
    return ended
  }

  async #load(over: AbortController): Promise<void> {
    const { load, elapsed, onState, timeoutMilliseconds = DEFAULTS.timeoutMilliseconds } = this.#options
    const timer = setTimeout(() => over.abort(new Error(`there was no answer within ${timeoutMilliseconds} ms`)), timeoutMilliseconds)
    timer.unref()
    try {
      const text = await load(over.signal)
      const keys = text === this.#held?.text ? this.#held.keys : parseKeySet(text)
      this.#held = { text, keys, confirmed: elapsed() }
      if (this.#isAway) onState('recovered', 'its keys were read again')
      this.#isAway = false
    } catch (error) {
      const { message } = (over.signal.aborted ? over.signal.reason : error) as Error
      if (!this.#isAway && !this.#isClosed) onState('unavailable', message)
      this.#isAway = true
    } finally {
      clearTimeout(timer)
    }
  }
}
