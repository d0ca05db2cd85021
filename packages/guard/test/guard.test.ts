import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type GuardEvent, type GuardOptions, parseAddress, parseTarget, type RequestFacts } from '@postern/guard'
import { basic, faultOf, issueCertificate, temporaryFolder } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { describeDecision } from '../src/decision-event.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const BASIC: GuardOptions = { credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 4) } }] }
const factsOf = (init: Partial<RequestFacts> = {}): RequestFacts => ({
  address: parseAddress('::ffff:10.0.0.1'),
  method: 'GET',
  target: parseTarget('/metrics?x'),
  authorization: [],
  header: () => [],
  clientCertificate: undefined,
  ...init,
})
const sent = (user: string, password: string): Partial<RequestFacts> => ({ authorization: [basic(user, password).authorization] })

const HARMLESS = '\ufffd[2J\ufffd\ufffd{"level":"info"}\ufffd'

describe('what the owner hears', () => {
  const denied = { allow: false, status: 401, reason: 'no_credentials', challenges: ['Basic realm="metrics", charset="UTF-8"'] }
  test.each([
    { name: 'a denial', facts: {}, event: { decision: denied, address: '10.0.0.1', method: 'GET', path: '/metrics' } },
    {
      name: 'a peer without an address',
      facts: { address: undefined },
      event: { decision: denied, address: undefined, method: 'GET', path: '/metrics' },
    },
    {
      name: 'a client whom nobody believes',
      facts: { header: () => ['192.0.2.1'] },
      event: { decision: denied, address: '10.0.0.1', method: 'GET', path: '/metrics' },
    },
    {
      name: 'a client for whom a proxy speaks',
      facts: { address: parseAddress('10.9.0.1'), header: () => ['192.0.2.1'] },
      event: { decision: denied, address: '192.0.2.1', peer: '10.9.0.1', method: 'GET', path: '/metrics' },
    },
    {
      name: 'a client whom a proxy cannot name',
      facts: { address: parseAddress('10.9.0.1'), header: () => ['unknown'] },
      event: { decision: denied, address: undefined, peer: '10.9.0.1', method: 'GET', path: '/metrics' },
    },
    {
      name: 'a client for whom a proxy on a unix socket speaks',
      facts: { address: undefined, unixSocket: true, header: () => ['192.0.2.1'] },
      event: { decision: denied, address: '192.0.2.1', peer: 'unix', method: 'GET', path: '/metrics' },
    },
    {
      name: 'a proxy that speaks for itself',
      facts: { address: parseAddress('10.9.0.1') },
      event: { decision: denied, address: '10.9.0.1', method: 'GET', path: '/metrics' },
    },
    {
      name: 'a target that is not repeated',
      facts: { target: undefined },
      event: {
        decision: { allow: false, status: 400, reason: 'malformed_request', challenges: [] },
        address: '10.0.0.1',
        method: 'GET',
        path: undefined,
      },
    },
    {
      name: 'whom it let in',
      facts: sent('prom', 's3cret'),
      event: {
        decision: { allow: true, principal: { name: 'prom', credential: 'basic' }, rule: 'default' },
        address: '10.0.0.1',
        method: 'GET',
        path: '/metrics',
      },
    },
  ])('$name', async ({ facts, event }) => {
    const events: GuardEvent[] = []
    const policy: GuardOptions = { ...BASIC, proxies: { trusted: ['10.9.0.0/16', 'unix'] } }
    const guard = createGuard(policy, { onEvent: (heard) => events.push(heard) })
    expect(await guard.decide(factsOf(facts))).toEqual(event.decision)
    expect(events).toEqual([{ type: 'decision', milliseconds: expect.any(Number), ...event }])
  })

  test('nothing that is long, or that a terminal obeys (65)', () => {
    const hostile = '\u001b[2J\r\n{"level":"info"}\u202e'
    const facts = factsOf({ method: `GET${hostile}`, target: { path: `/${hostile}${'x'.repeat(8000)}`, query: '' } })
    const principal = { name: hostile, credential: 'jwt', groups: [hostile, 'x'.repeat(1000)], uid: hostile } as const
    const told = describeDecision({ allow: true, principal, rule: 'default' }, facts, facts, 0.5)
    expect(told.decision).toEqual({
      allow: true,
      rule: 'default',
      principal: { name: HARMLESS, credential: 'jwt', groups: [HARMLESS, `${'x'.repeat(128)}…`] },
    })
    expect([told.method, told.path?.length, told.path?.startsWith(`/${HARMLESS}xxx`)]).toEqual([`GET${HARMLESS.slice(0, 17)}…`, 257, true])
  })

  test('warnings first, which the guard holds too', async () => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', `prom:${hashSync('s3cret', 4)}\n`, 0o644)
    const events: GuardEvent[] = []
    const guard = createGuard({ credentials: [{ type: 'basic', usersFile }] }, { onEvent: (heard) => events.push(heard) })
    const message = `"${usersFile}" can be read by other users of this machine: chmod 600 it`
    expect([events, guard.warnings]).toEqual([[{ type: 'warning', message }], [message]])
  })

  test.each([
    { facts: {}, allow: false },
    { facts: sent('prom', 's3cret'), allow: true },
  ])('changes no decision when it throws ($allow)', async ({ facts, allow }) => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const guard = createGuard(BASIC, {
      onEvent() {
        throw new Error('the log is full')
      },
    })
    expect((await guard.decide(factsOf(facts))).allow).toBe(allow)
    expect(emitWarning.mock.calls).toEqual([["What hears the guard's events threw: Error: the log is full", 'PosternWarning']])
  })

  test('a fault of ours with its cause, before the denial', async () => {
    const events: GuardEvent[] = []
    const cert = (await issueCertificate({ subject: 'CA', ca: true })).cert
    const environment = {
      readFile: () => ({ text: '', readableByOthers: false }),
      now: () => {
        throw new Error('no clock')
      },
      elapsed: () => 0,
      randomBytes: () => new Uint8Array(32),
    }
    const guard = createGuard(
      { credentials: [{ type: 'client-certificate', ca: cert, names: ['a'] }] },
      { environment, onEvent: (event) => events.push(event) },
    )
    const none = { issuers: [], serialNumbers: [], subjectAlternativeNames: [], commonNames: [], organizations: [] }
    const clientCertificate = { verified: true, ...none, notBefore: 0, notAfter: 1 }
    await guard.decide({ ...factsOf(), clientCertificate })
    expect(events).toMatchObject([
      { type: 'fault', error: new Error('no clock') },
      { type: 'decision', decision: { allow: false, status: 500, reason: 'guard_fault' } },
    ])
  })

  test('is not needed', async () => {
    expect((await createGuard(BASIC).decide(factsOf())).allow).toBe(false)
  })
})

describe('what a server is told', () => {
  test('nothing of client certificates where the policy takes none', () => {
    const guard = createGuard(BASIC)
    expect([guard.authenticates, guard.tlsOptions]).toEqual([true, { requestCert: false, rejectUnauthorized: false, ca: [] }])
  })

  test('that nobody is asked', () => {
    expect(createGuard({ credentials: 'none' }).authenticates).toBe(false)
  })

  test("to verify against the policy's authorities alone", async () => {
    const { cert } = await issueCertificate({ subject: 'CA', ca: true })
    const { tlsOptions } = createGuard({ credentials: [{ type: 'client-certificate', ca: cert, names: ['a'] }] })
    expect(tlsOptions).toEqual({ requestCert: true, rejectUnauthorized: false, ca: [cert] })
  })
})

test('a policy that cannot be compiled makes no guard', () => {
  expect(faultOf(() => createGuard({ credentials: [] })).code).toBe('ERR_POSTERN_POLICY')
})

test('a verified password is remembered for no longer than its life', async () => {
  let elapsed = 0
  const environment = {
    readFile: () => ({ text: '', readableByOthers: false }),
    now: () => 0,
    elapsed: () => elapsed,
    randomBytes: () => new Uint8Array(32),
  }
  const guard = createGuard(BASIC, { environment })
  const allows = async (): Promise<boolean> => (await guard.decide(factsOf(sent('prom', 's3cret')))).allow
  const first = await allows()
  elapsed = 300_001
  expect([first, await allows()]).toEqual([true, true])
})

describe('a reload', () => {
  test('reads files anew, and lets nobody in by what the old one knew', async () => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', `prom:${hashSync('s3cret', 4)}\n`, 0o600)
    const guard = createGuard({ credentials: [{ type: 'basic', usersFile }] })
    expect(await guard.decide(factsOf(sent('prom', 's3cret')))).toMatchObject({ allow: true })
    await folder.write('users', `prom:${hashSync('changed', 4)}\n`, 0o600)
    guard.reload()
    expect(await guard.decide(factsOf(sent('prom', 's3cret')))).toMatchObject({ reason: 'bad_credentials' })
    expect(await guard.decide(factsOf(sent('prom', 'changed')))).toMatchObject({ allow: true })
    await guard.close()
  })

  test('that fails leaves the old policy in force', async () => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', `prom:${hashSync('s3cret', 4)}\n`, 0o600)
    const guard = createGuard({ credentials: [{ type: 'basic', usersFile }] })
    await folder.write('users', '', 0o600)
    expect(faultOf(() => guard.reload())).toMatchObject({ code: 'ERR_POSTERN_POLICY', path: ['credentials', 0, 'usersFile'] })
    expect(await guard.decide(factsOf(sent('prom', 's3cret')))).toMatchObject({ allow: true })
  })

  test('may take another policy, but none that ends authentication', async () => {
    const guard = createGuard(BASIC)
    expect(faultOf(() => guard.reload({ credentials: 'none' }))).toMatchObject({ code: 'ERR_POSTERN_OPEN', path: ['credentials'] })
    expect(guard.authenticates).toBe(true)
    guard.reload({ ...BASIC, addresses: { deny: ['10.0.0.0/8'] } })
    expect(await guard.decide(factsOf())).toMatchObject({ reason: 'address_not_allowed' })
    guard.reload()
    expect(await guard.decide(factsOf())).toMatchObject({ reason: 'address_not_allowed' })
  })

  test('of an open policy may close it', async () => {
    const guard = createGuard({ credentials: 'none' })
    guard.reload({ credentials: 'none' })
    guard.reload(BASIC)
    expect([guard.authenticates, await guard.decide(factsOf())]).toMatchObject([true, { reason: 'no_credentials' }])
  })
})
