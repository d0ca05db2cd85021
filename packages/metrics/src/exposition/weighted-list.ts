/** Reads the list headers of content negotiation, Accept and Accept-Encoding (RFC 9110, 12.5). Pure, and linear in the header. */

export interface WeightedEntry {
  /** Media type, media range or coding, in lower case: its case means nothing. */
  readonly name: string
  /** By lower-case name; the values as sent, quotes taken off. Of a parameter that is there twice the first counts. */
  readonly parameters: ReadonlyMap<string, string>
  /** From 0, which refuses, to 1. A weight that is not there or cannot be read is 1. */
  readonly weight: number
}

const WEIGHT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/

/** The entries in the order sent. Total: whatever is malformed is an entry that nothing matches. */
export function parseWeightedList(header: string): WeightedEntry[] {
  return splitUnquoted(header, ',').map(parseEntry)
}

function parseEntry(entry: string): WeightedEntry {
  const [name = '', ...rest] = splitUnquoted(entry, ';')
  const parameters = new Map<string, string>()
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    if (equals === -1) continue
    const key = parameter.slice(0, equals).trim().toLowerCase()
    if (!parameters.has(key)) parameters.set(key, unquote(parameter.slice(equals + 1).trim()))
  }
  return { name: name.trim().toLowerCase(), parameters, weight: readWeight(parameters.get('q') ?? '') }
}

/** Prometheus 2.49.0 sent q=2, hence the clamp. */
function readWeight(text: string): number {
  return WEIGHT.test(text) ? Math.min(Math.max(Number(text), 0), 1) : 1
}

/** Splits where `separator` stands outside of quotes (RFC 9110, 5.6.4). A quote that is never closed reaches to the end. */
function splitUnquoted(text: string, separator: ',' | ';'): string[] {
  if (!text.includes('"')) return text.split(separator)
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted && character === '\\') at += 1
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value
  return value.slice(1, -1).replace(/\\(.)/gs, '$1')
}
