/** Scrapes in flight: those that ask for the same share one body, and there are only so many. */
import type { Format } from '../exposition/negotiate.ts'
import { createCompression } from './compression.ts'
import { type BodyReader, type ChunkProducer, SharedBody } from './shared-body.ts'

export interface ScrapeOptions {
  /** Scrapes at a time, sharing or not. */
  readonly maxInFlight: number
  /** How long a client may keep its scrape waiting before another may have its place. */
  readonly maxStallMilliseconds: number
  /** Hears of each scrape that was ended for another. */
  readonly onDismiss: () => void
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
  readonly #options: ScrapeOptions
  readonly #now: () => number
  readonly #bodies = new Map<string, Promise<SharedBody>>()
  /** Those that have a place, in the order in which they came. */
  readonly #readers = new Set<BodyReader>()
  #inFlight = 0

  constructor(produce: ProduceBody, options: ScrapeOptions) {
    const { now = () => performance.now() } = options
    this.#produce = produce
    this.#options = options
    this.#now = now
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** A reader of the body; `leave` it. Undefined when there are too many scrapes already, and none of them is stalled by its client. */
  async open(key: ScrapeKey): Promise<BodyReader | undefined> {
    if (this.#inFlight >= this.#options.maxInFlight && !this.#dismissOne()) return undefined
    this.#inFlight += 1
    let reader: BodyReader | undefined
    const done = (): void => {
      this.#inFlight -= 1
      if (reader) this.#readers.delete(reader)
    }
    try {
      reader = await this.#join(key, done)
      this.#readers.add(reader)
      return reader
    } catch (error) {
      done()
      throw error
    }
  }

  /**
   * Ends the scrape that its client has stalled longest. Without that, as many clients that read nothing as there are places would keep
   * all others out until their time is over.
   */
  #dismissOne(): boolean {
    let slowest: BodyReader | undefined
    let longest = this.#options.maxStallMilliseconds
    for (const reader of this.#readers) {
      const waited = reader.waitedMilliseconds
      if (slowest === undefined ? waited < longest : waited <= longest) continue
      slowest = reader
      longest = waited
    }
    if (slowest === undefined) return false
    slowest.dismiss()
    this.#options.onDismiss()
    return true
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
