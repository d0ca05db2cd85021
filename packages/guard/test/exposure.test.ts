import { checkExposure } from '@postern/guard'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const closed = {
  allowUnauthenticated: { option: 'allow_unauthenticated', set: false },
  allowPlaintext: { option: 'allow_plaintext', set: false },
}
const opened = {
  allowUnauthenticated: { option: 'allow_unauthenticated', set: true },
  allowPlaintext: { option: 'allow_plaintext', set: true },
}
const inside = ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']
const outside = [
  '0.0.0.0',
  '::',
  '',
  '192.0.2.1',
  'example.com',
  'localhost.example.com',
  'localhost.',
  '127.1',
  '0x7f.1',
  '0',
  '[::1]',
  '::ffff:0.0.0.0',
  '127.0.0.1.example.com',
  '64:ff9b::127.0.0.1',
]

describe('a listener', () => {
  test.each(inside)('on %j may be open and unencrypted', (host) => {
    expect(() => checkExposure({ host, authenticates: false, encrypted: false, ...closed })).not.toThrow()
  })

  test.each(outside)('on %j may not be open', (host) => {
    expect(
      faultOf(() => checkExposure({ host, authenticates: false, encrypted: true, ...closed, allowPlaintext: opened.allowPlaintext })),
    ).toEqual({
      code: 'ERR_POSTERN_OPEN',
      path: [],
      message: `the listener on "${host}" can be reached from other machines and asks for no credential`,
      fix: 'Add credentials, listen on localhost, or set allow_unauthenticated: true if everyone who reaches it may read.',
    })
  })

  test.each(outside)('on %j may not be unencrypted', (host) => {
    expect(
      faultOf(() =>
        checkExposure({ host, authenticates: true, encrypted: false, ...closed, allowUnauthenticated: opened.allowUnauthenticated }),
      ),
    ).toEqual({
      code: 'ERR_POSTERN_OPEN',
      path: [],
      message: `the listener on "${host}" can be reached from other machines and speaks no TLS`,
      fix: 'Add a certificate and key, listen on localhost, or set allow_plaintext: true if something before it encrypts.',
    })
  })

  test.each([
    { name: 'guarded and encrypted', authenticates: true, encrypted: true, ways: closed },
    { name: 'open and unencrypted where both are said', authenticates: false, encrypted: false, ways: opened },
    {
      name: 'open where that is said',
      authenticates: false,
      encrypted: true,
      ways: { ...closed, allowUnauthenticated: opened.allowUnauthenticated },
    },
    {
      name: 'unencrypted where that is said',
      authenticates: true,
      encrypted: false,
      ways: { ...closed, allowPlaintext: opened.allowPlaintext },
    },
  ])('beyond loopback may be $name', ({ authenticates, encrypted, ways }) => {
    expect(() => checkExposure({ host: '0.0.0.0', authenticates, encrypted, ...ways })).not.toThrow()
  })
})

test('the way out is told as it is written on a command line', () => {
  const allowPlaintext = { option: '--allow-plaintext', set: false }
  expect(faultOf(() => checkExposure({ host: '', authenticates: true, encrypted: false, ...closed, allowPlaintext })).fix).toBe(
    'Add a certificate and key, listen on localhost, or write --allow-plaintext if something before it encrypts.',
  )
})
