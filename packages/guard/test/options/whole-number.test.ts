import { faultOf } from '@postern/testkit'
import { expect, test } from 'vitest'
import { compileWholeNumber } from '../../src/options/whole-number.ts'

const BOUNDS = { min: 1, max: 60, unit: 'seconds' }

test.each([
  { value: undefined, number: 30 },
  { value: 1, number: 1 },
  { value: 60, number: 60 },
])('$value is $number', ({ value, number }) => {
  expect(compileWholeNumber(value, 30, BOUNDS)).toBe(number)
})

test.each([0, 61, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '30', null])('%j is none', (value) => {
  expect(faultOf(() => compileWholeNumber(value as number, 30, BOUNDS))).toEqual({
    code: 'ERR_POSTERN_POLICY',
    path: [],
    message: `${JSON.stringify(value)} is not a whole number of seconds from 1 to 60`,
    fix: 'Write a number from 1 to 60, or leave the key out.',
  })
})
