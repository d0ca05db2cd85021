/** OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, specification/OpenMetrics.md). */
import { type Family, familyName } from '../series/family.ts'
import type { BlockWriter } from './blocks/block-writer.ts'
import { HistogramWriter } from './blocks/histogram.ts'
import { LabelStyle } from './blocks/line-style.ts'
import { ScalarWriter } from './blocks/scalar.ts'
import type { NameSpelling } from './blocks/spelling.ts'
import { SummaryWriter } from './blocks/summary.ts'
import { encodeUtf8 } from './byte-writer.ts'
import { escapeOpenMetricsHelp } from './escape.ts'
import { formatCanonical } from './number.ts'

/** Ends every exposition, so that a truncated one is noticed. */
export const OPENMETRICS_END: Uint8Array = encodeUtf8('# EOF\n')

/** The writer of a family. A counter's family has no `_total` and its samples always have, whichever way it was registered. */
export function createOpenMetricsWriter(family: Family, spelling: NameSpelling, now: () => number): BlockWriter {
  const { kind, help, unit, bounds, quantiles, keepsCreated } = family
  const name = familyName(kind, spelling.family(family.name))
  const spelled = spelling.metric(name)
  const unitLine = unit === undefined ? '' : `# UNIT ${spelled} ${unit}\n`
  const head = encodeUtf8(`# TYPE ${spelled} ${kind}\n${unitLine}# HELP ${spelled} ${escapeOpenMetricsHelp(help)}\n`)
  const labels = new LabelStyle(family, spelling)
  const createdName = keepsCreated ? `${name}_created` : undefined
  if (kind === 'histogram') {
    const showTotals = bounds.some((bound) => bound < 0) ? () => false : isCounterLike
    const options = {
      head,
      name,
      createdName,
      showExemplars: true,
      bounds: Array.from(bounds, formatCanonical),
      boundFirst: false,
      showTotals,
    }
    return new HistogramWriter(family, labels, options)
  }
  if (kind === 'summary') {
    return new SummaryWriter(labels, {
      head,
      name,
      quantiles: quantiles.map(formatCanonical),
      quantileFirst: false,
      showSum: isCounterLike,
      createdName,
      now,
    })
  }
  if (kind === 'counter') return new ScalarWriter(family, labels, { head, sampleName: `${name}_total`, createdName, showExemplars: true })
  const sampleName = kind === 'info' ? `${name}_info` : name
  return new ScalarWriter(family, labels, { head, sampleName, createdName: undefined, showExemplars: false })
}

/**
 * A sum is a counter, that of a summary too, so neither negative nor NaN, and bounds below zero forbid it outright; a histogram has a
 * count if and only if it has a sum (OpenMetrics 1.0, "Histogram"). A parser that finds otherwise refuses the whole scrape.
 *
 * Decided per series, so that one bad observation takes the totals from no other, and per scrape, because the sum of now is all there
 * is to judge by: nothing is kept of earlier scrapes, which come from several servers. Hence a sum that has shrunk and is not
 * below zero is shown all the same, and read as a reset.
 */
function isCounterLike(sum: number): boolean {
  return sum >= 0
}
