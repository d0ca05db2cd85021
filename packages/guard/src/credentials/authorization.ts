/** The Authorization header (RFC 9110, 11.4), split into its scheme and the rest. */
import type { RequestFacts } from '../request.ts'

/**
 * One or more spaces, then a value that does not begin with one: were both to match spaces, 16 KB of them and a tab would hold the
 * event loop for half a second.
 */
const FORM = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([^ \t][^\t]*|)$/

/**
 * The value after `scheme`, which is compared without regard to case; undefined when the header is absent or of another scheme.
 * `decide` has refused a request with two such headers before.
 */
export function credentialsOf(facts: RequestFacts, scheme: string): string | undefined {
  const match = FORM.exec(facts.authorization[0] ?? '')
  return match?.[1]?.toLowerCase() === scheme ? match[2] : undefined
}
