/** How many `collect` callbacks have failed, as a metric: the registry shows it from the first failure on. */
import type { MetricData, MetricLike } from './sample.ts'

export class CollectErrors implements MetricLike {
  readonly name = 'postern_metrics_collect_errors_total'
  readonly #counts = new Map<string, number>()

  /** True while there is nothing to tell. */
  get isSilent(): boolean {
    return this.#counts.size === 0
  }

  count(family: string): void {
    this.#counts.set(family, (this.#counts.get(family) ?? 0) + 1)
  }

  readonly get = (): MetricData => ({
    help: 'Collect callbacks that failed, by the family left out.',
    name: this.name,
    type: 'counter',
    values: Array.from(this.#counts, ([family, value]) => ({ value, labels: { family } })),
    aggregator: 'sum',
  })

  readonly reset = (): void => this.#counts.clear()
}
