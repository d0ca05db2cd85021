import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { exampleOf } from '../../src/config/examples.ts'
import { policySchema, tokensSchema } from '../../src/config/schema.ts'

/** The line without the words that explain its placeholder. */
const lineOf = (...path: readonly (string | number)[]): string => String(exampleOf(path)).replace(/, where .*$/, '')

test('the examples of the keys of a policy are a policy', () => {
  const { success, data } = policySchema.safeParse(
    parse(
      Object.keys(policySchema.shape)
        .map((key) => lineOf(key))
        .join('\n'),
    ),
  )
  expect([success, Object.keys(data ?? {})]).toEqual([true, Object.keys(policySchema.shape)])
})

test.each([
  { kind: 'basic', keys: ['realm', 'users_file', 'users', 'remember_seconds'] },
  { kind: 'bearer', keys: ['realm', 'tokens_file', 'tokens'] },
  { kind: 'kubernetes', keys: ['realm', 'audiences', 'server', 'ca_file', 'token_file', 'remember_seconds', 'stale_seconds'] },
  { kind: 'client-certificate', keys: ['ca_file', 'names', 'principal', 'crl_file', 'expired_crl'] },
  {
    kind: 'jwt',
    keys: [
      'realm',
      'issuer',
      'audience',
      'algorithms',
      'jwks_file',
      'jwks_url',
      'discovery',
      'ca_file',
      'keep_seconds',
      'principal_claim',
      'groups_claim',
      'required_claims',
      'token_type',
      'clock_tolerance_seconds',
      'max_lifetime_seconds',
      'max_token_bytes',
    ],
  },
])('the examples of the keys of $kind are a credential', ({ kind, keys }) => {
  const credential: unknown = parse([`type: ${kind}`, ...keys.map((key) => lineOf(key))].join('\n'))
  const policy = { listen: ['x'], routes: [{ path: 'x', upstream: 'x' }], guard: { credentials: [credential] } }
  expect(policySchema.safeParse(policy).error).toBeUndefined()
})

test('the examples of the keys of limits are limits', () => {
  const guardOf = (lines: readonly string[]): unknown => parse(`credentials: none\nlimits:\n${lines.map((line) => `  ${line}\n`).join('')}`)
  const policyOf = (guard: unknown) => ({ listen: ['x'], routes: [{ path: 'x', upstream: 'x' }], guard })
  const below = (key: string, ...keys: string[]): string => `${key}: {${keys.map((inner) => lineOf(key, inner)).join(', ')}}`
  const whole = ['per_client', 'total', 'in_flight', 'lockout', 'store'].map((key) => lineOf('limits', key))
  const parts = [
    below('per_client', 'requests', 'per_seconds', 'burst'),
    below('in_flight', 'per_client', 'total'),
    below('lockout', 'failures', 'within_seconds', 'for_seconds'),
    below('store', 'url', 'url_file', 'prefix', 'timeout_milliseconds'),
  ]
  for (const lines of [whole, parts]) expect(policySchema.safeParse(policyOf(guardOf(lines))).error).toBeUndefined()
  expect(policySchema.safeParse(policyOf(parse(`credentials: none\n${lineOf('limits')}`))).error).toBeUndefined()
})

test('the examples of what a rule asks of Kubernetes are a rule', () => {
  const keys = ['server', 'ca_file', 'token_file', 'remember_seconds', 'stale_seconds', 'resource_attributes', 'rewrites']
  const attributes = ['namespace', 'api_group', 'api_version', 'resource', 'subresource', 'name']
  for (const kubernetes of [
    parse(lineOf('kubernetes')).kubernetes,
    parse(keys.map((key) => lineOf(key)).join('\n')),
    { resource_attributes: parse(attributes.map((key) => lineOf(key)).join('\n')) },
    { rewrites: parse([lineOf('by_query_parameter'), lineOf('by_http_header')].join('\n')) },
  ] as unknown[]) {
    const guard = { credentials: 'none', rules: [{ ...(parse(lineOf('authorize')) as object), authorize: { kubernetes } }] }
    expect(policySchema.safeParse({ listen: ['x'], routes: [{ path: 'x', upstream: 'x' }], guard }).error).toBeUndefined()
  }
})

test('the examples of the keys of TLS are a listener', () => {
  const keys = Object.keys(policySchema.shape.tls.unwrap().shape)
  const tls: unknown = parse(keys.map((key) => lineOf(key)).join('\n'))
  const policy = { listen: ['x'], tls, routes: [{ path: 'x', upstream: 'x' }], guard: { credentials: 'none' } }
  expect([policySchema.safeParse(policy).error, Object.keys(tls as object)]).toEqual([undefined, keys])
})

test.each([
  'certificates',
  'cipher_suites',
  'curves',
  'listen',
  'names',
  'audiences',
  'groups',
  'algorithms',
  'allow',
  'deny',
  'routes',
  'credentials',
  'tokens',
])('an item of %s is the one of its list', (key) => {
  expect(parse(lineOf(key))).toEqual({ [key]: [parse(lineOf(key, 0))] })
})

test('a file of tokens and its keys have examples', () => {
  expect(tokensSchema.safeParse(parse(lineOf('tokens'))).error).toBeUndefined()
  expect([lineOf('name'), lineOf('sha256'), lineOf('cert_file'), lineOf('key_file'), lineOf('min_version')]).toEqual([
    'name: prometheus',
    'sha256: DIGEST',
    'cert_file: tls/server.crt',
    'key_file: tls/server.key',
    'min_version: TLS12',
  ])
  expect(exampleOf([])).toBeUndefined()
})
