/** Limits as a request meets them. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import {
  type ClientCertificate,
  createGuard,
  type Decision,
  type Guard,
  type GuardEvent,
  type GuardOptions,
  parseAddress,
  parseTarget,
} from '@postern/guard'
import { basic, bearer, issueCertificate, startIssuer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { readSourceFile } from '../../src/sources/file.ts'
import { factsOf } from '../support/facts.ts'

const TOKEN = 'a-token-of-many-characters'
const CREDENTIALS: GuardOptions['credentials'] = [
  { type: 'basic', users: { prom: hashSync('s3cret', 4), other: hashSync('another', 4) } },
  { type: 'bearer', tokens: [{ name: 'agent', token: TOKEN }] },
]
const RIGHT = basic('prom', 's3cret').authorization
const WRONG = basic('prom', 'guess').authorization
const LOCKOUT = { failures: 3, withinSeconds: 60, forSeconds: 30 }

interface Bench {
  readonly guard: Guard
  readonly events: GuardEvent[]
  now: number
  /** One request; as told: a principal's name, or the status, the reason and when to come back. */
  ask(from: string | undefined, authorization?: string, path?: string): Promise<string>
  decide(from: string | undefined, authorization?: string, path?: string): Promise<Decision>
}

function benchOf(limits: GuardOptions['limits'], init: Partial<GuardOptions> = {}): Bench {
  const events: GuardEvent[] = []
  const bench = { events, now: 0 } as { -readonly [Key in keyof Bench]: Bench[Key] }
  const environment = { readFile: readSourceFile, now: Date.now, elapsed: () => bench.now, randomBytes }
  const options = { credentials: CREDENTIALS, ...(limits === undefined ? {} : { limits }), ...init }
  bench.guard = createGuard(options, { environment, onEvent: (event) => events.push(event) })
  bench.decide = (from, authorization, path = '/metrics') =>
    bench.guard.decide(
      factsOf({
        address: from === undefined ? undefined : parseAddress(from),
        target: parseTarget(path),
        authorization: authorization === undefined ? [] : [authorization],
      }),
    )
  bench.ask = async (...request) => {
    const decision = await bench.decide(...request)
    return decision.allow
      ? decision.principal.name
      : `${decision.status} ${decision.reason}${decision.retryAfterSeconds === undefined ? '' : ` ${decision.retryAfterSeconds}`}`
  }
  return bench
}
const guess = (index: number): string => basic(index % 2 === 0 ? 'prom' : `nobody ${index}`, `guess ${index}`).authorization
const fail = async (bench: Bench, from: string | undefined, times: number): Promise<void> => {
  for (let index = 0; index < times; index += 1) expect(await bench.ask(from, guess(index))).toBe('401 bad_credentials')
}

describe('a lockout', () => {
  test('is of one address, and a good scraper at another one never notices (adversarial case 13)', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    await fail(bench, '192.0.2.1', 3)
    expect([await bench.ask('192.0.2.1', WRONG), await bench.ask('192.0.2.1', RIGHT), await bench.ask('192.0.2.1')]).toEqual([
      '429 locked_out 30',
      '429 locked_out 30',
      '429 locked_out 30',
    ])
    expect([await bench.ask('192.0.2.2', RIGHT), await bench.ask('192.0.2.2', WRONG)]).toEqual(['prom', '401 bad_credentials'])
    bench.now = 29_001
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('429 locked_out 1')
    bench.now = 30_000
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
  })

  test('is there by default, and a scraper that is wrong every 15 seconds does not meet it', async () => {
    const bench = benchOf(undefined)
    await fail(bench, '192.0.2.1', 30)
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('429 locked_out 300')
    for (let scrape = 0; scrape < 100; scrape += 1) {
      bench.now += 15_000
      expect(await bench.ask('192.0.2.2', WRONG)).toBe('401 bad_credentials')
    }
  })

  test('is nowhere where the policy says so, or asks nobody who they are', async () => {
    await fail(benchOf({ lockout: false }), '192.0.2.1', 100)
    const open = benchOf(undefined, { credentials: 'none' })
    for (let index = 0; index < 100; index += 1) expect(await open.ask('192.0.2.1', guess(index))).toBe('anonymous')
  })

  test('is of all hosts of one /64, and of all peers without an address', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    for (let host = 1; host <= 3; host += 1) expect(await bench.ask(`2001:db8::${host}`, WRONG)).toBe('401 bad_credentials')
    await fail(bench, undefined, 3)
    expect([
      await bench.ask('2001:db8::4', RIGHT),
      await bench.ask('2001:db8:0:1::1', RIGHT),
      await bench.ask('::1', RIGHT),
      await bench.ask(undefined, RIGHT),
    ]).toEqual(['429 locked_out 30', 'prom', 'prom', '429 locked_out 30'])
  })

  test.each([
    { name: 'no credentials', ask: (bench: Bench) => bench.ask('192.0.2.1'), answer: '401 no_credentials' },
    { name: 'a right credential', ask: (bench: Bench) => bench.ask('192.0.2.1', RIGHT), answer: 'prom' },
    { name: 'a malformed request', ask: (bench: Bench) => bench.ask('192.0.2.1', WRONG, '//x'), answer: '400 malformed_request' },
  ])('does not count $name', async ({ ask, answer }) => {
    const bench = benchOf({ lockout: LOCKOUT })
    for (let index = 0; index < 10; index += 1) expect(await ask(bench)).toBe(answer)
    expect(await bench.ask('192.0.2.1', WRONG)).toBe('401 bad_credentials')
  })

  test('counts a guess that is hidden behind the proof of somebody else', async () => {
    const authority = await issueCertificate({ subject: 'Scrapers', ca: true })
    const fingerprint = new X509Certificate(authority.cert).fingerprint256.replaceAll(':', '').toLowerCase()
    const credentials: GuardOptions['credentials'] = [
      { type: 'basic', users: { prom: hashSync('s3cret', 4) } },
      { type: 'client-certificate', ca: authority.cert, names: ['mallory'] },
    ]
    const bench = benchOf({ lockout: LOCKOUT }, { credentials, rules: [{ principals: ['prom'] }] })
    const clientCertificate: ClientCertificate = {
      verified: true,
      issuers: [fingerprint],
      serialNumbers: [],
      commonNames: [],
      organizations: [],
      subjectAlternativeNames: [{ kind: 'dns', value: 'mallory' }],
      notBefore: 0,
      notAfter: Number.MAX_SAFE_INTEGER,
    }
    const facts = { address: parseAddress('192.0.2.1'), clientCertificate, target: parseTarget('/metrics') }
    const reasons = []
    for (const authorization of [[WRONG], [WRONG], [], [WRONG], [RIGHT]]) {
      const decision = await bench.guard.decide(factsOf({ ...facts, authorization }))
      reasons.push(decision.allow || decision.reason)
    }
    expect(reasons).toEqual([
      'principal_not_allowed',
      'principal_not_allowed',
      'principal_not_allowed',
      'principal_not_allowed',
      'locked_out',
    ])
  })

  test('tells a right guess that was under way as little as a wrong one', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    const attempts = [0, 1, 2, 3, 4].map((index) => bench.ask('192.0.2.1', guess(index)))
    attempts.push(bench.ask('192.0.2.1', RIGHT))
    const answers = await Promise.all(attempts)
    expect(answers.filter((answer) => answer === '401 bad_credentials')).toHaveLength(3)
    expect(answers.at(-1)).toBe('429 locked_out 30')
    expect(answers.filter((answer) => answer === '429 locked_out 30')).toHaveLength(3)
  })

  test('leaves open paths open', async () => {
    const rules: GuardOptions['rules'] = [{ name: 'health', paths: ['/healthz'], credentials: 'none' }, { name: 'rest' }]
    const bench = benchOf({ lockout: LOCKOUT }, { rules })
    await fail(bench, '192.0.2.1', 3)
    expect([await bench.ask('192.0.2.1', undefined, '/healthz'), await bench.ask('192.0.2.1', RIGHT)]).toEqual([
      'anonymous',
      '429 locked_out 30',
    ])
  })

  test('does not begin anew with the policy', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    await fail(bench, '192.0.2.1', 2)
    bench.guard.reload()
    expect(await bench.ask('192.0.2.1', WRONG)).toBe('401 bad_credentials')
    bench.guard.reload()
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('429 locked_out 30')
    bench.guard.reload({ credentials: CREDENTIALS, limits: { lockout: false } })
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
  })

  test('of thousands of addresses is one for each of them (adversarial case 12; its memory: limits/limiter.test.ts)', async () => {
    const bench = benchOf({ lockout: { failures: 1 } })
    for (let index = 0; index < 2_000; index += 1) await bench.decide(`10.${index >>> 8}.${index & 255}.1`, `Bearer ${TOKEN}${index}`)
    expect([await bench.ask('10.0.0.1', RIGHT), await bench.ask('10.7.207.1', RIGHT), await bench.ask('192.0.2.1', RIGHT)]).toEqual([
      '429 locked_out 300',
      '429 locked_out 300',
      'prom',
    ])
  })
})

describe('a scraper behind the address of a guesser', () => {
  test('goes on with the password that was right before, and nobody else from there', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
    await fail(bench, '192.0.2.1', 3)
    expect([
      await bench.ask('192.0.2.1', RIGHT),
      await bench.ask('192.0.2.1', basic('other', 'another').authorization),
      await bench.ask('192.0.2.1', WRONG),
      await bench.ask('192.0.2.1'),
      await bench.ask('192.0.2.1', RIGHT),
    ]).toEqual(['prom', '429 locked_out 30', '429 locked_out 30', '429 locked_out 30', 'prom'])
  })

  test('goes on with a token, which nobody guesses', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
    await fail(bench, '192.0.2.1', 3)
    expect([await bench.ask('192.0.2.1', `Bearer ${TOKEN}`), await bench.ask('192.0.2.1', `Bearer ${TOKEN}x`)]).toEqual([
      'agent',
      '429 locked_out 30',
    ])
  })

  test('goes on no longer where guesses go on: what is known is a thing to guess, too', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
    await fail(bench, '192.0.2.1', 3)
    for (let miss = 0; miss < 29; miss += 1) expect(await bench.ask('192.0.2.1', guess(miss))).toBe('429 locked_out 30')
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
    await bench.ask('192.0.2.1', WRONG)
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('429 locked_out 30')
  })

  test('has nothing of a password that was right elsewhere: an attacker cannot guess what others have proven', async () => {
    const bench = benchOf({ lockout: LOCKOUT })
    expect(await bench.ask('192.0.2.2', RIGHT)).toBe('prom')
    await fail(bench, '192.0.2.1', 3)
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('429 locked_out 30')
  })
})

describe('a rate', () => {
  test('is of each client', async () => {
    const bench = benchOf({ perClient: { requests: 2, perSeconds: 10 }, lockout: false })
    expect([await bench.ask('192.0.2.1', RIGHT), await bench.ask('192.0.2.1'), await bench.ask('192.0.2.1', RIGHT)]).toEqual([
      'prom',
      '401 no_credentials',
      '429 rate_limited 5',
    ])
    expect(await bench.ask('192.0.2.2', RIGHT)).toBe('prom')
    bench.now = 5_000
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
  })

  test('of all together is not used up by strangers', async () => {
    const bench = benchOf({ total: { requests: 10, perSeconds: 10, burst: 4 } })
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
    bench.now = 4_000
    const strangers = []
    for (let index = 2; index < 6; index += 1) strangers.push(await bench.ask(`192.0.2.${index}`))
    expect(strangers).toEqual(['401 no_credentials', '401 no_credentials', '429 rate_limited 1', '429 rate_limited 1'])
    expect([await bench.ask('192.0.2.1', RIGHT), await bench.ask('192.0.2.1', RIGHT), await bench.ask('192.0.2.1', RIGHT)]).toEqual([
      'prom',
      'prom',
      '429 rate_limited 1',
    ])
  })

  test('of all together is everyone’s where nobody is asked who they are', async () => {
    const bench = benchOf({ total: { requests: 3, perSeconds: 3 } }, { credentials: 'none' })
    const answers = []
    for (let index = 0; index < 4; index += 1) answers.push(await bench.ask('192.0.2.1'))
    expect(answers).toEqual(['anonymous', 'anonymous', 'anonymous', '429 rate_limited 1'])
  })

  test('counts nothing of who may not speak at all', async () => {
    const bench = benchOf({ total: { requests: 1, perSeconds: 60 } }, { addresses: { deny: ['192.0.2.66'] } })
    for (let index = 0; index < 10; index += 1) expect(await bench.ask('192.0.2.66')).toBe('403 address_not_allowed')
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
  })
})

describe('scrapes in flight', () => {
  test('wait for a place until one is over', async () => {
    const bench = benchOf({ inFlight: { perClient: 1, total: 2 } })
    const first = await bench.decide('192.0.2.1', RIGHT)
    expect([
      await bench.ask('192.0.2.1', RIGHT),
      await bench.ask('192.0.2.1'),
      await bench.ask('192.0.2.2', RIGHT),
      await bench.ask('192.0.2.3', RIGHT),
    ]).toEqual(['429 rate_limited 1', '401 no_credentials', 'prom', '429 rate_limited 1'])
    if (first.allow) first.done?.()
    expect(await bench.ask('192.0.2.1', RIGHT)).toBe('prom')
  })

  test('are told without their end, so that an event can be copied', async () => {
    const bench = benchOf({ inFlight: { total: 2 } })
    const decision = await bench.decide('192.0.2.1', RIGHT)
    expect(decision).toMatchObject({ allow: true, done: expect.any(Function) })
    expect(structuredClone(bench.events)).toMatchObject([{ type: 'decision', decision: { allow: true, rule: 'default' } }])
  })
})

describe('beside an issuer', () => {
  const AUDIENCE = 'metrics'
  const beside = (issuer: { readonly url: string; readonly ca: string }): Bench =>
    benchOf({ lockout: LOCKOUT }, { credentials: [...CREDENTIALS, { type: 'jwt', issuer: issuer.url, audience: AUDIENCE, ca: issuer.ca }] })

  test('a token of the issuer is no wrong one of the list', async () => {
    await using issuer = await startIssuer({ audience: AUDIENCE })
    const bench = beside(issuer)
    const { authorization } = bearer(await issuer.sign())
    for (let scrape = 0; scrape < 5; scrape += 1) expect(await bench.ask('192.0.2.1', authorization)).toBe('prometheus')
  })

  test('nor is one that nobody can judge now, and one that nobody knows is', async () => {
    await using issuer = await startIssuer({ audience: AUDIENCE })
    issuer.answerWith((_request, response) => void response.writeHead(500).end())
    const bench = beside(issuer)
    const { authorization } = bearer(await issuer.sign())
    for (let scrape = 0; scrape < 5; scrape += 1) {
      expect(await bench.ask('192.0.2.1', authorization)).toBe('503 authority_unavailable 5')
    }
    for (let index = 0; index < 3; index += 1) expect(await bench.ask('192.0.2.1', 'Bearer x.y.z')).toBe('401 bad_credentials')
    expect(await bench.ask('192.0.2.1', 'Bearer x.y.z')).toBe('429 locked_out 30')
  })
})
