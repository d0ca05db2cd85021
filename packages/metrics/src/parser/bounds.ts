/** Samples that a label tells apart: the buckets of histograms, the quantiles of summaries, the states of state sets. */
import { formatCanonical } from '../exposition/number.ts'
import { excerpt } from './error.ts'
import { readFloat } from './float.ts'
import type { Point } from './point.ts'
import { type Reading, secondSample, seriesText } from './reading.ts'

/** Bounds ascend and counts do not fall, in both formats. */
export function checkBucket(reading: Reading, point: Point, mark: string): void {
  const { cursor, sample, spot } = reading
  const { value, exemplar } = sample
  const bound = readBound(reading, mark)
  if (bound <= point.bound) {
    throw cursor.fault(
      spot.nameAt,
      `${seriesText(reading)} has the bound ${excerpt(mark)} after ${formatCanonical(point.bound)}: bounds ascend, and none is there twice. Write the buckets in that order.`,
    )
  }
  if (!(value >= point.bucketValue)) {
    throw cursor.fault(
      spot.valueAt,
      `${seriesText(reading)} is ${value} after ${point.bucketValue}: each bucket counts all of those before it as well. Write a cumulative count.`,
    )
  }
  // NaN is in no bucket.
  if (exemplar !== undefined && !(exemplar.value <= bound)) {
    throw cursor.fault(
      spot.exemplarAt,
      `The exemplar is ${exemplar.value}, beyond its bucket ${excerpt(mark)}. Write it in the bucket that counts it.`,
    )
  }
  point.bound = bound
  point.bucketValue = value
  point.bucketAt = spot.nameAt
  if (bound < 0) point.hasNegativeBound = true
}

/** Quantiles ascend in text, and come in any order in OpenMetrics ("Summary"). */
export function checkQuantile(reading: Reading, point: Point, mark: string): void {
  const { cursor, syntax, spot } = reading
  const quantile = readBound(reading, mark)
  if (quantile < 0 || quantile > 1) {
    throw cursor.fault(
      spot.nameAt,
      `${seriesText(reading)} has the quantile ${excerpt(mark)}, which is not from 0 to 1. Write it like 0.99.`,
    )
  }
  if (syntax.openMetrics) refuseSecond(reading, point, quantile)
  else if (quantile <= point.bound) {
    throw cursor.fault(
      spot.nameAt,
      `${seriesText(reading)} has the quantile ${excerpt(mark)} after ${formatCanonical(point.bound)}: quantiles ascend, and none is there twice. Write them in that order.`,
    )
  }
  point.bound = quantile
}

export function checkState(reading: Reading, point: Point, mark: string): void {
  refuseSecond(reading, point, mark)
}

function refuseSecond(reading: Reading, point: Point, mark: string | number): void {
  point.seen ??= new Set()
  if (point.seen.has(mark)) throw secondSample(reading, point.line)
  point.seen.add(mark)
}

function readBound(reading: Reading, mark: string): number {
  const { cursor, syntax, family, spot } = reading
  const bound = readFloat(mark)
  const fault = (reason: string): Error =>
    cursor.fault(spot.nameAt, `${seriesText(reading)} has the ${family.pointLabel} ${excerpt(mark)}${reason}`)
  if (bound === undefined || Number.isNaN(bound)) throw fault(', which is not a number. Write it like 0.5 or +Inf.')
  const canonical = formatCanonical(bound)
  if (syntax.openMetrics && mark !== canonical && (syntax.canonicalNumbers || bound === Infinity)) {
    throw fault(`, and OpenMetrics spells that number ${canonical}. Write it so.`)
  }
  return bound
}
