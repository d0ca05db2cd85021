/**
 * The registry: families by name, default labels, and the two ways out, `render` and `expose`. Long because all that a program may ask
 * of it is a method here, with its contract; what it is made of is elsewhere.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { negotiateEncoding, offeredEncodings } from './exposition/accept-encoding.ts'
import { negotiate } from './exposition/negotiate.ts'
import { ForeignFamilies } from './foreign-families.ts'
import type { Counter, CounterOptions } from './instruments/counter.ts'
import {
  type AnyOptions,
  createDeclarations,
  type Declarations,
  type DeclareContext,
  type DeclaredKind,
  describeDeclaration,
  makeInstrument,
} from './instruments/declare.ts'
import type { Gauge, GaugeOptions } from './instruments/gauge.ts'
import type { Histogram, HistogramOptions } from './instruments/histogram.ts'
import type { Info, InfoOptions } from './instruments/info.ts'
import type { Instrument } from './instruments/instrument.ts'
import type { NativeHistogram, NativeHistogramOptions } from './instruments/native-histogram.ts'
import type { StateSet, StateSetOptions } from './instruments/state-set.ts'
import type { Summary, SummaryOptions } from './instruments/summary.ts'
import { NameClaims } from './name-claims.ts'
import { checkLabelNames, claimedNames, isTotal } from './names.ts'
import { checkOptions, DEFAULTS, type RegistryOptions } from './registry-options.ts'
import { Collection, type CollectTask } from './scrape/collection.ts'
import { type Exposed, type ExposeRequest, RETRY_AFTER_SECONDS } from './scrape/expose.ts'
import { type HandlerOptions, handleScrape } from './scrape/handler.ts'
import { Renderer } from './scrape/renderer.ts'
import { type ScrapeKey, Scrapes } from './scrape/scrapes.ts'
import { type ChunkProducer, readText, SharedBody } from './scrape/shared-body.ts'
import { SELF_METRIC_NAMES, SelfMetrics } from './self-metrics.ts'
import { unlimited } from './series/columns.ts'
import { Expiry } from './series/expiry.ts'
import type { Family, FamilyContext } from './series/family.ts'
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

interface Entry {
  readonly instrument: Instrument<string>
  readonly family: Family
  task: CollectTask | undefined
  readonly expiry: Expiry | undefined
}

export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(options)
}

/** The instruments of a program. */
export class Registry implements Declarations {
  /**
   * Declares as the registry itself does, and answers the instrument that is there when it was declared alike before: for code that
   * runs again in the same process, as with hot reload. The `collect` of the latest declaration counts.
   * Help, limits and the window of a summary are those of the first.
   * @throws {TypeError} when the one that is there has another kind or unit, other labels, buckets, quantiles, states or aggregation.
   */
  readonly getOrCreate: Declarations
  /** What it was made with. */
  readonly options: RegistryOptions
  readonly #entries = new Map<string, Entry>()
  readonly #names = new NameClaims()
  readonly #foreign: ForeignFamilies
  readonly #context: DeclareContext
  readonly #collectTimeoutMilliseconds: number
  readonly #onCollectError: RegistryOptions['onCollectError']
  readonly #collection: Collection
  #collecting: Promise<ReadonlySet<CollectTask>> | undefined
  readonly #declarations: Declarations
  readonly #renderer: Renderer
  readonly #scrapes: Scrapes
  readonly #selfMetrics: SelfMetrics

  constructor(options: RegistryOptions) {
    const { defaultLabels = {}, now = () => performance.now(), wallClock = () => Date.now(), onCollectError } = options
    checkOptions(options)
    const alphabet = options.names ?? 'legacy'
    checkLabelNames('The registry', Object.keys(defaultLabels), alphabet)
    this.options = { ...options, defaultLabels: { ...defaultLabels } }
    this.#context = {
      alphabet,
      defaultLabels: new Map(Object.entries(defaultLabels).map(([name, value]) => [name, String(value)])),
      budget: { limit: options.maxSeries ?? Infinity, used: 0 },
      now,
      wallClock,
      keepsCreated: options.createdTimestamps ?? false,
      onOverflow: (family) => this.#selfMetrics.count('overflow', family),
    }
    this.#collectTimeoutMilliseconds = options.collectTimeoutMilliseconds ?? DEFAULTS.collectTimeoutMilliseconds
    this.#onCollectError = onCollectError
    this.#collection = new Collection((error, { name }) => this.#failCollect(error, name))
    const { keptBytes = DEFAULTS.keptBytes, sliceMilliseconds = DEFAULTS.sliceMilliseconds } = options
    this.#renderer = new Renderer({ now: () => performance.now(), wallClock, imageBytes: keptBytes, sliceMilliseconds })
    this.#foreign = new ForeignFamilies({
      context: this.#context,
      timeoutMilliseconds: this.#collectTimeoutMilliseconds,
      fail: this.#failCollect,
      forget: (family) => this.#renderer.forget(family),
    })
    this.#scrapes = new Scrapes((key) => this.#produce(key), {
      maxInFlight: options.maxScrapesInFlight ?? DEFAULTS.maxScrapesInFlight,
      maxStallMilliseconds: options.maxScrapeStallMilliseconds ?? DEFAULTS.maxScrapeStallMilliseconds,
      onDismiss: () => this.#selfMetrics.countDismissal(),
    })
    // Outside every budget: it tells of what is beyond it, and not of itself, which would have no end.
    const selfContext = { ...this.#context, budget: unlimited(), onOverflow: () => {} }
    this.#selfMetrics = new SelfMetrics((declared) => {
      const counter = makeInstrument('counter', declared, selfContext) as unknown as Counter<'family'>
      this.#entries.set(counter.name, { instrument: counter, family: counter.family, task: undefined, expiry: undefined })
      return counter
    })
    this.#declarations = createDeclarations((kind, declared) => this.#declare(kind, declared))
    this.getOrCreate = createDeclarations((kind, declared) => this.#reuse(kind, declared) ?? this.#declare(kind, declared))
    this.#reserve()
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
   */
  attach(create: (context: FamilyContext) => LiveSource): () => void {
    return this.#foreign.attach(create)
  }

  /** The families of now as plain data, after every `collect`; those of included sources among them. For other processes. */
  async snapshot(): Promise<FamilySnapshot[]> {
    const failed = await this.#collectOnce()
    const now = this.#context.wallClock()
    return [...this.#present(failed).lasting.map((family) => takeSnapshot(family, now)), ...this.#foreign.snapshots(failed)]
  }

  /**
   * The families of now, after every `collect`, for another room of this package to read; an included one is another object each time.
   * Totals are among them although their `collect` failed: they have not gone.
   */
  async collectFamilies(): Promise<Family[]> {
    const failed = await this.#collectOnce()
    const out = new Set<Family>()
    for (const { family, task } of this.#entries.values()) {
      if (task !== undefined && failed.has(task) && !isTotal(family.kind)) out.add(family)
    }
    return this.presentFamilies().filter((family) => !out.has(family))
  }

  /** The same without any `collect`: as the last one, and the program since, have left them. */
  presentFamilies(): Family[] {
    const { lasting, included } = this.#present(new Set())
    return [...lasting, ...included]
  }

  /**
   * Takes a family of its own out of the exposition and frees its names; its instrument still counts, unseen. False when there is none,
   * and for what the registry tells of itself.
   */
  unregister(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || SELF_METRIC_NAMES.includes(name)) return false
    this.#names.release(entry.family)
    this.#renderer.forget(entry.family)
    entry.family.store.leaveBudget()
    return this.#entries.delete(name)
  }

  /** Takes out every family of its own; default labels, and what was included or attached, stay. */
  clear(): void {
    for (const { family } of this.#entries.values()) {
      this.#renderer.forget(family)
      family.store.leaveBudget()
    }
    this.#entries.clear()
    this.#names.clear()
    this.#selfMetrics.clear()
    this.#reserve()
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
    const failed = await this.#collectOnce()
    const asked = names.length === 0 ? undefined : new Set(names)
    const isAsked = ({ kind, name }: Family): boolean => asked === undefined || claimedNames(kind, name).some((one) => asked.has(one))
    const { lasting, included } = this.#present(failed)
    return this.#renderer.produce(lasting.filter(isAsked), included.filter(isAsked), format)
  }

  /** Its own families and the attached ones, and those made from snapshots for this once. */
  #present(failed: ReadonlySet<CollectTask>): { lasting: Family[]; included: Family[] } {
    const attached = this.#foreign.attached(failed, () => this.#names.takenBy((owner) => this.#entries.has(owner)))
    const included = this.#foreign.included(failed, [...this.#own(failed), ...attached], (name) => this.#names.has(name))
    // Asked again: what was left out just now is counted by a family of our own.
    return { lasting: [...this.#own(failed), ...attached], included }
  }

  #own(failed: ReadonlySet<CollectTask>): Family[] {
    const own: Family[] = []
    for (const { family, task } of this.#entries.values()) if (task === undefined || !failed.has(task)) own.push(family)
    return own
  }

  /** Scrapes that begin while others collect wait for the same collection, whatever they ask for. */
  async #collectOnce(): Promise<ReadonlySet<CollectTask>> {
    // Begun in a later turn: a `collect` that asks for a scrape itself finds this one, instead of starting itself again.
    this.#collecting ??= Promise.resolve()
      .then(() => this.#collect())
      .finally(() => {
        this.#collecting = undefined
      })
    return this.#collecting
  }

  async #collect(): Promise<ReadonlySet<CollectTask>> {
    const now = this.#context.now()
    const tasks: CollectTask[] = []
    for (const { task, expiry } of this.#entries.values()) {
      expiry?.look(now)
      if (task !== undefined) tasks.push(task)
    }
    return this.#collection.run([...tasks, ...this.#foreign.tasks()])
  }

  readonly #failCollect = (error: unknown, name: string): void => {
    this.#selfMetrics.count('collectErrors', name)
    void this.#tellCollectError(error, name)
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

  #declare(kind: DeclaredKind, options: AnyOptions): Instrument<string> {
    const instrument = makeInstrument(kind, options, this.#context)
    const { family } = instrument
    const { expireAfterSeconds } = options
    const expiry = expireAfterSeconds === undefined ? undefined : new Expiry(family.store, expireAfterSeconds, this.#context.now())
    try {
      this.#names.claim(family)
    } catch (error) {
      family.store.leaveBudget()
      throw error
    }
    this.#entries.set(family.name, { instrument, family, task: this.#taskOf(instrument, options), expiry })
    return instrument
  }

  /** The instrument of that name, when it was declared alike. */
  #reuse(kind: DeclaredKind, options: AnyOptions): Instrument<string> | undefined {
    const entry = this.#entries.get(options.name)
    if (entry === undefined) return undefined
    const wanted = describeDeclaration(makeInstrument(kind, options, { ...this.#context, budget: unlimited() }))
    const found = describeDeclaration(entry.instrument)
    if (wanted !== found) {
      throw new TypeError(
        `"${options.name}" is there as ${found}, and was asked for as ${wanted}. Declare both alike, or give one another name.`,
      )
    }
    entry.task = this.#taskOf(entry.instrument, options)
    return entry.instrument
  }

  #taskOf(instrument: Instrument<string>, { name, collect, collectTimeoutMilliseconds }: AnyOptions): CollectTask | undefined {
    if (collect === undefined) return undefined
    const timeoutMilliseconds = collectTimeoutMilliseconds ?? this.#collectTimeoutMilliseconds
    return { name, timeoutMilliseconds, run: () => collect(instrument as never) }
  }

  /** Taken beforehand, because the event that needs them is no time to find a name gone. */
  #reserve(): void {
    for (const name of SELF_METRIC_NAMES) this.#names.claim({ kind: 'counter', name })
  }
}

/** What a string can hold. */
const TEXTS = ['text', 'openmetrics'] as const
const CODINGS = offeredEncodings()
