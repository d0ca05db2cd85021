/** Points in time as a policy writes them: RFC 3339 text, or a Date of the program's own. */
import { policyError } from '../errors.ts'

const FORM = /^(\d{4})-(\d\d)-(\d\d)[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/**
 * Milliseconds since the epoch; undefined where nothing was written.
 * @throws {PosternError} ERR_POSTERN_POLICY for a day without a time, a time without its offset (nobody knows whose clock is meant), and
 * a day that its month does not have.
 */
export function compileDateTime(value: string | Date | undefined): number | undefined {
  if (value === undefined) return undefined
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? parseText(value) : Number.NaN
  if (!Number.isNaN(time)) return time
  const read = value instanceof Date ? 'an invalid Date' : JSON.stringify(value)
  throw policyError('ERR_POSTERN_POLICY', `${read} is not a point in time`, {
    fix: 'Write a day, a time and an offset as RFC 3339 has them: 2030-01-31T12:00:00Z.',
  })
}

/** `Date.parse` takes the 30th of February for the 2nd of March. */
function parseText(text: string): number {
  const [, year, month, day] = FORM.exec(text) ?? []
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= days ? Date.parse(text.toUpperCase()) : Number.NaN
}
