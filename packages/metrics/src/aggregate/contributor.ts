/** One worker as the collector knows it: its families and series by the numbers it gave them, and where their values go. */
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import type { LabelPair } from '../series/labels.ts'
import { countOf, holdsCount, type NativeBuckets } from '../snapshot/check-native.ts'
import { readExemplar } from '../snapshot/check-snapshot.ts'
import type { Column } from './column.ts'
import { isOfUsualSize } from './declaration-size.ts'
import type { Declarer, Merge, Refusal } from './merge.ts'
import type { MergedFamily } from './merged-family.ts'
import { fromWire, type Report, type WireChanges, type WireExemplar, type WireFamily } from './wire.ts'

export interface ContributorOptions {
  /** Zero for the collecting process itself; others are numbered from one, and the number of one that is gone is given again. */
  readonly place: number
  /** What a label calls it. */
  readonly name: string
  readonly merge: Merge
  /** The label of `per-worker` families. */
  readonly label: string
  /** Families that it may declare. */
  readonly maxFamilies: number
  readonly onConflict: (family: string) => void
  /** Hears of each declaration that is left out without a conflict. */
  readonly onFamilyRefused: () => void
  readonly onLeftOut: (count: number) => void
  /** Numbers that their kind cannot have: the series keeps those it had. */
  readonly onRefuse: () => void
  readonly askForAll: () => void
}

/** The part of a worker in one merged family. */
interface Share {
  readonly merged: MergedFamily
  readonly column: Column
  /** By the worker's numbers. */
  slots: Map<number, number>
  /** Where each merged label is among those told; -1 is the worker's name. */
  order: readonly number[]
  /** Index of a label of the family's own that its name is put before. */
  joined: number
  isTold: boolean
  /** Whether some of it waits to be confirmed by the end of the report. */
  isDoubtful: boolean
}

export class Contributor implements Declarer {
  readonly place: number
  readonly #options: ContributorOptions
  readonly #shares = new Map<MergedFamily, Share>()
  #byId = new Map<number, Share>()
  /** Whether it has declared more than it may, in this epoch. */
  #isBeyond = false
  #numbers = new Float64Array(64)

  constructor(options: ContributorOptions) {
    this.place = options.place
    this.#options = options
  }

  retell(): void {
    this.#options.askForAll()
  }

  /**
   * Takes in one part of a report, which comes in order. Never throws.
   */
  *apply(report: Report): Generator<void> {
    if (report.sequence === 0) this.#beginEpoch()
    for (const id of report.gone) this.#doubt(id)
    for (const family of report.families) {
      this.#declare(family)
      yield
    }
    for (const changes of report.changes) {
      this.#change(changes)
      yield
    }
    if (!report.last) return
    yield* this.#sweep()
    if (!this.#isBeyond || !this.#hasRoom()) return
    // What was left out would not be told again by itself.
    this.#isBeyond = false
    this.retell()
  }

  /** Takes everything out; totals stay in the sums. */
  *leave(): Generator<void> {
    const { merge } = this.#options
    merge.forget(this)
    for (const { merged } of this.#shares.values()) {
      yield* merged.leave(this.place)
      merge.release(merged)
    }
    this.#shares.clear()
    this.#byId.clear()
  }

  #beginEpoch(): void {
    for (const id of this.#byId.keys()) this.#doubt(id)
    this.#byId = new Map()
    this.#isBeyond = false
  }

  #doubt(id: number): void {
    const share = this.#byId.get(id)
    this.#byId.delete(id)
    if (share === undefined) return
    share.isTold = false
    share.isDoubtful = true
    share.slots = new Map()
    share.column.doubt()
  }

  *#sweep(): Generator<void> {
    const { merge } = this.#options
    for (const [merged, share] of this.#shares) {
      if (!share.isDoubtful) continue
      share.isDoubtful = false
      yield* merged.sweep(share.column)
      if (share.isTold) continue
      this.#shares.delete(merged)
      yield* merged.leave(this.place)
      merge.release(merged)
    }
  }

  #declare(family: WireFamily): void {
    const { label, onConflict, onFamilyRefused } = this.#options
    const merged = this.#merge(family)
    if (typeof merged === 'string') {
      if (merged === 'refused') onFamilyRefused()
      else onConflict(family.name)
      return
    }
    const { labelNames, aggregation } = family
    const order = merged.family.store.labelNames.map((name) => labelNames.indexOf(name))
    const joined = aggregation === 'per-worker' ? merged.family.store.labelNames.indexOf(label) : -1
    let share = this.#shares.get(merged)
    if (share === undefined) {
      share = { merged, column: merged.join(this.place), slots: new Map(), order, joined, isTold: true, isDoubtful: false }
      this.#shares.set(merged, share)
    }
    Object.assign(share, { order, joined, isTold: true })
    this.#byId.set(family.id, share)
  }

  /** Numbers of a family that is left out are those of one that is not known, and kept nowhere. */
  #merge(family: WireFamily): MergedFamily | Refusal {
    if (!isOfUsualSize(family)) return 'refused'
    if (this.#hasRoom()) return this.#options.merge.declare(family, this)
    this.#isBeyond = true
    return 'refused'
  }

  /** Families of the last epoch stay until the report is complete: with those there may be twice as many. */
  #hasRoom(): boolean {
    const { maxFamilies } = this.#options
    return this.#byId.size < maxFamilies && this.#shares.size < 2 * maxFamilies
  }

  #change({ family, removed, defined, series, values, natives, exemplars }: WireChanges): void {
    const share = this.#byId.get(family)
    if (share === undefined) return
    const { merged, column, slots } = share
    if (values.length !== series.length * merged.stride) return
    if (natives.length !== (merged.family.native === undefined ? 0 : series.length)) return
    for (const one of removed) this.#remove(share, one)
    let leftOut = 0
    for (const [one, created, ...texts] of defined) {
      this.#remove(share, one)
      const slot = merged.slotOf(this.#labelsOf(share, texts), this.#options.merge.hasRoom)
      // An honest worker has one number for a series. Without this one could make up numbers for a single series without end.
      if (slot === -1 || slots.size >= merged.family.store.live) leftOut += 1
      else {
        slots.set(one, slot)
        if (created !== null) merged.tellCreated(slot, created, merged.isNew(slot))
      }
    }
    if (leftOut > 0) this.#options.onLeftOut(leftOut)
    const numbers = this.#read(values)
    let isRefused = false
    for (let at = 0; at < series.length; at += 1) {
      const slot = slots.get(series[at] as number)
      if (slot === undefined) continue
      const base = at * merged.stride
      const buckets = natives[at]
      const native = buckets && completeNative(buckets, numbers.subarray(base, base + merged.stride))
      const holds = buckets === undefined || native !== undefined
      if (holds && merged.canTell(numbers, base)) merged.tell(column, slot, numbers, base, native)
      else isRefused = true
    }
    for (const [one] of defined) {
      const slot = slots.get(one)
      if (slot === undefined || !merged.isNew(slot)) continue
      slots.delete(one)
      merged.discard(slot)
    }
    if (isRefused) this.#options.onRefuse()
    for (const exemplar of exemplars) this.#tellExemplar(share, exemplar)
  }

  #remove({ merged, column, slots }: Share, one: number): void {
    const slot = slots.get(one)
    if (slot === undefined) return
    slots.delete(one)
    merged.withdraw(column, slot)
  }

  /** The texts in the order of the merged family, with the worker's name where it keeps series apart. */
  #labelsOf({ order, joined }: Share, texts: readonly (string | null)[]): (string | undefined)[] {
    const { name } = this.#options
    return order.map((from, index) => {
      const told = from === -1 ? undefined : (texts[from] ?? undefined)
      const text = told && replaceLoneSurrogates(told)
      if (index !== joined) return text
      return text === undefined ? name : `${name}.${text}`
    })
  }

  #read(values: WireChanges['values']): Float64Array {
    if (values.length > this.#numbers.length) this.#numbers = new Float64Array(values.length)
    for (let at = 0; at < values.length; at += 1) this.#numbers[at] = fromWire(values[at] as number)
    return this.#numbers
  }

  #tellExemplar({ merged, slots }: Share, [one, place, value, timestamp, ...flat]: WireExemplar): void {
    const slot = slots.get(one)
    if (slot === undefined) return
    const labels: LabelPair[] = []
    for (let at = 0; at + 1 < flat.length; at += 2) labels.push([flat[at] as string, flat[at + 1] as string])
    const exemplar = readExemplar(merged.family.name, { labels, value: fromWire(value), timestamp })
    if (exemplar !== undefined) merged.tellExemplar(slot, place, exemplar)
  }
}

/** As a whole; undefined when the buckets contradict the numbers, which are not believed then. */
function completeNative(buckets: NativeBuckets, numbers: Float64Array): NativeHistogramSnapshot | undefined {
  const sum = numbers.at(-1) as number
  const count = countOf(numbers)
  return holdsCount(buckets, count, sum) ? { ...buckets, count, sum } : undefined
}
