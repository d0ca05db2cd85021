/** The series of one family in columns: values in one Float64Array, label texts in another, a slot number as the key to both. */
import { type LabelPair, readLabels, renderLabels, type UncheckedLabels } from './labels.ts'

/** One level per declared label, keyed by its value: no separator, so no two label sets can share a key. Leaves are slots. */
interface Branch extends Map<string, Branch | number> {}

export interface StoreOptions {
  /** What messages call the family: `Counter "http_requests_total"`. */
  readonly owner: string
  /** Distinct and well formed; their order is that of the exposition. */
  readonly labelNames: readonly string[]
  /** Label text every series ends with; may be empty. */
  readonly constantLabels: string
  /** Numbers per series. */
  readonly stride: number
}

/** A family without labels has its one series, at slot 0, from the start, so that its zero is scraped before the first event. */
export class SeriesStore {
  readonly owner: string
  readonly labelNames: readonly string[]
  readonly stride: number
  /** Slot `s` owns `[s * stride, (s + 1) * stride)`. Replaced when the store grows: read it anew in every call. */
  values: Float64Array
  /** By slot: escaped `a="x",b="y"`, written once when the series is born. */
  readonly labelTexts: string[] = []
  readonly #constantLabels: string
  readonly #root: Branch = new Map()

  constructor({ owner, labelNames, constantLabels, stride }: StoreOptions) {
    this.owner = owner
    this.labelNames = labelNames
    this.stride = stride
    this.#constantLabels = constantLabels
    this.values = new Float64Array(labelNames.length === 0 ? stride : stride * 4)
    if (labelNames.length === 0) this.#append([])
  }

  /**
   * The slot of a label set, made when it is new. Cost: one Map lookup per label, least while the caller's keys come in declared order.
   * @throws {TypeError} when the labels are not exactly the declared ones.
   */
  slotOf(labels: UncheckedLabels): number {
    const names = this.labelNames
    let node: Branch | number | undefined = this.#root
    let depth = 0
    // Walking the caller's own keys proves in the same pass that none is missing and none unknown.
    for (const key in labels) {
      if (key !== names[depth]) return this.#find(labels)
      const value = labels[key]
      if (typeof value === 'string') node = (node as Branch).get(value)
      else if (typeof value === 'number') node = (node as Branch).get(String(value))
      else return this.#find(labels)
      if (node === undefined) return this.#resolve(labels)
      depth += 1
    }
    return depth === names.length && depth > 0 ? (node as number) : this.#resolve(labels)
  }

  /** The slot of a family without labels. @throws {TypeError} when it has some. */
  soleSlot(): number {
    return this.labelNames.length === 0 ? 0 : this.#resolve(undefined)
  }

  /** The way for keys in another order and for values of other types, of a series that is there. */
  #find(labels: UncheckedLabels): number {
    let unseen = this.labelNames.length
    for (const _ in labels) unseen -= 1
    if (unseen !== 0) return this.#resolve(labels)
    let node: Branch | number | undefined = this.#root
    for (const name of this.labelNames) {
      const value = labels[name]
      // Neither has a text of its own: 'undefined' and 'null' are values that a caller may mean.
      if (value === undefined || value === null) return this.#resolve(labels)
      node = (node as Branch).get(String(value))
      if (node === undefined) return this.#resolve(labels)
    }
    return node as number
  }

  /** The way for new series, and for mistakes. */
  #resolve(labels: UncheckedLabels | undefined): number {
    const pairs = readLabels(this.owner, this.labelNames, labels)
    let branch = this.#root
    for (const [, value] of pairs.slice(0, -1)) {
      let next = branch.get(value)
      if (next === undefined) {
        next = new Map() as Branch
        branch.set(value, next)
      }
      branch = next as Branch
    }
    const last = pairs.at(-1)
    if (last === undefined) return 0
    let slot = branch.get(last[1])
    if (slot === undefined) {
      slot = this.#append(pairs)
      branch.set(last[1], slot)
    }
    return slot as number
  }

  #append(pairs: readonly LabelPair[]): number {
    const slot = this.labelTexts.length
    if ((slot + 1) * this.stride > this.values.length) {
      const grown = new Float64Array(this.values.length * 2)
      grown.set(this.values)
      this.values = grown
    }
    this.labelTexts.push([renderLabels(pairs), this.#constantLabels].filter((text) => text !== '').join(','))
    return slot
  }
}
