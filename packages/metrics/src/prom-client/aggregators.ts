/** How the metrics of several processes become one: a function for each word that a metric may have as its `aggregator`. */
import type { MetricData, Sample } from './sample.ts'
import { textOf } from './validation.ts'

export type AggregatorFunction = (metrics: readonly MetricData[]) => MetricData | undefined

/** @param merge Of the samples that have the same name and labels, at least one. */
export function createAggregator(merge: (samples: readonly Sample[]) => number): AggregatorFunction {
  return (metrics) => {
    const [first] = metrics
    if (first === undefined) return undefined
    const groups = new Map<string, Sample[]>()
    for (const { values = [] } of metrics) {
      for (const sample of values) {
        const key = keyOf(sample)
        const group = groups.get(key)
        if (group === undefined) groups.set(key, [sample])
        else group.push(sample)
      }
    }
    const values = Array.from(groups.values(), (group): Sample => {
      const { labels, metricName } = group[0] as Sample
      return { value: merge(group), labels, ...(metricName ? { metricName } : {}) }
    })
    const { help, name, type, aggregator } = first
    return { help, name, type, values, ...(aggregator === undefined ? {} : { aggregator }) }
  }
}

export const aggregators: Readonly<Record<'sum' | 'first' | 'omit' | 'average' | 'min' | 'max', AggregatorFunction>> = {
  sum: createAggregator((samples) => samples.reduce((sum, { value }) => sum + value, 0)),
  first: createAggregator((samples) => (samples[0] as Sample).value),
  omit: () => undefined,
  average: createAggregator((samples) => samples.reduce((sum, { value }) => sum + value, 0) / samples.length),
  min: createAggregator((samples) => samples.reduce((least, { value }) => Math.min(least, value), Infinity)),
  max: createAggregator((samples) => samples.reduce((most, { value }) => Math.max(most, value), -Infinity)),
}

/** No two label sets have the same, whatever is in the values: JSON quotes them. */
function keyOf({ labels, metricName }: Sample): string {
  const pairs = Object.keys(labels)
    .filter((name) => labels[name] !== undefined)
    .sort()
    .map((name) => [name, textOf(labels[name])])
  return JSON.stringify([metricName, pairs])
}
