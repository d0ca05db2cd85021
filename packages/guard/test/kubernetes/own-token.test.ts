import { expect, test, vi } from 'vitest'
import { createOwnToken } from '../../src/kubernetes/own-token.ts'

test('the file is read again once a minute, and no more often', () => {
  let now = 5_000
  const read = vi.fn(() => 'second')
  const token = createOwnToken('first', read, () => now)
  now += 59_999
  expect([token.current(), token.current(), read.mock.calls.length]).toEqual(['first', 'first', 0])
  now += 1
  expect([token.current(), token.current(), read.mock.calls.length]).toEqual(['second', 'second', 1])
  now += 60_000
  expect([token.current(), read.mock.calls.length]).toEqual(['second', 2])
})

test('it is read at once when it is refused, and says whether it has changed', () => {
  let file = 'first'
  const token = createOwnToken(
    'first',
    () => file,
    () => 0,
  )
  expect(token.renew()).toBe(false)
  file = 'second'
  expect([token.renew(), token.renew(), token.current()]).toEqual([true, false, 'second'])
})

test('a file that cannot be read leaves the token of before', () => {
  let now = 0
  const token = createOwnToken(
    'first',
    () => {
      throw new Error('it is being replaced')
    },
    () => now,
  )
  now = 60_000
  expect([token.renew(), token.current()]).toEqual([false, 'first'])
})
