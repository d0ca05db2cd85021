/** Numbers of a policy that count something. */
import { policyError } from '../errors.ts'

/**
 * A whole number from `least` to `most`.
 * @param what it is, in words: "a number of seconds"
 * @throws {PosternError} ERR_POSTERN_POLICY for anything else: a limit of 0 would let nobody in, and one of NaN everybody.
 */
export function compileNumber(number: unknown, what: string, most: number, least = 1): number {
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  throw policyError('ERR_POSTERN_POLICY', `${describe(number)} is not ${what}`, { fix: `Write a whole number from ${least} to ${most}.` })
}

function describe(read: unknown): string {
  if (read === undefined) return 'nothing'
  if (typeof read === 'number') return String(read)
  return typeof read === 'string' ? JSON.stringify(read) : 'what was given'
}
