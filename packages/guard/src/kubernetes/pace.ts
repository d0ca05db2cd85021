/** How often something may happen: so many times at once, and so many times a second after that (a token bucket). */

/** @param elapsed milliseconds, monotonic @returns whether it may happen now; true counts as one */
export function createPace(perSecond: number, burst: number, elapsed: () => number): () => boolean {
  let left = burst
  let at = elapsed()
  return () => {
    const now = elapsed()
    left = Math.min(burst, left + ((now - at) * perSecond) / 1_000)
    at = now
    if (left < 1) return false
    left -= 1
    return true
  }
}
