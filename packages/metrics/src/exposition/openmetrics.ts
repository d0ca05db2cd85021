/** OpenMetrics 1.0 text (github.com/prometheus/OpenMetrics, specification/OpenMetrics.md). */
import { counterBaseName } from '../names.ts'
import type { Family } from '../series/family.ts'
import { escapeOpenMetricsHelp } from './escape.ts'
import { formatCanonical } from './number.ts'
import { writeHistograms, writeScalars } from './samples.ts'

/** Ends every exposition, so that a truncated one is noticed. */
export const OPENMETRICS_END = '# EOF\n'

/** One whole family. A counter's family has no `_total` and its samples always have, whichever way it was registered. */
export function writeOpenMetricsFamily(family: Family): string {
  const { kind, name, help, store, bounds } = family
  const familyName = kind === 'counter' ? counterBaseName(name) : name
  const head = `# TYPE ${familyName} ${kind}\n# HELP ${familyName} ${escapeOpenMetricsHelp(help)}\n`
  if (kind === 'counter') return head + writeScalars(`${familyName}_total`, store)
  if (kind === 'gauge') return head + writeScalars(familyName, store)
  const showTotals = bounds.some((bound) => bound < 0) ? () => false : isCounterLike
  return head + writeHistograms(familyName, store, Array.from(bounds, formatCanonical), showTotals)
}

/**
 * A sum is a counter, so neither negative nor NaN, and bounds below zero forbid it outright; there is a count if and only if there
 * is a sum (OpenMetrics 1.0, "Histogram"). A parser that finds otherwise refuses the whole scrape.
 *
 * Decided per series, so that one bad observation takes the totals from no other, and per scrape, because the sum of now is all there
 * is to judge by: nothing is kept of earlier scrapes, which come from several servers. Hence a sum that has shrunk and is not
 * below zero is shown all the same, and read as a reset.
 */
function isCounterLike(sum: number): boolean {
  return sum >= 0
}
