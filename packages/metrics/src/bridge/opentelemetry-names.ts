/**
 * Names of OpenTelemetry as Prometheus writes them: specification of OpenTelemetry, "Prometheus and OpenMetrics Compatibility",
 * sections "Metric Metadata" and "Metric Attributes".
 */
import type { LabelPair } from '../series/labels.ts'
import type { Attributes } from './opentelemetry-model.ts'

export interface PrometheusName {
  readonly name: string
  /** Undefined when the name does not end in it. */
  readonly unit: string | undefined
}

/** @param hasSuffixes Whether the unit, and `_total` of a counter, are added where they are missing. */
export function translateName(name: string, unit: string, kind: 'counter' | 'gauge' | 'histogram', hasSuffixes: boolean): PrometheusName {
  const word = translateUnit(unit, kind)
  const total = kind === 'counter' ? '_total' : ''
  const clean = sanitise(name, NOT_METRIC)
  if (!hasSuffixes) return { name: clean, unit: endsInUnit(withoutTotal(clean, total), word) ? word : undefined }
  const base = withoutTotal(clean, total)
  const full = word === undefined || endsInUnit(base, word) ? base : sanitise(`${base}_${word}`, NOT_METRIC)
  return { name: `${full}${total}`, unit: word }
}

function withoutTotal(name: string, total: string): string {
  return total !== '' && name.endsWith(total) ? name.slice(0, -total.length) : name
}

function endsInUnit(name: string, unit: string | undefined): boolean {
  return unit !== undefined && name.endsWith(`_${unit}`)
}

/**
 * A unit of UCUM as a word: `ms` is `milliseconds`, `By/s` is `bytes_per_second`. What stands in braces counts things, and is left out.
 * Undefined when nothing is left. `1` is `ratio` for gauges alone: of what counts or is observed it says nothing.
 */
export function translateUnit(unit: string, kind: 'counter' | 'gauge' | 'histogram'): string | undefined {
  const bare = unit.replaceAll(BRACES, '').trim()
  if (bare === '1') return kind === 'gauge' ? 'ratio' : undefined
  const [amount = '', ...per] = bare.split('/').map((part) => part.trim())
  const words = [UNITS.get(amount) ?? amount, ...per.flatMap((part) => (part === '' ? [] : ['per', PER_UNITS.get(part) ?? part]))]
  const text = words
    .join('_')
    .replaceAll(NOT_UNIT, '_')
    .replaceAll(/^_+|_+$/g, '')
  return text === '' ? undefined : text
}

/**
 * Attributes as labels. Keys that become one name are one label, their values joined by `;` in the order of the keys. What is no
 * string is written as JSON.
 */
export function translateAttributes(attributes: Attributes): Map<string, string> {
  const labels = new Map<string, string>()
  for (const key of Object.keys(attributes).sort()) {
    const value = attributes[key]
    if (value === undefined || value === null) continue
    const name = sanitise(key, NOT_LABEL)
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    const known = labels.get(name)
    labels.set(name, known === undefined ? text : `${known};${text}`)
  }
  return labels
}

/** Labels that tell which meter a series is of. */
export function scopeLabels({ name, version, schemaUrl }: { name: string; version?: string; schemaUrl?: string }): LabelPair[] {
  const labels: LabelPair[] = [
    ['otel_scope_name', name],
    ['otel_scope_version', version ?? ''],
    ['otel_scope_schema_url', schemaUrl ?? ''],
  ]
  return labels.filter(([, text]) => text !== '')
}

function sanitise(name: string, outside: RegExp): string {
  const clean = name.replaceAll(outside, '_').replaceAll(/_{2,}/g, '_')
  return clean === '' || /^[0-9]/.test(clean) ? `_${clean}` : clean
}

const NOT_METRIC = /[^a-zA-Z0-9_:]/g
const NOT_LABEL = /[^a-zA-Z0-9_]/g
const NOT_UNIT = /[^a-zA-Z0-9]+/g
const BRACES = /\{[^}]*\}/g

const UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['kBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
])

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['min', 'minute'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])
