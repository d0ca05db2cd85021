/** The longest time the event loop stood still, by two clocks: Node's own histogram, and a turn that asks for the next turn. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two readings of the histogram, which it counts as part of each delay. */
const RESOLUTION = 1

export function watchLoop() {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  histogram.enable()
  let last = performance.now()
  let longest = 0
  let isOn = true
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (isOn) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    /** Forgets what was seen; the running turn counts from here. */
    reset() {
      histogram.reset()
      longest = 0
      last = performance.now()
    },
    /** Milliseconds since the last reset, the greater of both clocks; the turn that asks counts too. */
    longest() {
      const seen = Math.max(longest, performance.now() - last)
      return histogram.count === 0 ? seen : Math.max(seen, histogram.max / 1e6 - RESOLUTION)
    },
    stop() {
      isOn = false
      histogram.disable()
    },
  }
}
