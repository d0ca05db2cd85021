/** What may be set on a summary, checked once. */
import { quote } from '../names.ts'
import { checkNumber, refuse } from './check-option.ts'
import { compileTargets, type StretchLimit } from './rank-summary.ts'

export interface SummaryOptions {
  /** Each from 0 (the least) to 1 (the greatest value), in the order of the exposition. With none, only count and sum are kept. */
  readonly quantiles: readonly number[]
  /** Seconds an observation bears on the quantiles; `Infinity` is for good. Default 600. */
  readonly maxAgeSeconds?: number
  /** Into how many steps the window slides: more are smoother, and cost memory and time each. Default 5. Not used without a window. */
  readonly ageBuckets?: number
}

/** Checked and complete; shared by all series of a family. */
export interface CompiledSummary {
  /** As they were given. */
  readonly quantiles: readonly number[]
  /** How exactly the quantiles between 0 and 1 are kept. */
  readonly limits: readonly StretchLimit[]
  /** Infinity without a window. */
  readonly maxAgeSeconds: number
  /** One without a window. */
  readonly ageBuckets: number
  /** How long one age bucket is the youngest; Infinity without a window. */
  readonly stepMilliseconds: number
}

export const SUMMARY_DEFAULTS: Required<Omit<SummaryOptions, 'quantiles'>> = {
  /** Seconds; client_golang's default. */
  maxAgeSeconds: 600,
  /** Steps; client_golang's default. */
  ageBuckets: 5,
}

/** Each age bucket costs as much as a summary of its own. */
const MAX_AGE_BUCKETS = 100

/** An error in rank matters by what is left beyond the quantile. */
const TAIL_SHARE = 0.1
const MAX_ERROR = 0.01

/** How far off the rank of a quantile may be, as a share of the observations: 0.01 for 0.5 and 0.9, 0.001 for 0.99. */
export function allowedError(quantile: number): number {
  return Math.min(MAX_ERROR, TAIL_SHARE * Math.min(quantile, 1 - quantile))
}

/**
 * @param owner What messages call the summary, such as `Summary "rpc_seconds"`.
 * @throws {TypeError} when an option is of another type.
 * @throws {RangeError} when a number is out of its range, or a quantile is there twice.
 */
export function compileSummary(owner: string, options: SummaryOptions): CompiledSummary {
  const { maxAgeSeconds = SUMMARY_DEFAULTS.maxAgeSeconds, ageBuckets = SUMMARY_DEFAULTS.ageBuckets } = options
  const quantiles = compileQuantiles(owner, options.quantiles)
  checkNumber(owner, 'maxAgeSeconds', maxAgeSeconds, '600')
  if (!(maxAgeSeconds > 0))
    refuse(owner, 'maxAgeSeconds', maxAgeSeconds, 'not above zero', 'Write one such as 600, or Infinity for no window')
  checkNumber(owner, 'ageBuckets', ageBuckets, '5')
  if (!Number.isInteger(ageBuckets) || ageBuckets < 1 || ageBuckets > MAX_AGE_BUCKETS) {
    refuse(owner, 'ageBuckets', ageBuckets, `not a whole number from 1 to ${MAX_AGE_BUCKETS}`, 'Write one such as 5')
  }
  return {
    quantiles,
    limits: compileTargets(
      quantiles.filter((quantile) => quantile > 0 && quantile < 1).map((quantile) => ({ quantile, error: allowedError(quantile) })),
    ),
    maxAgeSeconds,
    ageBuckets: maxAgeSeconds === Infinity ? 1 : ageBuckets,
    stepMilliseconds: (maxAgeSeconds * 1000) / ageBuckets,
  }
}

function compileQuantiles(owner: string, quantiles: unknown): number[] {
  if (!Array.isArray(quantiles)) {
    throw new TypeError(`${owner} has the quantiles ${quote(quantiles)}, which is not an array. Write them like [0.5, 0.9, 0.99].`)
  }
  const compiled: number[] = []
  for (const quantile of quantiles as readonly unknown[]) {
    checkNumber(owner, 'quantile', quantile, '0.99')
    if (!(quantile >= 0 && quantile <= 1)) refuse(owner, 'quantile', quantile, 'not from 0 to 1', 'Write the 99th percentile as 0.99')
    if (compiled.includes(quantile)) refuse(owner, 'quantile', quantile, 'there twice', 'Write it once')
    // Minus zero would be written and looked up as another label value.
    compiled.push(quantile === 0 ? 0 : quantile)
  }
  return compiled
}
