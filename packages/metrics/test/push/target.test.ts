import { inspect } from 'node:util'
import { issueCertificate } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import type { PushAuthorization } from '../../src/push/authorization.ts'
import { compileTarget, type PushTarget } from '../../src/push/target.ts'

const BASIC: PushAuthorization = { type: 'basic', username: 'job', password: 's3cret' }

/** The error, after a look that it shows no secret, not even to those who print it whole. */
function refusalOf(target: unknown): Error {
  try {
    compileTarget(target as PushTarget)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    expect(inspect(error)).not.toContain('s3cret')
    return error
  }
  throw new Error('nothing was refused')
}

describe('a url', () => {
  test.each([
    { url: 'https://gw.example:9091', origin: 'https://gw.example:9091', hostname: 'gw.example', port: 9091, prefix: '' },
    { url: 'http://gw.example/', origin: 'http://gw.example', hostname: 'gw.example', port: 80, prefix: '' },
    { url: 'https://gw.example/a/b//', origin: 'https://gw.example', hostname: 'gw.example', port: 443, prefix: '/a/b' },
    { url: 'http://[::1]:9091/ü', origin: 'http://[::1]:9091', hostname: '::1', port: 9091, prefix: '/%C3%BC' },
  ])('$url is read', ({ url, ...parts }) => {
    expect(compileTarget({ url })).toMatchObject(parts)
  })

  test.each([
    {
      url: 'pushgateway:9091',
      message: 'target.url is "pushgateway:9091", which is not an http or https URL. Write it like https://pushgateway.example:9091.',
    },
    {
      url: 'gw.example',
      message: 'target.url is "gw.example", which is not an http or https URL. Write it like https://pushgateway.example:9091.',
    },
    {
      url: undefined,
      message: 'target.url is undefined, which is not an http or https URL. Write it like https://pushgateway.example:9091.',
    },
    {
      url: 'https://job:s3cret@gw.example',
      message:
        'target.url is "https://…@gw.example", with credentials in it, and a URL is shown in logs and messages. Take them out, and write them as authorization.',
    },
    {
      url: 'https://:s3cret@gw.example',
      message:
        'target.url is "https://…@gw.example", with credentials in it, and a URL is shown in logs and messages. Take them out, and write them as authorization.',
    },
    {
      url: 'https://job:s3cret/x@gw.example',
      message: 'target.url is "https://…@gw.example", which is not an http or https URL. Write it like https://pushgateway.example:9091.',
    },
    {
      url: 'https://gw.example/?token=s3cret',
      message:
        'target.url is "https://gw.example/?…", with a query or a fragment, which a push has no place for. Leave out everything from ? or # on.',
    },
    {
      url: 'https://gw.example/#s3cret',
      message:
        'target.url is "https://gw.example/#…", with a query or a fragment, which a push has no place for. Leave out everything from ? or # on.',
    },
    {
      url: 'job:s3cret@gw.example',
      message: 'target.url is "job:…@gw.example", which is not an http or https URL. Write it like https://pushgateway.example:9091.',
    },
  ])('$url is refused', ({ url, message }) => {
    expect(refusalOf({ url })).toEqual(new TypeError(message))
  })
})

describe('credentials in clear', () => {
  test.each([
    'http://gw.example',
    'http://10.0.0.1',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://[::2]',
    'http://0.0.0.0',
  ])('are refused to %s', (url) => {
    expect(refusalOf({ url, authorization: BASIC })).toEqual(
      new TypeError(
        `target.authorization would travel to ${url} in clear. Write the url with https, or allowPlainText: true if the way there is safe.`,
      ),
    )
    expect(compileTarget({ url, authorization: BASIC, allowPlainText: true }).authorization).toBe('Basic am9iOnMzY3JldA==')
    expect(compileTarget({ url }).authorization).toBeUndefined()
  })

  test.each(['http://localhost:9091', 'http://127.0.0.1', 'http://127.8.9.10', 'http://2130706433', 'http://[::1]', 'https://gw.example'])(
    'are not in clear to %s',
    (url) => {
      expect(compileTarget({ url, authorization: BASIC }).authorization).toBe('Basic am9iOnMzY3JldA==')
    },
  )
})

describe('authorization', () => {
  test.each<{ authorization: PushAuthorization; header: string; secrets: string[] }>([
    { authorization: { type: 'bearer', token: 'abc.def~+/=' }, header: 'Bearer abc.def~+/=', secrets: ['abc.def~+/='] },
    {
      authorization: { type: 'basic', username: 'ü', password: 'a:b' },
      header: 'Basic w7w6YTpi',
      secrets: ['w7w6YTpi', 'a:b'],
    },
    {
      authorization: { type: 'basic', username: '', password: 'long enough to come first' },
      header: 'Basic OmxvbmcgZW5vdWdoIHRvIGNvbWUgZmlyc3Q=',
      secrets: ['OmxvbmcgZW5vdWdoIHRvIGNvbWUgZmlyc3Q=', 'long enough to come first'],
    },
  ])('becomes $header', ({ authorization, header, secrets }) => {
    expect(compileTarget({ url: 'https://gw.example', authorization })).toMatchObject({ authorization: header, secrets })
  })

  const TOKEN =
    'target.authorization.token is empty or holds a character that a header cannot carry, such as a space or the end of a line. Write the token alone; a file of it may need trim().'
  const USERNAME =
    'target.authorization.username is missing, or holds a colon or a control character, which basic authentication cannot carry. Write the name alone.'
  const PASSWORD =
    'target.authorization.password is empty or holds a control character, which basic authentication cannot carry. Write the password alone; a file of it may need trim().'

  test.each<{ authorization: unknown; message: string }>([
    { authorization: { type: 'bearer', token: '' }, message: TOKEN },
    { authorization: { type: 'bearer' }, message: TOKEN },
    { authorization: { type: 'bearer', token: 's3cret\n' }, message: TOKEN },
    { authorization: { type: 'bearer', token: 's3crét' }, message: TOKEN },
    { authorization: { type: 'basic', username: 'job:s3cret', password: 'x' }, message: USERNAME },
    { authorization: { type: 'basic', username: 'job\n', password: 's3cret' }, message: USERNAME },
    { authorization: { type: 'basic', password: 's3cret' }, message: USERNAME },
    { authorization: { type: 'basic', username: 'job', password: 's3cret\n' }, message: PASSWORD },
    { authorization: { type: 'basic', username: 'job', password: '' }, message: PASSWORD },
    { authorization: { type: 'basic', username: 'job' }, message: PASSWORD },
    {
      authorization: { type: 'digest', password: 's3cret' },
      message: 'target.authorization has the type "digest". Write basic or bearer.',
    },
  ])('$authorization is refused', ({ authorization, message }) => {
    expect(refusalOf({ url: 'https://gw.example', authorization })).toEqual(new TypeError(message))
  })
})

describe('the time-out', () => {
  test.each([0, -1, 0.5, Number.NaN, Infinity, 2_147_483_648])('%s is refused', (timeoutMilliseconds) => {
    expect(refusalOf({ url: 'https://gw.example', timeoutMilliseconds })).toEqual(
      new RangeError(
        `target.timeoutMilliseconds is ${timeoutMilliseconds}: it must lie between 1 and 2147483647. Write it in milliseconds, like 10000.`,
      ),
    )
  })

  test('is a number', () => {
    expect(refusalOf({ url: 'https://gw.example', timeoutMilliseconds: '10' })).toEqual(
      new TypeError('target.timeoutMilliseconds is "10", which is not a number. Write it in milliseconds, like 10000.'),
    )
  })

  test('is ten seconds when nothing is said', () => {
    expect(compileTarget({ url: 'https://gw.example' }).timeoutMilliseconds).toBe(10_000)
  })
})

describe('tls', async () => {
  const [pair, other] = await Promise.all([issueCertificate({ subject: 'a' }), issueCertificate({ subject: 'b' })])
  const bytes = { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) }
  const noCertificate = (name: string): string =>
    `target.tls.${name} holds no certificate that can be read. Give a PEM text that starts with -----BEGIN CERTIFICATE-----.`

  test.each([
    { name: 'text', tls: { ca: pair.cert, ...pair } },
    { name: 'bytes', tls: { ca: bytes.cert, ...bytes } },
    { name: 'several authorities', tls: { ca: [pair.cert, `# b\n${other.cert}${pair.cert}`] } },
    { name: 'a name alone', tls: { servername: 'gw.example' } },
  ])('takes $name', ({ tls }) => {
    expect(compileTarget({ url: 'https://127.0.0.1', tls }).tls).toMatchObject({ servername: tls.servername })
  })

  test.each<{ name: string; tls: unknown; message: string }>([
    { name: 'an authority that is none', tls: { ca: 'ca.pem' }, message: noCertificate('ca') },
    { name: 'an authority cut short', tls: { ca: pair.cert + other.cert.slice(0, -40) }, message: noCertificate('ca') },
    { name: 'an empty authority', tls: { ca: '' }, message: noCertificate('ca') },
    {
      name: 'no authorities',
      tls: { ca: [] },
      message: 'target.tls.ca is empty, so that no gateway could be trusted. Give a PEM text, or leave it out for the public authorities.',
    },
    {
      name: 'a certificate without its key',
      tls: { cert: pair.cert },
      message: 'target.tls has cert without key, and neither proves anything alone. Write both or none.',
    },
    {
      name: 'a key without its certificate',
      tls: { key: pair.key },
      message: 'target.tls has key without cert, and neither proves anything alone. Write both or none.',
    },
    {
      name: 'a key of another certificate',
      tls: { cert: pair.cert, key: other.key },
      message: 'target.tls.key does not belong to target.tls.cert. Give the key that the certificate was issued for.',
    },
    { name: 'a certificate that is none', tls: { cert: 'x', key: pair.key }, message: noCertificate('cert') },
    {
      name: 'a key that is none',
      tls: { cert: pair.cert, key: 's3cret' },
      message:
        'target.tls.key holds no private key that can be read. Give a PEM text that starts with -----BEGIN PRIVATE KEY-----, not encrypted.',
    },
  ])('refuses $name', ({ tls, message }) => {
    const error = refusalOf({ url: 'https://gw.example', tls })
    expect([error.constructor, error.message]).toEqual([TypeError, message])
  })

  test('is refused for an http url, which would not use it', () => {
    expect(refusalOf({ url: 'http://gw.example', tls: {} })).toEqual(
      new TypeError('target.tls is given, but http://gw.example is http and would not use it. Write the url with https.'),
    )
  })
})
