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
  // Values below zero make the sum fall, and a sum that may fall must not be exposed; the count follows the sum.
  const totals = !bounds.some((bound) => bound < 0)
  return head + writeHistograms(familyName, store, Array.from(bounds, formatCanonical), totals)
}
