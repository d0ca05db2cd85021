/** Refusals of the options of distributions. */
import { quote } from '../names.ts'

/** @throws {TypeError} when it is no number. */
export function checkNumber(owner: string, option: string, value: unknown, example: string): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`${owner} has the ${option} ${quote(value)}, which is not a number. Write one such as ${example}.`)
  }
}

/** @throws {RangeError} always. */
export function refuse(owner: string, option: string, value: unknown, fault: string, mend: string): never {
  throw new RangeError(`${owner} has the ${option} ${quote(value)}, which is ${fault}. ${mend}.`)
}
