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
  { kind: 'basic', keys: ['realm', 'users_file', 'users'] },
  { kind: 'bearer', keys: ['realm', 'tokens_file', 'tokens'] },
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
  { kind: 'client-certificate', keys: ['ca_file', 'names'] },
])('the examples of the keys of $kind are a credential', ({ kind, keys }) => {
  const credential: unknown = parse([`type: ${kind}`, ...keys.map((key) => lineOf(key))].join('\n'))
  const policy = { listen: ['x'], routes: [{ path: 'x', upstream: 'x' }], guard: { credentials: [credential] } }
  expect(policySchema.safeParse(policy).error).toBeUndefined()
})

test.each(['listen', 'names', 'groups', 'algorithms', 'allow', 'deny', 'routes', 'credentials', 'tokens'])(
  'an item of %s is the one of its list',
  (key) => {
    expect(parse(lineOf(key))).toEqual({ [key]: [parse(lineOf(key, 0))] })
  },
)

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
