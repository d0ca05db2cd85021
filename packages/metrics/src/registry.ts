/** The registry: families by name, default labels, and the two ways out, `render` and `expose`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { negotiateEncoding, offeredEncodings } from './exposition/accept-encoding.ts'
import { negotiate } from './exposition/negotiate.ts'
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
import { type Alphabet, checkLabelNames, claimedNames, isTotal, quote } from './names.ts'
import { Collection, type Collector } from './scrape/collection.ts'
import { type Exposed, type ExposeRequest, RETRY_AFTER_SECONDS } from './scrape/expose.ts'
import { type HandlerOptions, handleScrape } from './scrape/handler.ts'
import { Renderer } from './scrape/renderer.ts'
import { type ScrapeKey, Scrapes } from './scrape/scrapes.ts'
import { type ChunkProducer, readText, SharedBody } from './scrape/shared-body.ts'
import { SELF_METRIC_NAMES, SelfMetrics } from './self-metrics.ts'
import { Expiry } from './series/expiry.ts'
import type { Family, FamilyContext } from './series/family.ts'
import type { LabelValue } from './series/labels.ts'
import { type FamilySnapshot, takeSnapshot } from './snapshot/family-snapshot.ts'
import { type FamilySource, type LiveSource, restoreFamilies } from './snapshot/included.ts'

export interface RegistryOptions {
  /** Added to every series, as the registry found them when it was made; a label a family declares itself wins over them. */
  readonly defaultLabels?: Readonly<Record<string, LabelValue>>
  /**
   * What names of metrics and labels are made of. Default: `legacy`, which every server reads. With `utf-8` any text will do: a server
   * that does not ask for it is given the name escaped as it asks, with underscores unless it says so.
   */
  readonly names?: Alphabet
  /** Milliseconds of a clock that never goes back; timers read it. Default: `performance.now`. */
  readonly now?: () => number
  /** Milliseconds since the Unix epoch; exemplars and created timestamps read it. Default: `Date.now`. */
  readonly wallClock?: () => number
  /**
   * Told of every `collect` that failed or came too late, while the scrape is under way: what it threw or rejected with, and the family
   * left out for it, named as registered. For a log line; the failure is counted with or without it. It holds up the scrape for as long
   * as it runs, but a promise it returns is not waited for. What it throws or rejects with itself is dropped: the scrape goes on.
   */
  readonly onCollectError?: (error: unknown, family: string) => void
  /** How long a scrape waits for each `collect`. Default: 5000. */
  readonly collectTimeoutMilliseconds?: number
  /** Series that all families together may have; see `maxSeries` of a family. Default: no limit. */
  readonly maxSeries?: number
  /** Whether series tell when they were born: `_created` in OpenMetrics, and in protobuf. Costs 8 bytes per series. Default: false. */
  readonly createdTimestamps?: boolean
  /** Scrapes answered at a time; those beyond are told to come back. Default: 32. */
  readonly maxScrapesInFlight?: number
  /** How long rendering may hold up the event loop before it yields. Default: 4. */
  readonly sliceMilliseconds?: number
  /** Rendered bytes kept between scrapes, so that what has not changed is not written again. Default: 64 MiB; 0 keeps none. */
  readonly keptBytes?: number
}

export const DEFAULTS = {
  collectTimeoutMilliseconds: 5_000,
  maxScrapesInFlight: 32,
  sliceMilliseconds: 4,
  keptBytes: 67_108_864, // 64 MiB: 600,000 counters, or 45,000 histograms
} as const

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
  collector: Collector | undefined
  readonly expiry: Expiry | undefined
}

interface Included {
  readonly source: FamilySource
  /** What the last `collect` brought. */
  snapshots: readonly FamilySnapshot[]
  collector: Collector | undefined
}

interface Attached {
  readonly source: LiveSource
  readonly collector: Collector
  /** Those of the last scrape, whose rendered bytes may be kept. */
  shown: ReadonlySet<Family>
}

export function createRegistry(options: RegistryOptions = {}): Registry {
  return new Registry(options)
}

/** The instruments of a program. */
export class Registry implements Declarations {
  /**
   * Declares as the registry itself does, and answers the instrument that is there when it was declared alike before: for code that
   * runs again in the same process, as with hot reload. The `collect` of the latest declaration counts.
   * @throws {TypeError} when the one that is there has another kind, other labels, buckets, or another unit.
   */
  readonly getOrCreate: Declarations
  /** What it was made with. */
  readonly options: RegistryOptions
  readonly #entries = new Map<string, Entry>()
  /** Every name taken in any format, with the family that took it. */
  readonly #owners = new Map<string, string>()
  readonly #included = new Set<Included>()
  readonly #attached = new Set<Attached>()
  readonly #context: DeclareContext
  readonly #collectTimeoutMilliseconds: number
  readonly #onCollectError: RegistryOptions['onCollectError']
  readonly #collection: Collection
  #collecting: Promise<ReadonlySet<Collector>> | undefined
  readonly #declarations: Declarations
  readonly #renderer: Renderer
  readonly #scrapes: Scrapes
  readonly #selfMetrics: SelfMetrics

  constructor(options: RegistryOptions) {
    const { defaultLabels = {}, now = () => performance.now(), wallClock = () => Date.now(), onCollectError } = options
    const alphabet = options.names ?? 'legacy'
    checkLabelNames('The registry', Object.keys(defaultLabels), alphabet)
    this.options = { ...options, defaultLabels: { ...defaultLabels } }
    checkLimits(options)
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
    this.#scrapes = new Scrapes((key) => this.#produce(key), { maxInFlight: options.maxScrapesInFlight ?? DEFAULTS.maxScrapesInFlight })
    // Outside every budget: it tells of what is beyond it.
    const selfContext = { ...this.#context, budget: { limit: Infinity, used: 0 } }
    this.#selfMetrics = new SelfMetrics((declared) => {
      const counter = makeInstrument('counter', declared, selfContext) as unknown as Counter<'family'>
      this.#entries.set(counter.name, { instrument: counter, family: counter.family, collector: undefined, expiry: undefined })
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
   */
  include(source: FamilySource): () => void {
    if (typeof source.name !== 'string') {
      throw new TypeError(`The source to include has the name ${quote(source.name)}. Write a text by which its failures are told.`)
    }
    const { name } = source
    const included: Included = { source, snapshots: [], collector: undefined }
    included.collector = {
      name,
      timeoutMilliseconds: this.#collectTimeoutMilliseconds,
      run: async () => {
        const snapshots: unknown = await source.collect(this.#failCollect)
        if (!Array.isArray(snapshots)) {
          throw new TypeError(`The included "${name}" has collected ${quote(snapshots)}. Answer an array of families.`)
        }
        included.snapshots = snapshots
      },
    }
    this.#included.add(included)
    return () => void this.#included.delete(included)
  }

  /**
   * Shows families that another room of this package keeps, beside those of this registry, until the function it returns is called; one
   * whose name is taken is left out and counted as a `collect` that failed. What is rendered of them is kept as for the registry's own.
   * @param create Gets what such families are defined with.
   */
  attach(create: (context: FamilyContext) => LiveSource): () => void {
    const source = create({ ...this.#context, budget: { limit: Infinity, used: 0 } })
    const collector = { name: source.name, timeoutMilliseconds: this.#collectTimeoutMilliseconds, run: () => source.refresh() }
    const attached: Attached = { source, collector, shown: new Set() }
    this.#attached.add(attached)
    return () => {
      this.#attached.delete(attached)
      for (const family of attached.shown) this.#renderer.forget(family)
    }
  }

  /** The families of now as plain data, after every `collect`; those of included sources among them. For other processes. */
  async snapshot(): Promise<FamilySnapshot[]> {
    const failed = await this.#collectOnce()
    const now = this.#context.wallClock()
    return [...this.#present(failed).lasting.map((family) => takeSnapshot(family, now)), ...this.#includedSnapshots(failed)]
  }

  /**
   * The families of now, after every `collect`, for another room of this package to read; an included one is another object each time.
   * Totals are among them although their `collect` failed: they have not gone.
   */
  async collectFamilies(): Promise<Family[]> {
    const failed = await this.#collectOnce()
    const out = new Set<Family>()
    for (const { family, collector } of this.#entries.values()) {
      if (collector !== undefined && failed.has(collector) && !isTotal(family.kind)) out.add(family)
    }
    return this.presentFamilies().filter((family) => !out.has(family))
  }

  /** The same without any `collect`: as the last one, and the program since, have left them. */
  presentFamilies(): Family[] {
    const { lasting, included } = this.#present(new Set())
    return [...lasting, ...included]
  }

  /** Takes a family out of the exposition and frees its names; its instrument still counts, unseen. False when there is none. */
  unregister(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || SELF_METRIC_NAMES.includes(name)) return false
    for (const claimed of claimedNames(entry.family.kind, name)) this.#owners.delete(claimed)
    this.#renderer.forget(entry.family)
    entry.family.store.leaveBudget()
    return this.#entries.delete(name)
  }

  /** Takes out every family; the default labels stay. */
  clear(): void {
    for (const { family } of this.#entries.values()) {
      this.#renderer.forget(family)
      family.store.leaveBudget()
    }
    this.#entries.clear()
    this.#owners.clear()
    this.#selfMetrics.clear()
    this.#reserve()
  }

  /**
   * One scrape, whole: runs every `collect`, then renders the families in the order of their registration. Never rejects: a `collect`
   * that fails costs its own family only, is counted in `postern_metrics_collect_errors_total`, and goes to `onCollectError`.
   */
  async render(request: RenderRequest): Promise<Rendered> {
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
  #present(failed: ReadonlySet<Collector>): { lasting: Family[]; included: Family[] } {
    const attached = this.#attached.size === 0 ? [] : this.#attachedFamilies(failed)
    const included = this.#restoreIncluded([...this.#own(failed), ...attached], failed)
    // Asked again: what was left out just now is counted by a family of our own.
    return { lasting: [...this.#own(failed), ...attached], included }
  }

  #own(failed: ReadonlySet<Collector>): Family[] {
    const own: Family[] = []
    for (const { family, collector } of this.#entries.values()) if (collector === undefined || !failed.has(collector)) own.push(family)
    return own
  }

  #attachedFamilies(failed: ReadonlySet<Collector>): Family[] {
    const families: Family[] = []
    // A reserved name is free for others until there is something to tell under it.
    const owners = new Set(Array.from(this.#owners).flatMap(([name, owner]) => (this.#entries.has(owner) ? [name] : [])))
    for (const attached of this.#attached) {
      const all = new Set(attached.source.families())
      for (const family of attached.shown) if (!all.has(family)) this.#renderer.forget(family)
      attached.shown = all
      if (failed.has(attached.collector)) continue
      for (const family of all) {
        const names = claimedNames(family.kind, family.name)
        const taken = names.find((name) => owners.has(name))
        if (taken === undefined) families.push(family)
        else this.#failCollect(new TypeError(`The ${family.kind} "${family.name}" needs the name "${taken}", which is taken.`), family.name)
        for (const name of names) owners.add(name)
      }
    }
    return families
  }

  #restoreIncluded(lasting: readonly Family[], failed: ReadonlySet<Collector>): Family[] {
    const snapshots = this.#includedSnapshots(failed)
    if (snapshots.length === 0) return []
    const context = { ...this.#context, budget: { limit: Infinity, used: 0 } }
    const claimed = new Set(lasting.flatMap(({ kind, name }) => claimedNames(kind, name)))
    return restoreFamilies(snapshots, context, (name) => this.#owners.has(name) || claimed.has(name), this.#failCollect)
  }

  #includedSnapshots(failed: ReadonlySet<Collector>): FamilySnapshot[] {
    return Array.from(this.#included).flatMap(({ collector, snapshots }) => (collector && failed.has(collector) ? [] : snapshots))
  }

  /** Scrapes that begin while others collect wait for the same collection, whatever they ask for. */
  async #collectOnce(): Promise<ReadonlySet<Collector>> {
    // Begun in a later turn: a `collect` that asks for a scrape itself finds this one, instead of starting itself again.
    this.#collecting ??= Promise.resolve()
      .then(() => this.#collect())
      .finally(() => {
        this.#collecting = undefined
      })
    return this.#collecting
  }

  async #collect(): Promise<ReadonlySet<Collector>> {
    const now = this.#context.now()
    const collectors: Collector[] = []
    for (const { collector, expiry } of this.#entries.values()) {
      expiry?.look(now)
      if (collector !== undefined) collectors.push(collector)
    }
    for (const { collector } of this.#included) if (collector !== undefined) collectors.push(collector)
    for (const { collector } of this.#attached) collectors.push(collector)
    return this.#collection.run(collectors)
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
      this.#claim(family)
    } catch (error) {
      family.store.leaveBudget()
      throw error
    }
    this.#entries.set(family.name, { instrument, family, collector: this.#collectorOf(instrument, options), expiry })
    return instrument
  }

  /** The instrument of that name, when it was declared alike. */
  #reuse(kind: DeclaredKind, options: AnyOptions): Instrument<string> | undefined {
    const entry = this.#entries.get(options.name)
    if (entry === undefined) return undefined
    const wanted = describeDeclaration(makeInstrument(kind, options, { ...this.#context, budget: { limit: Infinity, used: 0 } }))
    const found = describeDeclaration(entry.instrument)
    if (wanted !== found) {
      throw new TypeError(
        `"${options.name}" is there as ${found}, and was asked for as ${wanted}. Declare both alike, or give one another name.`,
      )
    }
    entry.collector = this.#collectorOf(entry.instrument, options)
    return entry.instrument
  }

  #collectorOf(instrument: Instrument<string>, { name, collect, collectTimeoutMilliseconds }: AnyOptions): Collector | undefined {
    if (collect === undefined) return undefined
    const timeoutMilliseconds = collectTimeoutMilliseconds ?? this.#collectTimeoutMilliseconds
    return { name, timeoutMilliseconds, run: () => collect(instrument as never) }
  }

  /** @throws {TypeError} when a name of the family, in any format, is taken. */
  #claim(family: Family): void {
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
  }

  /** Taken beforehand, because the event that needs them is no time to find a name gone. */
  #reserve(): void {
    for (const name of SELF_METRIC_NAMES) for (const claimed of claimedNames('counter', name)) this.#owners.set(claimed, name)
  }
}

/** The least that each limit may be. */
const LIMITS = {
  collectTimeoutMilliseconds: 1,
  maxSeries: 1,
  maxScrapesInFlight: 1,
  sliceMilliseconds: 0,
  keptBytes: 0,
} as const satisfies Partial<Record<keyof RegistryOptions, number>>

/** @throws {TypeError} when a limit is no number, or allows nothing. */
function checkLimits(options: RegistryOptions): void {
  for (const limit of Object.keys(LIMITS) as (keyof typeof LIMITS)[]) {
    const given: unknown = options[limit]
    if (given === undefined || (typeof given === 'number' && given >= LIMITS[limit])) continue
    throw new TypeError(`The registry has ${limit} ${quote(given)}. Write a number of at least ${LIMITS[limit]}, or leave it out.`)
  }
}

/** What a string can hold. */
const TEXTS = ['text', 'openmetrics'] as const
const CODINGS = offeredEncodings()
