/** The side of a worker: tells a collector what has changed in a registry, every few seconds and when asked. */
import { setImmediate } from 'node:timers/promises'
import { checkMilliseconds } from '../check-milliseconds.ts'
import type { Registry } from '../registry.ts'
import type { Family } from '../series/family.ts'
import { FamilyMirror, sizeOf } from './mirror.ts'
import { readOrder } from './read-message.ts'
import { MARK, type Report, type WireChanges, type WireFamily } from './wire.ts'

export interface ReporterOptions {
  /** Between two reports that nobody asked for; what a worker that is killed can take with it. Default: 5000. */
  readonly intervalMilliseconds?: number
}

export interface WorkerReporter {
  /**
   * Reports now, after every `collect`. Before an orderly exit, so that nothing is lost.
   * @returns whether the other side has it; false after `timeoutMilliseconds`, 1000 unless given.
   */
  flush(timeoutMilliseconds?: number): Promise<boolean>
  /** Reports no more; what was reported stays in the sums, as that of a worker that has ended. */
  close(): void
}

export const REPORTER_DEFAULTS = { intervalMilliseconds: 5_000, flushMilliseconds: 1_000 } as const

/** How long making a report may hold up the event loop before it yields. */
const SLICE_MILLISECONDS = 4
/** Reports that nobody acknowledged before everything is told anew; doubles each time. */
const UNHEARD_TICKS = 3

export class Reporter implements WorkerReporter {
  readonly #registry: Registry
  readonly #send: (message: object) => void
  readonly #timer: NodeJS.Timeout
  readonly #mirrors = new Map<Family, FamilyMirror>()
  readonly #heard = new Set<() => void>()
  #families = 0
  #epoch = Math.floor(Math.random() * 2 ** 40)
  #sequence = 0
  /** All parts below have arrived. */
  #acknowledged = 0
  #asked = 0
  #running: Promise<void> | undefined
  #again = false
  #collects = false
  #ticks = 0
  #patience = UNHEARD_TICKS
  #isClosed = false

  /** @param send May throw. */
  constructor(registry: Registry, send: (message: object) => void, options: ReporterOptions = {}) {
    const { intervalMilliseconds = REPORTER_DEFAULTS.intervalMilliseconds } = options
    checkMilliseconds('intervalMilliseconds', intervalMilliseconds)
    this.#registry = registry
    this.#send = send
    this.#timer = setInterval(() => this.#tick(), intervalMilliseconds).unref()
    void this.report(false)
  }

  /** What came through the channel; what is not for us is ignored. Never throws. */
  receive(message: unknown): void {
    const order = readOrder(message)
    if (order === undefined || this.#isClosed) return
    if (order.type === 'ask') {
      this.#asked = Math.max(this.#asked, order.number)
      void this.report(true)
    } else if (order.type === 'resync') {
      this.#startEpoch()
      void this.report(false)
    } else if (order.epoch === this.#epoch && order.sequence < this.#sequence) {
      this.#acknowledged = Math.max(this.#acknowledged, order.sequence + 1)
      this.#ticks = 0
      this.#patience = UNHEARD_TICKS
      for (const look of this.#heard) look()
    }
  }

  /** Never rejects. Those called while one is under way share the next. @param collects Whether every `collect` runs before. */
  report(collects: boolean): Promise<void> {
    this.#collects ||= collects
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** In one go and without any `collect`, for the last moment of a process. */
  reportNow(): void {
    if (this.#isClosed) return
    for (const part of this.#parts(this.#registry.presentFamilies(), this.#asked)) if (!this.#post(part)) return
  }

  async flush(timeoutMilliseconds: number = REPORTER_DEFAULTS.flushMilliseconds): Promise<boolean> {
    await this.report(true)
    if (this.#isClosed) return false
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#heard.delete(look)
        resolve(this.#isAcknowledged())
      }
      const look = (): void => {
        if (this.#isAcknowledged()) end()
      }
      const timer = setTimeout(end, timeoutMilliseconds)
      this.#heard.add(look)
      look()
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#post({ postern: MARK, type: 'bye' })
    this.stop()
  }

  /** Without a farewell, when there is nobody to hear it. */
  stop(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#forget()
  }

  #isAcknowledged(): boolean {
    return this.#acknowledged === this.#sequence
  }

  #tick(): void {
    if (this.#running !== undefined) return
    // One report at a time: a collector that does not keep up is not buried under more of them.
    if (this.#isAcknowledged()) void this.report(false)
    else if (++this.#ticks >= this.#patience) {
      this.#ticks = 0
      this.#patience *= 2
      this.#startEpoch()
      void this.report(false)
    }
  }

  async #run(): Promise<void> {
    // What is asked for in one go is done in one go, and the constructor has ended.
    await Promise.resolve()
    while (this.#again && !this.#isClosed) {
      this.#again = false
      const answers = this.#asked
      const collects = this.#collects
      this.#collects = false
      const families = collects ? await this.#registry.collectFamilies() : this.#registry.presentFamilies()
      await this.#deliver(families, answers)
    }
  }

  async #deliver(families: readonly Family[], answers: number): Promise<void> {
    const epoch = this.#epoch
    let sliceEnd = performance.now() + SLICE_MILLISECONDS
    for (const part of this.#parts(families, answers)) {
      if (!this.#post(part)) return
      if (performance.now() < sliceEnd) continue
      await setImmediate()
      // Told anew, or closed, in the meantime: the rest of this report means nothing any more.
      if (this.#isClosed || this.#epoch !== epoch) return
      sliceEnd = performance.now() + SLICE_MILLISECONDS
    }
  }

  /** False when it could not be sent. */
  #post(message: object): boolean {
    try {
      this.#send(message)
      return true
    } catch {
      // The channel may come back, and the other side does not know then what it missed.
      this.#startEpoch()
      return false
    }
  }

  *#parts(families: readonly Family[], answers: number): Generator<Report> {
    const gone = this.#takeGone(new Set(families))
    let described: WireFamily[] = []
    let changes: WireChanges[] = []
    let size = 0
    let isFirst = true
    const part = (last: boolean): Report => {
      const sequence = this.#sequence++
      const report = { families: described, gone: isFirst ? gone : [], changes, last, answers: last ? answers : 0 }
      described = []
      changes = []
      size = 0
      isFirst = false
      return { postern: MARK, type: 'report', epoch: this.#epoch, sequence, ...report }
    }
    for (const family of families) {
      let mirror = this.#mirrors.get(family)
      if (mirror === undefined) {
        mirror = new FamilyMirror(this.#families++, family)
        this.#mirrors.set(family, mirror)
        described.push(mirror.describe())
      }
      for (const batch of mirror.changes()) {
        changes.push(batch)
        size += batch.values.length + batch.defined.length + batch.removed.length
        for (const native of batch.natives) size += sizeOf(native)
        if (size >= PART) yield part(false)
      }
    }
    yield part(true)
  }

  #takeGone(present: ReadonlySet<Family>): number[] {
    const gone: number[] = []
    for (const [family, mirror] of this.#mirrors) {
      if (present.has(family)) continue
      mirror.dispose()
      this.#mirrors.delete(family)
      gone.push(mirror.id)
    }
    return gone
  }

  #startEpoch(): void {
    this.#forget()
    this.#epoch += 1
    this.#sequence = 0
    this.#acknowledged = 0
    this.#families = 0
  }

  #forget(): void {
    for (const mirror of this.#mirrors.values()) mirror.dispose()
    this.#mirrors.clear()
  }
}

/** Numbers in one part, about. */
const PART = 2_048
