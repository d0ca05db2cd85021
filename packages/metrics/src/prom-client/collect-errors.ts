/** How often families were left out, as a metric: the registry shows it from the first failure on. */
import { COLLECT_ERRORS_HELP, MAX_TOLD_FAMILIES } from '../self-metrics.ts'
import { OVERFLOW } from '../series/store.ts'
import type { MetricData, MetricLike } from './sample.ts'

export class CollectErrors implements MetricLike {
  readonly name = 'postern_metrics_collect_errors_total'
  readonly #counts = new Map<string, number>()

  /** True while there is nothing to tell. */
  get isSilent(): boolean {
    return this.#counts.size === 0
  }

  /** Names may come from elsewhere, and there is no end of those: beyond a thousand they are counted together. */
  count(family: string): void {
    const told = this.#counts.has(family) || this.#counts.size < MAX_TOLD_FAMILIES ? family : OVERFLOW
    this.#counts.set(told, (this.#counts.get(told) ?? 0) + 1)
  }

  readonly get = (): MetricData => ({
    help: COLLECT_ERRORS_HELP,
    name: this.name,
    type: 'counter',
    values: Array.from(this.#counts, ([family, value]) => ({ value, labels: { family } })),
    aggregator: 'sum',
  })

  readonly reset = (): void => this.#counts.clear()
}
