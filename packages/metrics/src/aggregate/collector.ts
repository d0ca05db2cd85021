/** The side that is scraped: knows its workers, asks them at each scrape, and shows what all have together. */
import { checkMilliseconds } from '../check-milliseconds.ts'
import { LONGEST_TIMER_MILLISECONDS } from '../longest-timer.ts'
import { quote } from '../names.ts'
import { createRegistry, type Registry, type RegistryOptions } from '../registry.ts'
import type { LiveSource } from '../snapshot/included.ts'
import { AggregateMetrics, type WorkerWord } from './aggregate-metrics.ts'
import { Connection } from './connection.ts'
import { Contributor } from './contributor.ts'
import { Merge } from './merge.ts'
import { Reporter } from './reporter.ts'
import { TaskQueue } from './task-queue.ts'
import type { Order } from './wire.ts'

export interface CollectorOptions {
  /** How long a scrape waits for workers; who has not answered by then is shown as it reported last. Default: 500, of threads 200. */
  readonly timeoutMilliseconds?: number
  /** Series that all workers together may have; those beyond are left out, and counted. Default: 1,000,000. */
  readonly maxSeries?: number
  /** Families that all workers together may have; those beyond are left out, and counted. Default: 10,000. */
  readonly maxFamilies?: number
  /** Families that each of them may have, so that one cannot take the room of all. Default: 5000. */
  readonly maxFamiliesPerWorker?: number
  /** Of the registry that shows them all, where it shall differ from the one given. */
  readonly registry?: RegistryOptions
}

export interface WorkerCollector {
  /** Renders what all have together: serve this one. Its own families tell of the workers. */
  readonly registry: Registry
  /** Listens no more; its registry is left with what it had of its own. */
  close(): void
}

export const COLLECTOR_DEFAULTS = {
  maxSeries: 1_000_000,
  maxFamilies: 10_000,
  maxFamiliesPerWorker: 5_000,
  threadTimeoutMilliseconds: 200,
  workerTimeoutMilliseconds: 500,
} as const

/** What differs between processes and threads. */
export interface CollectorKind {
  readonly word: WorkerWord
  /** What the collecting process itself is called in that label. */
  readonly own: string
  readonly timeoutMilliseconds: number
}

export class Collector implements WorkerCollector {
  readonly registry: Registry
  readonly #kind: CollectorKind
  readonly #timeoutMilliseconds: number
  readonly #maxFamiliesPerWorker: number
  readonly #metrics: AggregateMetrics
  readonly #merge: Merge
  readonly #queue = new TaskQueue()
  readonly #connections = new Set<Connection>()
  readonly #own: Reporter
  readonly #detach: () => void
  readonly #wallClock: () => number
  /** Numbers that are given. */
  readonly #places = new Set<number>()

  /** @throws {TypeError} when the time or a limit is no number. @throws {RangeError} when one is out of range. */
  constructor(registry: Registry, kind: CollectorKind, options: CollectorOptions) {
    const {
      timeoutMilliseconds = kind.timeoutMilliseconds,
      maxSeries = COLLECTOR_DEFAULTS.maxSeries,
      maxFamilies = COLLECTOR_DEFAULTS.maxFamilies,
      maxFamiliesPerWorker = COLLECTOR_DEFAULTS.maxFamiliesPerWorker,
    } = options
    checkMilliseconds('timeoutMilliseconds', timeoutMilliseconds)
    for (const [name, limit] of Object.entries({ maxSeries, maxFamilies, maxFamiliesPerWorker })) checkLimit(name, limit)
    this.#maxFamiliesPerWorker = maxFamiliesPerWorker
    this.#kind = kind
    this.#timeoutMilliseconds = timeoutMilliseconds
    // The limit of a registry is for what its own process declares.
    this.registry = createRegistry({ ...registry.options, maxSeries: Infinity, ...options.registry })
    this.#wallClock = this.registry.options.wallClock ?? (() => Date.now())
    this.#metrics = new AggregateMetrics(this.registry, kind.word)
    const { reserved } = this.#metrics
    let merge: Merge | undefined
    this.#detach = this.registry.attach((context) => {
      merge = new Merge({ label: kind.word, context, maxSeries, maxFamilies, reserved })
      return this.#createSource(merge)
    })
    this.#merge = merge as unknown as Merge
    const own = this.#connect(
      (order) => this.#own.receive(order),
      nothing,
      () => 0,
    )
    this.#own = new Reporter(registry, (message) => own.receive(message), { intervalMilliseconds: NEVER })
  }

  /**
   * A new channel to a worker. Whoever makes it passes on all that comes through it, and its end.
   * @param send May throw. @param onEnd Called when the worker has said goodbye, or the channel was ended.
   */
  connect(send: (order: Order) => void, onEnd: () => void = nothing): Connection {
    return this.#connect(send, onEnd, () => this.#takePlace())
  }

  #connect(send: (order: Order) => void, onEnd: () => void, takePlace: () => number): Connection {
    const connection = new Connection({
      queue: this.#queue,
      send,
      createContributor: (askForAll) => this.#begin(takePlace(), askForAll),
      onReport: ({ place }) => {
        if (place > 0) this.#metrics.reported(String(place), this.#wallClock())
      },
      onEnd: (contributor) => {
        this.#connections.delete(connection)
        onEnd()
        if (contributor === undefined) return
        this.#places.delete(contributor.place)
        if (contributor.place > 0) this.#metrics.ended(String(contributor.place))
      },
      onRefuse: () => this.#metrics.refused(),
    })
    this.#connections.add(connection)
    return connection
  }

  close(): void {
    this.#own.stop()
    for (const connection of this.#connections) connection.end()
    this.#detach()
  }

  /** The lowest number above zero that no worker has. */
  #takePlace(): number {
    let place = 1
    while (this.#places.has(place)) place += 1
    this.#places.add(place)
    return place
  }

  #begin(place: number, askForAll: () => void): Contributor {
    const name = place === 0 ? this.#kind.own : String(place)
    if (place > 0) this.#metrics.began(name)
    return new Contributor({
      place,
      name,
      merge: this.#merge,
      label: this.#kind.word,
      maxFamilies: this.#maxFamiliesPerWorker,
      onConflict: (family) => this.#metrics.conflicted(family),
      onFamilyRefused: () => this.#metrics.familyRefused(),
      onLeftOut: (count) => this.#metrics.leftOut(count),
      onRefuse: () => this.#metrics.refused(),
      askForAll,
    })
  }

  #createSource(merge: Merge): LiveSource {
    return {
      name: `postern_${this.#kind.word}s`,
      refresh: async () => {
        await this.#askAll()
        await this.#queue.run(() => merge.settle())
      },
      families: () => merge.families(),
    }
  }

  /** Ends with the last answer, or with the time. */
  async #askAll(): Promise<void> {
    const late = new Set(this.#connections)
    const asks = Array.from(this.#connections)
      .filter(({ isSilent }) => !isSilent)
      .map(async (connection) => {
        await connection.ask()
        late.delete(connection)
      })
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMilliseconds)
    })
    await Promise.race([Promise.all(asks), timeout])
    clearTimeout(timer)
    for (const connection of this.#connections) this.#judge(connection, !late.has(connection))
  }

  #judge(connection: Connection, isInTime: boolean): void {
    const { contributor } = connection
    connection.isSilent = !isInTime
    if (contributor !== undefined && contributor.place > 0) this.#metrics.scraped(String(contributor.place), isInTime)
  }
}

function nothing(): void {}

function checkLimit(name: string, value: unknown): void {
  if (typeof value === 'number' && value >= 1) return
  const Fault = typeof value === 'number' ? RangeError : TypeError
  throw new Fault(`The collector has ${name} ${quote(value)}. Write a number of at least 1, or leave it out.`)
}

/** The collecting process is asked at each scrape, and does not end before itself. */
const NEVER = LONGEST_TIMER_MILLISECONDS
