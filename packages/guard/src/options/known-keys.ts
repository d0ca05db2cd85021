/** Options of callers without types: a misspelt key must not come to mean that there is none. */
import { policyError } from '../errors.ts'

/**
 * @param known every key the options may have
 * @throws {PosternError} ERR_POSTERN_POLICY for the first key that is not among them: `adresses` would restrict nobody.
 */
export function refuseUnknownKeys(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw policyError('ERR_POSTERN_POLICY', `"${unknown}" is not an option here`, { path: [unknown], fix: `There are ${known.join(', ')}.` })
}
