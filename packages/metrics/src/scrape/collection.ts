/** The callbacks that bring families up to date before a scrape: side by side, each for a limited time, and each for its own family. */

/** What is run for one family. */
export interface Collector {
  /** As registered. */
  readonly name: string
  readonly timeoutMilliseconds: number
  readonly run: () => void | Promise<void>
}

export type CollectFailure = (error: unknown, collector: Collector) => void

export class Collection {
  /** Those that did not come back in time: they are not started again before they have. */
  readonly #pending = new Map<Collector, Promise<void>>()
  readonly #onFailure: CollectFailure

  constructor(onFailure: CollectFailure) {
    this.#onFailure = onFailure
  }

  /** Runs all and answers those that failed, a time-out being a failure. Never rejects. */
  async run(collectors: readonly Collector[]): Promise<ReadonlySet<Collector>> {
    const failed = new Set<Collector>()
    const fail = (error: unknown, collector: Collector): void => {
      failed.add(collector)
      this.#onFailure(error, collector)
    }
    await Promise.all(collectors.map((collector) => this.#runOne(collector, fail)))
    return failed
  }

  async #runOne(collector: Collector, fail: CollectFailure): Promise<void> {
    let running = this.#pending.get(collector)
    if (running === undefined) {
      try {
        // Most are done when they return: those cost no timer.
        const result: unknown = collector.run()
        if (!isThenable(result)) return
        running = Promise.resolve(result) as Promise<void>
      } catch (error) {
        fail(error, collector)
        return
      }
    }
    const outcome = await withTimeout(running, collector.timeoutMilliseconds)
    if (outcome.state === 'done') this.#pending.delete(collector)
    else if (outcome.state === 'failed') {
      this.#pending.delete(collector)
      fail(outcome.error, collector)
    } else {
      this.#remember(collector, running)
      fail(new Error(`The collect of "${collector.name}" did not end within ${collector.timeoutMilliseconds} ms.`), collector)
    }
  }

  #remember(collector: Collector, running: Promise<void>): void {
    if (this.#pending.has(collector)) return
    this.#pending.set(collector, running)
    const forget = (): void => {
      if (this.#pending.get(collector) === running) this.#pending.delete(collector)
    }
    running.then(forget, forget)
  }
}

type Outcome = { readonly state: 'done' | 'late' } | { readonly state: 'failed'; readonly error: unknown }

/** What a timer can wait for: with more, Node waits for one millisecond. */
const MAX_TIMER = 2 ** 31 - 1

function withTimeout(running: Promise<void>, milliseconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ state: 'late' }), Math.min(milliseconds, MAX_TIMER))
    running.then(
      () => {
        clearTimeout(timer)
        resolve({ state: 'done' })
      },
      (error: unknown) => {
        clearTimeout(timer)
        resolve({ state: 'failed', error })
      },
    )
  })
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
