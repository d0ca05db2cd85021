import { createHmac, createPublicKey, type JsonWebKeyInput, randomBytes } from 'node:crypto'
import { createGuard, type GuardEvent, parseTarget, type RequestFacts } from '@postern/guard'
import { bearer, generateSigningKey, type Issuer, type SigningKey, signToken, startIssuer } from '@postern/testkit'
import fc from 'fast-check'
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decide } from '../../src/decide/decide.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { type Bench, createBench } from '../support/compile.ts'
import { factsOf, withAuthorization } from '../support/facts.ts'

const AUDIENCE = 'metrics'
let issuer: Issuer
let ec: SigningKey
let stranger: SigningKey
beforeAll(async () => {
  issuer = await startIssuer({ audience: AUDIENCE })
  ;[ec, stranger] = await Promise.all([generateSigningKey('elliptic', 'ES256'), generateSigningKey('first')])
  issuer.keys.push(ec)
})
afterAll(() => issuer[Symbol.asyncDispose]())

let bench: Bench
beforeEach(() => {
  bench = createBench()
  issuer.asked.length = 0
  issuer.answerWith(undefined)
})

const policyOf = (options: object = {}): Policy =>
  bench.compile({
    limits: { lockout: false },
    credentials: [{ type: 'jwt', issuer: issuer.url, audience: AUDIENCE, ca: issuer.ca, ...options }],
  })
const noFault = (error: unknown): never => {
  throw error
}
const factsWith = (token: string): RequestFacts =>
  factsOf({ target: parseTarget('/metrics'), authorization: [bearer(token).authorization] })

/** The principal that a policy proves, or its reason. */
async function ask(policy: Policy, token: string): Promise<unknown> {
  const decision = await decide(policy, factsWith(token), noFault)
  return decision.allow ? decision.principal : decision.reason
}
const PROMETHEUS = { name: 'prometheus', credential: 'jwt' }
const seconds = (): number => Math.floor(bench.clock.now / 1000)
const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

describe('a token of the issuer', () => {
  test('proves its subject, with keys that discovery finds', async () => {
    const policy = policyOf()
    expect([policy.credentials[0]?.kind, policy.challenges, issuer.asked]).toEqual(['jwt', ['Bearer realm="metrics"'], []])
    expect(await ask(policy, await issuer.sign())).toEqual(PROMETHEUS)
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  test('proves its subject with keys of a URL, and asks nobody else', async () => {
    const policy = policyOf({ jwksUrl: `${issuer.url}/jwks` })
    expect(await ask(policy, await issuer.sign())).toEqual(PROMETHEUS)
    expect(issuer.asked).toEqual(['/jwks'])
  })

  test('proves its subject with keys of a file, and asks nobody', async () => {
    bench = createBench({ 'keys.json': JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }) })
    const policy = policyOf({ jwksFile: 'keys.json', ca: undefined })
    expect([await ask(policy, await issuer.sign()), issuer.asked]).toEqual([PROMETHEUS, []])
  })

  test('may be of any key of the set, and name none where there is one for its algorithm', async () => {
    const claims = { iss: issuer.url, sub: 'prometheus', aud: AUDIENCE, exp: seconds() + 60 }
    expect(await ask(policyOf(), await signToken(ec, claims))).toEqual(PROMETHEUS)
    expect(await ask(policyOf(), await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(ec.privateKey))).toEqual(PROMETHEUS)
  })

  test('is verified once, and looked up from then on', async () => {
    const policy = policyOf()
    const token = await issuer.sign()
    const [first] = [await ask(policy, token)]
    const credential = policy.credentials[0]!
    const found = credential.check(factsWith(token), undefined)
    expect([first, found]).toEqual([PROMETHEUS, { state: 'proven', principal: PROMETHEUS }])
    expect(credential.check(factsWith(token), undefined)).toBe(found)
  })

  test('stays verified over a reload of the same policy, and is judged anew by another', async () => {
    const token = await issuer.sign()
    await ask(policyOf(), token)
    expect(policyOf().credentials[0]!.check(factsWith(token), undefined)).toMatchObject({ state: 'proven' })
    expect(policyOf({ audience: ['metrics', 'more'] }).credentials[0]!.check(factsWith(token), undefined)).toBeInstanceOf(Promise)
    expect(issuer.asked).toHaveLength(2)
  })
})

test.each([undefined, 'Basic cHJvbTpz', 'Digest username="prom"'])('finds nothing where no bearer token was sent: %s', (header) => {
  expect(policyOf().credentials[0]!.check(withAuthorization(...(header === undefined ? [] : [header])), undefined)).toEqual({
    state: 'absent',
  })
})

describe('adversarial 17: a token that nobody signed', () => {
  const claims = (): object => ({ iss: issuer.url, sub: 'prometheus', aud: AUDIENCE, exp: seconds() + 60 })
  const signed = (header: object, key: string | Buffer): string => {
    const input = `${encode(header)}.${encode(claims())}`
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  }
  const publicPem = (): string =>
    createPublicKey({ key: issuer.keys[0]!.jwk as JsonWebKeyInput['key'], format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()

  test.each([
    { name: 'alg none', token: () => new UnsecuredJWT({ ...claims() }).encode() },
    { name: 'alg none and some signature', token: () => `${encode({ alg: 'none', kid: 'first' })}.${encode(claims())}.AAAA` },
    { name: 'alg None', token: () => `${encode({ alg: 'None', kid: 'first' })}.${encode(claims())}.AAAA` },
    { name: 'no alg', token: () => `${encode({ kid: 'first' })}.${encode(claims())}.AAAA` },
    { name: 'an alg that is no text', token: () => `${encode({ alg: ['RS256'], kid: 'first' })}.${encode(claims())}.AAAA` },
    { name: 'HS256 with the public key as PEM', token: () => signed({ alg: 'HS256', kid: 'first' }, publicPem()) },
    {
      name: 'HS256 with the public key as a JWK',
      token: () => signed({ alg: 'HS256', kid: 'first' }, JSON.stringify(issuer.keys[0]!.jwk)),
    },
    {
      name: 'HS256 with the modulus',
      token: () => signed({ alg: 'HS256', kid: 'first' }, Buffer.from(issuer.keys[0]!.jwk.n!, 'base64url')),
    },
    { name: 'RS256 in name and HS256 in truth', token: () => signed({ alg: 'RS256', kid: 'first' }, publicPem()) },
    { name: "ES256 in name with an RSA key's id", token: () => signed({ alg: 'ES256', kid: 'first' }, publicPem()) },
    { name: 'an algorithm that the policy does not list', token: () => signed({ alg: 'RS512', kid: 'first' }, 'x') },
  ])('with $name', async ({ token }) => {
    expect(await ask(policyOf({ jwksUrl: `${issuer.url}/jwks` }), token())).toBe('bad_credentials')
  })

  test.each([
    { name: 'jku', header: () => ({ jku: `${issuer.url}/jku` }) },
    { name: 'x5u', header: () => ({ x5u: `${issuer.url}/x5u` }) },
    { name: 'jwk', header: () => ({ jwk: stranger.jwk }) },
    { name: 'x5c', header: () => ({ x5c: ['MIIB'] }) },
    { name: 'a kid that is a path', header: () => ({ kid: '../../jwks', jku: `${issuer.url}/jku` }) },
    { name: 'a kid that is a URL', header: () => ({ kid: `${issuer.url}/kid` }) },
    { name: 'a kid that is a member of objects', header: () => ({ kid: '__proto__' }) },
  ])("with a stranger's key by $name, which nobody is asked for", async ({ header }) => {
    const token = await signToken(stranger, { ...claims() }, header())
    expect(await ask(policyOf({ jwksUrl: `${issuer.url}/jwks` }), token)).toBe('bad_credentials')
    expect(issuer.asked).toEqual(['/jwks'])
  })

  test('with a kid that is no text, which asks nobody', async () => {
    const token = `${encode({ alg: 'RS256', kid: 7 })}.${encode(claims())}.AAAA`
    expect([await ask(policyOf(), token), issuer.asked]).toEqual(['bad_credentials', []])
  })

  test.each([
    { name: 'an extension that nobody knows', header: { crit: ['exp'], exp: 1 } },
    { name: 'a payload that is not encoded', header: { b64: false, crit: ['b64'] } },
  ])('that must be read with $name', async ({ header }) => {
    const input = `${encode({ alg: 'RS256', kid: 'first', ...header })}.${encode(claims())}`
    expect(await ask(policyOf(), `${input}.${encode(randomBytes(256).toString('latin1'))}`)).toBe('bad_credentials')
  })
})

describe('adversarial 18: a token of the wrong time, audience or issuer', () => {
  test.each([
    { name: 'over for longer than clocks differ', claims: () => ({ exp: seconds() - 31 }), seen: 'expired_credentials' },
    { name: 'over for no longer', claims: () => ({ exp: seconds() - 29 }), seen: PROMETHEUS },
    { name: 'not begun for longer than clocks differ', claims: () => ({ nbf: seconds() + 31 }), seen: 'bad_credentials' },
    { name: 'not begun for no longer', claims: () => ({ nbf: seconds() + 29 }), seen: PROMETHEUS },
    { name: 'of another audience', claims: () => ({ aud: 'metrics2' }), seen: 'bad_credentials' },
    { name: 'of another audience, by a slash', claims: () => ({ aud: 'metrics/' }), seen: 'bad_credentials' },
    { name: 'of no audience', claims: () => ({ aud: undefined }), seen: 'bad_credentials' },
    { name: 'of an empty list of audiences', claims: () => ({ aud: [] }), seen: 'bad_credentials' },
    { name: 'of several audiences with ours', claims: () => ({ aud: ['other', 'metrics'] }), seen: PROMETHEUS },
    { name: 'of another issuer', claims: () => ({ iss: 'https://issuer.example' }), seen: 'bad_credentials' },
    { name: 'of an issuer with a slash more', claims: () => ({ iss: `${issuer.url}/` }), seen: 'bad_credentials' },
    { name: 'of a list of issuers', claims: () => ({ iss: [issuer.url] }), seen: 'bad_credentials' },
    { name: 'of no issuer', claims: () => ({ iss: undefined }), seen: 'bad_credentials' },
    { name: 'without an end', claims: () => ({ exp: undefined }), seen: 'bad_credentials' },
    { name: 'with an end that is a text', claims: () => ({ exp: String(seconds() + 60) }), seen: 'bad_credentials' },
    { name: 'of no subject', claims: () => ({ sub: undefined }), seen: 'bad_credentials' },
    { name: 'of an empty subject', claims: () => ({ sub: '' }), seen: 'bad_credentials' },
    { name: 'of a subject of two lines', claims: () => ({ sub: 'a\nb' }), seen: 'bad_credentials' },
    { name: 'of a subject of 257 characters', claims: () => ({ sub: 'x'.repeat(257) }), seen: 'bad_credentials' },
    { name: 'of a subject that is no text', claims: () => ({ sub: ['prometheus'] }), seen: 'bad_credentials' },
  ])('$name', async ({ claims, seen }) => {
    expect(await ask(policyOf(), await issuer.sign(claims() as JWTPayload))).toEqual(seen)
  })

  test('is told as expired to nobody who could not have had it', async () => {
    const claims = { iss: issuer.url, sub: 'prometheus', aud: AUDIENCE, exp: seconds() - 600 }
    expect(await ask(policyOf(), await signToken(stranger, claims))).toBe('bad_credentials')
  })

  test('is refused when its end comes, verified before or not', async () => {
    const policy = policyOf({ clockToleranceSeconds: 0 })
    const token = await issuer.sign({ exp: seconds() + 60 })
    const exp = (seconds() + 60) * 1000
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    bench.clock.now = exp - 1
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    bench.clock.now = exp
    expect(await ask(policy, token)).toBe('expired_credentials')
  })
})

describe('adversarial 19: unknown key ids', () => {
  test('a thousand of them are no look in the cooldown and one after it, and a known one passes', async () => {
    const policy = policyOf({ jwksUrl: `${issuer.url}/jwks` })
    const good = await issuer.sign()
    expect(await ask(policy, good)).toEqual(PROMETHEUS)
    const tokens = Array.from(
      { length: 1_000 },
      (_, index) => `${encode({ alg: 'RS256', kid: `unknown-${index}` })}.${encode({ iss: issuer.url })}.AAAA`,
    )
    const flood = (): Promise<unknown[]> => Promise.all(tokens.map((token) => ask(policy, token)))
    expect(new Set(await flood())).toEqual(new Set(['bad_credentials']))
    expect(issuer.asked).toEqual(['/jwks'])
    bench.clock.elapsed = 30_000
    const [seen, known, fresh] = await Promise.all([flood(), ask(policy, good), ask(policy, await issuer.sign({ sub: 'other' }))])
    expect([new Set(seen), known, fresh]).toEqual([new Set(['bad_credentials']), PROMETHEUS, { ...PROMETHEUS, name: 'other' }])
    expect(issuer.asked).toEqual(['/jwks', '/jwks'])
  })

  test('a key that the issuer has just taken up is found after the cooldown', async () => {
    const policy = policyOf()
    await ask(policy, await issuer.sign())
    const next = await generateSigningKey('next', 'EdDSA')
    const token = await signToken(next, { iss: issuer.url, sub: 'prometheus', aud: AUDIENCE, exp: seconds() + 60 })
    issuer.keys.push(next)
    expect(await ask(policy, token)).toBe('bad_credentials')
    bench.clock.elapsed = 30_000
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    issuer.keys.pop()
  })
})

describe('adversarial 22: a key that the issuer takes back', () => {
  test('ends its tokens within ten minutes and the next request, verified before or not', async () => {
    const policy = policyOf()
    const token = await signToken(ec, { iss: issuer.url, sub: 'prometheus', aud: AUDIENCE, exp: seconds() + 3_600 })
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    issuer.keys.pop()
    bench.clock.elapsed = 599_999
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    expect(issuer.asked).toHaveLength(2)
    // Old enough that the next request does not wait for no news, and asks first.
    bench.clock.elapsed = 1_200_000
    expect(await ask(policy, token)).toBe('bad_credentials')
    issuer.keys.push(ec)
  })
})

describe('an issuer that is away', () => {
  test('from the start is a reason of its own, told once, and over when it answers', async () => {
    issuer.answerWith((_, response) => response.writeHead(503).end())
    const policy = policyOf({ name: 'corporate' })
    const token = await issuer.sign()
    const decision = { allow: false, status: 503, reason: 'authority_unavailable', challenges: [], retryAfterSeconds: 5 }
    expect(await decide(policy, factsWith(token), noFault)).toEqual(decision)
    expect(await decide(policy, factsWith(token), noFault)).toEqual(decision)
    expect(issuer.asked).toHaveLength(1)
    issuer.answerWith(undefined)
    bench.clock.elapsed = 5_000
    expect(await ask(policy, token)).toEqual(PROMETHEUS)
    expect(bench.events).toEqual([
      {
        type: 'authority',
        credential: 'corporate',
        state: 'unavailable',
        message: `${issuer.url}/.well-known/openid-configuration cannot be read: status 503 is not 200`,
      },
      { type: 'authority', credential: 'corporate', state: 'recovered', message: 'its keys were read again' },
    ])
  })

  test('is not asked for tokens that cannot be its own', async () => {
    issuer.answerWith((_, response) => response.writeHead(503).end())
    const policy = policyOf()
    for (const token of ['opaque-token-0123456789', 'a.b.c', await issuer.sign({ iss: 'https://other.example' })])
      expect(await ask(policy, token)).toBe('bad_credentials')
    expect(issuer.asked).toEqual([])
  })

  test('later ends nothing for as long as its keys are kept', async () => {
    const policy = policyOf({ keepSeconds: 3_600 })
    const [first, second] = [await issuer.sign(), await issuer.sign({ sub: 'other' })]
    expect(await ask(policy, first)).toEqual(PROMETHEUS)
    issuer.answerWith((request) => request.socket.destroy())
    bench.clock.elapsed = 3_599_999
    expect([await ask(policy, first), await ask(policy, second)]).toEqual([PROMETHEUS, { ...PROMETHEUS, name: 'other' }])
    bench.clock.elapsed = 3_600_000
    expect([await ask(policy, first), await ask(policy, second)]).toEqual(['authority_unavailable', 'authority_unavailable'])
  })
})

describe('what a policy asks of the claims', () => {
  test.each([
    {
      name: 'another name',
      options: { principalClaim: 'client_id' },
      claims: { client_id: 'agent' },
      seen: { ...PROMETHEUS, name: 'agent' },
    },
    { name: 'a name that is no claim', options: { principalClaim: 'constructor' }, claims: {}, seen: 'bad_credentials' },
    { name: 'groups', options: { groupsClaim: 'roles' }, claims: { roles: ['a', 'b'] }, seen: { ...PROMETHEUS, groups: ['a', 'b'] } },
    { name: 'one group', options: { groupsClaim: 'role' }, claims: { role: 'a b' }, seen: { ...PROMETHEUS, groups: ['a b'] } },
    {
      name: 'scopes',
      options: { groupsClaim: 'scope' },
      claims: { scope: 'read metrics' },
      seen: { ...PROMETHEUS, groups: ['read', 'metrics'] },
    },
    { name: 'scopes as a list', options: { groupsClaim: 'scope' }, claims: { scope: ['a b'] }, seen: { ...PROMETHEUS, groups: ['a b'] } },
    { name: 'no groups', options: { groupsClaim: 'roles' }, claims: {}, seen: PROMETHEUS },
    { name: 'an empty list of groups', options: { groupsClaim: 'roles' }, claims: { roles: [] }, seen: PROMETHEUS },
    { name: 'groups of another form', options: { groupsClaim: 'roles' }, claims: { roles: { a: true } }, seen: 'bad_credentials' },
    { name: 'a group that is no text', options: { groupsClaim: 'roles' }, claims: { roles: ['a', 7] }, seen: 'bad_credentials' },
    { name: 'scopes with nothing between', options: { groupsClaim: 'scope' }, claims: { scope: 'a  b' }, seen: 'bad_credentials' },
    {
      name: 'a claim',
      options: { requiredClaims: { env: 'prod', tier: 1, ops: true } },
      claims: { env: 'prod', tier: 1, ops: true },
      seen: PROMETHEUS,
    },
    {
      name: 'a claim of another value',
      options: { requiredClaims: { env: 'prod' } },
      claims: { env: 'production' },
      seen: 'bad_credentials',
    },
    { name: 'a claim of another type', options: { requiredClaims: { tier: 1 } }, claims: { tier: '1' }, seen: 'bad_credentials' },
    {
      name: 'a claim that lists the value',
      options: { requiredClaims: { env: 'prod' } },
      claims: { env: ['prod'] },
      seen: 'bad_credentials',
    },
    { name: 'a claim that is not there', options: { requiredClaims: { env: 'prod' } }, claims: {}, seen: 'bad_credentials' },
    { name: 'a life of five minutes', options: { maxLifetimeSeconds: 300 }, claims: {}, seen: PROMETHEUS },
    { name: 'a shorter life', options: { maxLifetimeSeconds: 299 }, claims: {}, seen: 'bad_credentials' },
    {
      name: 'a life of which nobody says when it began',
      options: { maxLifetimeSeconds: 300 },
      claims: { iat: undefined },
      seen: 'bad_credentials',
    },
    { name: 'a type that the header does not say', options: { tokenType: 'at+jwt' }, claims: {}, seen: 'bad_credentials' },
    { name: 'one of several audiences', options: { audience: ['other', 'metrics'] }, claims: {}, seen: PROMETHEUS },
    { name: 'few bytes', options: { maxTokenBytes: 256 }, claims: {}, seen: 'bad_credentials' },
    { name: 'another algorithm', options: { algorithms: ['ES256'] }, claims: {}, seen: 'bad_credentials' },
    { name: 'its algorithm', options: { algorithms: ['ES256', 'RS256'] }, claims: {}, seen: PROMETHEUS },
  ])('$name', async ({ options, claims, seen }) => {
    expect(await ask(policyOf(options), await issuer.sign(claims as JWTPayload))).toEqual(seen)
  })

  test.each(['at+jwt', 'application/AT+JWT'])('the type %s that the header says', async (typ) => {
    expect(await ask(policyOf({ tokenType: 'at+jwt' }), await issuer.sign({}, { typ }))).toEqual(PROMETHEUS)
  })
})

describe('beside opaque tokens', () => {
  const opaque = 'pt_0123456789abcdef0123456789'
  const both = (options: object = {}): Policy =>
    bench.compile({
      credentials: [
        { type: 'bearer', tokens: [{ name: 'agent', token: opaque, ...options }] },
        { type: 'jwt', issuer: issuer.url, audience: AUDIENCE, ca: issuer.ca },
      ],
    })

  test('either passes, and both have one challenge', async () => {
    const policy = both()
    expect(policy.challenges).toEqual(['Bearer realm="metrics"'])
    expect(await ask(policy, opaque)).toEqual({ name: 'agent', credential: 'bearer' })
    expect(await ask(policy, await issuer.sign())).toEqual(PROMETHEUS)
  })

  test('what is refused is told by the one that it was nearest to', async () => {
    const policy = both({ expires: new Date(bench.clock.now) })
    expect(await ask(policy, opaque)).toBe('expired_credentials')
    expect(await ask(policy, `${opaque}x`)).toBe('bad_credentials')
    expect(await ask(policy, await issuer.sign({ exp: seconds() - 60 }))).toBe('expired_credentials')
    expect(await ask(policy, await issuer.sign({ aud: 'other' }))).toBe('bad_credentials')
    issuer.answerWith((_, response) => response.writeHead(503).end())
    bench.clock.elapsed = 86_400_000
    expect(await ask(policy, await issuer.sign({ sub: 'other' }))).toBe('authority_unavailable')
    expect(await ask(policy, opaque)).toBe('expired_credentials')
  })
})

test('an issuer that is away is told to the owner of the guard, once, and a guard that is closed asks nobody', async () => {
  const events: GuardEvent[] = []
  // Nobody listens there: the port is one that no server is given.
  const credential = { type: 'jwt' as const, issuer: issuer.url, audience: AUDIENCE, jwksUrl: 'http://127.0.0.1:1/jwks' }
  const guard = createGuard({ credentials: [credential] }, { onEvent: (event) => events.push(event) })
  const token = await issuer.sign()
  await guard.decide(factsWith(token))
  guard.reload()
  await guard.decide(factsWith(token))
  await guard.close()
  await guard.decide(factsWith(token))
  const denial = { type: 'decision', decision: { status: 503, reason: 'authority_unavailable' } }
  const message = expect.stringMatching(/^http:\/\/127.0.0.1:1\/jwks cannot be read: .*ECONNREFUSED/) as string
  expect(events.filter(({ type }) => type !== 'reload')).toMatchObject([
    { type: 'authority', credential: 'jwt', state: 'unavailable', message },
    denial,
    denial,
    denial,
  ])
})

test('a clock that fails is a fault of ours and opens nothing', async () => {
  const policy = policyOf()
  const token = await issuer.sign()
  await ask(policy, token)
  bench.clock.now = Number.NaN
  const faults: unknown[] = []
  expect(await decide(policy, factsWith(token), (error) => faults.push(error))).toMatchObject({ status: 500, reason: 'guard_fault' })
  expect(faults).toHaveLength(1)
})

test('as many tokens are kept as scrape, and the oldest goes first', async () => {
  const key = await generateSigningKey('quick', 'EdDSA')
  bench = createBench({ 'keys.json': JSON.stringify({ keys: [key.jwk] }) })
  const policy = policyOf({ jwksFile: 'keys.json', ca: undefined })
  const credential = policy.credentials[0]!
  const tokens = await Promise.all(
    Array.from({ length: 1_025 }, (_, index) =>
      signToken(key, { iss: issuer.url, sub: `scraper ${index}`, aud: AUDIENCE, exp: seconds() + 60 }),
    ),
  )
  for (const token of tokens) await credential.check(factsWith(token), undefined)
  const isKept = (index: number): boolean => !(credential.check(factsWith(tokens[index]!), undefined) instanceof Promise)
  expect([isKept(1), isKept(1_024), isKept(0)]).toEqual([true, true, false])
})

describe('whatever is sent', () => {
  const states = new Set(['absent', 'proven', 'rejected'])
  const bounds = { numRuns: 400, interruptAfterTimeLimit: 1_500 }

  test('is a finding, and proves nobody unless it is what was signed', async () => {
    const good = await issuer.sign()
    const policy = policyOf()
    await ask(policy, good)
    const credential = policy.credentials[0]!
    const claims = (await issuer.sign()).split('.')[1]!
    const header = fc.record(
      {
        alg: fc.oneof(fc.constantFrom('RS256', 'ES256', 'none', 'HS256', 'EdDSA', 'PS256'), fc.jsonValue()),
        kid: fc.oneof(fc.constantFrom('first', 'elliptic', '../x', ''), fc.jsonValue()),
        typ: fc.jsonValue(),
        crit: fc.jsonValue(),
        b64: fc.jsonValue(),
        jwk: fc.jsonValue(),
        jku: fc.webUrl(),
      },
      { requiredKeys: ['alg'] },
    )
    const part = fc.oneof(fc.constant(claims), fc.jsonValue().map(encode), fc.string().map(encode), fc.string())
    const signature = fc.oneof(
      fc.constant(good.split('.')[2]!),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    )
    const made = fc.tuple(header.map(encode), part, signature).map((parts) => parts.join('.'))
    const mutated = fc
      .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }), fc.nat(3))
      .map(([at, text, length]) => good.slice(0, at) + text + good.slice(at + length))
    await fc.assert(
      fc.asyncProperty(fc.oneof(made, mutated, fc.string(), fc.string({ unit: 'binary', maxLength: 200 })), async (token) => {
        const finding = await credential.check(withAuthorization(`Bearer ${token}`), undefined)
        expect(states).toContain(finding.state)
        // Base64url has bits to spare at its end: another text of the same bytes is the same token.
        if (finding.state === 'proven') expect(bytesOf(token)).toEqual(bytesOf(good))
      }),
      bounds,
    )
  })

  test('is a finding also where an issuer signs it', async () => {
    const key = await generateSigningKey('quick', 'EdDSA')
    bench = createBench({ 'keys.json': JSON.stringify({ keys: [key.jwk] }) })
    const credential = policyOf({ jwksFile: 'keys.json', ca: undefined, groupsClaim: 'scope', maxLifetimeSeconds: 300 }).credentials[0]!
    const number = fc.oneof(fc.constant(seconds() + 60), fc.double(), fc.jsonValue())
    const claims = fc.record(
      {
        sub: fc.jsonValue(),
        aud: fc.oneof(fc.constant<unknown>(AUDIENCE), fc.jsonValue()),
        exp: number,
        iat: number,
        nbf: number,
        scope: fc.jsonValue(),
      },
      { requiredKeys: ['aud'] },
    )
    await fc.assert(
      fc.asyncProperty(claims, async (some) => {
        const input = `${encode({ alg: 'EdDSA', kid: 'quick' })}.${encode({ iss: issuer.url, ...some })}`
        const signature = await crypto.subtle.sign('Ed25519', key.privateKey, new TextEncoder().encode(input))
        const finding = await credential.check(
          withAuthorization(`Bearer ${input}.${Buffer.from(signature).toString('base64url')}`),
          undefined,
        )
        expect(states).toContain(finding.state)
        if (finding.state === 'proven') expect(typeof some.sub).toBe('string')
      }),
      bounds,
    )
  })

  const bytesOf = (token: string): string[] => token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
})

test('a token that was verified is known without a signature, and no other one is', async () => {
  const policy = policyOf()
  const [credential] = policy.credentials
  const token = await issuer.sign()
  const known = (sent: string): unknown => credential?.known?.(factsWith(sent), undefined)
  expect(known(token)).toBeUndefined()
  await ask(policy, token)
  expect(known(token)).toEqual({ state: 'proven', principal: PROMETHEUS })
  expect([known(`${token}x`), known('x'.repeat(20_000)), credential?.known?.(factsOf(), undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
