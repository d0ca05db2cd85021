/** Families to one exposition. Runs in one go, so that no series changes between two of its lines. */
import type { Family } from '../series/family.ts'
import type { Format } from './negotiate.ts'
import { OPENMETRICS_END, writeOpenMetricsFamily } from './openmetrics.ts'
import { writeTextFamily } from './text.ts'

/** The body in `syntax`, families in the order given; of no families, what the format calls empty. */
export function renderFamilies(families: Iterable<Family>, syntax: Format['syntax']): string {
  let body = ''
  if (syntax === 'text') {
    for (const family of families) body += writeTextFamily(family)
    return body
  }
  for (const family of families) body += writeOpenMetricsFamily(family)
  return body + OPENMETRICS_END
}
