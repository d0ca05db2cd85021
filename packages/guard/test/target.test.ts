import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTarget } from '../src/target.ts'

describe('targets with one reading', () => {
  test.each([
    { text: '/', path: '/', query: '' },
    { text: '/metrics', path: '/metrics', query: '' },
    { text: '/metrics/', path: '/metrics/', query: '' },
    { text: '/METRICS', path: '/METRICS', query: '' },
    { text: '/a/b/c', path: '/a/b/c', query: '' },
    { text: '/.well-known/x', path: '/.well-known/x', query: '' },
    { text: '/...', path: '/...', query: '' },
    { text: '/a..b/.c', path: '/a..b/.c', query: '' },
    { text: "/-_~!$&'()*+,=:@", path: "/-_~!$&'()*+,=:@", query: '' },
    { text: '/metrics?', path: '/metrics', query: '?' },
    { text: '/metrics?name[]=up&name[]=%7B', path: '/metrics', query: '?name[]=up&name[]=%7B' },
    { text: '/metrics?x=/../y//z;a?b', path: '/metrics', query: '?x=/../y//z;a?b' },
    { text: '/probe?target=http://x:9100', path: '/probe', query: '?target=http://x:9100' },
    { text: `/${'a'.repeat(8191)}`, path: `/${'a'.repeat(8191)}`, query: '' },
  ])('$text', ({ text, path, query }) => {
    expect(parseTarget(text)).toEqual({ path, query })
  })
})

describe('targets that are refused', () => {
  test.each([
    { text: '', because: 'it is empty' },
    { text: 'metrics', because: 'it does not begin with a slash' },
    { text: '*', because: 'it names no path' },
    { text: 'localhost:9090', because: 'it is a host and a port' },
    { text: 'http://169.254.169.254/metrics', because: 'it names a host' },
    { text: 'HTTP://localhost/metrics', because: 'it names a host' },
    { text: '//metrics', because: 'a host to some, an empty segment to others' },
    { text: '//evil.example/metrics', because: 'a host to some' },
    { text: '/metrics//', because: 'of an empty segment' },
    { text: '/a//metrics', because: 'of an empty segment' },
    { text: '/./metrics', because: 'of a dot segment' },
    { text: '/x/../metrics', because: 'of a dot segment' },
    { text: '/metrics/.', because: 'of a dot segment' },
    { text: '/metrics/..', because: 'of a dot segment' },
    { text: '/..', because: 'of a dot segment' },
    { text: '/%6detrics', because: 'of an encoded letter' },
    { text: '/metrics%2f', because: 'of an encoded slash' },
    { text: '/metrics%2F..%2Fadmin', because: 'of an encoded slash' },
    { text: '/%2e%2e/metrics', because: 'of encoded dots' },
    { text: '/.%2e/metrics', because: 'of an encoded dot' },
    { text: '/metrics%252e', because: 'it is encoded twice' },
    { text: '/healthz%23/../metrics', because: 'of an encoded hash' },
    { text: '/metrics%00', because: 'of an encoded NUL' },
    { text: '/%c0%af', because: 'of an overlong slash' },
    { text: '/metrics%', because: 'of a percent sign alone' },
    { text: '\\metrics', because: 'of a backslash' },
    { text: '/\\metrics', because: 'of a backslash' },
    { text: '/x\\..\\metrics', because: 'of a backslash' },
    { text: '/metrics;a', because: 'of a semicolon' },
    { text: '/metrics;a=b/x', because: 'of a semicolon' },
    { text: '/..;/metrics', because: 'of a semicolon' },
    { text: '/metrics#x', because: 'of a fragment' },
    { text: '/metrics?x#y', because: 'of a fragment in the query' },
    { text: '/metrics?"', because: 'of a quote in the query' },
    { text: '/metrics?<script>', because: 'of an angle bracket in the query' },
    { text: '/metrics?\\', because: 'of a backslash in the query' },
    { text: '/metrics?a b', because: 'of a space in the query' },
    { text: '/metrics?^`', because: 'of characters that are no part of a URL' },
    { text: '/metrics?é', because: 'of a letter beyond ASCII in the query' },
    { text: '/métrics', because: 'of a letter beyond ASCII' },
    { text: '/metrics\u0000', because: 'of a NUL' },
    { text: '/metrics\n', because: 'of a line end' },
    { text: '/metrics?x\n', because: 'of a line end in the query' },
    { text: '/metrics\t', because: 'of a tab' },
    { text: '/metrics\u007f', because: 'of a control character' },
    { text: ' /metrics', because: 'of a space' },
    { text: '/me trics', because: 'of a space' },
    { text: '/"', because: 'of a quote' },
    { text: '/<x>', because: 'of angle brackets' },
    { text: '/{a}|^`', because: 'of characters that are no part of a URL' },
    { text: `/${'a'.repeat(8192)}`, because: 'it is longer than 8192 characters' },
    { text: `/?${'a'.repeat(8191)}`, because: 'it is longer than 8192 characters' },
  ])('$text, because $because', ({ text }) => {
    expect(parseTarget(text)).toBeUndefined()
  })
})

describe('any target', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    'metrics',
    'a',
    '%2e',
    '%2f',
    '%6d',
    ';',
    '\\',
    '?',
    '#',
    '=',
    '&',
    '[',
    '\t',
    '\u0000',
    'é',
    ' ',
    ':',
    '@',
    '//',
    "'",
    '"',
    '~',
    '|',
  )
  const target = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`),
    fc.string({ maxLength: 30 }).map((text) => `/${text}`),
  )

  test('that is accepted is read the same by the URL parser of browsers', () => {
    fc.assert(
      fc.property(target, (text) => {
        const parsed = parseTarget(text)
        fc.pre(parsed !== undefined)
        const url = new URL(text, 'http://x')
        expect([url.host, url.pathname, url.hash]).toEqual(['x', parsed.path, ''])
        expect(text).toBe(`${parsed.path}${parsed.query}`)
        expect(decodeURIComponent(parsed.path)).toBe(parsed.path)
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 5_000 },
    )
  })

  test('is answered in one pass, however long it is', () => {
    const long = '/a'.repeat(4_000)
    expect([parseTarget(`${long}%`), parseTarget(long)?.path]).toEqual([undefined, long])
  })
})
