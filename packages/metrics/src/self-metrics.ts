/** What a registry tells of itself: made by the first event, so that a registry without one shows nothing of ours. */
import type { Counter } from './instruments/counter.ts'

const FAMILIES = {
  collectErrors: { name: 'postern_metrics_collect_errors_total', help: 'Collect callbacks that failed, by the family left out.' },
  overflow: {
    name: 'postern_metrics_overflow_total',
    help: 'Writes that went to the overflow series of a family, because it or its registry may have no more series.',
  },
} as const

export type SelfMetric = keyof typeof FAMILIES

export const SELF_METRIC_NAMES: readonly string[] = Object.values(FAMILIES).map(({ name }) => name)

export class SelfMetrics {
  readonly #declare: (options: { name: string; help: string; labelNames: readonly ['family'] }) => Counter<'family'>
  readonly #counters = new Map<SelfMetric, Counter<'family'>>()

  /** @param declare Makes a counter under a name that was reserved. */
  constructor(declare: (options: { name: string; help: string; labelNames: readonly ['family'] }) => Counter<'family'>) {
    this.#declare = declare
  }

  count(metric: SelfMetric, family: string): void {
    let counter = this.#counters.get(metric)
    if (counter === undefined) {
      counter = this.#declare({ ...FAMILIES[metric], labelNames: ['family'] })
      this.#counters.set(metric, counter)
    }
    counter.inc({ family })
  }

  /** Forgets the counters; the next event makes new ones. */
  clear(): void {
    this.#counters.clear()
  }
}
