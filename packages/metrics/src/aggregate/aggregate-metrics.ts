/** What a collector tells of its workers, beside their own families. */
import type { Counter } from '../instruments/counter.ts'
import type { Gauge } from '../instruments/gauge.ts'
import { claimedNames } from '../names.ts'
import type { Registry } from '../registry.ts'
import { MAX_TOLD_FAMILIES } from '../self-metrics.ts'

/** The word for what is aggregated: part of the names, and the label. */
export type WorkerWord = 'worker' | 'thread'

/** Without a worker in any of these labels longer than it lives, but for the time-outs, whose label values are few. */
export class AggregateMetrics {
  /** The names that no worker's family may have. */
  readonly reserved: ReadonlySet<string>
  readonly #up: Gauge<string>
  readonly #lastReport: Gauge<string>
  readonly #timeouts: Counter<string>
  readonly #ended: Counter
  readonly #conflicts: Counter<'family'>
  readonly #familiesRefused: Counter
  readonly #leftOut: Counter
  readonly #refused: Counter
  readonly #word: WorkerWord

  constructor(registry: Registry, word: WorkerWord) {
    this.#word = word
    const gauge = (name: string, help: string): Gauge<string> =>
      registry.gauge<string>({ name: `postern_${word}_${name}`, help, labelNames: [word], aggregation: 'per-worker' })
    this.#up = gauge('up', `Whether the ${word} answered the latest scrape in time; if not, its values are those it reported last.`)
    this.#lastReport = gauge('last_report_timestamp_seconds', `When the ${word} reported last.`)
    const counter = (name: string, help: string): Counter => registry.counter({ name: `postern_${word}_${name}`, help })
    this.#timeouts = registry.counter<string>({
      name: `postern_${word}_scrape_timeouts_total`,
      help: `Scrapes that the ${word} did not answer in time.`,
      labelNames: [word],
    })
    this.#ended = counter('ended_total', `Each ${word} that has ended; what it counted stays in the sums.`)
    this.#conflicts = registry.counter({
      name: `postern_${word}_family_conflicts_total`,
      help: `Declarations left out because a ${word} that came before has the name with another type, other labels, buckets or aggregation.`,
      labelNames: ['family'],
      // Names are the workers' own, and there is no end of them.
      maxSeries: MAX_TOLD_FAMILIES,
    })
    this.#familiesRefused = counter(
      'families_refused_total',
      `Declarations of a ${word} left out because it, or each ${word} together, may have no more families, or because they cannot be.`,
    )
    this.#leftOut = counter('series_left_out_total', `Series left out because each ${word} together may have no more.`)
    this.#refused = counter('messages_refused_total', `Reports of a ${word} that could not be read, or had numbers that cannot be.`)
    const ofWorkers = [this.#up, this.#lastReport, this.#timeouts, this.#ended]
    const families = [...ofWorkers, this.#conflicts, this.#familiesRefused, this.#leftOut, this.#refused]
    this.reserved = new Set(families.flatMap(({ family }) => claimedNames(family.kind, family.name)))
  }

  began(name: string): void {
    this.#up.set(this.#labels(name), 1)
    this.#timeouts.inc(this.#labels(name), 0)
  }

  /** @param now Unix milliseconds. */
  reported(name: string, now: number): void {
    this.#lastReport.set(this.#labels(name), now / 1000)
  }

  scraped(name: string, isInTime: boolean): void {
    this.#up.set(this.#labels(name), isInTime ? 1 : 0)
    if (!isInTime) this.#timeouts.inc(this.#labels(name))
  }

  ended(name: string): void {
    this.#up.remove(this.#labels(name))
    this.#lastReport.remove(this.#labels(name))
    this.#ended.inc()
  }

  conflicted(family: string): void {
    this.#conflicts.inc({ family })
  }

  familyRefused(): void {
    this.#familiesRefused.inc()
  }

  leftOut(series: number): void {
    this.#leftOut.inc(series)
  }

  refused(): void {
    this.#refused.inc()
  }

  #labels(name: string): Record<string, string> {
    return { [this.#word]: name }
  }
}
