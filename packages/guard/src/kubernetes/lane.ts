/** A few places and a short queue: how many calls to the API server there are at one time, whatever is thrown at the guard. */

export interface Lane {
  /** True with a place, to be given back by `leave`; false when the queue is full, or when `signal` aborts before a place is free. */
  enter(signal: AbortSignal): Promise<boolean>
  leave(): void
}

export function createLane(places: number, maxWaiting: number): Lane {
  const waiting = new Set<() => void>()
  let free = places
  return {
    async enter(signal) {
      if (free > 0) {
        free -= 1
        return true
      }
      if (waiting.size >= maxWaiting) return false
      return new Promise((resolve) => {
        const pass = (): void => {
          waiting.delete(pass)
          signal.removeEventListener('abort', giveUp)
          resolve(true)
        }
        const giveUp = (): void => {
          waiting.delete(pass)
          resolve(false)
        }
        waiting.add(pass)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    },
    leave() {
      const [next] = waiting
      if (next) next()
      else free += 1
    },
  }
}
