/** The registry: all that a program may ask of it is a method here, with its contract; what it is made of is elsewhere. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { negotiateEncoding, offeredEncodings } from './exposition/accept-encoding.ts'
import { negotiate } from './exposition/negotiate.ts'
import { ForeignFamilies } from './foreign-families.ts'
import type { Counter, CounterOptions } from './instruments/counter.ts'
import { createDeclarations, type Declarations, type DeclareContext } from './instruments/declare.ts'
import type { Gauge, GaugeOptions } from './instruments/gauge.ts'
import type { Histogram, HistogramOptions } from './instruments/histogram.ts'
import type { Info, InfoOptions } from './instruments/info.ts'
import type { NativeHistogram, NativeHistogramOptions } from './instruments/native-histogram.ts'
import type { StateSet, StateSetOptions } from './instruments/state-set.ts'
import type { Summary, SummaryOptions } from './instruments/summary.ts'
import { claimedNames } from './names.ts'
import { OwnFamilies } from './own-families.ts'
import { compileOptions, type RegistryOptions } from './registry-options.ts'
import type { CollectTask } from './scrape/collection.ts'
import { type Exposed, type ExposeRequest, RETRY_AFTER_SECONDS } from './scrape/expose.ts'
import { type HandlerOptions, handleScrape } from './scrape/handler.ts'
import { Renderer } from './scrape/renderer.ts'
import { type ScrapeKey, Scrapes } from './scrape/scrapes.ts'
import { type ChunkProducer, readText, SharedBody } from './scrape/shared-body.ts'
import type { Family, FamilyContext } from './series/family.ts'
import { SharedCollection } from './shared-collection.ts'
import { type FamilySnapshot, takeSnapshot } from './snapshot/family-snapshot.ts'
import type { FamilySource, LiveSource } from './snapshot/included.ts'

export type { RegistryOptions } from './registry-options.ts'

export interface RenderRequest {
  /** The Accept header as sent; undefined when there was none. */
  readonly accept: string | undefined
}

export interface Rendered {
  /** The whole Content-Type value, parameters included. */
  readonly contentType: string
  /** The whole exposition as one string. */
  readonly body: string
}

/**
 * A registry of its own; a program usually has one.
 * @throws {TypeError} when an option is not known or of another type, or the name of a default label cannot be used.
 * @throws {RangeError} when a limit allows nothing.
 */
export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(options)
}

/** The instruments of a program. */
export class Registry implements Declarations {
  /**
   * Declares as the registry itself does, and answers the instrument that is there when it was declared alike before: for code that
   * runs again in the same process, as with hot reload. The `collect` of the latest declaration counts.
   * Help and limits are those of the first.
   * @throws {TypeError} when the one that is there has another kind or unit, other labels, buckets, states or aggregation, or other
   * quantiles or another window of a summary.
   */
  readonly getOrCreate: Declarations
  /** Says to whoever serves it that `handle` heeds `accept` and `transform`. */
  readonly transforms: true = true
  /** What it was made with. */
  readonly options: RegistryOptions
  readonly #context: DeclareContext
  readonly #declarations: Declarations
  readonly #own: OwnFamilies
  readonly #foreign: ForeignFamilies
  readonly #collection: SharedCollection
  readonly #renderer: Renderer
  readonly #scrapes: Scrapes

  constructor(options: RegistryOptions) {
    const settings = compileOptions(options)
    this.options = settings.options
    const { collectTimeoutMilliseconds: timeoutMilliseconds } = settings
    this.#context = { ...settings.context, onOverflow: (family) => this.#own.count('overflow', family) }
    const { wallClock } = this.#context
    const { keptBytes, sliceMilliseconds, maxScrapesInFlight: maxInFlight, maxScrapeStallMilliseconds: maxStallMilliseconds } = settings
    this.#renderer = new Renderer({ now: () => performance.now(), wallClock, imageBytes: keptBytes, sliceMilliseconds })
    const onDismiss = (): void => this.#own.countDismissal()
    this.#scrapes = new Scrapes((key) => this.#produce(key), { maxInFlight, maxStallMilliseconds, onDismiss })
    const shared = { context: this.#context, timeoutMilliseconds, forget: (family: Family) => this.#renderer.forget(family) }
    this.#own = new OwnFamilies(shared)
    this.#foreign = new ForeignFamilies({ ...shared, fail: (error, name) => this.#collection.fail(error, name) })
    this.#collection = new SharedCollection({
      tasks: () => [...this.#own.tasks(this.#context.now()), ...this.#foreign.tasks()],
      count: (family) => this.#own.count('collectErrors', family),
      onError: options.onCollectError,
    })
    this.#declarations = createDeclarations((kind, declared) => this.#own.declare(kind, declared))
    this.getOrCreate = createDeclarations((kind, declared) => this.#own.reuse(kind, declared) ?? this.#own.declare(kind, declared))
  }

  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    return this.#declarations.counter(options)
  }

  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    return this.#declarations.gauge(options)
  }

  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    return this.#declarations.histogram(options)
  }

  nativeHistogram<const L extends string = never>(options: NativeHistogramOptions<L>): NativeHistogram<L> {
    return this.#declarations.nativeHistogram(options)
  }

  summary<const L extends string = never>(options: SummaryOptions<L>): Summary<L> {
    return this.#declarations.summary(options)
  }

  info<const L extends string = never>(options: InfoOptions<L>): Info<L> {
    return this.#declarations.info(options)
  }

  stateSet<const L extends string = never, const S extends string = string>(options: StateSetOptions<L, S>): StateSet<L, S> {
    return this.#declarations.stateSet(options)
  }

  /**
   * Shows the families of another source beside those of this registry, in every format, until the function it returns is called. A
   * source that fails, and a family whose name is taken, costs itself alone and is counted as a `collect` that failed.
   * @throws {TypeError} when the source has no name.
   */
  include(source: FamilySource): () => void {
    return this.#foreign.include(source)
  }

  /**
   * Shows families that another room of this package keeps, beside those of this registry, until the function it returns is called; one
   * whose name is taken is left out and counted as a `collect` that failed. What is rendered of them is kept as for the registry's own.
   * @param create Gets what such families are defined with.
   * @internal
   */
  attach(create: (context: FamilyContext) => LiveSource): () => void {
    return this.#foreign.attach(create)
  }

  /** The families of now as plain data, after every `collect`; those of included sources among them. For other processes. */
  async snapshot(): Promise<FamilySnapshot[]> {
    const failed = await this.#collection.run()
    const now = this.#context.wallClock()
    return [...this.#present(failed).lasting.map((family) => takeSnapshot(family, now)), ...this.#foreign.snapshots(failed)]
  }

  /**
   * The families of now, after every `collect`, for another room of this package to read; an included one is another object each time.
   * Totals are among them although their `collect` failed: they have not gone.
   * @internal
   */
  async collectFamilies(): Promise<Family[]> {
    const failed = await this.#collection.run()
    const missing = new Set(this.#own.missing(failed))
    return this.presentFamilies().filter((family) => !missing.has(family))
  }

  /** The same without any `collect`: as the last one, and the program since, have left them. @internal */
  presentFamilies(): Family[] {
    const { lasting, included } = this.#present(new Set())
    return [...lasting, ...included]
  }

  /**
   * Takes a family of its own out of the exposition and frees its names; its instrument still counts, unseen. False when there is none,
   * and for what the registry tells of itself.
   */
  unregister(name: string): boolean {
    return this.#own.unregister(name)
  }

  /** Takes out every family of its own; default labels, and what was included or attached, stay. */
  clear(): void {
    this.#own.clear()
  }

  /**
   * One scrape, whole: runs every `collect`, then renders the families in the order of their registration. A `collect` that fails costs
   * its own family only, is counted in `postern_metrics_collect_errors_total`, and goes to `onCollectError`. Not counted among the
   * scrapes in flight.
   * @throws {RangeError} when the whole is longer than a string can be, half a billion characters; `expose` has no such limit.
   */
  async render(request: RenderRequest = { accept: undefined }): Promise<Rendered> {
    const format = negotiate(request.accept, TEXTS)
    const body = new SharedBody(await this.#produce({ format, coding: 'identity', names: [] }), () => {})
    return { contentType: format.contentType, body: await readText(body.join(() => {})) }
  }

  /**
   * One scrape as a server needs it: the format and compression that the client asked for, and a body in pieces, made as they are read
   * and in slices that leave the event loop to others. Scrapes that ask for the same at the same time share one body.
   */
  async expose({ accept, acceptEncoding, names = [] }: ExposeRequest): Promise<Exposed> {
    const format = negotiate(accept)
    const coding = negotiateEncoding(acceptEncoding, CODINGS)
    const body = await this.#scrapes.open({ format, coding, names })
    if (body === undefined) return { status: 503, headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) }, body }
    const headers = {
      'Content-Type': format.contentType,
      Vary: 'Accept, Accept-Encoding',
      ...(coding === 'identity' ? {} : { 'Content-Encoding': coding }),
    }
    return { status: 200, headers, body }
  }

  /**
   * Answers a scrape of node:http, Express and their like: GET and HEAD, negotiated, compressed, `?name[]=` for single families, no
   * faster than the client reads, ended when it leaves or when its `X-Prometheus-Scrape-Timeout-Seconds` are over. Never rejects.
   */
  handle(request: IncomingMessage, response: ServerResponse, options?: HandlerOptions): Promise<void> {
    return handleScrape((asked) => this.expose(asked), request, response, options)
  }

  async #produce({ format, names }: ScrapeKey): Promise<ChunkProducer> {
    const failed = await this.#collection.run()
    const asked = names.length === 0 ? undefined : new Set(names)
    const isAsked = ({ kind, name }: Family): boolean => asked === undefined || claimedNames(kind, name).some((one) => asked.has(one))
    const { lasting, included } = this.#present(failed)
    return this.#renderer.produce(lasting.filter(isAsked), included.filter(isAsked), format)
  }

  /** Its own families and the attached ones, and those made from snapshots for this once. */
  #present(failed: ReadonlySet<CollectTask>): { lasting: Family[]; included: Family[] } {
    const attached = this.#foreign.attached(failed, () => this.#own.takenNames())
    const included = this.#foreign.included(failed, [...this.#own.shown(failed), ...attached], (name) => this.#own.hasName(name))
    // Asked again: what was left out just now is counted by a family of our own.
    return { lasting: [...this.#own.shown(failed), ...attached], included }
  }
}

/** What a string can hold. */
const TEXTS = ['text', 'openmetrics'] as const
const CODINGS = offeredEncodings()
