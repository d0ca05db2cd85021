/** Bearer tokens and JWT in a policy file: what they let through, and where their faults are. */
import { createHash } from 'node:crypto'
import { parseAddress, parseTarget } from '@postern/guard'
import { bearer, generateSigningKey, type SigningKey, signToken } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatError } from '../../src/commands/report.ts'
import { loadConfig } from '../../src/config/load.ts'
import { DIGEST, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'

let folder: PolicyFolder
let key: SigningKey
beforeAll(async () => {
  folder = await policyFolder()
  key = await generateSigningKey('first', 'ES256')
  await folder.write('jwks.json', JSON.stringify({ keys: [key.jwk] }))
})
afterAll(() => folder[Symbol.asyncDispose]())

const HEAD = 'listen: [localhost:9843]\nroutes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]\nguard:\n  credentials:\n'
const TOKEN = 'canary-0123456789-abcdefghij'
const SHA256 = createHash('sha256').update(TOKEN).digest('hex')

async function ask(credentials: string, token: string, { path = '/metrics', from = '10.0.0.1' } = {}): Promise<unknown> {
  const { guard } = loadConfig({ file: folder.policy(HEAD + credentials) })
  const decision = await guard.decide({
    address: parseAddress(from),
    method: 'GET',
    target: parseTarget(path),
    authorization: [bearer(token).authorization],
    header: () => [],
    clientCertificate: undefined,
  })
  return decision.allow ? decision.principal : decision.reason
}

const refusal = (credentials: string): string => {
  try {
    loadConfig({ file: folder.policy(HEAD + credentials) })
  } catch (error) {
    return formatError(error, folder.path).replaceAll(folder.path, 'DIR')
  }
  throw new Error('nothing was refused')
}

describe('a token in a file', () => {
  const terms = `sha256: ${SHA256}, not_before: 2020-01-01T00:00:00Z, expires: 9999-12-31T00:00:00Z, groups: [ops], rules: [scrape], addresses: {allow: [10.0.0.0/8]}`
  const rules = '  rules: [{name: scrape, paths: [/metrics]}, {name: probe, paths: [/probe]}]\n'

  test.each([
    { where: 'the policy', credentials: `    - {type: bearer, tokens: [{name: prometheus, ${terms}}]}\n${rules}` },
    { where: 'a file of its own', credentials: `    - {type: bearer, tokens_file: limited.yaml}\n${rules}` },
  ])('means what it means in code, from $where', async ({ credentials }) => {
    await folder.write('limited.yaml', `tokens: [{name: prometheus, ${terms}}]\n`)
    expect([
      await ask(credentials, TOKEN),
      await ask(credentials, TOKEN, { from: '192.0.2.1' }),
      await ask(credentials, TOKEN, { path: '/probe' }),
    ]).toEqual([{ name: 'prometheus', credential: 'bearer', groups: ['ops'] }, 'address_not_allowed', 'principal_not_allowed'])
  })

  test('whose life is over is told at start, and refused', async () => {
    const credentials = `    - {type: bearer, tokens: [{name: prometheus, sha256: ${SHA256}, expires: 2020-01-01T00:00:00Z}]}\n`
    expect(await ask(credentials, TOKEN)).toBe('expired_credentials')
    expect(loadConfig({ file: folder.policy(HEAD + credentials) }).warnings).toEqual([
      'the token of "prometheus" ended at 2020-01-01T00:00:00.000Z: take it out, or give its holder a new one',
    ])
  })

  test.each([
    {
      name: 'an end without an offset',
      credentials: `    - type: bearer\n      tokens: [{name: a, sha256: ${DIGEST}, expires: "2030-01-31"}]\n`,
      says: /^postern\.yaml:6:\d+ guard\.credentials\[0\]\.tokens\[0\]\.expires: "2030-01-31" is not a point in time\. .*\(ERR_POSTERN_POLICY\)$/,
    },
    {
      name: 'a rule that there is not',
      credentials: `    - type: bearer\n      tokens: [{name: a, sha256: ${DIGEST}, rules: [scrapes]}]\n  rules: [{name: scrape}]\n`,
      says: /^postern\.yaml:6:\d+ guard\.credentials\[0\]\.tokens\[0\]\.rules\[0\]: no rule is called "scrapes"\. There are: scrape\. \(ERR_POSTERN_POLICY\)$/,
    },
    {
      name: 'a network, in a file of its own',
      credentials: '    - {type: bearer, tokens_file: network.yaml}\n',
      says: /^network\.yaml:3:\d+ tokens\[0\]\.addresses\.allow\[0\]: "x" is not an address or CIDR block\. .*\(ERR_POSTERN_CIDR\)$/,
    },
    {
      name: 'an unknown key',
      credentials: `    - type: bearer\n      tokens: [{name: a, sha256: ${DIGEST}, expire: x}]\n`,
      says: /^postern\.yaml:6:\d+ guard\.credentials\[0\]\.tokens\[0\]\.expire: "expire" is not a key here\. Write "expires"\. \(ERR_POSTERN_CONFIG\)$/,
    },
  ])('is refused for $name, at its place', async ({ credentials, says }) => {
    await folder.write('network.yaml', `tokens:\n  - {name: a, sha256: ${DIGEST},\n     addresses: {allow: [x]}}\n`)
    expect(refusal(credentials)).toMatch(says)
  })
})

describe('JWT in a file', () => {
  const credential = `    - type: jwt
      name: corporate
      realm: corporate
      issuer: https://issuer.example
      audience: [metrics, more]
      algorithms: [ES256]
      jwks_file: jwks.json
      principal_claim: client_id
      groups_claim: scope
      required_claims: {environment: production, "https://example.com/max_level": 3}
      token_type: at+jwt
      clock_tolerance_seconds: 10
      max_lifetime_seconds: 3600
      max_token_bytes: 4096
`
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'https://issuer.example',
    aud: 'more',
    client_id: 'agent',
    scope: 'read metrics',
    environment: 'production',
    'https://example.com/max_level': 3,
    iat: now,
    exp: now + 600,
  }

  test('means what it means in code, and the names of claims stay as they are', async () => {
    expect(await ask(credential, await signToken(key, claims, { typ: 'at+jwt' }))).toEqual({
      name: 'agent',
      credential: 'jwt',
      groups: ['read', 'metrics'],
    })
    const other = { ...claims, 'https://example.com/max_level': 4 }
    expect(await ask(credential, await signToken(key, other, { typ: 'at+jwt' }))).toBe('bad_credentials')
  })

  test.each(['{jwks_url: "https://issuer.example/jwks", keep_seconds: 600, ca_file: ca.crt}', '{discovery: true}', '{}'])(
    'may find its keys by %s, and asks nobody at start',
    async (keys) => {
      const common = '    - {type: jwt, issuer: "https://issuer.example", audience: metrics'
      const text = `${common}${keys === '{}' ? '' : `, ${keys.slice(1, -1)}`}}\n`
      expect(loadConfig({ file: folder.policy(HEAD + text) }).guard.authenticates).toBe(true)
    },
  )

  test.each([
    {
      name: 'no audience',
      keys: 'issuer: "https://issuer.example"',
      says: 'postern.yaml:5:7 guard.credentials[0]: the key "audience" is missing. Add it: audience: metrics (ERR_POSTERN_CONFIG)',
    },
    {
      name: 'an algorithm',
      keys: 'issuer: "https://issuer.example", audience: a, algorithms: [none]',
      says: /guard\.credentials\[0\]\.algorithms\[0\]: "none" is no signature, and everyone could make tokens\. /,
    },
    {
      name: 'a file of keys',
      keys: 'issuer: a, audience: a, jwks_file: tokens.yaml',
      says: /guard\.credentials\[0\]\.jwks_file: "DIR\/tokens\.yaml" is no JWK set: /,
    },
    {
      name: 'a number that is a text',
      keys: 'issuer: a, audience: a, keep_seconds: "600"',
      says: /guard\.credentials\[0\]\.keep_seconds: "600" is a text, and a number of seconds is wanted here\. /,
    },
    {
      name: 'a size that is a text',
      keys: 'issuer: a, audience: a, max_token_bytes: "600"',
      says: /guard\.credentials\[0\]\.max_token_bytes: "600" is a text, and a number of bytes is wanted here\. /,
    },
    {
      name: 'a claim without a value',
      keys: 'issuer: a, audience: a, required_claims: {env: [a]}',
      says: /guard\.credentials\[0\]\.required_claims\.env: .*a text, a number, true or false is wanted here\. /,
    },
    {
      name: 'a claim without a name',
      keys: 'issuer: a, audience: a, required_claims: {"": a}',
      says: /guard\.credentials\[0\]\.required_claims: the name of a claim is empty\. /,
    },
  ])('is refused for $name, at its place', ({ keys, says }) => {
    expect(refusal(`    - {type: jwt, ${keys}}\n`)).toMatch(says)
  })
})
