/**
 * Who is hashed when: few at a time, since hashing takes threads that files and names need too, and a short queue before that.
 * Turns go round by client, and who holds most of a full queue gives way, so that one client's flood costs the others one hash of
 * waiting and never their place. Whoever was right before has a lane and a thread of its own.
 */

export const DEFAULTS = {
  concurrency: 2, // hashes of strangers at a time: libuv has four threads
  reserved: 1, // one more for those who were right before
  maxQueued: 64, // strangers that wait; the next one is told to come back
} as const

export interface HashQueueOptions {
  readonly concurrency?: number
  readonly reserved?: number
  readonly maxQueued?: number
}

export interface Visitor {
  /** Was right before with this very attempt. Only who knows a password can be, so that nobody else gets into that lane. */
  readonly isKnown: boolean
  /** Whose turn it takes: an address, say. */
  readonly client: string
}

/** Tells a waiting one that it is its turn, or that it is sent away. */
type Call = (isTurn: boolean) => void

export class HashQueue {
  readonly #limits: Required<HashQueueOptions>
  #running = 0
  #strangersRunning = 0
  readonly #known: Call[] = []
  /** Clients in the order of their turns, each with who waits for it. */
  readonly #strangers = new Map<string, Call[]>()
  #queued = 0

  constructor(options: HashQueueOptions = {}) {
    this.#limits = { ...DEFAULTS, ...options }
  }

  /** Does `work` when it is the visitor's turn; undefined when there is no room, at once or because another client has a better right. */
  async run<Result>({ isKnown, client }: Visitor, work: () => Promise<Result>): Promise<Result | undefined> {
    const isTurn = await new Promise<boolean>((call) => {
      if (isKnown) this.#known.push(call)
      else if (this.#makesRoomFor(client)) this.#enqueue(client, call)
      else call(false)
      this.#callNext()
    })
    if (!isTurn) return undefined
    try {
      return await work()
    } finally {
      this.#running -= 1
      if (!isKnown) this.#strangersRunning -= 1
      this.#callNext()
    }
  }

  #enqueue(client: string, call: Call): void {
    const waiting = this.#strangers.get(client)
    if (waiting === undefined) this.#strangers.set(client, [call])
    else waiting.push(call)
    this.#queued += 1
  }

  #callNext(): void {
    while (this.#running < this.#limits.concurrency + this.#limits.reserved) {
      const known = this.#known.shift()
      const call = known ?? (this.#strangersRunning < this.#limits.concurrency ? this.#nextStranger() : undefined)
      if (call === undefined) return
      this.#running += 1
      if (known === undefined) this.#strangersRunning += 1
      call(true)
    }
  }

  /** The one who waits longest for the client whose turn it is; that client's next turn comes after all others'. */
  #nextStranger(): Call | undefined {
    for (const [client, waiting] of this.#strangers) {
      this.#strangers.delete(client)
      if (waiting.length > 1) this.#strangers.set(client, waiting)
      this.#queued -= 1
      return waiting.shift()
    }
    return undefined
  }

  /** In a full queue the last of the client with most in it gives way, when that has at least two more than the one that comes. */
  #makesRoomFor(client: string): boolean {
    const { concurrency, reserved, maxQueued } = this.#limits
    const isThreadFree = this.#strangersRunning < concurrency && this.#running < concurrency + reserved
    if (isThreadFree || this.#queued < maxQueued) return true
    let longest: Call[] = []
    for (const waiting of this.#strangers.values()) if (waiting.length > longest.length) longest = waiting
    if (longest.length < (this.#strangers.get(client)?.length ?? 0) + 2) return false
    longest.pop()?.(false)
    this.#queued -= 1
    return true
  }
}
