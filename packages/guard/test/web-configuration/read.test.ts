import { PosternError } from '@postern/guard'
import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readWebConfiguration } from '../../src/web-configuration/read.ts'

const PAIR = 'cert_file: a, key_file: b'
const HASH = '$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi'
const read = (text: string) => readWebConfiguration(text, 'web.yml')

/** Every key at once, as its documentation has them. */
const WHOLE = `
tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.monitoring.svc, 10.0.0.5, ops@example.com, "spiffe://x/ns/monitoring/sa/prometheus"]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: true
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Content-Type-Options: nosniff
    X-Frame-Options: deny
    X-XSS-Protection: "1"
    Content-Security-Policy: "default-src 'none'"
basic_auth_users: {prometheus: ${HASH}}
rate_limit: {interval: 100ms, burst: 10}
`

test('every key is read', () => {
  expect(read(WHOLE)).toEqual({
    file: 'web.yml',
    tls: {
      certificate: { text: undefined, file: 'server.crt', place: { file: 'web.yml', line: 3, column: 14 } },
      key: { text: undefined, file: 'server.key', place: { file: 'web.yml', line: 4, column: 13 } },
      clientAuthority: { text: undefined, file: 'ca.pem', place: { file: 'web.yml', line: 6, column: 19 } },
      clientAuthType: 'RequireAndVerifyClientCert',
      clientAllowedSans: ['prometheus.monitoring.svc', '10.0.0.5', 'ops@example.com', 'spiffe://x/ns/monitoring/sa/prometheus'],
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
      cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
      preferServerCipherSuites: true,
      curves: ['X25519', 'CurveP256'],
    },
    http2: true,
    headers: {
      'Strict-Transport-Security': 'max-age=31536000',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'deny',
      'X-XSS-Protection': '1',
      'Content-Security-Policy': "default-src 'none'",
    },
    users: new Map([['prometheus', HASH]]),
    rateLimit: { intervalMilliseconds: 100, burst: 10 },
    warnings: [],
  })
})

test('a file without keys asks for nothing', () => {
  const nothing = { file: 'web.yml', tls: undefined, http2: true, headers: {}, users: new Map(), rateLimit: undefined, warnings: [] }
  for (const text of [
    '',
    '# nothing\n',
    '{}\n',
    'null\n',
    '---\n',
    'tls_server_config:\nbasic_auth_users:\nrate_limit:\nhttp_server_config:\n',
  ])
    expect(read(text)).toEqual(nothing)
})

test('what is left empty in a list of names is passed over', () => {
  expect(read(`tls_server_config: {${PAIR}, cipher_suites: [~], client_allowed_sans: [~, a]}`).tls).toMatchObject({
    cipherSuites: [],
    clientAllowedSans: ['', 'a'],
  })
})

describe('what Go takes, this takes', () => {
  test.each([
    { name: 'a truth in the words of YAML 1.1', text: 'http_server_config: {http2: off}', seen: { http2: false } },
    {
      name: 'a number where a text is asked for',
      text: 'http_server_config: {headers: {X-XSS-Protection: 1}}',
      seen: { headers: { 'X-XSS-Protection': '1' } },
    },
    { name: 'a name that looks like a number', text: `basic_auth_users: {0x1F: ${HASH}}`, seen: { users: new Map([['0x1F', HASH]]) } },
    { name: 'the first document alone', text: '---\nhttp_server_config: {http2: no}\n---\nfoo: 1\n', seen: { http2: false } },
    {
      name: 'an alias',
      text: `basic_auth_users: {a: &hash ${HASH}, b: *hash}`,
      seen: {
        users: new Map([
          ['a', HASH],
          ['b', HASH],
        ]),
      },
    },
    {
      name: 'merged mappings, which the entries win over that are written out first',
      text: `basic_auth_users: {a: ${HASH}, <<: {a: ${HASH.replace('y', 'b')}, b: ${HASH}}}`,
      seen: {
        users: new Map([
          ['a', HASH],
          ['b', HASH],
        ]),
      },
    },
    {
      name: 'an interval without a unit, which counts nanoseconds',
      text: 'rate_limit: {interval: 2000000, burst: 1.9}',
      seen: { rateLimit: { intervalMilliseconds: 2, burst: 1 } },
    },
    {
      name: 'an interval of several parts',
      text: 'rate_limit: {interval: 1h30m0.5s}',
      seen: { rateLimit: { intervalMilliseconds: 5_400_500, burst: 0 } },
    },
    { name: 'no limit at an interval of nothing', text: 'rate_limit: {interval: 0, burst: 9}', seen: { rateLimit: undefined } },
  ])('$name', ({ text, seen }) => {
    expect(read(text)).toMatchObject(seen)
  })

  test('the older word for a client certificate that is asked for, and texts in the place of files', () => {
    const { tls } = read('tls_server_config: {cert: c, key: k, client_auth_type: RequireClientCert, client_ca: a, client_allowed_sans: []}')
    expect(tls).toMatchObject({
      certificate: { text: 'c', file: undefined },
      key: { text: 'k', file: undefined },
      clientAuthority: { text: 'a', file: undefined },
      clientAuthType: 'RequireAnyClientCert',
      clientAllowedSans: [],
      minVersion: 'TLS12',
      maxVersion: 'TLS13',
      cipherSuites: [],
      curves: [],
    })
  })

  test('a file wins over a text', () => {
    const { tls } = read('tls_server_config: {cert: c, cert_file: f, key: k, key_file: g, client_auth_type: ""}')
    expect(tls).toMatchObject({ certificate: { text: undefined, file: 'f' }, key: { file: 'g' }, clientAuthType: 'NoClientCert' })
  })
})

test('keys that turn no TLS on are told, where the exporters serve plain HTTP without a word (38)', () => {
  expect(read('tls_server_config: {min_version: TLS13, client_allowed_sans: [a]}')).toMatchObject({
    tls: undefined,
    warnings: ['"min_version", "client_allowed_sans" of tls_server_config turn no TLS on: name cert_file and key_file'],
  })
})

test.each([
  { name: 'an unknown key', text: 'foo: 1', place: [1, 1], message: 'the file has no key "foo"' },
  {
    name: 'an unknown key below',
    text: 'tls_server_config:\n  certfile: x',
    place: [2, 3],
    message: 'tls_server_config has no key "certfile"',
  },
  {
    name: 'a key twice',
    text: `basic_auth_users:\n  a: ${HASH}\n  a: ${HASH}`,
    place: [3, 3],
    message: 'basic_auth_users has the key "a" twice',
  },
  { name: 'a key that is no text', text: '? [a]\n: 1', place: [1, 3], message: 'a key is a text, and this one is not' },
  {
    name: 'an alias of itself',
    text: 'basic_auth_users: &a {b: *a}',
    place: [1, 22],
    message: 'basic_auth_users.b is a mapping and not a text',
  },
  { name: 'no YAML', text: '\thttp_server_config: {}', place: [1, 1], message: expect.stringMatching(/^this is not YAML: /) },
  { name: 'a text for a file', text: 'a', place: [1, 1], message: 'the file is the text or number "a" and not a mapping' },
  { name: 'a list for a mapping', text: 'tls_server_config: []', place: [1, 20], message: 'tls_server_config is a list and not a mapping' },
  {
    name: 'a text for a list',
    text: 'tls_server_config: {cipher_suites: TLS_RSA}',
    place: [1, 36],
    message: 'tls_server_config.cipher_suites is the text or number "TLS_RSA" and not a list',
  },
  {
    name: 'a quoted truth',
    text: 'http_server_config: {http2: "yes"}',
    place: [1, 29],
    message: 'http_server_config.http2 is the text or number "yes" and not a truth',
  },
  {
    name: 'a text for a number',
    text: 'rate_limit: {burst: "1"}',
    place: [1, 21],
    message: 'rate_limit.burst is the text or number "1" and not a number',
  },
  {
    name: 'a mapping for a text, cut short',
    text: 'rate_limit: {interval: {a: b}}',
    place: [1, 24],
    message: 'rate_limit.interval is a mapping and not a text',
  },
  {
    name: 'a long text',
    text: `tls_server_config: {curve_preferences: ${'x'.repeat(40)}}`,
    place: [1, 40],
    message: `tls_server_config.curve_preferences is a text and not a list`,
  },
  {
    name: 'an interval in days',
    text: 'rate_limit: {interval: 1d}',
    place: [1, 24],
    message: `rate_limit.interval is "1d", which is no duration of Go's`,
  },
  {
    name: 'a quoted interval without a unit',
    text: 'rate_limit: {interval: "100"}',
    place: [1, 24],
    message: `rate_limit.interval is "100", which is no duration of Go's`,
  },
  {
    name: 'an interval of no text',
    text: 'rate_limit: {interval: ""}',
    place: [1, 24],
    message: `rate_limit.interval is "", which is no duration of Go's`,
  },
  { name: 'a burst below none', text: 'rate_limit: {interval: 1s, burst: -1}', place: [1, 35], message: 'rate_limit.burst is -1' },
  {
    name: 'a header of ours',
    text: 'http_server_config: {headers: {Server: x}}',
    place: [1, 32],
    message: 'http_server_config.headers cannot be used: HTTP header "Server" can not be configured',
  },
  {
    name: 'a header in another case',
    text: 'http_server_config: {headers: {x-frame-options: deny}}',
    place: [1, 32],
    message: 'http_server_config.headers cannot be used: HTTP header "x-frame-options" can not be configured',
  },
  {
    name: 'a value that a header has not',
    text: 'http_server_config: {headers: {X-Frame-Options: y}}',
    place: [1, 32],
    message: 'http_server_config.headers cannot be used: "y" is no value of X-Frame-Options',
  },
  {
    name: 'a header left empty',
    text: 'http_server_config: {headers: {X-Content-Type-Options: }}',
    place: [1, 32],
    message: 'http_server_config.headers cannot be used: "" is no value of X-Content-Type-Options',
  },
  {
    name: 'a control character',
    text: 'http_server_config: {headers: {X-XSS-Protection: "\\0"}}',
    place: [1, 32],
    message: 'http_server_config.headers cannot be used: the value of X-XSS-Protection holds a control character',
  },
  {
    name: 'an unknown version',
    text: 'tls_server_config: {min_version: TLS14}',
    place: [1, 34],
    message: 'tls_server_config.min_version names an unknown TLS version: "TLS14"',
  },
  {
    name: 'an unknown curve',
    text: 'tls_server_config: {curve_preferences: [x]}',
    place: [1, 41],
    message: 'tls_server_config.curve_preferences names an unknown curve: "x"',
  },
  {
    name: 'an unknown cipher',
    text: 'tls_server_config: {cipher_suites: [x]}',
    place: [1, 37],
    message: 'tls_server_config.cipher_suites names an unknown cipher: "x"',
  },
  {
    name: 'an unknown ClientAuth',
    text: `tls_server_config: {${PAIR}, client_auth_type: X}`,
    place: [1, 66],
    message: 'tls_server_config.client_auth_type names an unknown ClientAuth: "X"',
  },
  {
    name: 'no certificate',
    text: 'tls_server_config: {client_auth_type: NoClientCert}',
    place: [1, 20],
    message: 'tls_server_config is missing one of cert or cert_file',
  },
  {
    name: 'no key',
    text: 'tls_server_config: {cert_file: x}',
    place: [1, 20],
    message: 'tls_server_config is missing one of key or key_file',
  },
  {
    name: 'a client CA that nobody is asked for (29)',
    text: `tls_server_config: {${PAIR}, client_ca_file: c}`,
    place: [1, 20],
    message: "tls_server_config names a client CA and no client_auth_type: client CA's have been configured without a Client Auth Policy",
  },
])('$name is refused, with its place', ({ text, place: [line, column], message }) => {
  const fault = faultOf(() => read(text))
  expect(fault).toMatchObject({ code: 'ERR_POSTERN_WEB_CONFIG', message, source: { file: 'web.yml', line, column } })
})

test.each([
  {
    name: 'cut short (15)',
    hash: HASH.slice(0, 30),
    message: expect.stringMatching(/^the hash of "a" is not a bcrypt hash but a damaged/),
  },
  { name: 'of a cost that takes days (15)', hash: HASH.replace('$10$', '$31$'), message: expect.stringMatching(/cost 31/) },
  { name: 'that is none', hash: 'b', message: expect.stringMatching(/is not a bcrypt hash/) },
  { name: 'left out', hash: '', message: expect.stringMatching(/is not a bcrypt hash .* \(0 characters/) },
])('a hash $name is refused, and not repeated', ({ hash, message }) => {
  const fault = faultOf(() => read(`basic_auth_users:\n  a: ${hash}`))
  expect(fault).toMatchObject({ code: 'ERR_POSTERN_HASH', message, source: { file: 'web.yml', line: 2 } })
  if (hash.length > 1) expect(JSON.stringify(fault)).not.toContain(hash)
})

const errorOf = (text: string): unknown => {
  try {
    return read(text)
  } catch (error) {
    return error
  }
}

test('all faults are told at once', () => {
  const fault = errorOf(
    'tls_server_config: {min_version: x}\nhttp_server_config: {http2: x}\nbasic_auth_users: {a: b}\nrate_limit: {burst: x}',
  )
  const lines = fault instanceof PosternError ? [fault, ...fault.others].map(({ source }) => source?.line) : []
  expect(lines).toEqual([2, 3, 1, 4])
})

test('whatever is in a file, it is read or refused, and no line of it decides otherwise', () => {
  const keys = [
    'tls_server_config',
    'http_server_config',
    'basic_auth_users',
    'rate_limit',
    'headers',
    'cert_file',
    'interval',
    'X-Frame-Options',
  ]
  const marks = [':', ' ', '\n', '  ', '- ', '[', ']', '{', '}', '&a', '*a', '<<', '!!binary', '!x', '|', '"', "'", '#', '---', '...', '%']
  const word = fc.constantFrom(...keys, ...marks, '1', 'yes', HASH)
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
  )
  fc.assert(
    fc.property(text, (file) => {
      const answer = errorOf(file)
      expect(answer instanceof Error ? answer.name : 'PosternError').toBe('PosternError')
    }),
    { numRuns: 1_000, interruptAfterTimeLimit: 2_000 },
  )
})
