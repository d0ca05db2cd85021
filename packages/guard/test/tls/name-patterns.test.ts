import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseNamePattern } from '../../src/tls/name-patterns.ts'
import type { SubjectAlternativeName } from '../../src/tls/subject-alternative-names.ts'

const dns = (value: string): SubjectAlternativeName => ({ kind: 'dns', value })
const uri = (value: string): SubjectAlternativeName => ({ kind: 'uri', value })
const meets = (pattern: string, name: SubjectAlternativeName): boolean | undefined => parseNamePattern(pattern)?.(name)

describe('a name that is meant', () => {
  test.each([
    { pattern: 'prometheus.example', name: dns('prometheus.example') },
    { pattern: 'PROMETHEUS.example', name: dns('prometheus.example') },
    { pattern: '10.0.0.1', name: { kind: 'ip', value: '10.0.0.1' } },
    { pattern: 'ops@example.com', name: { kind: 'email', value: 'ops@example.com' } },
    { pattern: 'spiffe://x/ns/a', name: uri('spiffe://x/ns/a') },
    { pattern: '*.example.com', name: dns('prom-1.example.com') },
    { pattern: '*.Example.com', name: dns('_a.example.com') },
    { pattern: 'spiffe://td/ns/monitoring/*', name: uri('spiffe://td/ns/monitoring/sa') },
    { pattern: 'spiffe://td/ns/monitoring/*', name: uri('spiffe://td/ns/monitoring/sa/prometheus-0.1_a') },
    { pattern: 'spiffe://td/*', name: uri('spiffe://td/..a/b..') },
    { pattern: 'https://user@x/a,b/*', name: uri('https://user@x/a,b/c') },
  ] as { pattern: string; name: SubjectAlternativeName }[])('$pattern is met by $name.value', ({ pattern, name }) => {
    expect(meets(pattern, name)).toBe(true)
  })

  test.each([
    { pattern: 'prometheus.example', name: dns('x.prometheus.example') },
    { pattern: 'prometheus.example', name: uri('prometheus.example') },
    { pattern: '*.example.com', name: dns('a.b.example.com') },
    { pattern: '*.example.com', name: dns('example.com') },
    { pattern: '*.example.com', name: dns('.example.com') },
    { pattern: '*.example.com', name: dns('*.example.com') },
    { pattern: '*.example.com', name: dns('a\0.example.com') },
    { pattern: '*.example.com', name: dns('x, dns:a.example.com') },
    { pattern: '*.example.com', name: dns('a.example.com.evil') },
    { pattern: '*.example.com', name: dns('aexample.com') },
    { pattern: '*.example.com', name: dns(`${'a'.repeat(64)}.example.com`) },
    { pattern: '*.example.com', name: uri('a.example.com') },
    { pattern: 'spiffe://td/ns/monitoring/*', name: dns('spiffe://td/ns/monitoring/sa') },
    ...[
      'spiffe://td/ns/monitoring',
      'spiffe://td/ns/monitoring/',
      'spiffe://td/ns/monitoring-2/sa',
      'spiffe://td/ns/monitoring/../other',
      'spiffe://td/ns/monitoring/a/../../other',
      'spiffe://td/ns/monitoring/.',
      'spiffe://td/ns/monitoring/..',
      'spiffe://td/ns/monitoring//a',
      'spiffe://td/ns/monitoring/a/',
      'spiffe://td/ns/monitoring/%2e%2e/other',
      'spiffe://td/ns/monitoring/a?b',
      'spiffe://td/ns/monitoring/a#b',
      'spiffe://td/ns/monitoring/a\n',
      'spiffe://td/ns/monitoring/a\u202e',
      'SPIFFE://td/ns/monitoring/a',
      'spiffe://td.evil/ns/monitoring/a',
      `spiffe://td/ns/monitoring/${'a'.repeat(3_000)}`,
    ].map((value) => ({ pattern: 'spiffe://td/ns/monitoring/*', name: uri(value) })),
  ])('$pattern is not met by $name.kind $name.value (28)', ({ pattern, name }) => {
    expect(meets(pattern, name)).toBe(false)
  })

  test.each([
    '*',
    '*.',
    '**.example',
    '*.*.example',
    'a.*.example',
    'a*.example',
    '*example',
    '*.10.0.0.1',
    '*.a@b.example',
    '*@example.com',
    '10.0.0.*',
    'spiffe://*',
    'spiffe:///*',
    'spiffe://*/ns/a',
    'spiffe://td/*/a',
    'spiffe://td/ns*',
    'spiffe://td/*/*',
    'spiffe://t d/*',
    '/*',
    '',
  ])('%j is none', (text) => {
    expect(parseNamePattern(text)).toBeUndefined()
  })

  test('below a path is nothing that a path could be left by', () => {
    const segment = fc.constantFrom('a', '..', '.', '', '%2e', '%2f', '...', 'x.y', '*', '\\')
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const rest = segments.join('/')
        const plain = segments.every((one) => ['a', '...', 'x.y'].includes(one))
        expect(meets('spiffe://td/ns/*', uri(`spiffe://td/ns/${rest}`))).toBe(plain)
        if (plain) expect(new URL(rest, 'https://td/ns/').pathname).toBe(`/ns/${rest}`)
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 2_000 },
    )
  })
})
