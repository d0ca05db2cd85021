import { parseAddress } from '@postern/guard'
import { basic } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { clientOf, createBasicCredential } from '../../src/credentials/basic.ts'
import type { Attempt, PasswordVerdict } from '../../src/hashes/password-checker.ts'
import { withAuthorization } from '../support/facts.ts'

const check = vi.fn((_attempt: Attempt): Promise<PasswordVerdict> => Promise.resolve('right'))
const recall = vi.fn((_text: string): string | undefined => undefined)
const credential = createBasicCredential({ name: 'scrapers', realm: 'metrics', users: ['prom'], passwords: { check, recall } })
const base64 = (bytes: string | number[]): string => Buffer.from(bytes as string).toString('base64')
const BAD = { state: 'rejected', reason: 'bad_credentials' }

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
  ])('of $sent ends its user at the first colon (6.2 #9)', async ({ sent, pair }) => {
    await credential.check(withAuthorization(`Basic ${base64(sent)}`), undefined)
    const [user, password] = pair
    expect(check).toHaveBeenLastCalledWith({ text: base64(sent), user, password, client: '' })
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
    { name: 'more than a password has', sent: base64(`prom:${'x'.repeat(3068)}`) },
    { name: 'half of a surrogate pair', sent: base64([0x70, 0x3a, 0xed, 0xa0, 0x80]) },
  ])('is none for $name, and costs no hash (6.2 #10)', async ({ sent }) => {
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
          expect(check).toHaveBeenLastCalledWith(expect.objectContaining({ user, password }))
        },
      ),
      { interruptAfterTimeLimit: 500 },
    )
  })
})

describe('a pair that was right before', () => {
  test('is decided at once, without a promise and without being read', () => {
    recall.mockReturnValueOnce('prom')
    check.mockClear()
    expect(credential.check(withAuthorization('Basic cHJvbTpz'), undefined)).toEqual({
      state: 'proven',
      principal: { name: 'prom', credential: 'basic' },
    })
    expect([recall.mock.lastCall, check.mock.calls]).toEqual([['cHJvbTpz'], []])
  })

  test('of a user who is none of the credential is checked', async () => {
    recall.mockReturnValueOnce('mallory')
    check.mockResolvedValueOnce('wrong')
    expect(await credential.check(withAuthorization('Basic cHJvbTpz'), undefined)).toEqual(BAD)
  })
})

describe('a client takes its turns', () => {
  test.each([
    { one: '10.0.0.1', other: '::ffff:10.0.0.1', isOne: true },
    { one: '10.0.0.1', other: '10.0.0.2', isOne: false },
    { one: '2001:db8::1', other: '2001:db8::ffff:1', isOne: true },
    { one: '2001:db8::1', other: '2001:db8:0:1::1', isOne: false },
    { one: '::1', other: '::2', isOne: false },
    { one: '::1', other: '0.0.0.1', isOne: false },
    { one: '0:0:0:ffff::', other: '::ffff:0.0.0.0', isOne: false },
  ])('with those of its host or its /64: $one, $other', ({ one, other, isOne }) => {
    expect(clientOf(parseAddress(one)) === clientOf(parseAddress(other))).toBe(isOne)
  })

  test('with all others that have no address', async () => {
    await credential.check(withAuthorization('Basic cHJvbTpz'), undefined)
    expect(check).toHaveBeenLastCalledWith(expect.objectContaining({ client: '' }))
    await credential.check(withAuthorization('Basic cHJvbTpz'), parseAddress('10.0.0.1'))
    expect(check).toHaveBeenLastCalledWith(expect.objectContaining({ client: '65535:167772161' }))
  })
})

describe('what is known without a hash', () => {
  const known = (...authorization: string[]): unknown => credential.known?.(withAuthorization(...authorization), undefined)

  test('is a pair that was right before', () => {
    recall.mockReturnValueOnce('prom')
    check.mockClear()
    expect(known('Basic cHJvbTpz')).toEqual({ state: 'proven', principal: { name: 'prom', credential: 'basic' } })
    expect([recall.mock.lastCall, check.mock.calls]).toEqual([['cHJvbTpz'], []])
  })

  test.each([
    { name: 'a pair that was not', authorization: ['Basic cHJvbTpz'] },
    { name: 'what is too long for a pair', authorization: [`Basic ${'A'.repeat(5000)}`] },
    { name: 'another scheme', authorization: ['Bearer abc'] },
    { name: 'nothing', authorization: [] },
  ])('is not $name', ({ authorization }) => {
    check.mockClear()
    expect([known(...authorization), check.mock.calls]).toEqual([undefined, []])
  })
})
