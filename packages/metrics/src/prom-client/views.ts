/** What was rendered of one metric, kept between scrapes: one view for each way it is shown. */
import type { ChunkSink } from '../scrape/chunks.ts'
import { FamilyView } from '../scrape/family-view.ts'
import type { ImageBudget } from '../scrape/image.ts'
import type { SeriesStore } from '../series/store.ts'
import type { MetricSeries } from './metric-series.ts'
import { createWriter, type WriterOptions } from './writers.ts'

/** A metric may be in registries with other default labels or another format; more ways than that are rare, and made anew each time. */
const MAX_VIEWS = 4
/** Bytes kept for one metric. */
const KEPT_BYTES = 67_108_864

interface Kept {
  readonly view: FamilyView
  readonly store: SeriesStore
}

/** Belongs to the metric and not to a registry, since many programs merge registries anew for each scrape. */
export class MetricViews {
  readonly #series: MetricSeries
  readonly #kept = new Map<string, Kept>()
  readonly #budget: ImageBudget

  constructor(series: MetricSeries) {
    this.#series = series
    // A summary changes as time goes by, without a mark: nothing of it is kept.
    this.#budget = { limit: series.shape.kind === 'summary' ? 0 : KEPT_BYTES, used: 0 }
  }

  /**
   * Head and series as they are when the first step is taken. `store.readers` is the caller's.
   * @param size Slots to show.
   */
  *render(sink: ChunkSink, options: WriterOptions, size: number): Generator<void> {
    const view = this.#viewFor(options)
    sink.write(view.head)
    yield* view.render(sink, size)
  }

  /** Gives back what is kept. */
  dispose(): void {
    for (const { view } of this.#kept.values()) view.dispose()
    this.#kept.clear()
  }

  #viewFor(options: WriterOptions): FamilyView {
    const key = JSON.stringify([options.isOpenMetrics, options.name, options.help, options.constantLabels])
    const { store } = this.#series
    const known = this.#kept.get(key)
    if (known?.store === store) return known.view
    if (known !== undefined || this.#kept.size >= MAX_VIEWS) this.dispose()
    const view = new FamilyView(this.#series.familyAs(options.name, options.help, []), createWriter(this.#series, options), this.#budget)
    this.#kept.set(key, { view, store })
    return view
  }
}
