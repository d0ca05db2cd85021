/** The families of all workers by name: which declaration of several counts, and whose is left out. */
import { NativeHistogramState } from '../distributions/native-histogram.ts'
import { compileNativeHistogram } from '../distributions/native-options.ts'
import { claimedNames, quote } from '../names.ts'
import { defineFamily, type Family, type FamilyContext, type FamilyShape, type GaugeAggregation } from '../series/family.ts'
import type { HistogramExtra } from '../series/histogram-extra.ts'
import { checkBounds, checkStateLabel } from '../snapshot/check-snapshot.ts'
import { createEmptySummary, MergedFamily } from './merged-family.ts'
import { MergedNative } from './merged-native.ts'
import type { WireFamily } from './wire.ts'

export interface MergeOptions {
  /** The label that keeps the series of `per-worker` gauges apart. */
  readonly label: string
  /** What families are defined with. */
  readonly context: FamilyContext
  /** Series of all families together. */
  readonly maxSeries: number
  /** Families there may be. */
  readonly maxFamilies: number
  /** Names that are taken by others in the same exposition. */
  readonly reserved: ReadonlySet<string>
}

/** Whoever declares families here, to be told when a refusal has lost its reason. */
export interface Declarer {
  readonly place: number
  retell(): void
}

/** Why a declaration is left out: another one has its name, or there is no room for it, or it cannot be. */
export type Refusal = 'conflict' | 'refused'

/** What a declaration has in common with those it may be merged with; the help and the order of labels may differ. */
interface Entry {
  readonly merged: MergedFamily
  readonly identity: string
  /** Whose declarations were left out because of this one. */
  readonly refused: Set<Declarer>
}

export class Merge {
  readonly #options: MergeOptions
  readonly #entries = new Map<string, Entry>()
  readonly #owners = new Map<string, string>()
  /** Whose declarations were left out because there was no room. */
  readonly #waiting = new Set<Declarer>()

  constructor(options: MergeOptions) {
    this.#options = options
  }

  /** Whether there may be more series. */
  get hasRoom(): boolean {
    return this.#options.context.budget.used < this.#options.maxSeries
  }

  *families(): Generator<Family> {
    for (const { merged } of this.#entries.values()) yield merged.family
  }

  /**
   * The family that a declaration belongs to, a new one when its names are free and there is room. One that contradicts another which is
   * there is left out: an exposition has each name once, with one type and one set of buckets.
   */
  declare(family: WireFamily, declarer: Declarer): MergedFamily | Refusal {
    const identity = identityOf(family)
    const known = this.#entries.get(family.name)
    if (known?.identity === identity) return known.merged
    const names = claimedNames(family.kind, family.name)
    const owners = new Set(names.map((name) => this.#owners.get(name)))
    const rivals = Array.from(owners).flatMap((owner) => (owner === undefined ? [] : (this.#entries.get(owner) ?? [])))
    for (const { refused } of rivals) refused.add(declarer)
    if (rivals.length > 0 || names.some((name) => this.#options.reserved.has(name))) return 'conflict'
    if (this.#entries.size >= this.#options.maxFamilies) {
      this.#waiting.add(declarer)
      return 'refused'
    }
    const merged = this.#define(family)
    if (merged === undefined) return 'refused'
    this.#entries.set(family.name, { merged, identity, refused: new Set() })
    for (const name of names) this.#owners.set(name, family.name)
    return merged
  }

  /** A family has one member less: without any, what nobody can add to gives way to what it stood against, and what is empty goes. */
  release(merged: MergedFamily): void {
    const { family } = merged
    const entry = this.#entries.get(family.name)
    if (entry?.merged !== merged || merged.members > 0) return
    if (!merged.isEmpty && entry.refused.size === 0) return
    this.#entries.delete(family.name)
    for (const name of claimedNames(family.kind, family.name)) this.#owners.delete(name)
    family.store.leaveBudget()
    for (const declarer of new Set([...entry.refused, ...this.#waiting])) declarer.retell()
    this.#waiting.clear()
  }

  /** Forgets a declarer that is gone. */
  forget(declarer: Declarer): void {
    this.#waiting.delete(declarer)
    for (const { refused } of this.#entries.values()) refused.delete(declarer)
  }

  *settle(): Generator<void> {
    for (const { merged } of this.#entries.values()) yield* merged.settle()
  }

  #define({ kind, name, help, unit, labelNames, bounds, aggregation, native }: WireFamily): MergedFamily | undefined {
    const { context, label } = this.#options
    const rule = aggregation ?? DEFAULT_RULE[kind]
    const labels = rule === 'per-worker' && !labelNames.includes(label) ? [...labelNames, label] : labelNames
    const stride = kind === 'histogram' ? bounds.length + 2 : 1
    const shape = { quantiles: [], stride, aggregation: aggregation ?? undefined, ...(native ? nativeShape(name) : {}) }
    const options = { name, help: help.trim() === '' ? name : help, labelNames: labels, ...(unit === null ? {} : { unit }) }
    try {
      checkStateLabel(kind, name, labels)
      const extra = kind === 'summary' ? { createExtra: createEmptySummary } : {}
      const family = defineFamily(kind, options, context, { ...shape, ...extra, bounds: checkBounds(name, bounds) })
      return new MergedFamily(family, rule)
    } catch {
      return undefined
    }
  }
}

/** Of infos all that are told, of state sets every state that any worker is in. */
const DEFAULT_RULE = {
  counter: 'sum',
  gauge: 'sum',
  histogram: 'sum',
  summary: 'sum',
  info: 'max',
  stateset: 'max',
} as const satisfies Record<WireFamily['kind'], GaugeAggregation>

function identityOf({ kind, labelNames, bounds, aggregation, native }: WireFamily): string {
  return JSON.stringify([kind, labelNames.toSorted(), bounds, aggregation, native])
}

/** Schemas and limits may differ between workers: histograms of any can be added up, and the sum has no limit of its own. */
function nativeShape(name: string): Pick<FamilyShape, 'native' | 'createExtra'> {
  const native = compileNativeHistogram(`Histogram ${quote(name)}`)
  const nothing = new NativeHistogramState(native, 0).snapshot()
  return { native, createExtra: (): HistogramExtra => ({ exemplars: undefined, native: new MergedNative(nothing) }) }
}
