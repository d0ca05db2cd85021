/**
 * Names outside the legacy alphabet, written for those who read only that (prometheus.io/docs/instrumenting/escaping_schemes, and
 * where that page and `model.EscapeName` of prometheus/common differ, the latter: it is what servers are fed today).
 */
import { escapeLabelValue, replaceLoneSurrogates } from './escape.ts'

/**
 * How a name outside the legacy alphabet travels: as it is, in quotes (`allow-utf-8`), or rewritten. Only `values` loses nothing.
 * The words are those of the `escaping` parameter.
 */
export type EscapingScheme = 'underscores' | 'dots' | 'values' | 'allow-utf-8'

export const ESCAPING_SCHEMES: readonly EscapingScheme[] = Object.freeze(['underscores', 'dots', 'values', 'allow-utf-8'])

interface Grammar {
  readonly legacy: RegExp
  /** What the schemes rewrite: everything foreign, a digit in front, and the underscore, which marks what was rewritten. */
  readonly special: RegExp
}

const METRIC: Grammar = { legacy: /^[a-zA-Z_:][a-zA-Z0-9_:]*$/, special: /[^a-zA-Z0-9:]|^[0-9]/gu }
const LABEL: Grammar = { legacy: /^[a-zA-Z_][a-zA-Z0-9_]*$/, special: /[^a-zA-Z0-9]|^[0-9]/gu }

const VALUES_PREFIX = 'U__'
const LAST_CODE_POINT = 0x10ffff

/** True for what every version of every format can write bare, before braces or in HELP and TYPE. */
export function isLegacyMetricName(name: string): boolean {
  return METRIC.legacy.test(name)
}

/** True for what can stand bare between braces. A colon cannot: the server's lexer would refuse the scrape for it. */
export function isLegacyLabelName(name: string): boolean {
  return LABEL.legacy.test(name)
}

/**
 * A metric name as `scheme` writes it: a legacy name for all but `allow-utf-8`, which leaves it alone and wants it in quotes
 * ({@link quoteName}). By code points; half a character counts as U+FFFD, and the empty name stays empty.
 *
 * `dots` doubles the underscores of a name that needs no escaping, too. Two names may come out the same, such as `a.b` and `a_b` under
 * `underscores`.
 */
export function escapeName(name: string, scheme: EscapingScheme): string {
  return escapeBy(METRIC, name, scheme)
}

/** The same for a label name, where a colon is foreign too: client_golang lets it pass, and the scrape fails. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  return escapeBy(LABEL, name, scheme)
}

function escapeBy({ legacy, special }: Grammar, name: string, scheme: EscapingScheme): string {
  const text = replaceLoneSurrogates(name)
  if (scheme === 'allow-utf-8' || text === '') return text
  if (scheme === 'dots') return text.replace(special, (character) => (character === '.' ? '_dot_' : '__'))
  if (legacy.test(text)) return text
  if (scheme === 'underscores') return text.replace(special, '_')
  return VALUES_PREFIX + text.replace(special, (character) => (character === '_' ? '__' : `_${hexOf(character)}_`))
}

/** @param character One code point, never the empty text. */
function hexOf(character: string): string {
  return Number(character.codePointAt(0)).toString(16)
}

/**
 * The name that `scheme` wrote as `escaped`; `escaped` itself when the scheme cannot have written it, or cannot be undone (`underscores`).
 * `values` gives back every name that was well formed, but for legacy ones that begin with `U__` themselves. `dots` gives back every
 * name of the legacy alphabet and dots; any other character has become an underscore for good.
 */
export function unescapeName(escaped: string, scheme: EscapingScheme): string {
  // From left to right in one pass: dots before underscores, as prometheus/common does it, reads `a__dot__b` as `a_._b`.
  if (scheme === 'dots') return escaped.replace(/__|_dot_/g, (mark) => (mark === '__' ? '_' : '.'))
  if (scheme !== 'values' || !escaped.startsWith(VALUES_PREFIX)) return escaped
  let foreign = false
  const name = escaped.slice(VALUES_PREFIX.length).replace(/_(?:_|([0-9a-fA-F]{1,6})_)?/g, (mark: string, hex: string | undefined) => {
    if (mark === '__') return '_'
    const codePoint = Number.parseInt(hex ?? '', 16)
    if (codePoint <= LAST_CODE_POINT && !isSurrogate(codePoint)) return String.fromCodePoint(codePoint)
    foreign = true
    return ''
  })
  return foreign ? escaped : name
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff
}

/** Any name in quotes, as text 1.0.0 and OpenMetrics 1.0 take it under `allow-utf-8`: between braces, and in HELP, TYPE and UNIT. */
export function quoteName(name: string): string {
  return `"${escapeLabelValue(name)}"`
}
