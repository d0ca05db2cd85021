/** A family: a name, a help text, a kind, and the series under it. What instruments write to and expositions read from. */
import type { CompiledNativeHistogram } from '../distributions/native-options.ts'
import { escapeLabelValue } from '../exposition/escape.ts'
import { ABOVE_ZERO, atLeast, checkLimit } from '../limits.ts'
import { type Alphabet, checkLabelNames, checkMetricName, counterBaseName, type FamilyKind, infoBaseName, quote } from '../names.ts'
import type { SeriesBudget } from './columns.ts'
import type { LabelPair } from './labels.ts'
import { SeriesStore } from './store.ts'

export interface Family {
  readonly kind: FamilyKind
  /** As registered: a counter's `_total` is kept or absent as the user wrote it. */
  readonly name: string
  readonly help: string
  /** The last word of the name; undefined when the family has none. */
  readonly unit: string | undefined
  readonly store: SeriesStore
  /** Upper bounds, ascending, without +Inf; empty unless `kind` is `histogram`. */
  readonly bounds: Float64Array
  /** Of a summary, in the order of its source. */
  readonly quantiles: readonly number[]
  /** Labels every series ends with, their values escaped. */
  readonly constantLabels: readonly LabelPair[]
  /** Whether series know when they were born. */
  readonly keepsCreated: boolean
  /** Of a histogram with native buckets. */
  readonly native: CompiledNativeHistogram | undefined
  /** How the values of several processes become one; undefined where they add up. */
  readonly aggregation: GaugeAggregation | undefined
}

/** What the gauges of several processes become: `per-worker` keeps them apart by a label `worker`. */
export const GAUGE_AGGREGATIONS = ['sum', 'min', 'max', 'average', 'first', 'per-worker'] as const
export type GaugeAggregation = (typeof GAUGE_AGGREGATIONS)[number]

/** The observations of one series of a summary. */
export interface QuantileSource {
  readonly sum: number
  readonly count: number
  /** NaN for each while the window is empty. */
  quantiles(nowMilliseconds: number): Float64Array
}

/** What every instrument is declared with. */
export interface FamilyOptions<L extends string> {
  readonly name: string
  /** One sentence for whoever finds the name in a dashboard. */
  readonly help: string
  /** A label is a dimension with few values: each combination that occurs is a series that stays in memory. */
  readonly labelNames?: readonly L[]
  /** `seconds`, `bytes`: a name with a unit ends in it (for a counter before `_total`), and OpenMetrics tells it. */
  readonly unit?: string
  /** Series this family may have, 1 or more; label sets beyond share one whose labels are all `__overflow__`. Default: no limit. */
  readonly maxSeries?: number
  /** Series that were not written to for that long are removed, when a scrape comes. Above zero. Default: never. */
  readonly expireAfterSeconds?: number
  /** How long a scrape waits for `collect`. Above zero. Default: that of the registry, 5000 unless it says otherwise. */
  readonly collectTimeoutMilliseconds?: number
}

/** What the registry gives to each of its families. */
export interface FamilyContext {
  readonly alphabet: Alphabet
  /** Labels added to every series; one that the family declares itself gives way. */
  readonly defaultLabels: ReadonlyMap<string, string>
  readonly budget: SeriesBudget
  /** Unix milliseconds. */
  readonly wallClock: () => number
  readonly keepsCreated: boolean
  /** Hears of each lookup beyond the cap. */
  readonly onOverflow: (family: string) => void
}

/** What the kind decides. */
export interface FamilyShape {
  readonly bounds?: Float64Array
  readonly quantiles?: readonly number[]
  /** Numbers per series. */
  readonly stride: number
  readonly createExtra?: () => unknown
  readonly native?: CompiledNativeHistogram
  readonly aggregation?: GaugeAggregation | undefined
}

/**
 * Checks a declaration and makes its empty family.
 * @throws {TypeError} when the name, the help, a label name or the unit cannot be used, or a limit is no number.
 * @throws {RangeError} when a limit allows nothing.
 */
export function defineFamily(kind: FamilyKind, options: FamilyOptions<string>, context: FamilyContext, shape: FamilyShape): Family {
  const { name, help, labelNames: given = [], unit, maxSeries = Infinity } = options
  // Checked as it is kept.
  const labelNames = Array.isArray(given) ? [...given] : given
  checkMetricName(kind, name, context.alphabet)
  const owner = `${titles[kind]} ${quote(name)}`
  if (typeof help !== 'string' || help.trim() === '') {
    throw new TypeError(`${owner} has the help ${quote(help)}, which explains nothing. Write one sentence.`)
  }
  checkLabelNames(owner, labelNames, context.alphabet)
  checkUnit(owner, kind, name, unit)
  checkLimit(owner, 'maxSeries', maxSeries, atLeast(1))
  for (const limit of ['expireAfterSeconds', 'collectTimeoutMilliseconds'] as const) checkLimit(owner, limit, options[limit], ABOVE_ZERO)
  const { defaultLabels, budget, keepsCreated, wallClock, onOverflow } = context
  const store = new SeriesStore({
    owner,
    labelNames,
    stride: shape.stride,
    maxSeries,
    budget,
    now: keepsCreated ? wallClock : undefined,
    onOverflow: () => onOverflow(name),
    createExtra: shape.createExtra,
  })
  const constantLabels = [...defaultLabels]
    .filter(([label]) => !labelNames.includes(label))
    .map(([label, text]): LabelPair => [label, escapeLabelValue(text)])
  const { bounds = new Float64Array(0), quantiles = [], native, aggregation } = shape
  return { kind, name, help, unit, store, bounds, quantiles, constantLabels, keepsCreated, native, aggregation }
}

/** OpenMetrics 1.0: the name of a family with a unit ends in it, and infos and state sets have none. */
function checkUnit(owner: string, kind: FamilyKind, name: string, unit: unknown): void {
  if (unit === undefined) return
  if (kind === 'info' || kind === 'stateset') {
    throw new TypeError(`${owner} has the unit ${quote(unit)}, and what it tells is no quantity. Leave the unit out.`)
  }
  if (typeof unit !== 'string' || unit === '' || !familyName(kind, name).endsWith(`_${unit}`)) {
    const wanted =
      typeof unit === 'string' && unit !== '' ? `${counterBaseName(name)}_${unit}${kind === 'counter' ? '_total' : ''}` : 'request_seconds'
    throw new TypeError(`${owner} has the unit ${quote(unit)}, which its name does not end in. Call it ${wanted}, or leave the unit out.`)
  }
}

/** The name of the family in OpenMetrics, whose samples add to it. */
export function familyName(kind: FamilyKind, name: string): string {
  return kind === 'counter' ? counterBaseName(name) : kind === 'info' ? infoBaseName(name) : name
}

const titles = {
  counter: 'Counter',
  gauge: 'Gauge',
  histogram: 'Histogram',
  summary: 'Summary',
  info: 'Info',
  stateset: 'State set',
} as const satisfies Record<FamilyKind, string>
