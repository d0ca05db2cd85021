/** What views are written in: names, selectors, formats and secrets. */
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { ByteKeys, hashOf } from '../../src/views/byte-keys.ts'
import { acceptText, readContentType } from '../../src/views/content-type.ts'
import { compileNamePattern, namesOf } from '../../src/views/family-names.ts'
import { compileSecrets } from '../../src/views/secrets.ts'
import { parseSelector } from '../../src/views/selector.ts'
import { filter, OPENMETRICS, TEXT, viewOf } from './support.ts'

describe('a family', () => {
  test.each([
    { family: 'orders', type: 'counter', sample: 'orders_total', names: ['orders', 'orders_total'] },
    { family: 'orders_total', type: 'counter', sample: 'orders_total', names: ['orders', 'orders_total'] },
    { family: 'orders', type: 'counter', sample: 'orders_created', names: ['orders', 'orders_created', 'orders_total'] },
    { family: 'orders_created', type: 'gauge', sample: 'orders_created', names: ['orders', 'orders_created', 'orders_total'] },
    { family: 'build', type: 'info', sample: 'build_info', names: ['build', 'build_info'] },
    { family: 'build_info', type: 'gauge', sample: 'build_info', names: ['build', 'build_info'] },
    { family: 'lat', type: 'histogram', sample: 'lat_bucket', names: ['lat'] },
    { family: 'queue_count', type: 'gauge', sample: 'queue_count', names: ['queue_count'] },
    { family: 'lat_bucket', type: undefined, sample: 'lat_bucket', names: ['lat', 'lat_bucket'] },
    { family: '_total', type: undefined, sample: '_total', names: ['_total'] },
  ])('$family of type $type goes by $names', ({ family, type, sample, names }) => {
    expect([...namesOf(family, type, sample)].toSorted()).toEqual(names)
  })

  test.each([
    { pattern: 'up', yes: ['up'], no: ['up_x', 'UP'] },
    { pattern: 'shop_*', yes: ['shop_', 'shop_x'], no: ['shop', 'xshop_'] },
    { pattern: '*_debug_*', yes: ['a_debug_b'], no: ['a_debug'] },
    { pattern: 'shop.orders', yes: ['shop.orders', 'shop_orders'], no: ['shopXorders'] },
    { pattern: '1up', yes: ['1up', '_up'], no: ['up'] },
    { pattern: 'a1', yes: ['a1'], no: ['a_'] },
    { pattern: 'kasse größe', yes: ['kasse größe', 'kasse_gr__e'], no: ['kasse'] },
  ])('$pattern speaks of $yes', ({ pattern, yes, no }) => {
    const matches = compileNamePattern(pattern)
    expect([yes.filter((name) => !matches(name)), no.filter((name) => matches(name))]).toEqual([[], []])
  })

  test.each(['', 'a{b="c"}', 'a"', 7])('%j is no name of one', (pattern) => {
    expect(faultOf(() => compileNamePattern(pattern))?.message).toBe(`${JSON.stringify(pattern)} is not the name of a family`)
  })
})

describe('a selector', () => {
  const LINES = ['a{x="1"} 1', 'a{x="2",y="q"} 1', 'b{x="1",z="a\\"b\\\\\\n"} 1', 'a_b 1', '{"a.b",x="1"} 1', '{"x.y",x.l="1"} 1']
  const LABEL = '{"x.y","x.l"="1"} 1'
  const body = `${LINES.slice(0, 5).join('\n')}\n${LABEL}\n`
  const shownBy = (selector: string): string[] =>
    filter(viewOf({ series: { allow: [selector] } }), body)
      .text.split('\n')
      .slice(0, -1)

  test.each([
    { selector: 'a', shows: [0, 1] },
    { selector: '{x="1"}', shows: [0, 2, 4] },
    { selector: ' a { x = "1" , } ', shows: [0] },
    { selector: '{x!="1"}', shows: [1, 3, 5] },
    { selector: '{x=""}', shows: [3, 5] },
    { selector: '{x=~"[12]",y!~"q|r"}', shows: [0, 2, 4] },
    { selector: '{x=~"1|"}', shows: [0, 2, 3, 4, 5] },
    { selector: "{z='a\"b\\\\\\n'}", shows: [2] },
    { selector: '{z=`a"b\\`}', shows: [] },
    { selector: '{z=~"a\\"b.*"}', shows: [2] },
    { selector: '{__name__=~"a.*"}', shows: [0, 1, 3, 4] },
    { selector: '{__name__=~"a\\\\.b"}', shows: [3, 4] },
    { selector: '{__name__=~"(a[.])?[^x]|é{2}|^a\\\\.b$"}', shows: [0, 1, 2, 3, 4] },
    { selector: '{__name__!="a"}', shows: [2, 3, 4, 5] },
    { selector: '{"a.b"}', shows: [3, 4] },
    { selector: '{"a.b",x="1"}', shows: [4] },
    { selector: '{"x.l"="1"}', shows: [5] },
    { selector: '{x="\\t"}', shows: [] },
  ])('$selector shows lines $shows', ({ selector, shows }) => {
    expect(shownBy(selector)).toEqual(shows.map((index) => [...LINES.slice(0, 5), LABEL][index]))
  })

  test('prefers the label of the very name to one that may be the same, escaped', () => {
    const deny = viewOf({ series: { deny: ['{"c.d"="x"}'] } })
    const lines = 'a{c_d="x"} 1\na{c_d="y","c.d"="x"} 1\na{"c.d"="x",c_d="y"} 1\na{"c.d"="y",c_d="x"} 1\n'
    expect(filter(deny, lines).text).toBe('a{"c.d"="y",c_d="x"} 1\n')
  })

  test('compares values with escapes in any spelling', () => {
    const deny = viewOf({ series: { deny: ['{a="x\\\\y"}', '{a="lang"}'] } })
    expect(filter(deny, 'm{a="x\\\\y"} 1\nm{a="x\\y"} 1\nm{a="lan"} 1\nm{a="langx"} 1\n').text).toBe('m{a="lan"} 1\nm{a="langx"} 1\n')
  })

  test.each([
    { selector: '', why: 'selects every series' },
    { selector: '{}', why: 'selects every series' },
    { selector: '{a}', why: 'has no =, !=, =~ or !~ after "a"' },
    { selector: '{a="b"', why: 'has no "," or "}" where the end stands' },
    { selector: '{a="b" c="d"}', why: 'has no "," or "}" where "c=\\"d\\"}" stands' },
    { selector: '{="b"}', why: 'has no label where "=\\"b\\"}" stands' },
    { selector: '{a=b}', why: 'has no value in quotes after a=' },
    { selector: '{a="\\q"}', why: 'has the escape \\q; write a backslash in quotes as \\\\, or use backquotes' },
    { selector: 'a b', why: 'goes on with "b"' },
    { selector: 7, why: 'is no text' },
  ])('$selector is refused', ({ selector, why }) => {
    expect(faultOf(() => parseSelector(selector))?.message).toBe(`the selector ${JSON.stringify(String(selector))} ${why}`)
  })
})

describe('a format', () => {
  const PROMETHEUS =
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
  test.each([
    { accept: undefined, asks: 'text/plain;version=0.0.4' },
    { accept: '', asks: 'text/plain;version=0.0.4' },
    { accept: PROMETHEUS, asks: PROMETHEUS.slice(PROMETHEUS.indexOf(',') + 1) },
    { accept: 'application/vnd.google.protobuf', asks: 'text/plain;version=0.0.4' },
    { accept: 'application/openmetrics-text;version=2.0.0, text/html', asks: 'text/plain;version=0.0.4' },
    { accept: 'text/plain; version=1.0.0; escaping=values', asks: 'text/plain; version=1.0.0' },
    { accept: 'text/plain;version=1.0.0;version=0.0.4, text/*', asks: 'text/*' },
  ])('is asked for as $asks', ({ accept, asks }) => {
    expect(acceptText(accept)).toBe(asks)
  })

  test.each([
    { type: 'text/plain', format: { openMetrics: false } },
    { type: TEXT, format: { openMetrics: false } },
    { type: 'Text/Plain; version="1.0.0"; Charset=UTF-8; escaping=underscores;', format: { openMetrics: false } },
    { type: OPENMETRICS, format: { openMetrics: true } },
    { type: 'text/plain; version=', format: undefined },
    { type: 'text/plain; charset=utf-16', format: undefined },
    { type: 'text/plain; escaping=values', format: undefined },
    { type: 'text/plain; version=0.0.4; version=0.0.4', format: undefined },
    { type: 'text/plain; version=2', format: undefined },
    { type: 'text/html', format: undefined },
    { type: '*/*', format: undefined },
    { type: '', format: undefined },
    { type: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited', format: undefined },
  ])('is read from $type', ({ type, format }) => {
    expect(readContentType(type)).toEqual(format)
  })
})

describe('a secret', () => {
  const secrets = compileSecrets({ patterns: 'secrets', mode: 'redact' })
  const kindOf = (text: string): string | undefined =>
    secrets.any.matchesText(text) ? secrets.kinds.find(({ automaton }) => automaton.matchesText(text))?.name : undefined
  test.each([
    { kind: 'jwt', text: 'x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl' },
    { kind: 'private-key', text: '-----BEGIN PRIVATE KEY-----' },
    { kind: 'private-key', text: '-----BEGIN RSA PRIVATE KEY-----\nMII' },
    { kind: 'url-password', text: 'postgres://app:hunter2@db.internal:5432/shop' },
    { kind: 'url-password', text: 'redis://:pw@cache' },
    { kind: 'email', text: 'from a.b+c@mail.example.org.' },
    { kind: 'token', text: `ghp_${'a1B2'.repeat(9)}` },
    { kind: 'token', text: 'AKIAIOSFODNN7EXAMPLE' },
    { kind: 'token', text: 'Authorization: Bearer abcdefghijklmnop' },
    { kind: 'token', text: '/login?access_token=abcd' },
    { kind: 'token', text: '/x?token=abcd' },
  ])('of kind $kind is seen in $text', ({ kind, text }) => {
    expect(kindOf(text)).toBe(kind)
  })

  test.each([
    '/api/v1/items/{id}',
    '200',
    '0.005',
    'https://example.org/a@b',
    'http://10.0.0.1:9100/metrics',
    'd670460b4b4aece5915caf5c68d12f560a9fe3e4',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '550e8400-e29b-41d4-a716-446655440000',
    'eyJ.eyJ.',
    'user@localhost',
    '-----BEGIN CERTIFICATE-----',
    'basic auth',
  ])('is not seen in %s', (text) => {
    expect(kindOf(text)).toBeUndefined()
  })
})

describe('keys of bytes', () => {
  const add = (keys: ByteKeys, text: string): number => keys.add(Buffer.from(`..${text}`), 2, text.length + 2)

  test('have the number of their first coming', () => {
    const keys = new ByteKeys(1_000_000)
    const texts = Array.from({ length: 3000 }, (_, index) => `key-${index}`)
    for (const turn of [0, 1])
      expect(
        texts.map((text) => add(keys, text)).every((number, index) => number === index),
        `${turn}`,
      ).toBe(true)
    keys.clear()
    expect([add(keys, 'key-7'), add(keys, ''), add(keys, 'key-7'), add(keys, ''), keys.count]).toEqual([0, 1, 0, 1, 2])
  })

  test('are told apart although their hashes are one', () => {
    for (const [one, other] of [
      ['k32728', 'k261234'],
      ['z1swlqwy', 'z1w2d7jq'],
    ] as const) {
      expect(hashOf(Buffer.from(one), 0, one.length)).toBe(hashOf(Buffer.from(other), 0, other.length))
      const keys = new ByteKeys(1_000_000)
      expect([add(keys, one), add(keys, other), add(keys, one)]).toEqual([0, 1, 0])
    }
  })

  test('have none when there is no room', () => {
    const keys = new ByteKeys(5)
    expect([add(keys, 'abc'), add(keys, 'def'), add(keys, 'de'), add(keys, 'abc')]).toEqual([0, -1, 1, 0])
  })

  test('that all meet in one place of the table cost a bounded walk', () => {
    const keys = new ByteKeys(1_000_000)
    const met: string[] = []
    // The last twelve bits say the place in every table that so many keys are put into.
    for (let index = 0; met.length < 520; index += 1) {
      const text = `k${index}`
      if ((hashOf(Buffer.from(text), 0, text.length) & 4095) === 4095) met.push(text)
    }
    expect(met.map((text) => add(keys, text))).toEqual(met.map((_, index) => (index < 512 ? index : -1)))
  })
})
