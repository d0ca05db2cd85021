/** The names by which events and metrics speak of a part of a policy. */
import { policyError } from '../errors.ts'

/**
 * @param part What is named, in words. @param fallback The name of one that has none.
 * @throws {PosternError} ERR_POSTERN_POLICY for one that does not fit into an event or a metric's label.
 */
export function compileName(name: string | undefined, part: string, fallback: string): string {
  if (name === undefined) return fallback
  if (typeof name === 'string' && /^[\w.-]{1,64}$/.test(name)) return name
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(name)} is not a name for a ${part}`, {
    path: ['name'],
    fix: 'Use up to 64 letters, digits, dots, hyphens and underscores: the name appears in events and metrics.',
  })
}
