import { basic } from '@postern/testkit'
import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createBasicCredential } from '../../src/credentials/basic.ts'
import type { PasswordVerdict } from '../../src/hashes/password-checker.ts'
import { withAuthorization } from '../support/facts.ts'

const check = vi.fn((_user: string, _password: string): Promise<PasswordVerdict> => Promise.resolve('right'))
const remembers = vi.fn((_user: string, _password: string) => false)
const credential = createBasicCredential({ name: 'scrapers', realm: 'metrics', passwords: { check, remembers } })
const base64 = (bytes: string | number[]): string => Buffer.from(bytes as string).toString('base64')
const BAD = { state: 'rejected', reason: 'bad_credentials' }

beforeEach(() => {
  check.mockClear()
})

test('asks with its realm', () => {
  expect([credential.kind, credential.name, credential.challenge]).toEqual(['basic', 'scrapers', 'Basic realm="metrics", charset="UTF-8"'])
})

test.each([
  { verdict: 'right' as const, finding: { state: 'proven', principal: { name: 'prom', credential: 'basic' } } },
  { verdict: 'wrong' as const, finding: BAD },
  { verdict: 'overloaded' as const, finding: { state: 'rejected', reason: 'overloaded' } },
])('finds a $verdict password', async ({ verdict, finding }) => {
  check.mockResolvedValueOnce(verdict)
  expect(await credential.check(withAuthorization(basic('prom', 's3cret').authorization), undefined)).toEqual(finding)
})

test.each([
  { facts: withAuthorization() },
  { facts: withAuthorization('Bearer abc') },
  { facts: withAuthorization('Digest username="prom"') },
])('finds nothing where none was sent: $facts.authorization', async ({ facts }) => {
  expect(await credential.check(facts, undefined)).toEqual({ state: 'absent' })
})

describe('the pair', () => {
  test.each([
    { sent: 'prom:s3cret', pair: ['prom', 's3cret'] },
    { sent: 'prom:a:b:', pair: ['prom', 'a:b:'] },
    { sent: ':', pair: ['', ''] },
    { sent: 'prom:', pair: ['prom', ''] },
    { sent: ':s3cret', pair: ['', 's3cret'] },
    { sent: ' prom : s3cret ', pair: [' prom ', ' s3cret '] },
    { sent: 'zoë:pässwörd 🔑', pair: ['zoë', 'pässwörd 🔑'] },
    { sent: '\ufeffprom:s3cret', pair: ['\ufeffprom', 's3cret'] },
    { sent: 'prom\0:s3\0cret', pair: ['prom\0', 's3\0cret'] },
  ])('of $sent ends its user at the first colon', async ({ sent, pair }) => {
    await credential.check(withAuthorization(`Basic ${base64(sent)}`), undefined)
    expect(check).toHaveBeenLastCalledWith(...pair)
  })

  test.each([
    { name: 'nothing', sent: '' },
    { name: 'no base64', sent: '%%%' },
    { name: 'no padding', sent: base64('a:bc').replace('==', '') },
    { name: 'half of the padding', sent: base64('a:bc').replace('==', '=') },
    { name: 'padding alone', sent: '====' },
    {
      name: 'the alphabet of URLs',
      sent: base64([0x61, 0x3a, 0xc3, 0xbf, 0xc3, 0xbe]).replaceAll('+', '-').replaceAll('/', '_').replace('w', '_'),
    },
    { name: 'a space inside', sent: 'cHJv bTpz' },
    { name: 'a second pair', sent: `${base64('prom:s')}, Basic ${base64('prom:s')}` },
    { name: 'more behind the padding', sent: `${base64('a:bc')}${base64('a:bc')}` },
    { name: 'no colon', sent: base64('prom') },
    { name: 'bytes that are no UTF-8', sent: base64([0x70, 0x3a, 0xff]) },
    { name: 'an overlong colon', sent: base64([0x70, 0xc0, 0xba, 0x73]) },
    { name: 'half of a surrogate pair', sent: base64([0x70, 0x3a, 0xed, 0xa0, 0x80]) },
  ])('is none for $name, and costs no hash', async ({ sent }) => {
    check.mockClear()
    expect(await credential.check(withAuthorization(`Basic ${sent}`), undefined)).toEqual(BAD)
    expect(check).not.toHaveBeenCalled()
  })

  test('is what a client encoded, whatever it is', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(
        text.filter((user) => !user.includes(':')),
        text,
        async (user, password) => {
          await credential.check(withAuthorization(basic(user, password).authorization), undefined)
          expect(check).toHaveBeenLastCalledWith(user, password)
        },
      ),
      { interruptAfterTimeLimit: 500 },
    )
  })
})

describe('what is known without a hash', () => {
  const known = (...authorization: string[]): unknown => credential.known?.(withAuthorization(...authorization), undefined)

  test('is a pair that is remembered', () => {
    remembers.mockReturnValueOnce(true)
    expect(known(basic('prom', 's3cret').authorization)).toEqual({ state: 'proven', principal: { name: 'prom', credential: 'basic' } })
    expect([remembers.mock.lastCall, check.mock.calls.length]).toEqual([['prom', 's3cret'], 0])
  })

  test.each([
    { name: 'a pair that is not remembered', authorization: [basic('prom', 'guess').authorization] },
    { name: 'no pair', authorization: ['Basic %%%'] },
    { name: 'another scheme', authorization: ['Bearer abc'] },
    { name: 'nothing', authorization: [] },
  ])('is not $name', ({ authorization }) => {
    expect(known(...authorization)).toBeUndefined()
    expect(check).not.toHaveBeenCalled()
  })
})
