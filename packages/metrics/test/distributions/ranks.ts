/** What the quantiles of some numbers are, by sorting them all. */

/** How many ranks `value` is off that of the quantile. A value that is there often has many ranks, of which the nearest counts. */
export function rankError(sorted: Float64Array, quantile: number, value: number): number {
  const rank = exactRank(sorted.length, quantile)
  const first = sorted.indexOf(value) + 1
  if (first === 0) throw new Error(`${value} was never observed`)
  const last = sorted.lastIndexOf(value) + 1
  return Math.max(first - rank, rank - last, 0)
}

/** The nearest rank, from one. Fractions of thousandths are computed in whole numbers. */
export function exactRank(size: number, quantile: number): number {
  const thousandths = Math.round(quantile * 1000)
  return Math.max(1, Number((BigInt(thousandths) * BigInt(size) + 999n) / 1000n))
}

export function exactQuantile(values: Iterable<number>, quantile: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted.length === 0 ? Number.NaN : sorted[exactRank(sorted.length, quantile) - 1]!
}
