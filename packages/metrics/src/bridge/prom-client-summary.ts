/** Summaries of prom-client: samples of quantiles, sum and count, in a row for each series. */
import { isCount } from '../amounts.ts'
import { quote } from '../names.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import type { Faults } from './faults.ts'
import { labelsWithout, type PromClientFamily } from './prom-client-model.ts'
import type { Repeats } from './repeats.ts'
import { SeriesGroups } from './series-groups.ts'

interface Series {
  readonly quantiles: Map<number, number>
  /** Of a point whose count has not come yet. */
  sum: unknown
  totals: { sum: number; count: number } | undefined
}

/** @throws {TypeError} when a quantile is not one. */
export function readSummary(
  owner: string,
  { name, values = [] }: PromClientFamily,
  faults: Faults,
  repeats: Repeats,
): Pick<FamilySnapshot, 'labelNames' | 'series' | 'quantiles'> {
  const groups = new SeriesGroups<Series>()
  const quantiles = new Set<number>()
  for (const sample of values) {
    const { metricName = name } = sample
    const labels = labelsWithout(sample, 'quantile')
    const series = groups.at(labels, () => ({ quantiles: new Map(), sum: undefined, totals: undefined }))
    if (metricName === `${name}_sum`) series.sum = sample.value
    else if (metricName === `${name}_count`) {
      if (series.totals !== undefined) repeats.add(labels)
      addTotals(series, sample.value, faults)
    } else if (metricName !== name) faults.add(`is called ${quote(metricName)}`)
    else {
      const rank = readRank(owner, sample.labels?.['quantile'])
      quantiles.add(rank)
      series.quantiles.set(rank, Number(sample.value))
    }
  }
  const ranks = [...quantiles]
  const series = groups.map((labels, { quantiles: known, totals }) => ({
    labels,
    values: totals === undefined ? [] : [...ranks.map((rank) => known.get(rank) ?? Number.NaN), totals.sum, totals.count],
  }))
  return { labelNames: groups.labelNames, quantiles: ranks, series: series.filter((one) => one.values.length > 0) }
}

function addTotals(series: Series, count: unknown, faults: Faults): void {
  const { sum, totals = { sum: 0, count: 0 } } = series
  if (!isCount(count)) faults.add(`has the count ${quote(count)}`)
  else if (typeof sum !== 'number') faults.add(`has the sum ${quote(sum)}`)
  else series.totals = { sum: totals.sum + sum, count: totals.count + count }
  series.sum = undefined
}

function readRank(owner: string, quantile: unknown): number {
  const rank = typeof quantile === 'string' ? Number(quantile) : quantile
  if (typeof rank === 'number' && rank >= 0 && rank <= 1) return rank
  throw new TypeError(`${owner} has the quantile ${quote(quantile)}. Write percentiles as numbers from 0 to 1, such as 0.99.`)
}
