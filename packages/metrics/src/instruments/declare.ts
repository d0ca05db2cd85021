/** From what the user declares to an instrument over an empty family. One line of the table for each kind. */
import { compileNativeHistogram } from '../distributions/native-options.ts'
import { SlidingQuantiles } from '../distributions/sliding-quantiles.ts'
import { compileSummary } from '../distributions/summary-options.ts'

import { checkKeys } from '../known-keys.ts'
import { checkLabelNames, checkMetricName, type FamilyKind, quote } from '../names.ts'

import { defineFamily, type FamilyContext, type FamilyOptions, GAUGE_AGGREGATIONS } from '../series/family.ts'
import type { HistogramExtra } from '../series/histogram-extra.ts'
import { compileBuckets, DEFAULT_BUCKETS } from './buckets.ts'
import { Counter, type CounterOptions } from './counter.ts'
import { Gauge, type GaugeOptions } from './gauge.ts'
import { Histogram, type HistogramOptions } from './histogram.ts'
import { checkRowLabels, Info, type InfoOptions } from './info.ts'
import type { Instrument } from './instrument.ts'
import { createNativeExtra, NativeHistogram, type NativeHistogramOptions } from './native-histogram.ts'
import { checkStates, StateSet, type StateSetOptions } from './state-set.ts'
import { DEFAULT_QUANTILES, Summary, type SummaryOptions } from './summary.ts'
import type { Clocks } from './timer.ts'

/**
 * How a program declares its instruments. The options are read once and copied. Each method throws a TypeError when an option is not known,
 * of the wrong type or malformed, or a name is taken, and a RangeError when a number is out of its range; nothing is declared then.
 */
export interface Declarations {
  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L>
  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L>
  /** @throws {RangeError} when the buckets do not ascend or one is not finite. */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L>
  /** @throws {RangeError} when an option is out of its range. */
  nativeHistogram<const L extends string = never>(options: NativeHistogramOptions<L>): NativeHistogram<L>
  /** @throws {RangeError} when a quantile is not from 0 to 1, or another option is out of its range. */
  summary<const L extends string = never>(options: SummaryOptions<L>): Summary<L>
  info<const L extends string = never>(options: InfoOptions<L>): Info<L>
  stateSet<const L extends string = never, const S extends string = string>(options: StateSetOptions<L, S>): StateSet<L, S>
}

/** Any options as far as every kind has them. */
export interface AnyOptions extends FamilyOptions<string> {
  readonly collect?: (instrument: never) => void | Promise<void>
}

export interface DeclareContext extends FamilyContext, Clocks {}

/** What a program can declare: the kinds, and histograms in their second form. */
export type DeclaredKind = FamilyKind | 'native-histogram'

/** Makes the instrument of a kind; what is wrong with the options is thrown here. */
export function makeInstrument(kind: DeclaredKind, options: AnyOptions, context: DeclareContext): Instrument<string> {
  checkKeys(`A ${kind}`, options, [...COMMON_KEYS, ...KEYS[kind]])
  const { collect }: { readonly collect?: unknown } = options
  if (collect !== undefined && typeof collect !== 'function') {
    throw new TypeError(
      `${title(kind)} ${quote(options.name)} has the collect ${quote(collect)}, which is no function. Pass one, or leave it out.`,
    )
  }
  switch (kind) {
    case 'counter':
      return new Counter(defineFamily(kind, options, context, { stride: 1 }), context.wallClock)
    case 'gauge':
      return makeGauge(options as GaugeOptions<string>, context)
    case 'histogram': {
      const { buckets = DEFAULT_BUCKETS } = options as HistogramOptions<string>
      const bounds = compileBuckets(options.name, buckets)
      // A number per bucket, one for +Inf, one for the sum.
      return new Histogram(defineFamily(kind, options, context, { bounds, stride: bounds.length + 2 }), context)
    }
    case 'native-histogram':
      return makeNativeHistogram(options as NativeHistogramOptions<string>, context)
    case 'summary':
      return makeSummary(options as SummaryOptions<string>, context)
    case 'stateset':
      return makeStateSet(options as StateSetOptions<string, string>, context)
    case 'info':
    default:
      return makeInfo(options as InfoOptions<string>, context)
  }
}

function makeGauge(options: GaugeOptions<string>, context: DeclareContext): Gauge<string> {
  const { aggregation = 'sum' } = options
  if (!GAUGE_AGGREGATIONS.includes(aggregation)) {
    throw new TypeError(
      `Gauge ${quote(options.name)} has the aggregation ${quote(aggregation)}. Write one of ${GAUGE_AGGREGATIONS.join(', ')}.`,
    )
  }
  return new Gauge(defineFamily('gauge', options, context, { stride: 1, aggregation }), context)
}

const COMMON_KEYS = [
  'name',
  'help',
  'labelNames',
  'unit',
  'maxSeries',
  'expireAfterSeconds',
  'collect',
  'collectTimeoutMilliseconds',
] as const satisfies readonly (keyof AnyOptions)[]

/** What a kind has beside those. */
const KEYS = {
  counter: [],
  gauge: ['aggregation'],
  histogram: ['buckets'],
  'native-histogram': ['buckets', 'bucketFactor', 'schema', 'zeroThreshold', 'maxBuckets', 'minResetMilliseconds', 'maxZeroThreshold'],
  summary: ['quantiles', 'maxAgeSeconds', 'ageBuckets'],
  info: ['rowLabelNames'],
  stateset: ['states'],
} as const satisfies Record<DeclaredKind, readonly string[]>

function makeNativeHistogram(options: NativeHistogramOptions<string>, context: DeclareContext): NativeHistogram<string> {
  const { name, buckets = [] } = options
  const native = compileNativeHistogram(`Histogram ${quote(name)}`, { ...options, maxBuckets: options.maxBuckets ?? DEFAULT_MAX_BUCKETS })
  const bounds = compileBuckets(name, buckets)
  const createExtra = (): HistogramExtra => createNativeExtra(native, context.wallClock)
  const shape = { bounds, stride: bounds.length + 2, createExtra, native }
  return new NativeHistogram(defineFamily('histogram', options, context, shape), context)
}

/** client_golang's advice: with no limit, values from outside could use up memory. */
const DEFAULT_MAX_BUCKETS = 160

function makeSummary(options: SummaryOptions<string>, context: DeclareContext): Summary<string> {
  const { name, quantiles = DEFAULT_QUANTILES } = options
  const compiled = compileSummary(`Summary ${quote(name)}`, { ...options, quantiles })
  // Values are kept by the extra; the column is there because every series has one.
  const shape = { stride: 1, quantiles: compiled.quantiles, createExtra: () => new SlidingQuantiles(compiled, context.wallClock()) }
  const { maxAgeSeconds, ageBuckets } = compiled
  return new Summary(defineFamily('summary', options, context, shape), context, { maxAgeSeconds, ageBuckets })
}

function makeInfo(options: InfoOptions<string>, context: DeclareContext): Info<string> {
  const { name, labelNames = [], rowLabelNames = [] } = options
  checkMetricName('info', name, context.alphabet)
  checkLabelNames(`Info ${quote(name)}`, labelNames, context.alphabet)
  checkRowLabels(name, labelNames, rowLabelNames)
  return new Info(defineFamily('info', options, context, { stride: 1 }), rowLabelNames)
}

function makeStateSet(options: StateSetOptions<string, string>, context: DeclareContext): StateSet<string> {
  const { name, labelNames = [], states } = options
  checkMetricName('stateset', name, context.alphabet)
  checkStates(name, states)
  checkLabelNames(`State set ${quote(name)}`, labelNames, context.alphabet)
  if (name.includes(':')) {
    // Escaped, a label loses the colon and its family keeps it: the two would not have one name any more.
    throw new TypeError(
      `State set ${quote(name)} has a colon in its name, which no label has, and a label of that name tells its state. Write it without.`,
    )
  }
  if (labelNames.includes(name)) throw new TypeError(`State set ${quote(name)} has the label "${name}", which tells its state. Rename one.`)
  return new StateSet(defineFamily('stateset', { ...options, labelNames: [...labelNames, name] }, context, { stride: 1 }), states)
}

/** The methods of a registry over one way to declare. */
export function createDeclarations(declare: (kind: DeclaredKind, options: AnyOptions) => Instrument<string>): Declarations {
  return {
    counter: <L extends string>(options: CounterOptions<L>) => declare('counter', options) as unknown as Counter<L>,
    gauge: <L extends string>(options: GaugeOptions<L>) => declare('gauge', options) as unknown as Gauge<L>,
    histogram: <L extends string>(options: HistogramOptions<L>) => declare('histogram', options) as unknown as Histogram<L>,
    nativeHistogram: <L extends string>(options: NativeHistogramOptions<L>) =>
      declare('native-histogram', options) as unknown as NativeHistogram<L>,
    summary: <L extends string>(options: SummaryOptions<L>) => declare('summary', options) as unknown as Summary<L>,
    info: <L extends string>(options: InfoOptions<L>) => declare('info', options) as unknown as Info<L>,
    stateSet: <L extends string, S extends string>(options: StateSetOptions<L, S>) =>
      declare('stateset', options) as unknown as StateSet<L, S>,
  }
}

/** What a second declaration of the same name must have in common with the first; what it does not have is left out. */
export function describeDeclaration(instrument: Instrument<string>): string {
  const { kind, unit, bounds, quantiles, native, aggregation, store } = instrument.family
  const common = { kind, labelNames: store.labelNames, unit, bounds: [...bounds], quantiles, native, aggregation }
  const window = instrument instanceof Summary ? instrument.window : {}
  const states = instrument instanceof StateSet ? instrument.states : undefined
  const rowLabelNames = instrument instanceof Info ? instrument.rowLabelNames : undefined
  // JSON has no infinities, and no limit is not the same as null.
  return JSON.stringify({ ...common, ...window, states, rowLabelNames }, (_, value) => (value === Infinity ? 'Infinity' : value))
}

/** `Gauge`, as messages begin. */
const title = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1)
