/** What has been told of one family, so that the next report tells only what has changed since. */

import type { FamilyKind } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import type { Family, QuantileSource } from '../series/family.ts'
import type { HistogramExtra, NativeSource } from '../series/histogram-extra.ts'
import { SEGMENT_MASK, type Segment } from '../series/segment.ts'
import type { NativeBuckets } from '../snapshot/check-native.ts'
import { toWire, type WireChanges, type WireExemplar, type WireFamily, type WireNumber, type WireSeries } from './wire.ts'

/** Numbers in one batch, or as many labels: what takes the other side well below a millisecond. */
const BATCH = 2_048

interface Batch extends WireChanges {
  readonly removed: number[]
  readonly defined: WireSeries[]
  readonly series: number[]
  readonly values: WireNumber[]
  readonly natives: NativeBuckets[]
  readonly exemplars: WireExemplar[]
}

/** Costs four bytes per series and one of the marks of the store. Without a mark to be had, every series is told every time. */
export class FamilyMirror {
  readonly id: number
  readonly family: Family
  readonly #mark: number | undefined
  /** By slot, the generation that was told; an even one is a series that is not there. */
  #told = new Uint32Array(4)
  readonly #toldExemplars = new WeakSet<Exemplar>()
  /** Numbers in the native buckets of a batch. */
  #nativeSize = 0

  constructor(id: number, family: Family) {
    this.id = id
    this.family = family
    this.#mark = family.store.takeMark()
  }

  describe(): WireFamily {
    const { kind, name, help, unit = null, store, bounds, aggregation = null, native } = this.family
    const { labelNames } = store
    return { id: this.id, kind, name, help, unit, labelNames, bounds: [...bounds], aggregation, native: native !== undefined }
  }

  /** Lets go of the store. */
  dispose(): void {
    if (this.#mark !== undefined) this.family.store.returnMark(this.#mark)
  }

  /** What has changed, in batches; what they tell counts as told. Cost: a look at each series, and the text of each new one. */
  *changes(): Generator<WireChanges> {
    let batch = this.#begin()
    const { store } = this.family
    for (let slot = 0; slot < store.size; slot += 1) {
      this.#look(slot, batch)
      if (batch.values.length + this.#nativeSize + (batch.defined.length + batch.removed.length) * DEFINITION < BATCH) continue
      yield batch
      batch = this.#begin()
    }
    if (batch.series.length + batch.removed.length > 0) yield batch
  }

  #begin(): Batch {
    this.#nativeSize = 0
    return { family: this.id, removed: [], defined: [], series: [], values: [], natives: [], exemplars: [] }
  }

  #look(slot: number, batch: Batch): void {
    const { store, keepsCreated } = this.family
    const segment = store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    const generation = segment.generations[index] as number
    const told = this.#told[slot] ?? 0
    const isLive = (generation & 1) === 1
    if (generation === told && !(isLive && this.#hasChanged(segment, index))) return
    if (generation !== told) {
      if ((told & 1) === 1) batch.removed.push(slot)
      this.#remember(slot, generation)
      if (!isLive) return
      const created = keepsCreated ? (segment.created?.[index] ?? null) : null
      batch.defined.push([slot, created, ...store.textsOf(slot).map((text) => text ?? null)])
    }
    if (this.#mark !== undefined) segment.dirty[index] = (segment.dirty[index] as number) & ~this.#mark
    batch.series.push(slot)
    this.#addValues(segment, index, batch)
    if (this.family.native !== undefined) this.#addNative(segment.extras?.[index] as HistogramExtra, batch)
    this.#addExemplars(slot, segment.extras?.[index], batch)
  }

  /** A summary changes without a mark. */
  #hasChanged(segment: Segment, index: number): boolean {
    if (this.#mark === undefined || this.family.kind === 'summary') return true
    return ((segment.dirty[index] as number) & this.#mark) !== 0
  }

  #remember(slot: number, generation: number): void {
    if (slot >= this.#told.length) {
      const grown = new Uint32Array(Math.max(slot + 1, this.#told.length * 2))
      grown.set(this.#told)
      this.#told = grown
    }
    this.#told[slot] = generation
  }

  #addValues({ values, extras }: Segment, index: number, batch: Batch): void {
    const { kind, store } = this.family
    if (kind === 'summary') {
      const source = extras?.[index] as QuantileSource
      batch.values.push(toWire(source.sum), toWire(source.count))
      return
    }
    for (let at = index * store.stride; at < (index + 1) * store.stride; at += 1) batch.values.push(toWire(values[at] as number))
  }

  #addNative({ native }: HistogramExtra, batch: Batch): void {
    const { count: _, sum: __, ...buckets } = (native as NativeSource).snapshot()
    batch.natives.push(buckets)
    this.#nativeSize += sizeOf(buckets)
  }

  #addExemplars(slot: number, extra: unknown, batch: Batch): void {
    if (extra === undefined) return
    const examples = examplesOf(this.family.kind, extra)
    for (const [place, example] of examples.entries()) {
      if (example === undefined || this.#toldExemplars.has(example)) continue
      this.#toldExemplars.add(example)
      batch.exemplars.push([slot, place, toWire(example.value), example.timestamp, ...example.labels.flat()])
    }
  }
}

/** About how many numbers native buckets are on their way. */
export function sizeOf({ positive, negative }: NativeBuckets): number {
  return positive.deltas.length + negative.deltas.length + 2 * (positive.spans.length + negative.spans.length)
}

/** Numbers that a definition counts for in a batch. */
const DEFINITION = 8

/** By bucket; of a counter the only one. Summaries keep other things in the same place. */
function examplesOf(kind: FamilyKind, extra: unknown): readonly (Exemplar | undefined)[] {
  if (kind === 'counter') return [extra as Exemplar]
  return kind === 'histogram' ? ((extra as HistogramExtra).exemplars ?? []) : []
}
