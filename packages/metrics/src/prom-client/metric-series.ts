/** The series of one metric of the drop-in: our store, with prom-client's labels, which may be missing and keep their order and types. */
import { replaceLoneSurrogates } from '../exposition/escape.ts'
import type { FamilyKind } from '../names.ts'
import { unlimited } from '../series/columns.ts'
import type { Family } from '../series/family.ts'
import { CHANGED, SEGMENT_MASK } from '../series/segment.ts'
import { SeriesStore } from '../series/store.ts'
import { type AnyLabels, labelOf, textOf, validateLabel } from './validation.ts'

export interface SeriesShape {
  readonly kind: Extract<FamilyKind, 'counter' | 'gauge' | 'histogram' | 'summary'>
  /** Numbers per series. */
  readonly stride: number
  /** Ascending and finite. */
  readonly bounds?: Float64Array
  /** As the exposition spells them. */
  readonly quantiles?: readonly number[]
  readonly createExtra?: () => unknown
}

export class MetricSeries {
  readonly shape: SeriesShape
  /** Replaced once at most, by the first series: see {@link MetricSeries.make}. */
  store: SeriesStore
  /** Of a metric without labels: true while its one series is not shown, as prom-client has none after `remove` and some resets. */
  isHidden = false

  constructor(labelNames: readonly string[], shape: SeriesShape) {
    this.shape = shape
    this.store = createStore(new Set(labelNames), shape)
  }

  /** -1 when there is no such series yet. @throws {Error} for a label that is not declared. */
  find(declared: readonly string[], labels: object): number {
    const slot = this.store.peek(labels)
    return slot === -1 ? this.#findByName(declared, labels) : slot
  }

  /** As {@link MetricSeries.find} for a call without labels. */
  findSole(): number {
    return this.store.labelNames.length > 0 || this.isHidden ? -1 : 0
  }

  /**
   * The slot of labels that are all declared, made when there is none. The first series decides the order in which labels are stored:
   * programs have one place that writes a metric, and whose order is the stored one is found without looking labels up by name.
   */
  make(labels: AnyLabels): number {
    if (this.store.labelNames.length === 0) {
      this.isHidden = false
      return 0
    }
    if (this.store.size === 0) this.#adoptOrder(labels)
    const { store } = this
    const { live } = store
    const slot = store.slotOfTexts(this.#textsOf(labels))
    if (store.live !== live) this.#noteOrigin(slot, labels)
    return slot
  }

  /** Marks a series as written to. */
  touch(slot: number): void {
    this.store.segmentOf(slot).dirty[slot & SEGMENT_MASK] = CHANGED
  }

  /** @returns -1 when there is no such series. */
  findExact(labels: AnyLabels): number {
    if (this.store.labelNames.length === 0) return this.findSole()
    return this.store.findTexts(this.#textsOf(labels))
  }

  remove(labels: AnyLabels): void {
    const slot = this.findExact(labels)
    if (slot === -1) return
    if (this.store.labelNames.length > 0) this.store.remove(slot)
    else this.hide()
  }

  /** Back to zero and not shown until the next write. Only for metrics without labels. */
  hide(): void {
    this.store.clear()
    this.isHidden = true
  }

  /** The slots that are shown, in order. */
  *slots(): Generator<number> {
    if (!this.isHidden) yield* this.store.slots()
  }

  /** The labels of a series as first passed; a new object. */
  labelsOf(slot: number): Record<string, unknown> {
    const origin = this.store.segmentOf(slot).origins?.[slot & SEGMENT_MASK]
    if (origin !== undefined) return { ...origin }
    const texts = this.store.textsOf(slot).map((text, depth) => [this.store.labelNames[depth] as string, text] as const)
    return Object.fromEntries(texts.filter(([, text]) => text !== undefined))
  }

  /** What writers of expositions know of a family. */
  familyAs(name: string, help: string, constantLabels: Family['constantLabels']): Family {
    const { kind, bounds = new Float64Array(0), quantiles = [] } = this.shape
    const { store } = this
    const none = { unit: undefined, native: undefined, aggregation: undefined }
    return { ...none, kind, name, help, store, bounds, quantiles, constantLabels, keepsCreated: false }
  }

  #findByName(declared: readonly string[], labels: object): number {
    const slot = this.store.peekByName(labels)
    if (slot === -1) validateLabel(declared, labels)
    return slot
  }

  #textsOf(labels: AnyLabels): (string | undefined)[] {
    return this.store.labelNames.map((name) => {
      const value = labelOf(labels, name)
      return value === undefined ? undefined : replaceLoneSurrogates(textOf(value))
    })
  }

  #adoptOrder(labels: AnyLabels): void {
    const names = new Set([...definedKeys(labels), ...this.store.labelNames])
    if (this.store.labelNames.every((name, depth) => name === [...names][depth])) return
    this.store = createStore(names, this.shape)
  }

  /** Kept only for series that differ from what the store tells: with another order of labels, or values that are no texts. */
  #noteOrigin(slot: number, labels: AnyLabels): void {
    const keys = definedKeys(labels)
    const present = this.store.labelNames.filter((name) => labelOf(labels, name) !== undefined)
    if (keys.every((key, at) => key === present[at] && typeof labels[key] === 'string')) return
    const segment = this.store.segmentOf(slot)
    segment.origins ??= []
    segment.origins[slot & SEGMENT_MASK] = Object.fromEntries(keys.map((key) => [key, keptValue(labels[key])]))
  }
}

/** An object could be changed under the series: its text of now is kept. */
function keptValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? textOf(value) : value
}

function definedKeys(labels: AnyLabels): string[] {
  const keys: string[] = []
  for (const key in labels) if (labels[key] !== undefined) keys.push(key)
  return keys
}

function createStore(labelNames: ReadonlySet<string>, { stride, createExtra }: SeriesShape): SeriesStore {
  return new SeriesStore({
    owner: '',
    labelNames: [...labelNames],
    stride,
    maxSeries: Infinity,
    budget: unlimited(),
    now: undefined,
    onOverflow: () => {},
    createExtra,
  })
}
