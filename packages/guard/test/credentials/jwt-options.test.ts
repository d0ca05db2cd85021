import { createGuard, type GuardOptions } from '@postern/guard'
import { faultOf, generateSigningKey, issueCertificate } from '@postern/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import { compilePolicy } from '../../src/policy/policy.ts'
import { createBench } from '../support/compile.ts'

const URL_OF_ISSUER = 'https://issuer.example/realms/x'
const FILES: Record<string, string> = { 'empty.json': '{"keys":[]}', 'page.html': '<html>' }
let ca: string
beforeAll(async () => {
  const key = await generateSigningKey('a', 'ES256')
  FILES['keys.json'] = JSON.stringify({ keys: [key.jwk] })
  ca = (await issueCertificate({ subject: 'Issuers', ca: true })).cert
  FILES['ca.crt'] = ca
})

const policyOf = (options: object): object => ({ credentials: [{ type: 'jwt', issuer: URL_OF_ISSUER, audience: 'metrics', ...options }] })
const compile = (options: object): ReturnType<ReturnType<typeof createBench>['compile']> => createBench(FILES).compile(policyOf(options))

describe('a JWT credential that compiles, and asks nobody', () => {
  test.each([
    { name: 'with discovery, unsaid', options: {} },
    { name: 'with discovery, said', options: { discovery: true } },
    { name: 'with an issuer on loopback', options: { issuer: 'http://127.0.0.1:8080' } },
    { name: 'with a URL', options: { jwksUrl: 'https://keys.example/jwks?v=1' } },
    { name: 'with a URL, and an issuer that is none', options: { issuer: 'our issuer', jwksUrl: 'http://[::1]/jwks' } },
    { name: 'with a URL, and discovery denied', options: { jwksUrl: 'https://keys.example/', discovery: false } },
    { name: 'with a file', options: { jwksFile: 'keys.json', issuer: 'our issuer' } },
    { name: 'with an authority', options: () => ({ ca }) },
    { name: 'with an authority in a file', options: { caFile: 'ca.crt' } },
    {
      name: 'with everything',
      options: {
        name: 'corporate',
        realm: 'corporate tokens',
        audience: ['metrics', 'https://metrics.example/'],
        algorithms: ['ES256', 'RS512'],
        principalClaim: 'client_id',
        groupsClaim: 'https://example.com/groups',
        requiredClaims: { env: 'prod', tier: 1, ops: true },
        tokenType: 'at+jwt',
        clockToleranceSeconds: 0,
        maxLifetimeSeconds: 3_600,
        maxTokenBytes: 16_384,
        keepSeconds: 604_800,
      },
    },
  ])('$name', ({ options }) => {
    const policy = compile(typeof options === 'function' ? options() : options)
    expect(policy.credentials.map(({ kind }) => kind)).toEqual(['jwt'])
    expect([policy.challenges.length, policy.warnings, policy.clientAuthorities]).toEqual([1, [], []])
  })

  test('in a guard, which ends it', async () => {
    const guard = createGuard(policyOf({}) as GuardOptions)
    guard.reload()
    expect(guard.authenticates).toBe(true)
    await guard.close()
  })
})

describe('a JWT credential is refused', () => {
  const code = 'ERR_POSTERN_POLICY'
  const audience = {
    code,
    path: ['audience'],
    message: 'this credential names no audience, and a token made for another service would do',
    fix: 'Write what the issuer calls this endpoint in the claim "aud", or a list of such names.',
  }
  const known = 'There are RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519.'
  const algorithm = (name: string, why: string): object => ({ code, path: ['algorithms', 1], message: `"${name}" ${why}`, fix: known })
  const noList = {
    code,
    path: ['algorithms'],
    message: 'this is not a list of one algorithm or more',
    fix: `${known} Leave the key out for the default.`,
  }
  const url = (key: string, shown: string, why: string): object => ({
    code,
    path: [key],
    message: `${shown} ${why}`,
    fix: 'Write it like https://issuer.example; plain http is for loopback alone.',
  })
  const open = 'is not https, and keys from an open wire are whose the wire is'
  const range = (key: string, unit: string, min: number, max: number, shown: unknown): object => ({
    code,
    path: [key],
    message: `${JSON.stringify(shown)} is not a whole number of ${unit} from ${min} to ${max}`,
  })
  const keys = (file: string, why: string): object => ({
    code: 'ERR_POSTERN_CERTIFICATE',
    path: ['jwksFile'],
    message: `"${file}" ${why}`,
    fix: 'Give the JWK set that the issuer publishes, with public RSA (2048 bits or more), EC or Ed25519 keys.',
    source: { file },
  })
  const claim = { code, fix: 'Write the one value that it must have.' }

  test.each([
    { name: 'an unknown key', options: { jwks: {} }, fault: { code, path: ['jwks'], message: '"jwks" is not an option here' } },
    { name: 'a name', options: { name: 'a b' }, fault: { code, path: ['name'] } },
    { name: 'a realm', options: { realm: '"' }, fault: { code, path: ['realm'] } },
    {
      name: 'no issuer',
      options: { issuer: undefined },
      fault: { code, path: ['issuer'], message: '"issuer" is missing', fix: 'Write who signs the tokens, as their claim "iss" says it.' },
    },
    { name: 'an empty issuer', options: { issuer: '' }, fault: { code, path: ['issuer'], message: 'this is not a text' } },
    { name: 'no audience', options: { audience: undefined }, fault: audience },
    { name: 'an empty audience', options: { audience: '' }, fault: audience },
    { name: 'an empty list of audiences', options: { audience: [] }, fault: audience },
    { name: 'an empty one among audiences', options: { audience: ['metrics', ''] }, fault: audience },
    {
      name: 'alg none',
      options: { algorithms: ['RS256', 'none'] },
      fault: algorithm('none', 'is no signature, and everyone could make tokens'),
    },
    ...['HS256', 'HS512'].map((name) => ({
      name,
      options: { algorithms: ['RS256', name] },
      fault: algorithm(name, 'is symmetric, and whoever can verify could make tokens'),
    })),
    {
      name: 'an algorithm for encryption',
      options: { algorithms: ['RS256', 'RSA-OAEP'] },
      fault: algorithm('RSA-OAEP', 'is not an algorithm that tokens are verified with'),
    },
    { name: 'an algorithm that is no text', options: { algorithms: [256] }, fault: { code, path: ['algorithms', 0] } },
    { name: 'no algorithm', options: { algorithms: [] }, fault: noList },
    { name: 'algorithms that are no list', options: { algorithms: 'RS256' }, fault: noList },
    { name: 'a claim for the principal', options: { principalClaim: '' }, fault: { code, path: ['principalClaim'] } },
    {
      name: 'a claim for the groups',
      options: { groupsClaim: ['a'] },
      fault: { code, path: ['groupsClaim'], fix: 'Write the name of a claim.' },
    },
    { name: 'a type', options: { tokenType: 7 }, fault: { code, path: ['tokenType'], fix: 'Write a type like at+jwt.' } },
    {
      name: 'a required claim without a value',
      options: { requiredClaims: { env: null } },
      fault: {
        ...claim,
        path: ['requiredClaims', 'env'],
        message: 'the claim "env" is held against what is no text, number or truth value',
      },
    },
    {
      name: 'a required claim of a list',
      options: { requiredClaims: { env: ['prod'] } },
      fault: { ...claim, path: ['requiredClaims', 'env'] },
    },
    { name: 'clocks', options: { clockToleranceSeconds: 61 }, fault: range('clockToleranceSeconds', 'seconds', 0, 60, 61) },
    { name: 'a life', options: { maxLifetimeSeconds: 0 }, fault: range('maxLifetimeSeconds', 'seconds', 1, 31_536_000, 0) },
    { name: 'a length', options: { maxTokenBytes: 255 }, fault: range('maxTokenBytes', 'bytes', 256, 16_384, 255) },
    { name: 'a time to keep keys', options: { keepSeconds: 59 }, fault: range('keepSeconds', 'seconds', 60, 604_800, 59) },
    {
      name: 'a file and a URL',
      options: { jwksFile: 'keys.json', jwksUrl: 'https://keys.example/' },
      fault: { code, path: ['jwksUrl'], message: 'the keys come from two places, jwksFile and jwksUrl', fix: 'Keep one of them.' },
    },
    {
      name: 'a URL and discovery',
      options: { jwksUrl: 'https://keys.example/', discovery: true },
      fault: { code, path: ['discovery'], message: 'the keys come from two places, jwksUrl and discovery' },
    },
    {
      name: 'no place for keys',
      options: { discovery: false },
      fault: {
        code,
        path: ['discovery'],
        message: 'this credential has no keys: discovery is off, and there is no other place for them',
        fix: 'Name jwksFile or jwksUrl, or leave discovery out.',
      },
    },
    { name: 'a URL that is none', options: { jwksUrl: 'keys' }, fault: url('jwksUrl', '"keys"', 'is no URL') },
    { name: 'an open URL', options: { jwksUrl: 'http://keys.example/' }, fault: url('jwksUrl', '"http://keys.example/"', open) },
    {
      name: 'a URL with credentials, which are not repeated',
      options: { jwksUrl: 'https://canary:canary@keys.example/' },
      fault: url('jwksUrl', 'this URL', 'has credentials in it, and a URL is shown in logs'),
    },
    { name: 'an issuer that cannot be asked', options: { issuer: 'our issuer' }, fault: url('issuer', '"our issuer"', 'is no URL') },
    ...['https://issuer.example/?tenant=a', 'https://issuer.example/#a', 'https://issuer.example/?'].map((issuer) => ({
      name: `the issuer ${issuer}`,
      options: { issuer },
      fault: {
        code,
        path: ['issuer'],
        message: `"${issuer}" has a query or a fragment, and nothing can be looked for behind those`,
        fix: 'Name jwksUrl or jwksFile beside such an issuer.',
      },
    })),
    { name: 'an authority that is none', options: { ca: 'x' }, fault: { code: 'ERR_POSTERN_CERTIFICATE', path: ['ca'] } },
    {
      name: 'a file of an authority that is none',
      options: { caFile: 'empty.json' },
      fault: { code: 'ERR_POSTERN_CERTIFICATE', path: ['caFile'], source: { file: 'empty.json' } },
    },
    { name: 'a file of keys that is missing', options: { jwksFile: '/nowhere' }, fault: { code: 'ERR_POSTERN_FILE', path: ['jwksFile'] } },
    {
      name: 'a file without keys',
      options: { jwksFile: 'empty.json' },
      fault: keys('empty.json', 'holds no public key that could verify a token'),
    },
    {
      name: 'a file that is something else',
      options: { jwksFile: 'page.html' },
      fault: keys('page.html', 'is no JWK set: a JSON object with a list "keys" of objects'),
    },
    ...(['ca', 'caFile', 'keepSeconds'] as const).map((key) => ({
      name: `${key} beside a file`,
      options: { jwksFile: 'keys.json', [key]: key === 'keepSeconds' ? 60 : 'ca.crt' },
      fault: { code, path: [key], message: 'the keys come from a file, and nothing is fetched', fix: 'Take it out.' },
    })),
  ])('for $name', ({ options, fault }) => {
    const { path, ...rest } = fault as { path: string[] }
    expect(faultOf(() => compile(options))).toMatchObject({ ...rest, path: ['credentials', 0, ...path] })
  })

  test('where a fault is ours, which is not taken for one of the file', () => {
    const { environment } = createBench(FILES)
    const keep = (): never => {
      throw new RangeError('ours')
    }
    const options = policyOf({ jwksFile: 'keys.json' }) as GuardOptions
    expect(() => compilePolicy(options, { ...environment, keep })).toThrow('ours')
  })
})
