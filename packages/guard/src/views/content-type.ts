/** Formats that can be filtered: what is asked of a source, and what of its answer is taken. */

/** True for OpenMetrics, whose samples may carry exemplars. Undefined: nothing that could be read with certainty. */
export interface TextFormat {
  readonly openMetrics: boolean
}

const VERSIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['text/plain', new Set(['', '0.0.4', '1.0.0'])],
  ['application/openmetrics-text', new Set(['', '0.0.1', '1.0.0'])],
  ['text/*', new Set(['', '0.0.4'])],
  ['*/*', new Set(['', '0.0.4'])],
])

/** What every source can answer. */
const PLAINEST = 'text/plain;version=0.0.4'
/** Other escapings hide names from rules that are written for the names themselves. */
const ESCAPINGS: ReadonlySet<string> = new Set(['', 'underscores', 'allow-utf-8'])
const CHARSETS: ReadonlySet<string> = new Set(['', 'utf-8', 'us-ascii'])

/**
 * The Accept header without the formats that cannot be filtered: protobuf, and text of versions to come.
 * @param header as sent, several joined by commas; undefined when there was none
 */
export function acceptText(header: string | undefined): string {
  const kept = (header ?? '').split(',').flatMap((entry) => {
    const parsed = parseMediaType(entry)
    if (!parsed || !VERSIONS.get(parsed.type)?.has(parsed.parameters.get('version') ?? '')) return []
    const escaping = parsed.parameters.get('escaping') ?? ''
    return ESCAPINGS.has(escaping) ? [entry.trim()] : [entry.replace(/;\s*escaping\s*=[^;]*/i, '').trim()]
  })
  return kept.length === 0 ? PLAINEST : kept.join(',')
}

/** @param contentType the whole value of the header */
export function readContentType(contentType: string): TextFormat | undefined {
  const parsed = parseMediaType(contentType)
  if (!parsed || parsed.type.includes('*')) return undefined
  const { type, parameters } = parsed
  if (!VERSIONS.get(type)?.has(parameters.get('version') ?? '')) return undefined
  if (!ESCAPINGS.has(parameters.get('escaping') ?? '') || !CHARSETS.has(parameters.get('charset')?.toLowerCase() ?? '')) return undefined
  return { openMetrics: type !== 'text/plain' }
}

interface MediaType {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Undefined for one that says a thing twice or that is not written as RFC 9110, 8.3.1 has it: two readers could differ. */
function parseMediaType(text: string): MediaType | undefined {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters = new Map<string, string>()
  for (const part of rest) {
    if (part === '') continue
    const match = /^([\w-]+)=(?:([\w.+/-]+)|"([\w.+/-]*)")$/.exec(part)
    const name = match?.[1]?.toLowerCase()
    if (name === undefined || parameters.has(name)) return undefined
    parameters.set(name, (match?.[2] ?? match?.[3]) as string)
  }
  return { type: type.toLowerCase(), parameters }
}
