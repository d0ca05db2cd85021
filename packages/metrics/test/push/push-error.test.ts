import { describe, expect, test } from 'vitest'
import { describeCause, PushError, printable } from '../../src/push/push-error.ts'

describe('text from outside', () => {
  test.each([
    { name: 'is one line', text: ' a\r\n\tb\n', secrets: [], shown: 'a b' },
    { name: 'obeys no terminal', text: 'a\u001b[31mb\u0000\u202ec\u009bd', secrets: [], shown: 'a\ufffd[31mb\ufffd\ufffdc\ufffdd' },
    { name: 'keeps every script', text: 'Ωμέγα 🎉', secrets: [], shown: 'Ωμέγα 🎉' },
    { name: 'carries no secret', text: 'Basic am9i was am9i', secrets: ['am9i'], shown: 'Basic … was …' },
    { name: 'carries no part of a secret within another', text: 'x abcdef abc', secrets: ['abcdef', 'abc'], shown: 'x … …' },
    { name: 'takes a secret as it stands', text: 'a$&b', secrets: ['$&'], shown: 'a…b' },
    { name: 'is cut after five hundred characters', text: '🎉'.repeat(501), secrets: [], shown: `${'🎉'.repeat(500)}…` },
    { name: 'is whole up to there', text: 'x'.repeat(500), secrets: [], shown: 'x'.repeat(500) },
  ])('$name', ({ text, secrets, shown }) => {
    expect(printable(text, secrets)).toBe(shown)
  })
})

test('an error says what it is, and has no cause that nobody gave', () => {
  const error = new PushError('timed_out', 'Late.')
  expect(String(error)).toBe('PushError: Late.')
  expect(error).toMatchObject({ reason: 'timed_out', status: undefined, body: undefined })
  expect('cause' in error).toBe(false)
})

test.each([
  { name: 'an error', cause: new Error('no\nroute to s3cret'), shown: 'no route to …' },
  {
    name: 'the errors of every address',
    cause: new AggregateError([new Error('no ::1'), new Error('no 127.0.0.1')]),
    shown: 'no ::1; no 127.0.0.1',
  },
  { name: 'what is no error', cause: 'gone', shown: 'gone' },
])('$name is told as the cause', ({ cause, shown }) => {
  expect(describeCause(cause, ['s3cret'])).toBe(shown)
})
