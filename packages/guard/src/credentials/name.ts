/** The name by which rules and events speak of a credential. */
import { policyError } from '../errors.ts'

/** @throws {PosternError} ERR_POSTERN_POLICY for one that does not fit into an event or a metric's label. */
export function compileName(name: string | undefined, type: string): string {
  if (name === undefined) return type
  if (typeof name === 'string' && /^[\w.-]{1,64}$/.test(name)) return name
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(name)} is not a name for a credential`, {
    path: ['name'],
    fix: 'Use up to 64 letters, digits, dots, hyphens and underscores.',
  })
}
