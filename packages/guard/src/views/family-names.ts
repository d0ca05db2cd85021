/**
 * The names that a family goes by. A client chooses the format, and formats name one family differently (`orders` and `orders_total`,
 * `shop.orders` and `shop_orders`): a rule about one of the names holds for all.
 */
import { policyError } from '../errors.ts'
import { Automaton } from './automaton.ts'
import { type Expression, LAST_CODE_POINT } from './expression.ts'

const COUNTER = ['_total', '_created']
const HISTOGRAM = ['_bucket', '_sum', '_count', '_created']
const SUMMARY = ['_sum', '_count', '_created']
const GAUGE_HISTOGRAM = ['_bucket', '_gsum', '_gcount', '_sum', '_count']

/** What may follow the name of a family in those of its samples, by type, in any of the formats. */
export const SUFFIXES: ReadonlyMap<string, readonly string[]> = new Map([
  ['counter', COUNTER],
  ['gauge', []],
  ['histogram', HISTOGRAM],
  ['gaugehistogram', GAUGE_HISTOGRAM],
  ['summary', SUMMARY],
  ['info', ['_info']],
  ['stateset', []],
  ['unknown', []],
  ['untyped', []],
])

const ALL_SUFFIXES = [...new Set([...COUNTER, ...HISTOGRAM, ...GAUGE_HISTOGRAM, '_info'])]

/**
 * @param family as in TYPE, or the sample's name where no TYPE speaks of it
 * @param type as in TYPE; undefined without one: then any suffix may be one
 * @param sample as on its line
 */
export function namesOf(family: string, type: string | undefined, sample: string): ReadonlySet<string> {
  const names = new Set([family])
  const strip = (name: string, suffixes: readonly string[]): void => {
    const suffix = suffixes.find((one) => name.endsWith(one) && name.length > one.length)
    if (suffix === undefined) return
    const base = name.slice(0, -suffix.length)
    names.add(base)
    // The births of a counter are a family of their own in text, and samples of the counter in OpenMetrics.
    if (suffix === '_created') names.add(`${base}_total`)
  }
  strip(family, type === undefined ? ALL_SUFFIXES : type === 'counter' ? ['_total'] : ['_info', '_created'])
  if (type === 'counter' && !family.endsWith('_total')) names.add(`${family}_total`)
  if (type === 'info') names.add(`${family}_info`)
  if (sample.endsWith('_created')) names.add(sample)
  return names
}

/** A name with what is outside the legacy alphabet written as underscores, as it travels to a client that does not ask for UTF-8. */
export function escapeUnderscores(name: string, isLabel = false): string {
  return name.replace(isLabel ? /[^a-zA-Z0-9_]|^[0-9]/gu : /[^a-zA-Z0-9_:]|^[0-9]/gu, '_')
}

/** Matches names against exact ones and patterns with `*`. */
export type NamePattern = (name: string) => boolean

/** @throws {PosternError} ERR_POSTERN_POLICY for what no name can be */
export function compileNamePattern(pattern: unknown): NamePattern {
  if (typeof pattern !== 'string' || pattern === '' || /["\\{}\n]/.test(pattern)) {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(pattern)} is not the name of a family`, {
      fix: 'Write it like http_requests_total, or with * for any characters, like shop_*. Labels belong under series.',
    })
  }
  const automaton = new Automaton(parsePattern(pattern), { searches: false })
  return (name) => automaton.matchesText(name)
}

function parsePattern(pattern: string): Expression {
  const parts = Array.from(pattern, (character, index): Expression => {
    if (character === '*') return { kind: 'repeat', part: ANY, least: 0, most: Number.POSITIVE_INFINITY }
    const point = character.codePointAt(0) as number
    // A digit is foreign at the very start alone.
    const isForeign = escapeUnderscores(index === 0 ? character : `a${character}`).endsWith('_') && character !== '_'
    return { kind: 'set', ranges: isForeign ? [[point, point], UNDERSCORE] : [[point, point]] }
  })
  return { kind: 'sequence', parts }
}

/** The same expression for names whose foreign characters may have become underscores. */
export function loosen(expression: Expression): Expression {
  const { kind } = expression
  if (kind === 'sequence' || kind === 'choice') return { kind, parts: expression.parts.map(loosen) }
  if (kind === 'repeat') return { ...expression, part: loosen(expression.part) }
  if (kind !== 'set' || !expression.ranges.some(hasForeign)) return expression
  return { kind, ranges: [...expression.ranges, UNDERSCORE] }
}

function hasForeign([from, to]: readonly [number, number]): boolean {
  for (let code = from; code <= Math.min(to, 128); code += 1) if (escapeUnderscores(`a${String.fromCharCode(code)}`) === 'a_') return true
  return to > 128
}

const UNDERSCORE = [95, 95] as const
const ANY: Expression = { kind: 'set', ranges: [[0, LAST_CODE_POINT]] }
