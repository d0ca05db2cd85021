/** Scrapes in flight: those that ask for the same share one body, and there are only so many. */
import type { Format } from '../exposition/negotiate.ts'
import { createCompression } from './compression.ts'
import { type BodyReader, type ChunkProducer, SharedBody } from './shared-body.ts'

export interface ScrapeOptions {
  /** Scrapes at a time, sharing or not. */
  readonly maxInFlight: number
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
  readonly #bodies = new Map<string, Promise<SharedBody>>()
  #inFlight = 0

  constructor(produce: ProduceBody, { maxInFlight }: ScrapeOptions) {
    this.#produce = produce
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
    for (;;) {
      let opening = this.#bodies.get(id)
      if (opening === undefined) {
        opening = this.#create(key, id)
        this.#bodies.set(id, opening)
      }
      const body = await opening
      if (body.isJoinable) return body.join(onLeave)
      if (this.#bodies.get(id) === opening) this.#bodies.delete(id)
    }
  }

  async #create(key: ScrapeKey, id: string): Promise<SharedBody> {
    const forget = (): void => void this.#bodies.delete(id)
    try {
      if (key.coding === 'identity') return new SharedBody(await this.#produce(key), forget)
      // Whoever wants it compressed shares the rendering with those who do not.
      const plain = await this.#join({ ...key, coding: 'identity' }, () => {})
      return new SharedBody(createCompression(plain, key.coding), forget)
    } catch (error) {
      forget()
      throw error
    }
  }
}

function idOf({ format, coding, names }: ScrapeKey): string {
  return JSON.stringify([format.syntax, format.escaping, coding, names])
}
