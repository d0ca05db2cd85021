/** Waits as options have them. */
import { LONGEST_TIMER_MILLISECONDS } from './longest-timer.ts'
import { quote } from './names.ts'

/**
 * @param name The option, as the message calls it.
 * @throws {TypeError} when it is no number. @throws {RangeError} when Node could not wait that long, or not at all.
 */
export function checkMilliseconds(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} is ${quote(value)}, which is not a number. Write it in milliseconds, like 10000.`)
  }
  if (value >= 1 && value <= LONGEST_TIMER_MILLISECONDS) return
  throw new RangeError(
    `${name} is ${value}: it must lie between 1 and ${LONGEST_TIMER_MILLISECONDS}. Write it in milliseconds, like 10000.`,
  )
}
