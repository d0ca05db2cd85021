/** A family of prom-client as a snapshot. */
import { counterBaseName, quote } from '../names.ts'
import type { Exemplar } from '../series/exemplar.ts'
import type { FamilySnapshot } from '../snapshot/family-snapshot.ts'
import { Faults, isTotal } from './faults.ts'
import { readExemplar } from './prom-client-exemplar.ts'
import { readHistogram } from './prom-client-histogram.ts'
import { labelsOf, type PromClientFamily, readType } from './prom-client-model.ts'
import { readSummary } from './prom-client-summary.ts'
import { SeriesGroups } from './series-groups.ts'

/**
 * Series that have become one, because a label object was written to after it was passed or two values have one text, are shown as
 * one: what counts adds up, so that no event is lost; of what is measured (gauges, quantiles) the last value is shown.
 * @param isOpenMetrics Whether the registry is set to OpenMetrics, where a counter is called `_total` whatever it was registered as.
 * @param fail Hears of series that are left out.
 * @throws {TypeError} when the family cannot be shown.
 */
export function convertFamily(json: PromClientFamily, isOpenMetrics: boolean, fail: (error: unknown) => void): FamilySnapshot {
  const kind = readType(json)
  // Its registry takes `_total` off the family's own name at the first OpenMetrics scrape, and for good.
  const name = kind === 'counter' && isOpenMetrics ? `${counterBaseName(json.name)}_total` : json.name
  const faults = new Faults()
  const owner = `${TITLES[kind]} "${name}" of prom-client`
  const family =
    kind === 'histogram'
      ? readHistogram(owner, json, faults)
      : kind === 'summary'
        ? readSummary(owner, json, faults)
        : readScalars(kind, owner, json, faults)
  const error = faults.toError(owner, ADVICE[kind])
  if (error !== undefined) fail(error)
  return { kind, name, help: json.help ?? '', ...family }
}

function readScalars(
  kind: 'counter' | 'gauge',
  owner: string,
  { values = [] }: PromClientFamily,
  faults: Faults,
): Pick<FamilySnapshot, 'labelNames' | 'series'> {
  const groups = new SeriesGroups<{ value: number; exemplar: Exemplar | undefined }>()
  for (const sample of values) {
    const { value } = sample
    if (kind === 'counter' ? !isTotal(value) : typeof value !== 'number') {
      faults.add(`has the value ${quote(value)}`)
      continue
    }
    const series = groups.at(labelsOf(sample), () => ({ value: 0, exemplar: undefined }))
    series.value = kind === 'counter' ? series.value + (value as number) : (value as number)
    series.exemplar = readExemplar(owner, sample.exemplar, -Infinity, Infinity) ?? series.exemplar
  }
  const series = groups.map((labels, { value, exemplar }) => ({
    labels,
    values: [value],
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
