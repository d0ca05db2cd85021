/** A family of prom-client as a snapshot. */
import { isAmount } from '../amounts.ts'
import { counterBaseName, quote } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import { Faults } from './faults.ts'
import { readExemplar } from './prom-client-exemplar.ts'
import { readHistogram } from './prom-client-histogram.ts'
import { labelsOf, type PromClientFamily, readType } from './prom-client-model.ts'
import { readSummary } from './prom-client-summary.ts'
import { Repeats } from './repeats.ts'
import { SeriesGroups } from './series-groups.ts'

/**
 * Series that have become one, because a label object was written to after it was passed or two values have one text, are shown as
 * one and told: what counts adds up, so that no event is lost; of what is measured (gauges, quantiles) the last value is shown.
 * @param isOpenMetrics Whether the registry is set to OpenMetrics, where a counter is called `_total` whatever it was registered as.
 * @param fail Hears of series that are left out or there twice.
 * @throws {TypeError} when the family cannot be shown.
 */
export function convertFamily(json: PromClientFamily, isOpenMetrics: boolean, fail: (error: unknown) => void): FamilySnapshot {
  const kind = readType(json)
  // Its registry takes `_total` off the family's own name at the first OpenMetrics scrape, and for good.
  const name = kind === 'counter' && isOpenMetrics ? `${counterBaseName(json.name)}_total` : json.name
  const faults = new Faults()
  const repeats = new Repeats()
  const owner = `${TITLES[kind]} "${name}" of prom-client`
  const family =
    kind === 'histogram'
      ? readHistogram(owner, json, faults, repeats)
      : kind === 'summary'
        ? readSummary(owner, json, faults, repeats)
        : readScalars(kind, owner, json, faults, repeats)
  for (const error of [faults.toError(owner, ADVICE[kind]), repeats.toError(owner, SHOWN[kind])]) if (error !== undefined) fail(error)
  return { kind, name, help: json.help ?? '', ...family }
}

interface Scalar {
  value: number | undefined
  exemplar: Exemplar | undefined
}

function readScalars(
  kind: 'counter' | 'gauge',
  owner: string,
  { name, values = [] }: PromClientFamily,
  faults: Faults,
  repeats: Repeats,
): Pick<FamilySnapshot, 'labelNames' | 'series'> {
  const groups = new SeriesGroups<Scalar>()
  for (const sample of values) {
    const { value, metricName = name } = sample
    if (kind === 'counter' ? counterBaseName(metricName) !== counterBaseName(name) : metricName !== name) {
      faults.add(`is called ${quote(metricName)}`)
      continue
    }
    if (kind === 'counter' ? !isAmount(value) : typeof value !== 'number') {
      faults.add(`has the value ${quote(value)}`)
      continue
    }
    const labels = labelsOf(sample)
    const series = groups.at(labels, (): Scalar => ({ value: undefined, exemplar: undefined }))
    if (series.value !== undefined) repeats.add(labels)
    series.value = kind === 'counter' ? (series.value ?? 0) + (value as number) : (value as number)
    series.exemplar = readExemplar(owner, sample.exemplar, -Infinity, Infinity) ?? series.exemplar
  }
  const series = groups.map((labels, { value, exemplar }) => ({
    labels,
    values: [value as number],
    ...(exemplar === undefined ? {} : { exemplars: [exemplar] }),
  }))
  return { labelNames: groups.labelNames, series }
}

const TITLES = { counter: 'Counter', gauge: 'Gauge', histogram: 'Histogram', summary: 'Summary' } as const

const ADVICE = {
  counter: 'Pass inc() numbers of at least zero; a counter that was given NaN stays so until reset().',
  gauge: 'Set it to a number.',
  histogram: 'Buckets count observations: whole numbers that grow with the bound. Observe through the library alone.',
  summary: 'Observe through the library alone.',
} as const

/** What is shown of series that have become one. */
const SHOWN = {
  counter: 'their numbers are added up',
  gauge: 'the last value is shown',
  histogram: 'their numbers are added up',
  summary: 'their sums and counts are added up, and the last quantiles shown',
} as const
