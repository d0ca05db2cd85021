/** What a registry tells of itself: made by the first event, so that a registry without one shows nothing of ours. */
import type { Counter } from './instruments/counter.ts'
import { OVERFLOW } from './series/store.ts'

const FAMILIES = {
  collectErrors: {
    name: 'postern_metrics_collect_errors_total',
    help: 'Families left out of a scrape, because their collect callback failed or their name was taken.',
  },
  overflow: {
    name: 'postern_metrics_overflow_total',
    help: 'Writes that went to the overflow series of a family, because it or its registry may have no more series.',
  },
} as const

export const COLLECT_ERRORS_HELP: string = FAMILIES.collectErrors.help

const DISMISSALS = {
  name: 'postern_metrics_stalled_scrapes_total',
  help: 'Scrapes broken off because their client kept them waiting while others needed the place.',
} as const

export type SelfMetric = keyof typeof FAMILIES

export const SELF_METRIC_NAMES: readonly string[] = [...Object.values(FAMILIES), DISMISSALS].map(({ name }) => name)

/** Families that are told apart. Their names may come from elsewhere, and there is no end of those; the others are counted together. */
export const MAX_TOLD_FAMILIES = 1_000
/** Characters of a name that is told. */
const MAX_NAME = 1_024

type Declare = (options: { name: string; help: string; labelNames: readonly 'family'[]; maxSeries: number }) => Counter<'family'>

export class SelfMetrics {
  readonly #declare: Declare
  readonly #counters = new Map<SelfMetric, Counter<'family'>>()
  #dismissals: Counter | undefined

  /** @param declare Makes a counter under a name that was reserved. */
  constructor(declare: Declare) {
    this.#declare = declare
  }

  count(metric: SelfMetric, family: string): void {
    let counter = this.#counters.get(metric)
    if (counter === undefined) {
      counter = this.#declare({ ...FAMILIES[metric], labelNames: ['family'], maxSeries: MAX_TOLD_FAMILIES })
      this.#counters.set(metric, counter)
    }
    counter.inc({ family: family.length > MAX_NAME ? OVERFLOW : family })
  }

  countDismissal(): void {
    this.#dismissals ??= this.#declare({ ...DISMISSALS, labelNames: [], maxSeries: 1 }) as unknown as Counter
    this.#dismissals.inc()
  }

  /** Forgets the counters; the next event makes new ones. */
  clear(): void {
    this.#dismissals = undefined
    this.#counters.clear()
  }
}
