import { createSecureContext } from 'node:tls'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { CIPHER_SUITE_NAMES, CURVE_NAMES, compileProtocol, type ProtocolSettings } from '../../src/tls/protocol.ts'

const OF_13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'
const AUTHENTICATED = ['ECDSA', 'RSA']
  .flatMap((key) => [`ECDHE-${key}-AES128-GCM-SHA256`, `ECDHE-${key}-AES256-GCM-SHA384`, `ECDHE-${key}-CHACHA20-POLY1305`])
  .join(':')

describe('what is served', () => {
  test('is TLS 1.2 and 1.3 with authenticated encryption where nothing is said', () => {
    expect(compileProtocol({})).toEqual({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: `${OF_13}:${AUTHENTICATED}`,
      honorCipherOrder: true,
    })
  })

  const rsa = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'
  const rsaHere = 'ECDHE-RSA-AES128-GCM-SHA256'
  test.each([
    { settings: { minVersion: 'TLS13' }, options: { minVersion: 'TLSv1.3' } },
    { settings: { minVersion: 'TLSv1.3' }, options: { minVersion: 'TLSv1.3' } },
    { settings: { minVersion: 'TLSv1.2', maxVersion: 'TLS12' }, options: { maxVersion: 'TLSv1.2', ciphers: AUTHENTICATED } },
    { settings: { cipherSuites: [rsa] }, options: { ciphers: `${OF_13}:${rsaHere}` } },
    { settings: { cipherSuites: [rsa], maxVersion: 'TLS12' }, options: { ciphers: rsaHere } },
    { settings: { cipherSuites: ['TLS_AES_128_GCM_SHA256', rsa] }, options: { ciphers: `${OF_13}:${rsaHere}` } },
    { settings: { cipherSuites: ['TLS_AES_128_GCM_SHA256'] }, options: { ciphers: OF_13 } },
    { settings: { curves: ['X25519', 'CurveP256', 'CurveP384', 'CurveP521'] }, options: { ecdhCurve: 'X25519:P-256:P-384:P-521' } },
    { settings: { preferServerCipherSuites: false }, options: { honorCipherOrder: false } },
  ] as { settings: ProtocolSettings; options: object }[])('$settings', ({ settings, options }) => {
    expect(compileProtocol(settings)).toMatchObject(options)
  })

  test('has names that OpenSSL knows, each of them', () => {
    expect([CIPHER_SUITE_NAMES.length, CURVE_NAMES.length]).toEqual([13, 4])
    for (const name of CIPHER_SUITE_NAMES) createSecureContext({ ...compileProtocol({ cipherSuites: [name] }) })
    for (const name of CURVE_NAMES) createSecureContext({ ...compileProtocol({ curves: [name] }) })
    // What OpenSSL does not know it says so of: the lines above can fail.
    expect(() => createSecureContext({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA1' })).toThrow('no cipher match')
  })
})

describe('what is refused (25, 38)', () => {
  const refusal = (path: (string | number)[], message: string, fix: string): object => ({ code: 'ERR_POSTERN_POLICY', path, message, fix })
  test.each([
    ...['TLS10', 'TLS11', 'TLSv1', 'TLSv1.1', 'SSLv3', 'tls12', '', 1.2].map((minVersion) => ({
      settings: { minVersion },
      fault: refusal(['minVersion'], `"${minVersion}" is not a version of TLS that is served`, 'Write TLS12 or TLS13.'),
    })),
    {
      settings: { maxVersion: 'TLS14' },
      fault: refusal(['maxVersion'], '"TLS14" is not a version of TLS that is served', 'Write TLS12 or TLS13.'),
    },
    {
      settings: { minVersion: 'TLS13', maxVersion: 'TLS12' },
      fault: refusal(
        ['maxVersion'],
        'the least version of TLS is above the greatest, so that nobody could ever connect',
        'Leave one of the two out.',
      ),
    },
    {
      settings: { cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'] },
      fault: refusal(
        ['cipherSuites', 1],
        '"ECDHE-RSA-AES128-GCM-SHA256" is not a cipher suite that is served',
        `There are ${CIPHER_SUITE_NAMES.join(', ')}.`,
      ),
    },
    {
      settings: { cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] },
      fault: refusal(
        ['cipherSuites', 0],
        '"TLS_RSA_WITH_RC4_128_SHA" is not a cipher suite that is served',
        `There are ${CIPHER_SUITE_NAMES.join(', ')}.`,
      ),
    },
    {
      settings: { cipherSuites: [] },
      fault: refusal(['cipherSuites'], 'this is not a list of a cipher suite or more', 'List a cipher suite, or leave the key out.'),
    },
    {
      settings: { cipherSuites: ['TLS_AES_128_GCM_SHA256'], maxVersion: 'TLS12' },
      fault: refusal(
        ['cipherSuites'],
        'every suite of this list is one of TLS 1.3, which is not served',
        'List one of TLS 1.2, like TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256; or leave the list out.',
      ),
    },
    {
      settings: { curves: ['P-256'] },
      fault: refusal(['curves', 0], '"P-256" is not a curve that is served', 'There are CurveP256, CurveP384, CurveP521, X25519.'),
    },
    {
      settings: { curves: 'X25519' },
      fault: refusal(['curves'], 'this is not a list of a curve or more', 'List a curve, or leave the key out.'),
    },
    {
      settings: { preferServerCipherSuites: 'no' },
      fault: refusal(['preferServerCipherSuites'], 'this says neither yes nor no', 'Write true or false.'),
    },
  ])('$settings', ({ settings, fault }) => {
    expect(faultOf(() => compileProtocol(settings as ProtocolSettings))).toEqual(fault)
  })
})

describe('what compatibility may ask for', () => {
  test.each([
    { settings: { minVersion: 'TLS10' }, options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.3' }, old: true },
    { settings: { minVersion: 'TLS11', maxVersion: 'TLS11' }, options: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, old: true },
    { settings: { minVersion: 'TLS13', maxVersion: 'TLS12' }, options: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, old: false },
    { settings: {}, options: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' }, old: false },
  ])('$settings', ({ settings, options, old }) => {
    const compiled = compileProtocol(settings, { lenient: true })
    expect([compiled, compiled.ciphers.endsWith(':@SECLEVEL=0')]).toMatchObject([options, old])
  })

  test('is told of all its versions', () => {
    expect(faultOf(() => compileProtocol({ minVersion: 'SSL30' }, { lenient: true })).fix).toBe('Write TLS10 or TLS11 or TLS12 or TLS13.')
  })
})
