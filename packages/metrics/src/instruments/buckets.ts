/** Bucket bounds: the checks they must pass, and the usual ways to lay them out. */
import { quote } from '../names.ts'

/** Seconds; prom-client's and client_golang's defaults, made for the latency of a network service. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Copies the bounds, without a trailing +Infinity: that bucket is always there.
 * @throws {TypeError} when they are not an array of numbers.
 * @throws {RangeError} when one is not finite, or they do not ascend.
 */
export function compileBuckets(name: unknown, buckets: unknown): Float64Array {
  const owner = `Histogram ${quote(name)}`
  if (!Array.isArray(buckets)) {
    throw new TypeError(`${owner} has the buckets ${quote(buckets)}, which is not an array. Write ascending bounds like [0.1, 0.5, 1].`)
  }
  const given: readonly unknown[] = buckets
  const bounds: number[] = []
  for (const [index, bound] of given.entries()) {
    if (typeof bound !== 'number') {
      throw new TypeError(`${owner} has the bucket ${quote(bound)}, which is not a number. Write bounds like 0.5.`)
    }
    if (bound === Infinity && index === given.length - 1) break
    if (!Number.isFinite(bound)) {
      throw new RangeError(`${owner} has the bucket ${bound}, which is not finite. Leave it out: +Inf is always the last bucket.`)
    }
    const previous = bounds.at(-1)
    if (previous !== undefined && bound <= previous) {
      const fault = bound === previous ? 'is there twice' : `comes after ${previous}`
      throw new RangeError(`${owner} has the bucket ${bound}, which ${fault}: bounds must ascend. Write each once, the smallest first.`)
    }
    bounds.push(bound)
  }
  return Float64Array.from(bounds)
}

/**
 * `count` bounds, each `width` above the one before, from `start`.
 * @throws {TypeError} when a parameter is not a number.
 * @throws {RangeError} when one is out of its range. Whether doubles are fine enough for all bounds is checked where they are used.
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  const of = 'linearBuckets'
  checkNumber(of, 'start', start, '0')
  checkNumber(of, 'width', width, '10')
  checkCount(of, count, 1)
  if (!Number.isFinite(start)) refuse(of, 'start', start, 'not finite', 'Write a number, such as 0')
  if (!isAbove(width, 0)) refuse(of, 'width', width, 'not a finite number above zero', 'Write one, such as 10')
  return Array.from({ length: count }, (_, index) => start + index * width)
}

/**
 * `count` bounds, each `factor` times the one before, from `start`.
 * @throws {TypeError} when a parameter is not a number.
 * @throws {RangeError} when one is out of its range. Whether doubles are fine enough for all bounds is checked where they are used.
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  const of = 'exponentialBuckets'
  checkNumber(of, 'start', start, '0.001')
  checkNumber(of, 'factor', factor, '2')
  checkCount(of, count, 1)
  if (!isAbove(start, 0)) refuse(of, 'start', start, 'not a finite number above zero', 'Write one, such as 0.001')
  if (!isAbove(factor, 1)) refuse(of, 'factor', factor, 'not a finite number above one', 'Write one, such as 2')
  const bounds: number[] = []
  // Multiplied step by step, as the other clients do: a power would differ in the last digit, and the bound is part of a series' name.
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound)
  return bounds
}

/**
 * `count` bounds from `min` to `max`, both among them exactly, each the same factor above the one before.
 * @throws {TypeError} when a parameter is not a number.
 * @throws {RangeError} when one is out of its range. Whether doubles are fine enough for all bounds is checked where they are used.
 */
export function exponentialBucketsRange(min: number, max: number, count: number): number[] {
  const of = 'exponentialBucketsRange'
  checkNumber(of, 'min', min, '0.001')
  checkNumber(of, 'max', max, '10')
  checkCount(of, count, 2)
  if (!isAbove(min, 0)) refuse(of, 'min', min, 'not a finite number above zero', 'Write one, such as 0.001')
  if (!isAbove(max, min)) refuse(of, 'max', max, `not a finite number above the min ${min}`, 'Write the greater one last')
  return Array.from({ length: count }, (_, index) => {
    if (index === 0 || index === count - 1) return index === 0 ? min : max
    const share = index / (count - 1)
    // Not by their ratio, which may be more than a number can be. To 15 digits, or what should be 10 would be 9.999999999999998, and the
    // bound is part of a series' name.
    return Number((min ** (1 - share) * max ** share).toPrecision(15))
  })
}

const isAbove = (value: number, least: number): boolean => value > least && value < Infinity

function checkCount(of: string, count: number, least: number): void {
  checkNumber(of, 'count', count, '10')
  if (Number.isSafeInteger(count) && count >= least) return
  refuse(of, 'count', count, `not a whole number of at least ${least}`, 'Write how many bounds there are, such as 10')
}

/** @throws {TypeError} when it is none. */
function checkNumber(of: string, parameter: string, value: unknown, example: string): void {
  if (typeof value === 'number') return
  throw new TypeError(`${of} got the ${parameter} ${quote(value)}, which is not a number. Write one, such as ${example}.`)
}

function refuse(of: string, parameter: string, value: unknown, fault: string, mend: string): never {
  throw new RangeError(`${of} got the ${parameter} ${quote(value)}, which is ${fault}. ${mend}.`)
}
