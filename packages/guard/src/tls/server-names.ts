/** Which of several certificates a client is shown: by the name it asks for, against the names in each. */
import { parseSubjectAlternativeNames } from './subject-alternative-names.ts'

/**
 * Answers the index of the certificate for a server name: one that has it exactly, else one with a wildcard for its first label, else the
 * first of all. Of equals the earlier one counts. Total: a name may hold any bytes, and what is not in a certificate is for the first.
 * @param subjectAltNames of each certificate, as Node writes them
 */
export function compileServerNames(subjectAltNames: readonly (string | undefined)[]): (serverName: string) => number {
  const exact = new Map<string, number>()
  const wildcard = new Map<string, number>()
  for (const [index, text] of subjectAltNames.entries()) {
    for (const { kind, value } of parseSubjectAlternativeNames(text)) {
      if (kind !== 'dns') continue
      const isWildcard = value.startsWith('*.')
      const names = isWildcard ? wildcard : exact
      const name = isWildcard ? value.slice(1) : value
      if (!names.has(name)) names.set(name, index)
    }
  }
  return (serverName) => {
    const name = serverName.toLowerCase()
    const dot = name.indexOf('.')
    return exact.get(name) ?? (dot > 0 ? wildcard.get(name.slice(dot)) : undefined) ?? 0
  }
}
