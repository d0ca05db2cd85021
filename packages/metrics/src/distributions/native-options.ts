/** What may be set on a native histogram, checked once. */
import { quote } from '../names.ts'
import { checkNumber, refuse } from './check-option.ts'
import { COARSEST_SCHEMA, FINEST_SCHEMA, upperBound } from './exponential-keys.ts'

export interface NativeHistogramOptions {
  /**
   * How much wider a bucket may be than the one before: above 1. The coarsest schema that grows by no more is taken; below
   * 2^(1/256), about 1.0027, it is schema 8 all the same. Default 1.1, which is schema 3, 8 buckets per power of two.
   */
  readonly bucketFactor?: number
  /** The schema itself instead, −4 (buckets grow 65536-fold) to 8 (by 0.27 %): 2^schema buckets per power of two. */
  readonly schema?: number
  /** Values of no greater magnitude count in the zero bucket. Best a power of two. 0: only zero itself. Default 2^−128. */
  readonly zeroThreshold?: number
  /**
   * How many buckets, positive and negative together, may be in use. Past it the histogram is reset, or the zero bucket widened, or
   * resolution halved, whichever of these the next two options allow first. 0 is no limit, and the default of this
   * core: then values from outside can use up memory. The instrument's own is 160.
   */
  readonly maxBuckets?: number
  /**
   * A histogram past its limit is reset rather than made coarser when its last reset is at least this long ago; one made coarser
   * is reset as soon as that time has passed. 0, the default, is never.
   */
  readonly minResetMilliseconds?: number
  /** How far the zero bucket may be widened. Default 0: not at all. */
  readonly maxZeroThreshold?: number
}

/** Checked and complete; shared by all series of a family. */
export interface CompiledNativeHistogram {
  readonly schema: number
  readonly zeroThreshold: number
  /** Infinity when there is no limit. */
  readonly maxBuckets: number
  /** Infinity when there is none. */
  readonly minResetMilliseconds: number
  readonly maxZeroThreshold: number
}

export const NATIVE_HISTOGRAM_DEFAULTS: Required<Omit<NativeHistogramOptions, 'schema'>> = {
  /** From one bucket to the next. */
  bucketFactor: 1.1,
  /** 2^−128, a bound at every schema; client_golang's default. */
  zeroThreshold: 2 ** -128,
  /** Buckets; no limit. */
  maxBuckets: 0,
  /** Milliseconds; no resets. */
  minResetMilliseconds: 0,
  /** The zero bucket stays as it is. */
  maxZeroThreshold: 0,
}

/**
 * @param owner What messages call the histogram, such as `Histogram "http_request_seconds"`.
 * @throws {TypeError} when an option is not a number, or both a factor and a schema are given.
 * @throws {RangeError} when one is out of its range.
 */
export function compileNativeHistogram(owner: string, options: NativeHistogramOptions = {}): CompiledNativeHistogram {
  const defaults = NATIVE_HISTOGRAM_DEFAULTS
  const { zeroThreshold = defaults.zeroThreshold, maxBuckets = defaults.maxBuckets } = options
  const { minResetMilliseconds = defaults.minResetMilliseconds, maxZeroThreshold = defaults.maxZeroThreshold } = options
  const schema = compileSchema(owner, options)
  checkThreshold(owner, 'zeroThreshold', zeroThreshold)
  checkThreshold(owner, 'maxZeroThreshold', maxZeroThreshold)
  checkNumber(owner, 'maxBuckets', maxBuckets, '160')
  if (!Number.isSafeInteger(maxBuckets) || maxBuckets < 0) {
    refuse(owner, 'maxBuckets', maxBuckets, 'not a whole number of zero or more', 'Write 160, or 0 for no limit')
  }
  checkNumber(owner, 'minResetMilliseconds', minResetMilliseconds, '3600000')
  if (!(minResetMilliseconds >= 0 && minResetMilliseconds < Infinity)) {
    refuse(
      owner,
      'minResetMilliseconds',
      minResetMilliseconds,
      'not a finite time of zero or more',
      'Write one such as 3600000, or 0 for no resets',
    )
  }
  return {
    schema,
    zeroThreshold,
    maxBuckets: maxBuckets || Infinity,
    minResetMilliseconds: minResetMilliseconds || Infinity,
    maxZeroThreshold,
  }
}

function compileSchema(owner: string, options: NativeHistogramOptions): number {
  const { bucketFactor, schema } = options
  if (schema === undefined) return schemaOf(owner, bucketFactor ?? NATIVE_HISTOGRAM_DEFAULTS.bucketFactor)
  if (bucketFactor !== undefined) {
    throw new TypeError(`${owner} has both the bucketFactor ${quote(bucketFactor)} and the schema ${quote(schema)}. Write one of the two.`)
  }
  checkNumber(owner, 'schema', schema, '3')
  if (!Number.isInteger(schema) || schema < COARSEST_SCHEMA || schema > FINEST_SCHEMA) {
    refuse(owner, 'schema', schema, `not a whole number from ${COARSEST_SCHEMA} to ${FINEST_SCHEMA}`, 'Write one such as 3')
  }
  return schema
}

/** Compares with the bounds themselves: two logarithms in a row would miss by one schema right where a factor is a bound. */
function schemaOf(owner: string, bucketFactor: number): number {
  checkNumber(owner, 'bucketFactor', bucketFactor, '1.1')
  if (!(bucketFactor > 1 && bucketFactor < Infinity)) {
    refuse(owner, 'bucketFactor', bucketFactor, 'not a finite number above one', 'Write one such as 1.1')
  }
  let schema = COARSEST_SCHEMA
  while (schema < FINEST_SCHEMA && upperBound(1, FINEST_SCHEMA - schema) > bucketFactor) schema += 1
  return schema
}

function checkThreshold(owner: string, option: string, value: unknown): void {
  checkNumber(owner, option, value, '0.001')
  if (!(value >= 0 && value < Infinity)) refuse(owner, option, value, 'not a finite number of zero or more', 'Write one such as 0.001')
}
