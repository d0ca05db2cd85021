import { describe, expect, test } from 'vitest'
import { basicChallenge, bearerChallenge, isRealm } from '../../src/credentials/challenge.ts'

test('asks for basic credentials in UTF-8 (RFC 7617, 2.1)', () => {
  expect(basicChallenge('metrics')).toBe('Basic realm="metrics", charset="UTF-8"')
})

test('asks for a token without a word on the one that was sent (RFC 6750, 3)', () => {
  expect(bearerChallenge('metrics')).toBe('Bearer realm="metrics"')
})

describe('a realm', () => {
  test.each(['metrics', 'Team A (prod)', ' ', "it's", '~!#$%&', 'x'.repeat(64)])('may be %s', (text) => {
    expect(isRealm(text)).toBe(true)
  })

  test.each(['', 'x'.repeat(65), 'a"b', 'a\\b', 'a\r\nSet-Cookie: x', 'a\tb', 'zoë', 'a\u007f', 'metrics\n'])('may not be %j', (text) => {
    expect(isRealm(text)).toBe(false)
  })
})
