/** The names a certificate speaks for, read from Node's text form with its quoting, and the names a policy asks for. */
import { formatAddress, parseAddress } from '../net/address.ts'

export interface SubjectAlternativeName {
  readonly kind: 'dns' | 'email' | 'ip' | 'uri'
  /** Comparable as it is: DNS names in lower case, addresses in one spelling, the rest as written. */
  readonly value: string
}

const KINDS: ReadonlyMap<string, SubjectAlternativeName['kind']> = new Map([
  ['DNS', 'dns'],
  ['email', 'email'],
  ['IP Address', 'ip'],
  ['URI', 'uri'],
])

/** One entry: a kind, a colon, and a value that is either a JSON string or free of commas and quotes. */
const ENTRY = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y

/**
 * Reads `DNS:a.example, IP Address:10.0.0.1, URI:"spiffe://x/a,b"` (Node's `subjectaltname`).
 * Values with commas come quoted since CVE-2021-44532, so a name cannot forge its neighbour. Kinds that no policy can
 * ask for are passed over; text that does not parse to its end names nobody.
 */
export function parseSubjectAlternativeNames(text: string | undefined): readonly SubjectAlternativeName[] {
  if (text === undefined) return []
  const names: SubjectAlternativeName[] = []
  ENTRY.lastIndex = 0
  while (ENTRY.lastIndex < text.length) {
    const match = ENTRY.exec(text)
    if (!match) return []
    const [, kindText = '', raw = ''] = match
    const kind = KINDS.get(kindText)
    const value = raw.startsWith('"') ? unquote(raw) : raw
    if (value === undefined) return []
    if (kind !== undefined) names.push({ kind, value: normalise(kind, value) })
  }
  return names
}

function unquote(text: string): string | undefined {
  try {
    return String(JSON.parse(text))
  } catch {
    return undefined
  }
}

/**
 * Reads a name as a policy writes it. Its form tells its kind: `spiffe://…` is a URI, `a@b` an e-mail address, `10.0.0.1` an
 * address, anything else a DNS name; so that a DNS name never passes for an address of the same spelling.
 */
export function parseName(text: string): SubjectAlternativeName | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(text)) return { kind: 'uri', value: text }
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return { kind: 'email', value: text }
  if (parseAddress(text)) return { kind: 'ip', value: normalise('ip', text) }
  // Digits and dots that are no address (`010.0.0.1`, `10.0.0.256`) are one misspelt and not a DNS name.
  if (/^[\d.]+$/.test(text)) return undefined
  if (/^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(text)) return { kind: 'dns', value: normalise('dns', text) }
  return undefined
}

function normalise(kind: SubjectAlternativeName['kind'], value: string): string {
  if (kind === 'dns') return value.toLowerCase()
  if (kind !== 'ip') return value
  const address = parseAddress(value)
  return address ? formatAddress(address) : value
}
