import { PosternError } from '@postern/guard'
import { expect, test } from 'vitest'
import { policyError } from '../../src/errors.ts'
import { Faults } from '../../src/options/faults.ts'

test('what is no fault of the policy is not taken for one', () => {
  const faults = new Faults()
  expect(() =>
    faults.attempt([], () => {
      throw new TypeError('ours')
    }),
  ).toThrow(new TypeError('ours'))
  expect(() => faults.throwIfAny()).not.toThrow()
})

test('the faults of a part are told with the place of the part before their own', () => {
  const refuse = (message: string, path: string): never => {
    throw policyError('ERR_POSTERN_POLICY', message, { path: [path], fix: 'Mend it.' })
  }
  const whole = new Faults()
  whole.attempt(['views', 'small'], () => {
    const part = new Faults()
    part.attempt([0], () => refuse('first', 'a'))
    part.attempt([1], () => refuse('second', 'b'))
    part.throwIfAny()
  })
  const told: unknown[] = []
  try {
    whole.throwIfAny()
  } catch (error) {
    if (error instanceof PosternError) told.push(...[error, ...error.others].map(({ message, path }) => [message, path]))
  }
  expect(told).toEqual([
    ['first', ['views', 'small', 0, 'a']],
    ['second', ['views', 'small', 1, 'b']],
  ])
})
