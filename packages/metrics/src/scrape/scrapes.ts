/** Scrapes in flight: those that ask for the same share one body, and there are only so many. */
import type { Format } from '../exposition/negotiate.ts'
import { createCompression } from './compression.ts'
import { type BodyReader, type ChunkProducer, SharedBody } from './shared-body.ts'

export interface ScrapeOptions {
  /** Scrapes at a time, sharing or not. */
  readonly maxInFlight: number
  /** Milliseconds of a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number
}

/** What makes two scrapes the same. */
export interface ScrapeKey {
  readonly format: Format
  readonly coding: 'identity' | 'gzip' | 'zstd'
  /** Names asked for; all when there are none. */
  readonly names: readonly string[]
}

/** Collects, and then makes the body in a format. */
export type ProduceBody = (key: ScrapeKey) => Promise<ChunkProducer>

export class Scrapes {
  readonly #produce: ProduceBody
  readonly #maxInFlight: number
  readonly #now: () => number
  readonly #bodies = new Map<string, Promise<SharedBody>>()
  #inFlight = 0

  constructor(produce: ProduceBody, { maxInFlight, now = () => performance.now() }: ScrapeOptions) {
    this.#produce = produce
    this.#now = now
    this.#maxInFlight = maxInFlight
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** A reader of the body; `leave` it. Undefined when there are too many scrapes already. */
  async open(key: ScrapeKey): Promise<BodyReader | undefined> {
    if (this.#inFlight >= this.#maxInFlight) return undefined
    this.#inFlight += 1
    const done = (): void => {
      this.#inFlight -= 1
    }
    try {
      return await this.#join(key, done)
    } catch (error) {
      done()
      throw error
    }
  }

  async #join(key: ScrapeKey, onLeave: () => void): Promise<BodyReader> {
    const id = idOf(key)
    for (let known = this.#bodies.get(id); known !== undefined; known = this.#bodies.get(id)) {
      const body = await known
      if (body.isJoinable) return body.join(onLeave)
      this.#forget(id, known)
    }
    const opening: Promise<SharedBody> = this.#create(key, () => this.#forget(id, opening))
    this.#bodies.set(id, opening)
    try {
      return (await opening).join(onLeave)
    } catch (error) {
      this.#forget(id, opening)
      throw error
    }
  }

  /** Another may have taken its place. */
  #forget(id: string, opening: Promise<SharedBody>): void {
    if (this.#bodies.get(id) === opening) this.#bodies.delete(id)
  }

  async #create(key: ScrapeKey, onEnd: () => void): Promise<SharedBody> {
    if (key.coding === 'identity') return new SharedBody(await this.#produce(key), onEnd, this.#now)
    // Whoever wants it compressed shares the rendering with those who do not.
    const plain = await this.#join({ ...key, coding: 'identity' }, () => {})
    return new SharedBody(createCompression(plain, key.coding), onEnd, this.#now)
  }
}

function idOf({ format, coding, names }: ScrapeKey): string {
  return JSON.stringify([format.syntax, format.escaping, coding, names])
}
