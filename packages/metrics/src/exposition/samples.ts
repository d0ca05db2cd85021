/** The sample lines of one family, which both text formats share but for names, bounds and which totals they show. */
import type { SeriesStore } from '../series/store.ts'
import { formatValue } from './number.ts'

/** One line per series, in the order the series were born. */
export function writeScalars(sampleName: string, store: SeriesStore): string {
  const { values, labelTexts } = store
  let lines = ''
  for (const [slot, labels] of labelTexts.entries()) {
    lines += `${sampleName}${braced(labels)} ${formatValue(values[slot] as number)}\n`
  }
  return lines
}

/**
 * Cumulative buckets, sum and count of each series; counts are stored per bucket and summed here, once per scrape.
 * @param bounds The `le` texts, ascending, without `+Inf`.
 * @param showTotals Asked for each series with its sum; false leaves out its `_sum` and `_count`.
 */
export function writeHistograms(name: string, store: SeriesStore, bounds: readonly string[], showTotals: (sum: number) => boolean): string {
  const { values, labelTexts, stride } = store
  let lines = ''
  for (const [slot, labels] of labelTexts.entries()) {
    const base = slot * stride
    const open = `${name}_bucket{${labels === '' ? '' : `${labels},`}le="`
    let count = 0
    for (const [index, bound] of bounds.entries()) {
      count += values[base + index] as number
      lines += `${open}${bound}"} ${count}\n`
    }
    count += values[base + bounds.length] as number
    lines += `${open}+Inf"} ${count}\n`
    const sum = values[base + bounds.length + 1] as number
    if (showTotals(sum)) {
      lines += `${name}_sum${braced(labels)} ${formatValue(sum)}\n${name}_count${braced(labels)} ${count}\n`
    }
  }
  return lines
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}
