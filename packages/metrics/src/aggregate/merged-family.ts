/** A family as all workers together have it: their last numbers side by side, those of workers that have ended, and what they come to. */
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import { isTotal } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import type { Family, GaugeAggregation, QuantileSource } from '../series/family.ts'
import { bucketExemplars, type HistogramExtra } from '../series/histogram-extra.ts'
import type { LabelsText } from '../series/labels.ts'
import { CHANGED, SEGMENT_MASK, SEGMENT_SHIFT, SEGMENT_SIZE, type Segment } from '../series/segment.ts'
import { isAllowedAt } from '../snapshot/check-snapshot.ts'
import { Column, type ColumnPiece, MISSING, TOLD, UNCONFIRMED } from './column.ts'
import { addUp, combine } from './combine.ts'
import type { MergedNative } from './merged-native.ts'

/**
 * Numbers are written to columns as they arrive, and summed up at a scrape, each segment that has changed: a report costs its own
 * length whatever the number of workers.
 */
export class MergedFamily {
  readonly family: Family
  /** Numbers per series in a column; a summary has its sum and its count. */
  readonly stride: number
  readonly #rule: GaugeAggregation
  readonly #isTotal: boolean
  /** The numbers that only grow, unless their worker begins anew: from, and up to. */
  readonly #growing: readonly [number, number]
  /** By place: the order of `first`. */
  readonly #columns: (Column | undefined)[] = []
  /** Totals of workers that have ended, and of series begun anew. */
  readonly #ended: Column
  /** By slot, the workers that have it. */
  readonly #holders: number[] = []
  /** Segments with numbers that are not summed up yet. */
  readonly #stale = new Set<number>()
  /** Made when there is something to sum up: families without series are many times smaller. */
  #sums: Float64Array | undefined
  #members = 0

  constructor(family: Family, rule: GaugeAggregation) {
    const { kind, store } = family
    this.family = family
    this.stride = kind === 'summary' ? 2 : store.stride
    this.#rule = rule
    this.#isTotal = isTotal(kind)
    this.#growing = kind === 'summary' ? [1, 2] : [0, kind === 'histogram' ? this.stride - 1 : 1]
    this.#ended = new Column(this.stride)
  }

  /** Workers that have this family. */
  get members(): number {
    return this.#members
  }

  /** Whether there is nothing to show; the one series of a family without labels is there even then. */
  get isEmpty(): boolean {
    const { store } = this.family
    return store.labelNames.length === 0 ? this.isNew(0) : store.live === 0
  }

  /** The column of a worker, made when it has none. @param place Small; zero comes first. */
  join(place: number): Column {
    const known = this.#columns[place]
    if (known) return known
    const column = new Column(this.stride)
    this.#columns[place] = column
    this.#members += 1
    return column
  }

  /** The slot of a series; made when it is new, -1 when there may be no more. */
  slotOf(texts: LabelsText, mayGrow: boolean): number {
    const { store } = this.family
    if (mayGrow || texts.length === 0) return store.slotOfTexts(texts)
    return store.findTexts(texts)
  }

  /** Whether the numbers of a series, from `at` in `values`, are ones that its kind can have: one of them could spoil a sum for good. */
  canTell(values: Float64Array, at: number): boolean {
    const { kind } = this.family
    for (let offset = 0; offset < this.stride; offset += 1)
      if (!isAllowedAt(kind, offset, this.stride, values[at + offset] as number)) return false
    return true
  }

  /**
   * Keeps the numbers of a series, from `at` in `values`, and its native histogram where the family has such. A total that has shrunk
   * began anew: what it had stays in the sum.
   */
  tell(column: Column, slot: number, values: Float64Array, at: number, native?: NativeHistogramSnapshot): void {
    const piece = column.at(slot)
    const index = slot & SEGMENT_MASK
    const base = index * this.stride
    const isKnown = piece.states[index] !== MISSING
    const merged = native && this.#nativeOf(slot)
    if (isKnown && this.#isTotal) {
      const isAnew = native && merged?.isBegunAnew(column, native)
      if (isAnew || this.#hasShrunk(piece, base, values, at)) this.#end(column, slot, piece)
    }
    if (native) merged?.tell(column, native)
    if (!isKnown) this.#welcome(slot, values, at)
    piece.states[index] = TOLD
    for (let offset = 0; offset < this.stride; offset += 1) piece.values[base + offset] = values[at + offset] as number
    this.#stale.add(slot >>> SEGMENT_SHIFT)
  }

  /** Whether no worker has it, or had it. */
  isNew(slot: number): boolean {
    return (this.#holders[slot] ?? 0) === 0 && !this.#ended.has(slot)
  }

  /** Takes back a series that was defined, and of which no worker has told numbers. */
  discard(slot: number): void {
    if (this.isNew(slot) && this.family.store.isLive(slot) && this.family.store.labelNames.length > 0) this.family.store.remove(slot)
  }

  /** The oldest birth counts. @param isFirst Whether the series was new. */
  tellCreated(slot: number, created: number, isFirst: boolean): void {
    const segment = this.family.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    const known = segment.created?.[index]
    if (known === undefined || (!isFirst && known <= created) || segment.created === undefined) return
    segment.created[index] = created
    segment.dirty[index] = CHANGED
  }

  /** The newest counts. */
  tellExemplar(slot: number, place: number, exemplar: Exemplar): void {
    const { kind, bounds, store } = this.family
    if (!(kind === 'counter' ? place === 0 : kind === 'histogram' && place <= bounds.length)) return
    const segment = store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    if (kind === 'counter') {
      segment.extras ??= []
      segment.extras[index] = newer(segment.extras[index] as Exemplar | undefined, exemplar)
    } else {
      const exemplars = bucketExemplars(segment, index)
      exemplars[place] = newer(exemplars[place], exemplar)
    }
    segment.dirty[index] = CHANGED
  }

  /**
   * Takes a series from a worker that lives and has it no more. While others have it, what it counted stays in the sum; when it was the
   * last, the series goes, whatever ended workers had counted: it was removed, or has expired.
   */
  withdraw(column: Column, slot: number): void {
    const piece = column.at(slot)
    if (piece.states[slot & SEGMENT_MASK] === MISSING) return
    this.#end(column, slot, piece)
    column.forget(slot)
    this.#release(slot, false)
  }

  /** Withdraws what a report did not confirm. */
  *sweep(column: Column): Generator<void> {
    yield* this.#eachSlot(column, (slot, state) => {
      if (state === UNCONFIRMED) this.withdraw(column, slot)
    })
  }

  /** Takes out a worker that is gone. Its totals stay. */
  *leave(place: number): Generator<void> {
    const column = this.#columns[place]
    if (column === undefined) return
    yield* this.#eachSlot(column, (slot, _, piece) => {
      this.#end(column, slot, piece)
      column.forget(slot)
      this.#release(slot, this.#isTotal)
    })
    this.#columns[place] = undefined
    this.#members -= 1
  }

  /** Sums up what has changed, a segment for each step. */
  *settle(): Generator<void> {
    for (const at of this.#stale) {
      this.#stale.delete(at)
      this.#settleSegment(at)
      yield
    }
  }

  /** What a worker has counted of a series stays in the sum, whatever comes of it. */
  #end(column: Column, slot: number, piece: ColumnPiece): void {
    if (!this.#isTotal) return
    this.#ended.add(slot, piece)
    this.#nativeOf(slot)?.end(column)
  }

  #nativeOf(slot: number): MergedNative | undefined {
    if (this.family.native === undefined) return undefined
    const extra = this.family.store.segmentOf(slot).extras?.[slot & SEGMENT_MASK] as HistogramExtra
    return extra.native as MergedNative
  }

  #hasShrunk(piece: ColumnPiece, base: number, values: Float64Array, at: number): boolean {
    const [from, to] = this.#growing
    for (let offset = from; offset < to; offset += 1)
      if ((values[at + offset] as number) < (piece.values[base + offset] as number)) return true
    return false
  }

  /** One more has it. A series that nobody had shows its numbers at once: there may be a scrape before they are summed up. */
  #welcome(slot: number, values: Float64Array, at: number): void {
    const holders = this.#holders[slot] ?? 0
    this.#holders[slot] = holders + 1
    if (holders === 0 && !this.#ended.has(slot)) this.#show(slot, values, at)
  }

  #release(slot: number, isKept: boolean): void {
    const holders = (this.#holders[slot] as number) - 1
    this.#holders[slot] = holders
    this.#stale.add(slot >>> SEGMENT_SHIFT)
    if (holders > 0 || isKept) return
    this.#ended.forget(slot)
    this.#nativeOf(slot)?.forgetEnded()
    // The one of a family without labels goes with its family.
    if (this.family.store.labelNames.length > 0) this.family.store.remove(slot)
  }

  *#eachSlot(column: Column, visit: (slot: number, state: number, piece: ColumnPiece) => void): Generator<void> {
    for (let at = 0; at < column.length; at += 1) {
      const piece = column.piece(at)
      if (piece === undefined) continue
      for (let index = 0; index < SEGMENT_SIZE; index += 1) {
        const state = piece.states[index] as number
        if (state !== MISSING) visit((at << SEGMENT_SHIFT) | index, state, piece)
      }
      yield
    }
  }

  #settleSegment(at: number): void {
    const pieces: ColumnPiece[] = []
    for (const column of [...(this.#isTotal ? [this.#ended] : []), ...this.#columns]) {
      const piece = column?.piece(at)
      if (piece) pieces.push(piece)
    }
    const sums = (this.#sums ??= new Float64Array(SEGMENT_SIZE * this.stride))
    if (this.#isTotal) addUp(sums, pieces)
    else combine(this.#rule, sums, pieces)
    const { store } = this.family
    const end = Math.min(store.size, (at + 1) << SEGMENT_SHIFT)
    for (let slot = at << SEGMENT_SHIFT; slot < end; slot += 1) {
      if (store.isLive(slot)) this.#show(slot, sums, (slot & SEGMENT_MASK) * this.stride)
    }
  }

  #show(slot: number, values: Float64Array, at: number): void {
    const segment = this.family.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    if (this.family.kind === 'summary') {
      showSummary(segment, index, values[at] as number, values[at + 1] as number)
      return
    }
    const base = index * this.stride
    for (let offset = 0; offset < this.stride; offset += 1) {
      const shown = segment.values[base + offset] as number
      const value = values[at + offset] as number
      if (Object.is(shown, value) || (this.#isTotal && isRounding(shown, value))) continue
      segment.values[base + offset] = value
      segment.dirty[index] = CHANGED
    }
    this.#nativeOf(slot)?.settle()
  }
}

/**
 * Whether a total has shrunk by no more than the order of its terms can make it: when a worker ends they are added up in another one.
 * Prometheus would take it for a restart and count the whole again.
 */
function isRounding(shown: number, value: number): boolean {
  return value < shown && shown - value <= Math.abs(shown) * ROUNDING
}

/** Far above what a thousand additions lose, far below what anybody measures. */
const ROUNDING = 1e-12

function newer(known: Exemplar | undefined, exemplar: Exemplar): Exemplar {
  return known !== undefined && known.timestamp > exemplar.timestamp ? known : exemplar
}

/** Quantiles of several processes cannot be brought together: there are none. */
function showSummary(segment: Segment, index: number, sum: number, count: number): void {
  segment.extras ??= []
  segment.extras[index] = { sum, count, quantiles: () => NONE }
}

const NONE = new Float64Array(0)

/** Of a series that was defined and has no numbers yet. */
export function createEmptySummary(): QuantileSource {
  return { sum: 0, count: 0, quantiles: () => NONE }
}
