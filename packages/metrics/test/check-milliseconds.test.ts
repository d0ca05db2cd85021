import { expect, test } from 'vitest'
import { checkMilliseconds } from '../src/check-milliseconds.ts'
import { LONGEST_TIMER_MILLISECONDS } from '../src/longest-timer.ts'

test.each([1, 1.5, LONGEST_TIMER_MILLISECONDS])('%s milliseconds can be waited for', (value) => {
  expect(() => checkMilliseconds('waits', value)).not.toThrow()
})

test.each([0, 0.999, -5, LONGEST_TIMER_MILLISECONDS + 1, Infinity, Number.NaN])('%s milliseconds are out of range', (value) => {
  expect(() => checkMilliseconds('waits', value)).toThrow(
    new RangeError(`waits is ${value}: it must lie between 1 and 2147483647. Write it in milliseconds, like 10000.`),
  )
})

test.each([
  ['5s', '"5s"'],
  [undefined, 'undefined'],
  [null, 'null'],

  [[5], 'an array'],
])('%s is of the wrong type', (value, shown) => {
  expect(() => checkMilliseconds('waits', value)).toThrow(
    new TypeError(`waits is ${shown}, which is not a number. Write it in milliseconds, like 10000.`),
  )
})
