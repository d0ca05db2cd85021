/** prom-client's two ways to lay out buckets: its checks, which are fewer than ours, and its arithmetic, which is the same. */

/** @throws {Error} when `count` is not positive. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count')
  return places(count).map((_, index) => start + index * width)
}

/** @throws {Error} when the bounds would not grow. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start')
  if (count < 1) throw new Error('Exponential buckets needs a positive count')
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1')
  let bound = start
  return places(count).map(() => {
    const current = bound
    bound *= factor
    return current
  })
}

/** A length of an array that cannot be is refused with the words that prom-client's users know. */
function places(count: number): undefined[] {
  const array: undefined[] = []
  array.length = count
  return array.fill(undefined)
}
