/** Numbers by which a user bounds something: what is none is of the wrong type, what bounds wrongly is out of range. */
import { quote } from './names.ts'

/** Which numbers a limit may be, and what a message calls them. */
export interface LimitRange {
  readonly allows: (value: number) => boolean
  /** `a number above zero`. */
  readonly called: string
}

export const ABOVE_ZERO: LimitRange = { allows: (value) => value > 0, called: 'a number above zero' }

export function atLeast(least: number): LimitRange {
  return { allows: (value) => value >= least, called: `a number of at least ${least}` }
}

/**
 * Undefined is no limit, and allowed.
 * @param owner What messages call whoever has the limit.
 * @throws {TypeError} when it is no number.
 * @throws {RangeError} when it is not in the range, as NaN never is.
 */
export function checkLimit(owner: string, name: string, value: unknown, { allows, called }: LimitRange): void {
  if (value === undefined || (typeof value === 'number' && allows(value))) return
  const message = `${owner} has ${name} ${quote(value)}, which is not ${called}. Write one, or leave it out.`
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message)
}
