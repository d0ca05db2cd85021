/** One piece of work at a time, in the order it was asked for, each within its time. */

/** Why the signal that a piece of work is given has ended. */
export type EndOfTurn = 'timed_out' | 'aborted'

interface Turn {
  readonly kind: string
  readonly ending: AbortController
  readonly done: Promise<void>
  begun: boolean
  /** Those who still wait for it. */
  callers: number
}

export interface Work {
  /** Work of one kind is interchangeable: what waits already serves everybody who asks for the same again. */
  readonly kind: string
  /** Must settle soon after its signal has ended: the next one waits for it. @param ending its reason is an {@link EndOfTurn} */
  readonly run: (ending: AbortSignal) => Promise<void>
}

/**
 * Takes work in turn. A caller whose `signal` ends is rejected with its reason at once; the work ends with its last caller.
 * However many ask for the same while it cannot begin, one turn waits for them all: a gateway that hangs piles up no memory.
 */
export type TakeTurn = (work: Work, signal?: AbortSignal) => Promise<void>

/** @param milliseconds that one turn may take, from its beginning */
export function createTurns(milliseconds: number): TakeTurn {
  let last: Turn | undefined
  let free: Promise<void> = Promise.resolve()

  const append = ({ kind, run }: Work): Turn => {
    const ending = new AbortController()
    const begin = async (): Promise<void> => {
      turn.begun = true
      if (ending.signal.aborted) return
      const timer = setTimeout(() => ending.abort('timed_out' satisfies EndOfTurn), milliseconds)
      try {
        await run(ending.signal)
      } finally {
        clearTimeout(timer)
      }
    }
    const turn: Turn = { kind, ending, done: free.then(() => begin()), begun: false, callers: 0 }
    free = turn.done.catch(() => {})
    return turn
  }

  return async (work, signal) => {
    signal?.throwIfAborted()
    if (last === undefined || last.begun || last.kind !== work.kind || last.ending.signal.aborted) last = append(work)
    const turn = last
    turn.callers += 1
    await (signal === undefined ? turn.done : untilAborted(turn.done, signal, () => leave(turn)))
  }
}

function leave(turn: Turn): void {
  turn.callers -= 1
  if (turn.callers === 0) turn.ending.abort('aborted' satisfies EndOfTurn)
}

/** Settles as `work` does, or rejects with the signal's reason at once when that ends first. `work` is never left without a listener. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort?: () => void): Promise<T> {
  const stop = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const end = (): void => {
      onAbort?.()
      reject(signal.reason)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true, signal: stop.signal })
  })
  try {
    return await Promise.race([aborted, work])
  } finally {
    stop.abort()
  }
}
