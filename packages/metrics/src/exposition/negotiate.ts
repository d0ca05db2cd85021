/** Which format answers an Accept header. Pure, linear in the header, and silent about what it was sent. */
import { ESCAPING_SCHEMES, type EscapingScheme } from './escaping-scheme.ts'
import { parseWeightedList, type WeightedEntry } from './weighted-list.ts'

/** One of {@link FORMATS}, so that its identity may key a cache. What is written depends on `syntax` and `escaping` alone. */
export interface Format {
  readonly syntax: 'text' | 'openmetrics' | 'protobuf'
  /** How names outside the legacy alphabet are written; `allow-utf-8` only where the version answered with can quote them. */
  readonly escaping: EscapingScheme
  /** The whole Content-Type value: one of our own constants, never a piece of the request. */
  readonly contentType: string
}

/** One version of one syntax: its formats by the `escaping` the client named, and the one for when it named none that we know. */
interface Dialect {
  readonly plain: Format
  readonly named: ReadonlyMap<string, Format>
}

const PROTOBUF_MESSAGE = 'io.prometheus.client.MetricFamily'
const PROTOBUF_ENCODING = 'delimited'

const TEXT_004 = defineDialect('text', 'text/plain; version=0.0.4; charset=utf-8', { quotes: false })
const TEXT_100 = defineDialect('text', 'text/plain; version=1.0.0; charset=utf-8', { quotes: true, namesEscaping: true })
/** Prometheus before 2.6 asked for a draft by this number; the body of 1.0 is what client_golang answers it with. */
const OPENMETRICS_001 = defineDialect('openmetrics', 'application/openmetrics-text; version=0.0.1; charset=utf-8', { quotes: false })
const OPENMETRICS_100 = defineDialect('openmetrics', 'application/openmetrics-text; version=1.0.0; charset=utf-8', { quotes: true })
const PROTOBUF = defineDialect('protobuf', `application/vnd.google.protobuf; proto=${PROTOBUF_MESSAGE}; encoding=${PROTOBUF_ENCODING}`, {
  quotes: true,
})

/** Every answer {@link negotiate} can give. The first is the answer to who asks for nothing: text 0.0.4, names with underscores. */
export const FORMATS: readonly Format[] = Object.freeze(
  [TEXT_004, TEXT_100, OPENMETRICS_001, OPENMETRICS_100, PROTOBUF].flatMap(({ plain, named }) => [...new Set([plain, ...named.values()])]),
)

/** Ways to ask for a dialect, by {@link askedFor}. Wildcards mean text: whoever takes anything may well be a person. */
const SERVED: ReadonlyMap<string, Dialect> = new Map([
  ['application/openmetrics-text 1.0.0', OPENMETRICS_100],
  ['application/openmetrics-text 0.0.1', OPENMETRICS_001],
  ['application/openmetrics-text ', OPENMETRICS_001],
  ['text/plain 1.0.0', TEXT_100],
  ['text/plain 0.0.4', TEXT_004],
  ['text/plain ', TEXT_004],
  ['text/* 0.0.4', TEXT_004],
  ['text/* ', TEXT_004],
  ['*/* 0.0.4', TEXT_004],
  ['*/* ', TEXT_004],
  [`application/vnd.google.protobuf ${PROTOBUF_MESSAGE} ${PROTOBUF_ENCODING}`, PROTOBUF],
])

const SYNTAXES: readonly Format['syntax'][] = ['text', 'openmetrics', 'protobuf']

/**
 * The served format the client weighs highest; the earlier of equals; text 0.0.4 when it names none, as for a browser or curl. An
 * entry of weight zero is refused by the client. The `escaping` is that of the entry that won; an unknown one counts as none, which
 * is `underscores`, and so does `allow-utf-8` where the version cannot quote names.
 * @param accept The header as sent, several joined by commas; undefined when there was none.
 * @param syntaxes What the caller can write. Text it can always: without a match text 0.0.4 is the answer, whatever is listed.
 */
export function negotiate(accept: string | undefined, syntaxes: readonly Format['syntax'][] = SYNTAXES): Format {
  let best = TEXT_004.plain
  let bestWeight = 0
  for (const entry of parseWeightedList(accept ?? '')) {
    // Strictly greater: of two equals the client's first choice wins.
    if (entry.weight <= bestWeight) continue
    const format = matchEntry(entry)
    if (format === undefined || !syntaxes.includes(format.syntax)) continue
    best = format
    bestWeight = entry.weight
  }
  return best
}

function matchEntry(entry: WeightedEntry): Format | undefined {
  const dialect = SERVED.get(askedFor(entry))
  return dialect?.named.get(entry.parameters.get('escaping') ?? '') ?? dialect?.plain
}

/** The media type with the parameters that tell its dialects apart; an absent version is the empty text. */
function askedFor({ name, parameters }: WeightedEntry): string {
  if (name !== 'application/vnd.google.protobuf') return `${name} ${parameters.get('version') ?? ''}`
  // Without either of the two it would be another message, or another framing of it.
  return `${name} ${parameters.get('proto') ?? ''} ${parameters.get('encoding') ?? ''}`
}

/**
 * @param quotes Whether names outside the legacy alphabet may be written as they are.
 * @param namesEscaping Whether the answer says how it escapes even to who did not ask, as text 1.0.0 must; elsewhere the plain value
 * stays the one that every client has known for years.
 */
function defineDialect(
  syntax: Format['syntax'],
  contentType: string,
  { quotes, namesEscaping = false }: { quotes: boolean; namesEscaping?: boolean },
): Dialect {
  const define = (escaping: EscapingScheme): Format =>
    Object.freeze({ syntax, escaping, contentType: `${contentType}; escaping=${escaping}` })
  const underscores = define('underscores')
  const named = new Map<string, Format>(
    ESCAPING_SCHEMES.map((scheme) => {
      const legacyOnly = scheme === 'underscores' || (scheme === 'allow-utf-8' && !quotes)
      return [scheme, legacyOnly ? underscores : define(scheme)]
    }),
  )
  return { named, plain: namesEscaping ? underscores : Object.freeze({ syntax, escaping: 'underscores', contentType }) }
}
