/** The body of a scrape that several scrapes may read at once: made at the pace of the fastest reader, and only while there is one. */
import type { Chunk } from './chunks.ts'
import { Pace } from './pace.ts'

/** Where the chunks come from. */
export interface ChunkProducer {
  /** Makes at least one chunk more, or answers true: there are none left. Called again only after it has answered. */
  advance(emit: (chunk: Chunk) => void): Promise<boolean>
  /** Called once, when nothing is read any more, whether all was made or not. */
  end(): void
}

/** What compression and a transform read from. */
export type ChunkReader = Pick<BodyReader, 'read' | 'leave'>

/** Up to that many bytes all chunks are kept for those who join late. */
const KEEP_BYTES = 8_388_608
/** Milliseconds after which nobody joins any more: one slow reader shall not have all others read what was true when it came. */
const SHARE_FOR = 1_000

export class SharedBody {
  readonly #producer: ChunkProducer
  readonly #onEnd: () => void
  readonly #now: () => number
  readonly #sharedUntil: number
  readonly #chunks: (Chunk | undefined)[] = []
  readonly #readers = new Set<BodyReader>()
  /** Bytes made so far. */
  #made = 0
  /** Chunks before this one have been let go of. */
  #firstKept = 0
  #state: 'open' | 'complete' | 'ended' = 'open'
  #failure: { readonly error: unknown } | undefined
  #bytesEscaped = false
  #advancing: Promise<void> | undefined

  /** @param onEnd Runs once, when nothing is read any more. @param now Milliseconds of a clock that never goes back. */
  constructor(producer: ChunkProducer, onEnd: () => void, now: () => number = () => performance.now()) {
    this.#producer = producer
    this.#onEnd = onEnd
    this.#now = now
    this.#sharedUntil = now() + SHARE_FOR
  }

  /** False once its beginning is gone, or it is old: a scrape needs a body of its own then. */
  get isJoinable(): boolean {
    return this.#state !== 'ended' && this.#failure === undefined && this.#made <= KEEP_BYTES && this.#now() < this.#sharedUntil
  }

  /** @param onLeave Runs once, when the reader leaves. */
  join(onLeave: () => void): BodyReader {
    const reader = new BodyReader(this, onLeave, this.#now)
    this.#readers.add(reader)
    return reader
  }

  /** For readers: chunk number `at`, made when nobody has asked for it yet; undefined after the last. */
  async chunk(at: number): Promise<Uint8Array | undefined> {
    while (at >= this.#chunks.length && this.#state === 'open') {
      if (this.#failure) throw this.#failure.error
      this.#advancing ??= this.#advance()
      await this.#advancing
    }
    // Whoever has left meanwhile gets nothing more.
    if (this.#state === 'ended') return undefined
    this.#letGo()
    return this.#chunks[at]?.bytes
  }

  /** For readers: see {@link BodyReader.leave}. */
  leave(reader: BodyReader, bytesInUse: boolean): void {
    if (!this.#readers.delete(reader)) return
    reader.onLeave()
    this.#bytesEscaped ||= bytesInUse
    if (this.#readers.size > 0) return
    this.#state = 'ended'
    // What somebody may still hold is never written to again: its image goes on with a copy.
    if (!this.#bytesEscaped) {
      for (const chunk of this.#chunks) if (chunk?.lease) chunk.lease.holders -= 1
    }
    this.#chunks.length = 0
    this.#onEnd()
    this.#producer.end()
  }

  async #advance(): Promise<void> {
    try {
      const isLast = await this.#producer.advance((chunk) => {
        this.#chunks.push(chunk)
        this.#made += chunk.bytes.length
      })
      if (isLast && this.#state === 'open') this.#state = 'complete'
    } catch (error) {
      this.#failure = { error }
    } finally {
      this.#advancing = undefined
    }
  }

  /** Of a long body, what all have read is not kept, but for what is lent: that costs nothing, and may still be on its way out. */
  #letGo(): void {
    if (this.#made <= KEEP_BYTES) return
    const everyoneHas = Math.min(...Array.from(this.#readers, (reader) => reader.position))
    for (; this.#firstKept < everyoneHas; this.#firstKept += 1) {
      if (this.#chunks[this.#firstKept]?.lease === undefined) this.#chunks[this.#firstKept] = undefined
    }
  }
}

/** One scrape's way through a body. */
export class BodyReader implements AsyncIterable<Uint8Array> {
  /** For the body. */
  readonly onLeave: () => void
  readonly #body: SharedBody
  readonly #now: () => number
  readonly #pace: Pace
  readonly #dismissal = new AbortController()
  #next = 0

  constructor(body: SharedBody, onLeave: () => void, now: () => number) {
    this.#body = body
    this.onLeave = onLeave
    this.#now = now
    this.#pace = new Pace(now())
  }

  /** Chunks read so far. */
  get position(): number {
    return this.#next
  }

  /**
   * Aborted when this scrape has lost its place: its client kept it waiting, and another scrape came. The rest of the body is gone, so
   * end the connection; an answer that was ended properly would look whole.
   */
  get signal(): AbortSignal {
    return this.#dismissal.signal
  }

  /** Milliseconds that its client has kept it waiting until now; see {@link Pace}. */
  get waitedMilliseconds(): number {
    return this.#pace.waited(this.#now())
  }

  /**
   * The next piece, not to be written to; undefined at the end. One call at a time.
   * @throws what made the body fail, or the reason of `signal`: it cannot be completed then
   */
  async read(): Promise<Uint8Array | undefined> {
    this.signal.throwIfAborted()
    this.#pace.asked(this.#now())
    const chunk = await this.#body.chunk(this.#next)
    this.#pace.gave(chunk?.length ?? 0, this.#now())
    if (chunk !== undefined) this.#next += 1
    return chunk
  }

  /** Gives its place to another scrape. */
  dismiss(): void {
    this.leave()
    this.#dismissal.abort(new Error('The scrape was ended: its client kept it waiting for too long, and another one needed the place.'))
  }

  /**
   * To be called once by whoever uses `read`, at the end or earlier.
   * @param bytesInUse False promises that the chunks are not looked at any more, which spares the next scrape a copy.
   */
  leave({ bytesInUse = true }: { readonly bytesInUse?: boolean } = {}): void {
    this.#body.leave(this, bytesInUse)
  }

  /** Leaves at the end, at an error, and with the loop. No generator: one that has not begun would not hear that its stream was destroyed. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    const leave = (): { readonly done: true; readonly value: undefined } => {
      this.leave()
      return { done: true, value: undefined }
    }
    return {
      next: async () => {
        try {
          const value = await this.read()
          return value === undefined ? leave() : { done: false, value }
        } catch (error) {
          leave()
          throw error
        }
      },
      return: async () => leave(),
    }
  }
}

/** The whole body as text, for those who want it in one piece. Reads nothing else of it and leaves. */
export async function readText(reader: BodyReader): Promise<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let text = ''
  try {
    for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) text += decoder.decode(chunk, { stream: true })
  } finally {
    reader.leave({ bytesInUse: false })
  }
  return text + decoder.decode()
}
