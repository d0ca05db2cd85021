/** The registry: families by name, default labels, and the one way out, `render`. */
import { type Format, negotiate } from './exposition/negotiate.ts'
import { renderFamilies } from './exposition/render.ts'
import { compileBuckets, DEFAULT_BUCKETS } from './instruments/buckets.ts'
import { Counter, type CounterOptions } from './instruments/counter.ts'
import { Gauge, type GaugeOptions } from './instruments/gauge.ts'
import { Histogram, type HistogramOptions } from './instruments/histogram.ts'
import { checkLabelNames, claimedNames } from './names.ts'
import { defineFamily, type Family } from './series/family.ts'
import type { LabelValue } from './series/labels.ts'

export interface RegistryOptions {
  /** Added to every series, as the registry found them when it was made; a label a family declares itself wins over them. */
  readonly defaultLabels?: Readonly<Record<string, LabelValue>>
  /** Milliseconds of a clock that never goes back; timers read it. Default: `performance.now`. */
  readonly now?: () => number
  /**
   * Told of every `collect` that failed, while the scrape is under way: what it threw or rejected with, and the family left out for it,
   * named as registered. For a log line; the failure is counted with or without it. It holds up the scrape for as long as it runs, but
   * a promise it returns is not waited for. What it throws or rejects with itself is dropped: the scrape goes on.
   */
  readonly onCollectError?: (error: unknown, family: string) => void
}

export interface RenderRequest {
  /** The Accept header as sent; undefined when there was none. */
  readonly accept: string | undefined
}

export interface Rendered {
  /** The whole Content-Type value, parameters included. */
  readonly contentType: string
  /** The whole exposition as one string; a streaming form will be another method, this one stays. */
  readonly body: string
}

interface Entry {
  readonly family: Family
  readonly collect: (() => void | Promise<void>) | undefined
}

/** The registry's own counter: made by the first failure, so that a registry without one shows nothing of ours. */
const COLLECT_ERRORS = 'postern_metrics_collect_errors_total'

export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(options)
}

/** The instruments of a program. `counter`, `gauge` and `histogram` throw a TypeError for a declaration that cannot be served. */
export class Registry {
  readonly #entries = new Map<string, Entry>()
  /** Every name taken in any format, with the family that took it. */
  readonly #owners = new Map<string, string>()
  readonly #defaultLabels: ReadonlyMap<string, string>
  readonly #now: () => number
  readonly #onCollectError: RegistryOptions['onCollectError']
  #collectErrors: Counter<'family'> | undefined

  constructor({ defaultLabels = {}, now = () => performance.now(), onCollectError }: RegistryOptions) {
    checkLabelNames('The registry', Object.keys(defaultLabels))
    this.#defaultLabels = new Map(Object.entries(defaultLabels).map(([name, value]) => [name, String(value)]))
    this.#now = now
    this.#onCollectError = onCollectError
    this.#reserve()
  }

  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    const family = this.#claim(defineFamily('counter', options, this.#defaultLabels))
    return this.#add(family, new Counter<L>(family), options.collect)
  }

  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const family = this.#claim(defineFamily('gauge', options, this.#defaultLabels))
    return this.#add(family, new Gauge<L>(family), options.collect)
  }

  /** @throws {RangeError} when the buckets do not ascend or one is not finite. */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const bounds = compileBuckets(options.name, options.buckets ?? DEFAULT_BUCKETS)
    const family = this.#claim(defineFamily('histogram', options, this.#defaultLabels, bounds))
    return this.#add(family, new Histogram<L>(family, this.#now), options.collect)
  }

  /** Takes a family out of the exposition and frees its names; its instrument still counts, unseen. False when there is none. */
  unregister(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || name === COLLECT_ERRORS) return false
    for (const claimed of claimedNames(entry.family.kind, name)) this.#owners.delete(claimed)
    return this.#entries.delete(name)
  }

  /** Takes out every family; the default labels stay. */
  clear(): void {
    this.#entries.clear()
    this.#owners.clear()
    this.#collectErrors = undefined
    this.#reserve()
  }

  /**
   * One scrape: runs every `collect`, then renders the families in the order of their registration. Never rejects: a `collect` that
   * fails costs its own family only, is counted in `postern_metrics_collect_errors_total`, and goes to `onCollectError`.
   */
  async render(request: RenderRequest): Promise<Rendered> {
    const format: Format = negotiate(request.accept)
    const failed = await this.#collect()
    const families = Array.from(this.#entries.values(), (entry) => entry.family).filter((family) => !failed.has(family))
    return { contentType: format.contentType, body: renderFamilies(families, format.syntax) }
  }

  async #collect(): Promise<Set<Family>> {
    const failed = new Set<Family>()
    const run = async ({ family, collect }: Entry): Promise<void> => {
      try {
        await collect?.()
      } catch (error) {
        failed.add(family)
        this.#countCollectError(family.name)
        void this.#tellCollectError(error, family.name)
      }
    }
    await Promise.all(Array.from(this.#entries.values()).map(run))
    return failed
  }

  /** Never rejects. Asynchronous, because a handler may be: its rejection, left alone, would end the process. */
  async #tellCollectError(error: unknown, name: string): Promise<void> {
    try {
      const told: unknown = this.#onCollectError?.(error, name)
      await told
    } catch {
      // There is nobody left to tell.
    }
  }

  #countCollectError(name: string): void {
    if (this.#collectErrors === undefined) {
      const options = {
        name: COLLECT_ERRORS,
        help: 'Collect callbacks that failed, by the family left out.',
        labelNames: ['family'],
      } as const
      const family = defineFamily('counter', options, this.#defaultLabels)
      this.#collectErrors = this.#add(family, new Counter<'family'>(family), undefined)
    }
    this.#collectErrors.inc({ family: name })
  }

  /** @throws {TypeError} when a name of the family, in any format, is taken. */
  #claim(family: Family): Family {
    const names = claimedNames(family.kind, family.name)
    for (const name of names) {
      const owner = this.#owners.get(name)
      if (owner !== undefined) {
        throw new TypeError(
          `The ${family.kind} "${family.name}" needs the name "${name}", which "${owner}" has taken. Give one of them another name, or share one instrument.`,
        )
      }
    }
    for (const name of names) this.#owners.set(name, family.name)
    return family
  }

  #add<I>(family: Family, instrument: I, collect: ((instrument: I) => void | Promise<void>) | undefined): I {
    this.#entries.set(family.name, { family, collect: collect === undefined ? undefined : () => collect(instrument) })
    return instrument
  }

  /** Taken beforehand, because the failure that needs it is no time to find the name gone. */
  #reserve(): void {
    for (const name of claimedNames('counter', COLLECT_ERRORS)) this.#owners.set(name, COLLECT_ERRORS)
  }
}
