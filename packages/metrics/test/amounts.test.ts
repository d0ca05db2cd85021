import { expect, test } from 'vitest'
import { isAmount, isCount } from '../src/amounts.ts'

test.each<{ value: unknown; amount: boolean; count: boolean }>([
  { value: 0, amount: true, count: true },
  { value: -0, amount: true, count: true },
  { value: 2 ** 60, amount: true, count: true },
  { value: 0.5, amount: true, count: false },
  { value: Infinity, amount: true, count: false },
  { value: -1, amount: false, count: false },
  { value: Number.NaN, amount: false, count: false },
  { value: '1', amount: false, count: false },
  { value: 1n, amount: false, count: false },
  { value: undefined, amount: false, count: false },
])('$value can be the value of a counter: $amount, a number of observations: $count', ({ value, amount, count }) => {
  expect([isAmount(value), isCount(value)]).toEqual([amount, count])
})
