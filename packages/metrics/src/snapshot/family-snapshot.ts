/** A family as plain data: what another process, thread or library can hand over, and a registry can render beside its own. */
import { compileNativeHistogram } from '../distributions/native-options.ts'
import type { NativeHistogramSnapshot } from '../distributions/native-snapshot.ts'
import type { FamilyKind } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import { defineFamily, type Family, type FamilyContext, type GaugeAggregation, type QuantileSource } from '../series/family.ts'
import type { HistogramExtra, NativeSource } from '../series/histogram-extra.ts'
import type { LabelsText } from '../series/labels.ts'
import { SEGMENT_MASK, type Segment } from '../series/segment.ts'
import { readNative } from './check-native.ts'
import { checkBounds, checkKind, checkQuantiles, checkStateLabel, readExemplars, readTexts, readValues } from './check-snapshot.ts'

/** Survives `structuredClone` and, but for the infinities and NaN among the numbers, JSON. */
export interface FamilySnapshot {
  readonly kind: FamilyKind
  readonly name: string
  readonly help: string
  readonly unit?: string | undefined
  readonly labelNames: readonly string[]
  /** Of a histogram: upper bounds, ascending, without +Inf. */
  readonly bounds?: readonly number[] | undefined
  /** Of a summary. */
  readonly quantiles?: readonly number[] | undefined
  /** How the values of several processes become one; undefined where they add up, or the kind decides. */
  readonly aggregation?: GaugeAggregation | undefined
  readonly series: readonly SeriesSnapshot[]
}

export interface SeriesSnapshot {
  /** In the order of `labelNames`, undefined where the series does not have the label; not escaped. */
  readonly labels: LabelsText
  /**
   * One number; of a histogram the count of each bucket by itself, +Inf included, and the sum; of a summary each quantile, the sum
   * and the count.
   */
  readonly values: ArrayLike<number>
  /** Unix milliseconds of its birth. */
  readonly created?: number | undefined
  /** Of a histogram with native buckets, beside the fixed ones. */
  readonly native?: NativeHistogramSnapshot | undefined
  /** Of a counter its one, of a histogram that of each bucket. */
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

/** What a family tells now. Default labels are not among its labels: whoever renders it adds its own. Cost: linear in its text. */
export function takeSnapshot(family: Family, now: number): FamilySnapshot {
  const { kind, name, help, unit, store, bounds, quantiles, keepsCreated, aggregation } = family
  const series: SeriesSnapshot[] = []
  for (const slot of store.slots()) {
    const segment = store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    const values =
      kind === 'summary'
        ? flatten(segment.extras?.[index] as QuantileSource, now)
        : segment.values.slice(index * store.stride, (index + 1) * store.stride)
    const { native, exemplars } = readExtra(kind, segment.extras?.[index])
    series.push({
      labels: store.textsOf(slot),
      values,
      ...(keepsCreated ? { created: segment.created?.[index] } : {}),
      ...(native === undefined ? {} : { native }),
      ...(exemplars === undefined ? {} : { exemplars }),
    })
  }
  return { kind, name, help, unit, labelNames: [...store.labelNames], bounds: [...bounds], quantiles: [...quantiles], aggregation, series }
}

/**
 * A family with the series of a snapshot, for one rendering: it is nobody's instrument. Of two series with the same labels the last
 * counts.
 * @throws {TypeError | RangeError} when a name, label, bound or number is one that an instrument could not have.
 */
export function restoreSnapshot(snapshot: FamilySnapshot, context: FamilyContext): Family {
  const { kind, name, help, unit, labelNames, bounds = [], quantiles = [], aggregation, series } = snapshot
  checkKind(kind, name)
  const stride = kind === 'histogram' ? bounds.length + 2 : 1
  const options = { name, help: help.trim() === '' ? name : help, labelNames, ...(unit === undefined ? {} : { unit }) }
  const shape = { bounds: checkBounds(name, bounds), quantiles: checkQuantiles(name, quantiles), stride, aggregation }
  const isNative = kind === 'histogram' && series.length > 0 && series.every(({ native }) => native)
  const native = isNative ? { native: compileNativeHistogram(`Histogram "${name}"`) } : {}
  const family = defineFamily(kind, options, context, { ...shape, ...native })
  checkStateLabel(kind, name, labelNames)
  const count = kind === 'summary' ? quantiles.length + 2 : stride
  if (labelNames.length === 0 && series.length === 0) family.store.remove(0)
  for (const { labels, values, created, native, exemplars: given } of series) {
    const exemplars = given && readExemplars(name, given)
    const numbers = readValues(kind, name, values, count)
    const slot = family.store.slotOfTexts(readTexts(name, labels, labelNames.length))
    const segment = family.store.segmentOf(slot)
    const index = slot & SEGMENT_MASK
    if (kind === 'summary') setExtra(segment, index, createFixedSource(numbers, quantiles.length))
    else segment.values.set(numbers, index * stride)
    if (kind === 'counter' && exemplars?.[0] !== undefined) setExtra(segment, index, exemplars[0])
    if (kind === 'histogram' && (native || exemplars !== undefined)) {
      const source = native && createFixedNative(readNative(name, native, segment.values.subarray(index * stride, (index + 1) * stride)))
      setExtra(segment, index, { exemplars, native: source } satisfies HistogramExtra)
    }
    if (segment.created && typeof created === 'number' && Number.isFinite(created)) segment.created[index] = created
  }
  return family
}

function readExtra(kind: FamilyKind, extra: unknown): Pick<SeriesSnapshot, 'native' | 'exemplars'> {
  if (extra === undefined) return {}
  if (kind === 'counter') return { exemplars: [extra as Exemplar] }
  if (kind !== 'histogram') return {}
  const { native, exemplars } = extra as HistogramExtra
  return { native: native?.snapshot(), exemplars: exemplars && [...exemplars] }
}

function setExtra(segment: Segment, index: number, extra: unknown): void {
  segment.extras ??= []
  segment.extras[index] = extra
}

function flatten(source: QuantileSource, now: number): Float64Array {
  return Float64Array.from([...source.quantiles(now), source.sum, source.count])
}

function createFixedSource(numbers: Float64Array, quantileCount: number): QuantileSource {
  const fixed = numbers.subarray(0, quantileCount)
  return { sum: numbers[quantileCount] ?? 0, count: numbers[quantileCount + 1] ?? 0, quantiles: () => fixed }
}

function createFixedNative(native: NativeHistogramSnapshot): NativeSource {
  return { snapshot: () => native }
}
