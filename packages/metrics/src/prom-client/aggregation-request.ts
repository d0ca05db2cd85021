/** One question to all workers of a cluster, until the last has answered. */
import type { MetricData } from './sample.ts'

/** How long the slowest worker is waited for. */
const TIMEOUT_MILLISECONDS = 5000

export class AggregationRequest {
  /** Rejects with `Operation timed out.`, and with the first failure. */
  readonly answered: Promise<readonly (readonly MetricData[])[]>
  readonly #metrics: (readonly MetricData[])[] = []
  /** The workers that have not answered, by id. */
  readonly #pending: Set<number>
  readonly #timer: NodeJS.Timeout
  #resolve: (metrics: readonly (readonly MetricData[])[]) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(workers: Iterable<number>) {
    this.#pending = new Set(workers)
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => this.fail(new Error('Operation timed out.')), TIMEOUT_MILLISECONDS)
  }

  /** The answer of one worker: its first, when it was asked. */
  add(worker: number, metrics: unknown): void {
    if (!this.#pending.has(worker)) return
    if (!Array.isArray(metrics) || !metrics.every(Array.isArray)) {
      this.fail(new TypeError('The answer of a worker is no list of lists of metrics.'))
      return
    }
    for (const one of metrics as (readonly MetricData[])[]) this.#metrics.push(one)
    this.miss(worker)
  }

  /** One worker less to wait for. */
  miss(worker: number): void {
    if (!this.#pending.delete(worker) || this.#pending.size > 0) return
    clearTimeout(this.#timer)
    this.#resolve(this.#metrics)
  }

  fail(error: Error): void {
    clearTimeout(this.#timer)
    this.#reject(error)
  }
}
