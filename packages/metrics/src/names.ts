/** What a metric or label may be called, and which names a family takes from all others. */
import { replaceLoneSurrogates } from './exposition/escape.ts'
import {
  ESCAPING_SCHEMES,
  type EscapingScheme,
  escapeLabelName,
  escapeName,
  isLegacyLabelName,
  isLegacyMetricName,
} from './exposition/escaping-scheme.ts'

export const FAMILY_KINDS = ['counter', 'gauge', 'histogram', 'summary', 'info', 'stateset'] as const
export type FamilyKind = (typeof FAMILY_KINDS)[number]

/**
 * What names are made of: letters, digits and underscores, which every server reads; or any text that has a UTF-8 form, which servers
 * from 3.0 on read as it is and older ones are given escaped.
 */
export type Alphabet = 'legacy' | 'utf-8'

/** Whether its numbers grow with what happens, so that those of several processes add up. */
export function isTotal(kind: FamilyKind): boolean {
  return kind === 'counter' || kind === 'histogram' || kind === 'summary'
}

const TOTAL = '_total'
const INFO = '_info'
/** Where a server keeps the name of the metric. */
const METRIC_LABEL = '__name__'

/** @throws {TypeError} when `name` is not a metric name, or a counter's is nothing but its suffix. */
export function checkMetricName(kind: FamilyKind, name: unknown, alphabet: Alphabet = 'legacy'): asserts name is string {
  if (alphabet === 'utf-8') checkUtf8Name('The metric', name)
  else if (typeof name !== 'string' || !isLegacyMetricName(name)) {
    throw new TypeError(
      `${quote(name)} is not a metric name: the alphabet is letters, digits, "_" and ":", and a digit cannot come first. Write it like http_requests_total.`,
    )
  }
  if ((kind === 'counter' && name === TOTAL) || (kind === 'info' && name === INFO)) {
    throw new TypeError(
      `"${name}" is only the suffix of ${kind === 'info' ? 'an info' : 'a counter'}: OpenMetrics would have no name left. Write it like ${kind === 'info' ? 'build_info' : 'http_requests_total'}.`,
    )
  }
}

/**
 * @param owner What declares the labels, as the message names it.
 * @throws {TypeError} when a name is malformed, reserved or there twice.
 */
export function checkLabelNames(owner: string, names: unknown, alphabet: Alphabet = 'legacy'): asserts names is readonly string[] {
  if (!Array.isArray(names)) {
    throw new TypeError(`${owner} has labelNames ${quote(names)}, which is not an array. Write them like ['method', 'status'].`)
  }
  const seen = new Set<unknown>()
  for (const name of names) {
    checkLabelName(owner, name, alphabet)
    if (name === 'le') {
      throw new TypeError(`${owner} has the label "le": it marks the buckets of histograms. Write another name, such as limit.`)
    }
    if (name === 'quantile') {
      throw new TypeError(`${owner} has the label "quantile": it marks the quantiles of summaries. Write another name, such as rank.`)
    }
    if (seen.has(name)) throw new TypeError(`${owner} has the label ${quote(name)} twice: a series has each label once. Write it once.`)
    for (const spelled of spellings(name, isLegacyLabelName, escapeLabelName)) {
      if (spelled !== name && (seen.has(spelled) || names.includes(spelled))) {
        throw new TypeError(
          `${owner} has the label ${quote(name)}, which servers before 3.0 are told as "${spelled}", like another one. Rename one of them.`,
        )
      }
      seen.add(spelled)
    }
  }
}

/** @throws {TypeError} when `name` is malformed or reserved. */
export function checkLabelName(owner: string, name: unknown, alphabet: Alphabet = 'legacy'): asserts name is string {
  if (alphabet === 'utf-8') checkUtf8Name(`${owner} has a label that`, name)
  else if (typeof name !== 'string' || !isLegacyLabelName(name)) {
    throw new TypeError(
      `${owner} has the label ${quote(name)}: the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.`,
    )
  }
  if (name.startsWith('__')) {
    throw new TypeError(`${owner} has the label "${name}": names in "__" belong to Prometheus itself. Write it without them.`)
  }
  // Of names in the old alphabet, too: one scheme doubles their underscores.
  if (name.includes('name') && ESCAPING_SCHEMES.some((scheme) => escapeLabelName(name, scheme) === METRIC_LABEL)) {
    throw new TypeError(
      `${owner} has the label ${quote(name)}, which some servers are told as "${METRIC_LABEL}", the label of the metric name itself. Rename it.`,
    )
  }
}

function checkUtf8Name(owner: string, name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '' && replaceLoneSurrogates(name) === name) return
  throw new TypeError(`${owner} is called ${quote(name)}, which is no text that has a UTF-8 form. Write one or more characters.`)
}

/** Every way that a name is written in one escaping scheme or another. */
function spellings(name: string, isLegacy: (name: string) => boolean, escape: (name: string, scheme: EscapingScheme) => string): string[] {
  return isLegacy(name) ? [name] : ESCAPING_SCHEMES.map((scheme) => escape(name, scheme))
}

/** A counter's family name in OpenMetrics: without `_total`. */
export function counterBaseName(name: string): string {
  return name.endsWith(TOTAL) ? name.slice(0, -TOTAL.length) : name
}

/** An info's family name in OpenMetrics: without `_info`, which its sample has. */
export function infoBaseName(name: string): string {
  return name.endsWith(INFO) ? name.slice(0, -INFO.length) : name
}

/** Every name `name` takes in any format, so that no sample of another family can be mistaken for one of its own. */
export function claimedNames(kind: FamilyKind, name: string): readonly string[] {
  return spellings(name, isLegacyMetricName, escapeName).flatMap((one) => sampleNames(kind, one))
}

function sampleNames(kind: FamilyKind, name: string): readonly string[] {
  if (kind === 'gauge' || kind === 'stateset') return [name]
  if (kind === 'info') return [infoBaseName(name), `${infoBaseName(name)}${INFO}`]
  if (kind === 'summary') return [name, `${name}_count`, `${name}_sum`, `${name}_created`]
  if (kind === 'histogram') return [name, `${name}_bucket`, `${name}_count`, `${name}_sum`, `${name}_created`]
  const base = counterBaseName(name)
  return [base, `${base}${TOTAL}`, `${base}_created`]
}

/** A value of any type as a message may show it; never throws, whatever was passed. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return 'an array'
  return value === null || (typeof value !== 'object' && typeof value !== 'function') ? String(value) : `a value of type ${typeof value}`
}
