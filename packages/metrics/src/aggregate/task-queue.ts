/** Long work in steps, one piece of work after the other, in slices between which the event loop gets its turn. */
import { setImmediate } from 'node:timers/promises'

/** How long a slice may last, in milliseconds. */
const SLICE = 4

export class TaskQueue {
  readonly #waiting: { readonly steps: () => Generator<void>; readonly done: () => void }[] = []
  #isRunning = false
  /** A burst of messages is one slice, although each begins work of its own. */
  #sliceEnd = 0

  /** Runs the steps when all that was queued before is done. Steps do not throw. */
  run(steps: () => Generator<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ steps, done: resolve })
      if (!this.#isRunning) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#isRunning = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const generator = next.steps()
      do {
        if (performance.now() >= this.#sliceEnd) {
          await setImmediate()
          this.#sliceEnd = performance.now() + SLICE
        }
      } while (generator.next().done !== true)
      next.done()
    }
    this.#isRunning = false
  }
}
