/** Which format answers an Accept header. Pure, linear in the header, and silent about what it was sent. */

export interface Format {
  readonly syntax: 'text' | 'openmetrics'
  /** The whole Content-Type value: one of our own constants, never a piece of the request. */
  readonly contentType: string
}

const TEXT: Format = { syntax: 'text', contentType: 'text/plain; version=0.0.4; charset=utf-8' }
const OPENMETRICS: Format = { syntax: 'openmetrics', contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8' }
/** Prometheus before 2.6 asked for a draft by this number; the body of 1.0 is what client_golang answers it with. */
const OPENMETRICS_DRAFT: Format = { syntax: 'openmetrics', contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8' }

/** The formats by media type and version; an absent version is the empty string. What is not here falls through. */
const SERVED: ReadonlyMap<string, Format> = new Map([
  ['application/openmetrics-text 1.0.0', OPENMETRICS],
  ['application/openmetrics-text 0.0.1', OPENMETRICS_DRAFT],
  ['application/openmetrics-text ', OPENMETRICS_DRAFT],
  ['text/plain 0.0.4', TEXT],
  ['text/plain ', TEXT],
  ['text/* ', TEXT],
  ['*/* ', TEXT],
])

const WEIGHT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/

/**
 * The served format the client weighs highest; the earlier of equals; text 0.0.4 when it names none, as for a browser or curl.
 * An entry of weight zero is refused by the client; a weight that cannot be read counts as none, which is one.
 * Of a parameter that is there twice the first counts.
 */
export function negotiate(accept: string | undefined): Format {
  let best = TEXT
  let bestWeight = 0
  for (const entry of (accept ?? '').split(',')) {
    const { format, weight } = readEntry(entry)
    // Strictly greater: of two equals the client's first choice wins.
    if (format !== undefined && weight > bestWeight) {
      best = format
      bestWeight = weight
    }
  }
  return best
}

function readEntry(entry: string): { format: Format | undefined; weight: number } {
  const [type, ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
  let version: string | undefined
  let weight: number | undefined
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = parameter.slice(0, equals).trim()
    const value = unquote(parameter.slice(equals + 1).trim())
    if (name === 'version') version ??= value
    // Prometheus 2.49.0 sent q=2, hence the clamp.
    else if (name === 'q') weight ??= WEIGHT.test(value) ? Math.min(Math.max(Number(value), 0), 1) : 1
  }
  return { format: SERVED.get(`${type} ${version ?? ''}`), weight: weight ?? 1 }
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
