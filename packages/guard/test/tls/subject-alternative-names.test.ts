import { X509Certificate } from 'node:crypto'
import { issueCertificate } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseName, parseSubjectAlternativeNames } from '../../src/tls/subject-alternative-names.ts'

const dns = (value: string): object => ({ kind: 'dns', value })

describe('the names of a certificate, from the text Node shows', () => {
  test.each([
    { text: undefined, names: [] },
    { text: '', names: [] },
    { text: 'DNS:a.example', names: [dns('a.example')] },
    { text: 'DNS:A.Example', names: [dns('a.example')] },
    { text: 'DNS:a.example, DNS:b.example', names: [dns('a.example'), dns('b.example')] },
    {
      text: 'email:Ops@Example.com, URI:spiffe://x/ns/a, IP Address:10.0.0.1',
      names: [
        { kind: 'email', value: 'Ops@Example.com' },
        { kind: 'uri', value: 'spiffe://x/ns/a' },
        { kind: 'ip', value: '10.0.0.1' },
      ],
    },
    { text: 'IP Address:2001:DB8:0:0:0:0:0:1', names: [{ kind: 'ip', value: '2001:db8::1' }] },
    { text: 'IP Address:0:0:0:0:0:FFFF:A00:1', names: [{ kind: 'ip', value: '10.0.0.1' }] },
    { text: 'IP Address:<invalid length=5>', names: [{ kind: 'ip', value: '<invalid length=5>' }] },
    { text: 'DNS:"evil.example\\u002c DNS:a.example"', names: [dns('evil.example, dns:a.example')] },
    { text: 'DNS:"evil.example\\", DNS:a.example"', names: [dns('evil.example", dns:a.example')] },
    { text: 'DNS:"a.example\\u0000.evil"', names: [dns('a.example\0.evil')] },
    { text: 'URI:"spiffe://x/a\\u002cb", DNS:a.example', names: [{ kind: 'uri', value: 'spiffe://x/a,b' }, dns('a.example')] },
    { text: 'othername:XmppAddr:dns@a.example, DNS:a.example', names: [dns('a.example')] },
    { text: 'othername:<unsupported>, DirName:"CN = x\\u002c DNS:a.example", Registered ID:1.2.3.4', names: [] },
    { text: 'DNS:', names: [dns('')] },
  ])('$text', ({ text, names }) => {
    expect(parseSubjectAlternativeNames(text)).toEqual(names)
  })

  test.each([
    { text: 'DNS:a.example,DNS:b.example', because: 'names are parted by a comma and a space' },
    { text: 'DNS:a.example, b.example', because: 'the second has no kind' },
    { text: 'DNS:"a.example', because: 'the quote does not end' },
    { text: 'DNS:a"b", DNS:c.example', because: 'a quote begins inside a value' },
    { text: 'DNS:"a"b, DNS:c.example', because: 'a value goes on behind its quotes' },
    { text: 'DNS:"\\x41", DNS:c.example', because: 'the escape is none of JSON' },
    { text: ':a.example', because: 'the kind is empty' },
    { text: 'a.example', because: 'there is no kind' },
  ])('names nobody: $text ($because)', ({ text }) => {
    expect(parseSubjectAlternativeNames(text)).toEqual([])
  })

  test('are those that openssl wrote, forged commas and all', async () => {
    const names = [
      'DNS:x.example, DNS:prometheus.example',
      'DNS:Prom.Example',
      'IP:10.0.0.1',
      'IP:2001:db8::1',
      'email:a@b.example',
      'URI:spiffe://x/a,b',
      "DNS:it's",
      'DNS:quo"te',
      String.raw`DNS:back\slash`,
    ]
    const { cert } = await issueCertificate({ subject: 'prometheus.example', names })
    expect(parseSubjectAlternativeNames(new X509Certificate(cert).toLegacyObject().subjectaltname)).toEqual([
      dns('x.example, dns:prometheus.example'),
      dns('prom.example'),
      { kind: 'ip', value: '10.0.0.1' },
      { kind: 'ip', value: '2001:db8::1' },
      { kind: 'email', value: 'a@b.example' },
      { kind: 'uri', value: 'spiffe://x/a,b' },
      dns("it's"),
      dns('quo"te'),
      dns('back\\slash'),
    ])
  })

  /** Node's own rule (crypto_common.cc, PrintAltName): what is not plain printable ASCII, or could end a name, is a JSON string. */
  const asNodeWrites = (value: string): string =>
    /^[ !#-&(-+\--[\]-~]*$/.test(value) ? value : JSON.stringify(value).replaceAll(',', '\\u002c').replaceAll("'", '\\u0027')

  test('come back out of the quoting that Node puts them into', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'ab,":\\\' DNS\n\0é'.split('')), maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (values) => {
        const text = values.map((one) => `URI:${asNodeWrites(one)}`).join(', ')
        expect(parseSubjectAlternativeNames(text)).toEqual(values.map((one) => ({ kind: 'uri', value: one })))
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 5_000 },
    )
  })

  test('never come out of text in which no name stands alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab,":\\ DNS'.split('')), maxLength: 30 }), (noise) => {
        const names = parseSubjectAlternativeNames(`DNS:${JSON.stringify(`${noise}, DNS:a.example`)}`)
        expect(names.map(({ value }) => value)).not.toContain('a.example')
      }),
      { interruptAfterTimeLimit: 500 },
    )
  })
})

describe('the names of a policy', () => {
  test.each([
    { text: 'prometheus.example', name: dns('prometheus.example') },
    { text: 'Prometheus.EXAMPLE', name: dns('prometheus.example') },
    { text: 'prometheus', name: dns('prometheus') },
    { text: '_a-1.b_c', name: dns('_a-1.b_c') },
    { text: '10.example', name: dns('10.example') },
    { text: '10.0.0.1', name: { kind: 'ip', value: '10.0.0.1' } },
    { text: '2001:DB8:0::1', name: { kind: 'ip', value: '2001:db8::1' } },
    { text: '::ffff:10.0.0.1', name: { kind: 'ip', value: '10.0.0.1' } },
    { text: 'Ops@Example.com', name: { kind: 'email', value: 'Ops@Example.com' } },
    { text: 'spiffe://x/ns/monitoring/sa/prometheus', name: { kind: 'uri', value: 'spiffe://x/ns/monitoring/sa/prometheus' } },
    { text: 'https://user@x/a,b', name: { kind: 'uri', value: 'https://user@x/a,b' } },
  ])('$text', ({ text, name }) => {
    expect(parseName(text)).toEqual(name)
  })

  test.each([
    '',
    ' ',
    '*',
    '*.example',
    '-a',
    'a..b',
    '.a',
    'a.',
    'a b',
    'a,b',
    'DNS:a.example',
    'a@b@c',
    '@b',
    'a@',
    '10.0.0.0/8',
    '010.0.0.1',
    '10.0.0.256',
    'bücher.example',
    'a\n',
    'spiffe://',
    'x://a b',
  ])('refuses "%s"', (text) => {
    expect(parseName(text)).toBeUndefined()
  })
})
