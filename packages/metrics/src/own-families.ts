/** The families that a program declares on its registry, by name and in the order of their declaration. */
import type { Counter } from './instruments/counter.ts'
import { type AnyOptions, type DeclareContext, type DeclaredKind, describeDeclaration, makeInstrument } from './instruments/declare.ts'
import type { Instrument } from './instruments/instrument.ts'
import { NameClaims } from './name-claims.ts'
import { isTotal } from './names.ts'
import type { CollectTask } from './scrape/collection.ts'
import { SELF_METRIC_NAMES, type SelfMetric, SelfMetrics } from './self-metrics.ts'
import { unlimited } from './series/columns.ts'
import { Expiry } from './series/expiry.ts'
import type { Family } from './series/family.ts'

export interface OwnOptions {
  /** What they are made with. */
  readonly context: DeclareContext
  /** How long a scrape waits for a `collect` that does not say so itself. */
  readonly timeoutMilliseconds: number
  /** Called for families that are shown no more. */
  readonly forget: (family: Family) => void
}

interface Entry {
  readonly instrument: Instrument<string>
  readonly family: Family
  task: CollectTask | undefined
  readonly expiry: Expiry | undefined
}

/** What the registry tells of itself is among them, from its first event on. */
export class OwnFamilies {
  readonly #options: OwnOptions
  readonly #entries = new Map<string, Entry>()
  readonly #names = new NameClaims()
  readonly #selfMetrics: SelfMetrics

  constructor(options: OwnOptions) {
    this.#options = options
    // Outside every budget: it tells of what is beyond it, and not of itself, which would have no end.
    const context = { ...options.context, budget: unlimited(), onOverflow: () => {} }
    this.#selfMetrics = new SelfMetrics((declared) => {
      const counter = makeInstrument('counter', declared, context) as unknown as Counter<'family'>
      this.#entries.set(counter.name, { instrument: counter, family: counter.family, task: undefined, expiry: undefined })
      return counter
    })
    this.#reserve()
  }

  /** Counts an event of the registry's own. @param family Whom it befell. */
  count(metric: SelfMetric, family: string): void {
    this.#selfMetrics.count(metric, family)
  }

  /** Counts a scrape that was broken off for the sake of another. */
  countDismissal(): void {
    this.#selfMetrics.countDismissal()
  }

  /** @throws {TypeError} or RangeError when the options cannot be used, or a name is taken. */
  declare(kind: DeclaredKind, options: AnyOptions): Instrument<string> {
    const { context } = this.#options
    const instrument = makeInstrument(kind, options, context)
    const { family } = instrument
    const { expireAfterSeconds } = options
    const expiry = expireAfterSeconds === undefined ? undefined : new Expiry(family.store, expireAfterSeconds, context.now())
    try {
      this.#names.claim(family)
    } catch (error) {
      family.store.leaveBudget()
      throw error
    }
    this.#entries.set(family.name, { instrument, family, task: this.#taskOf(instrument, options), expiry })
    return instrument
  }

  /** The instrument of that name, whose `collect` is that of these options from now on. @throws {TypeError} when it was declared otherwise. */
  reuse(kind: DeclaredKind, options: AnyOptions): Instrument<string> | undefined {
    const entry = this.#entries.get(options.name)
    if (entry === undefined) return undefined
    const wanted = describeDeclaration(makeInstrument(kind, options, { ...this.#options.context, budget: unlimited() }))
    const found = describeDeclaration(entry.instrument)
    if (wanted !== found) {
      throw new TypeError(
        `"${options.name}" is there as ${found}, and was asked for as ${wanted}. Declare both alike, or give one another name.`,
      )
    }
    entry.task = this.#taskOf(entry.instrument, options)
    return entry.instrument
  }

  /** Takes one out and frees its names; its instrument still counts, unseen. False when there is none, and for what is the registry's own. */
  unregister(name: string): boolean {
    const entry = this.#entries.get(name)
    if (entry === undefined || SELF_METRIC_NAMES.includes(name)) return false
    this.#names.release(entry.family)
    this.#leave(entry)
    return this.#entries.delete(name)
  }

  /** Takes all out. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#leave(entry)
    this.#entries.clear()
    this.#names.clear()
    this.#selfMetrics.clear()
    this.#reserve()
  }

  /** What is to be run at a scrape; series that were idle for too long end here. @param now Milliseconds of the clock of the context. */
  tasks(now: number): CollectTask[] {
    const tasks: CollectTask[] = []
    for (const { task, expiry } of this.#entries.values()) {
      expiry?.look(now)
      if (task !== undefined) tasks.push(task)
    }
    return tasks
  }

  /** All but those whose `collect` failed. */
  shown(failed: ReadonlySet<CollectTask>): Family[] {
    return this.#families(({ task }) => task === undefined || !failed.has(task))
  }

  /** Those whose `collect` failed, but for totals: what these counted before has not gone. */
  missing(failed: ReadonlySet<CollectTask>): Family[] {
    return this.#families(({ task, family }) => task !== undefined && failed.has(task) && !isTotal(family.kind))
  }

  /** Whether one of them has the name in an exposition, or it is kept for what the registry tells of itself. */
  hasName(name: string): boolean {
    return this.#names.has(name)
  }

  /** The names in an exposition of those that are there. */
  takenNames(): Set<string> {
    return this.#names.takenBy((owner) => this.#entries.has(owner))
  }

  #families(isMeant: (entry: Entry) => boolean): Family[] {
    return Array.from(this.#entries.values()).flatMap((entry) => (isMeant(entry) ? [entry.family] : []))
  }

  #leave({ family }: Entry): void {
    this.#options.forget(family)
    family.store.leaveBudget()
  }

  #taskOf(instrument: Instrument<string>, { name, collect, collectTimeoutMilliseconds }: AnyOptions): CollectTask | undefined {
    if (collect === undefined) return undefined
    const timeoutMilliseconds = collectTimeoutMilliseconds ?? this.#options.timeoutMilliseconds
    return { name, timeoutMilliseconds, run: () => collect(instrument as never) }
  }

  /** Taken beforehand, because the event that needs them is no time to find a name gone. */
  #reserve(): void {
    for (const name of SELF_METRIC_NAMES) this.#names.claim({ kind: 'counter', name })
  }
}
