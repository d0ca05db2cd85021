/** Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
import type { Family } from '../series/family.ts'
import { escapeTextHelp } from './escape.ts'
import { formatValue } from './number.ts'
import { writeHistograms, writeScalars } from './samples.ts'

/**
 * One whole family. Names are as registered and bounds in JavaScript's shortest form, which is prom-client's: a server before 3.0
 * takes `le="1"` and `le="1.0"` for two series, so the spelling may not change under those who migrate.
 */
export function writeTextFamily(family: Family): string {
  const { kind, name, help, store, bounds } = family
  const head = `# HELP ${name} ${escapeTextHelp(help)}\n# TYPE ${name} ${kind}\n`
  if (kind !== 'histogram') return head + writeScalars(name, store)
  return head + writeHistograms(name, store, Array.from(bounds, formatValue), () => true)
}
