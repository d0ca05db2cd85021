/** The callbacks that bring families up to date before a scrape: side by side, each for a limited time, and each for its own family. */
import { LONGEST_TIMER_MILLISECONDS } from '../longest-timer.ts'

/** What is run for one family. */
export interface CollectTask {
  /** As registered. */
  readonly name: string
  readonly timeoutMilliseconds: number
  readonly run: () => void | Promise<void>
}

export type CollectFailure = (error: unknown, task: CollectTask) => void

export class Collection {
  /** Those that did not come back in time: they are not started again before they have. */
  readonly #pending = new Map<CollectTask, Promise<void>>()
  readonly #onFailure: CollectFailure

  constructor(onFailure: CollectFailure) {
    this.#onFailure = onFailure
  }

  /** Runs all and answers those that failed, a time-out being a failure. Never rejects. */
  async run(tasks: readonly CollectTask[]): Promise<ReadonlySet<CollectTask>> {
    const failed = new Set<CollectTask>()
    const fail = (error: unknown, task: CollectTask): void => {
      failed.add(task)
      this.#onFailure(error, task)
    }
    await Promise.all(tasks.map((task) => this.#runOne(task, fail)))
    return failed
  }

  async #runOne(task: CollectTask, fail: CollectFailure): Promise<void> {
    let running = this.#pending.get(task)
    if (running === undefined) {
      try {
        // Most are done when they return: those cost no timer.
        const result: unknown = task.run()
        if (!isThenable(result)) return
        running = Promise.resolve(result) as Promise<void>
      } catch (error) {
        fail(error, task)
        return
      }
    }
    const outcome = await withTimeout(running, task.timeoutMilliseconds)
    if (outcome.state === 'done') this.#pending.delete(task)
    else if (outcome.state === 'failed') {
      this.#pending.delete(task)
      fail(outcome.error, task)
    } else {
      this.#remember(task, running)
      fail(new Error(`The collect of "${task.name}" did not end within ${task.timeoutMilliseconds} ms.`), task)
    }
  }

  #remember(task: CollectTask, running: Promise<void>): void {
    if (this.#pending.has(task)) return
    this.#pending.set(task, running)
    const forget = (): void => {
      if (this.#pending.get(task) === running) this.#pending.delete(task)
    }
    running.then(forget, forget)
  }
}

type Outcome = { readonly state: 'done' | 'late' } | { readonly state: 'failed'; readonly error: unknown }

function withTimeout(running: Promise<void>, milliseconds: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ state: 'late' }), Math.min(milliseconds, LONGEST_TIMER_MILLISECONDS))
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
