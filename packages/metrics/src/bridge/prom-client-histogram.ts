/** Histograms of prom-client: samples of cumulative buckets, sum and count, in a row for each series. */
import { isCount } from '../amounts.ts'
import { quote } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import type { Faults } from './faults.ts'
import { readExemplar } from './prom-client-exemplar.ts'
import { labelsWithout, type PromClientFamily, type PromClientValue } from './prom-client-model.ts'
import type { Repeats } from './repeats.ts'
import { SeriesGroups } from './series-groups.ts'

/** The samples of one series, from its first bucket to its count. */
interface Point {
  /** Ascending; the last is +Inf. */
  readonly bounds: number[]
  readonly cumulative: unknown[]
  readonly exemplars: (Exemplar | undefined)[]
  sum: unknown
}

interface Series {
  /** Of a point whose count has not come yet. */
  open: Point | undefined
  /** Each bucket by itself, then the sum. */
  totals: number[] | undefined
  exemplars: (Exemplar | undefined)[]
}

/** @throws {TypeError} when buckets do not ascend or differ from one series to another. */
export function readHistogram(
  owner: string,
  { name, values = [] }: PromClientFamily,
  faults: Faults,
  repeats: Repeats,
): Pick<FamilySnapshot, 'labelNames' | 'series' | 'bounds'> {
  const groups = new SeriesGroups<Series>()
  let bounds: readonly number[] | undefined
  for (const sample of values) {
    const labels = labelsWithout(sample, 'le')
    const series = groups.at(labels, () => ({ open: undefined, totals: undefined, exemplars: [] }))
    series.open ??= { bounds: [], cumulative: [], exemplars: [], sum: undefined }
    if (sample.metricName === `${name}_bucket`) addBucket(owner, series.open, sample)
    else if (sample.metricName === `${name}_sum`) series.open.sum = sample.value
    else if (sample.metricName !== `${name}_count`) faults.add(`is called ${quote(sample.metricName)}`)
    else {
      const point = closePoint(series.open, sample.value)
      series.open = undefined
      bounds ??= point.bounds
      if (!isSameBounds(point.bounds, bounds)) {
        throw new TypeError(
          `${owner} has series with the buckets [${bounds.join(', ')}] and with [${point.bounds.join(', ')}]. Give all of a family the same.`,
        )
      }
      if (series.totals !== undefined) repeats.add(labels)
      addPoint(series, point, faults)
    }
  }
  const series = groups.map((labels, { totals, exemplars }) => ({
    labels,
    values: totals ?? [],
    ...(exemplars.some((exemplar) => exemplar !== undefined) ? { exemplars } : {}),
  }))
  return { labelNames: groups.labelNames, bounds: bounds?.slice(0, -1) ?? [], series: series.filter((one) => one.values.length > 0) }
}

function isSameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((bound, at) => bound === other[at])
}

function addBucket(owner: string, { bounds, cumulative, exemplars }: Point, { labels, value, exemplar }: PromClientValue): void {
  const le = labels?.['le']
  const bound = le === '+Inf' ? Infinity : Number(le)
  const last = bounds.at(-1) ?? -Infinity
  const kept = readExemplar(owner, exemplar, last === Infinity ? (bounds.at(-2) ?? -Infinity) : last, bound)
  if (bound === Infinity && last === Infinity) {
    // A bucket declared as Infinity is the one that every histogram has at its end.
    cumulative[cumulative.length - 1] = value
    exemplars[exemplars.length - 1] = kept ?? exemplars.at(-1)
    return
  }
  if (!(bound > last)) {
    throw new TypeError(
      `${owner} has the bucket ${quote(le)} after ${last}, and its counts are wrong for it: buckets must ascend, each once. Sort them where the histogram is made.`,
    )
  }
  bounds.push(bound)
  cumulative.push(value)
  exemplars.push(kept)
}

function closePoint(point: Point, count: unknown): Point {
  if (point.bounds.at(-1) === Infinity) return point
  return {
    bounds: [...point.bounds, Infinity],
    cumulative: [...point.cumulative, count],
    exemplars: [...point.exemplars, undefined],
    sum: point.sum,
  }
}

function addPoint(series: Series, { cumulative, exemplars, sum }: Point, faults: Faults): void {
  const counts: number[] = []
  let below = 0
  for (const count of cumulative) {
    if (!isCount(count) || count < below) {
      faults.add(`has the count ${quote(count)} in a bucket, after ${below} in the one below`)
      return
    }
    counts.push(count - below)
    below = count
  }
  if (typeof sum !== 'number') {
    faults.add(`has the sum ${quote(sum)}`)
    return
  }
  const added = [...counts, sum]
  const { totals } = series
  series.totals = totals === undefined ? added : added.map((value, at) => value + (totals[at] as number))
  series.exemplars = exemplars.map((exemplar, at) => exemplar ?? series.exemplars[at])
}
