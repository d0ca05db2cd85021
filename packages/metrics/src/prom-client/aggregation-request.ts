/** One question to all workers of a cluster, until the last has answered. */
import type { MetricData } from './sample.ts'

/** How long the slowest worker is waited for. */
const TIMEOUT_MILLISECONDS = 5000

export class AggregationRequest {
  /** Rejects with `Operation timed out.`, and with the first failure. */
  readonly answered: Promise<readonly (readonly MetricData[])[]>
  readonly #metrics: (readonly MetricData[])[] = []
  readonly #timer: NodeJS.Timeout
  #pending: number
  #resolve: (metrics: readonly (readonly MetricData[])[]) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(pending: number) {
    this.#pending = pending
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => this.fail(new Error('Operation timed out.')), TIMEOUT_MILLISECONDS)
  }

  /** The answer of one worker. */
  add(metrics: readonly (readonly MetricData[])[]): void {
    this.#metrics.push(...metrics)
    this.miss()
  }

  /** One worker less to wait for. */
  miss(): void {
    this.#pending -= 1
    if (this.#pending > 0) return
    clearTimeout(this.#timer)
    this.#resolve(this.#metrics)
  }

  fail(error: Error): void {
    clearTimeout(this.#timer)
    this.#reject(error)
  }
}
