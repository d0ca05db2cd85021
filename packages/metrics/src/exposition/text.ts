/** Prometheus text format 0.0.4 and 1.0.0 (prometheus.io/docs/instrumenting/exposition_formats). */
import { type FamilyKind, infoBaseName } from '../names.ts'
import type { Family } from '../series/family.ts'
import type { BlockWriter } from './blocks/block-writer.ts'
import { HistogramWriter } from './blocks/histogram.ts'
import { LabelStyle } from './blocks/line-style.ts'
import { ScalarWriter } from './blocks/scalar.ts'
import type { NameSpelling } from './blocks/spelling.ts'
import { SummaryWriter } from './blocks/summary.ts'
import { encodeUtf8 } from './byte-writer.ts'
import { escapeTextHelp } from './escape.ts'
import { formatValue } from './number.ts'

/** The format knows four kinds; infos and state sets are gauges in it. */
const TYPES: Record<FamilyKind, string> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
}

/**
 * The writer of a family. Names are as registered and bounds in JavaScript's shortest form, which is prom-client's: a server before 3.0
 * takes `le="1"` and `le="1.0"` for two series, so the spelling may not change under those who migrate.
 */
export function createTextWriter(family: Family, spelling: NameSpelling, now: () => number): BlockWriter {
  const { kind, help, bounds, quantiles } = family
  const written = spelling.family(family.name)
  const name = kind === 'info' ? `${infoBaseName(written)}_info` : written
  const spelled = spelling.metric(name)
  const head = encodeUtf8(`# HELP ${spelled} ${escapeTextHelp(help)}\n# TYPE ${spelled} ${TYPES[kind]}\n`)
  const labels = new LabelStyle(family, spelling)
  const plain = { head, name, createdName: undefined, showExemplars: false }
  if (kind === 'histogram') {
    return new HistogramWriter(family, labels, {
      ...plain,
      bounds: Array.from(bounds, formatValue),
      boundFirst: false,
      showTotals: () => true,
    })
  }
  if (kind === 'summary') {
    return new SummaryWriter(labels, {
      ...plain,
      quantiles: quantiles.map(formatValue),
      quantileFirst: false,
      showSum: () => true,
      now,
    })
  }
  return new ScalarWriter(family, labels, { ...plain, sampleName: name })
}
