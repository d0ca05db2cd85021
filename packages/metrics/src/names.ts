/** What a metric or label may be called, and which names a family takes from all others. */

export type FamilyKind = 'counter' | 'gauge' | 'histogram' | 'summary' | 'info' | 'stateset'

/** Whether its numbers grow with what happens, so that those of several processes add up. */
export function isTotal(kind: FamilyKind): boolean {
  return kind === 'counter' || kind === 'histogram' || kind === 'summary'
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const TOTAL = '_total'
const INFO = '_info'

/** @throws {TypeError} when `name` is not a metric name, or a counter's is nothing but its suffix. */
export function checkMetricName(kind: FamilyKind, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !METRIC_NAME.test(name)) {
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
export function checkLabelNames(owner: string, names: unknown): asserts names is readonly string[] {
  if (!Array.isArray(names)) {
    throw new TypeError(`${owner} has labelNames ${quote(names)}, which is not an array. Write them like ['method', 'status'].`)
  }
  const seen = new Set<unknown>()
  for (const name of names) {
    checkLabelName(owner, name)
    if (name === 'le') {
      throw new TypeError(`${owner} has the label "le": it marks the buckets of histograms. Write another name, such as limit.`)
    }
    if (name === 'quantile') {
      throw new TypeError(`${owner} has the label "quantile": it marks the quantiles of summaries. Write another name, such as rank.`)
    }
    if (seen.has(name)) throw new TypeError(`${owner} has the label "${name}" twice: a series has each label once. Write it once.`)
    seen.add(name)
  }
}

/** @throws {TypeError} when `name` is malformed or reserved. */
export function checkLabelName(owner: string, name: unknown): asserts name is string {
  if (typeof name !== 'string' || !LABEL_NAME.test(name)) {
    throw new TypeError(
      `${owner} has the label ${quote(name)}: the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.`,
    )
  }
  if (name.startsWith('__')) {
    throw new TypeError(`${owner} has the label "${name}": names in "__" belong to Prometheus itself. Write it without them.`)
  }
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
