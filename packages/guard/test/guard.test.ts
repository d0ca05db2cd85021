import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hashSync } from '@node-rs/bcrypt'
import {
  createGuard,
  type Guard,
  type GuardEvent,
  type GuardOptions,
  parseAddress,
  parseTarget,
  type ReloadEvent,
  type RequestFacts,
} from '@postern/guard'
import { basic, faultOf, issueCertificate, type TemporaryFolder, temporaryFolder } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { describeDecision } from '../src/decide/decision-event.ts'

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

describe('a policy whose files are watched', () => {
  const TOLD = { settle: 5, poll: 600_000 }
  const lineOf = (password: string): string => `prom:${hashSync(password, 4)}\n`

  /** A guard on a file of users, and the reloads that it tells of. */
  async function watching(folder: TemporaryFolder): Promise<{ guard: Guard; reloaded: () => Promise<ReloadEvent>; usersFile: string }> {
    const usersFile = await folder.write('users', lineOf('first'))
    const told: ReloadEvent[] = []
    const waiting: ((event: ReloadEvent) => void)[] = []
    const onEvent = (event: GuardEvent): void => {
      if (event.type !== 'reload') return
      const hear = waiting.shift()
      if (hear) hear(event)
      else told.push(event)
    }
    const guard = createGuard({ credentials: [{ type: 'basic', usersFile }] }, { onEvent, watch: TOLD })
    const reloaded = async (): Promise<ReloadEvent> => told.shift() ?? new Promise((resolve) => waiting.push(resolve))
    return { guard, reloaded, usersFile }
  }
  const isIn = async (guard: Guard, password: string): Promise<boolean> => (await guard.decide(factsOf(sent('prom', password)))).allow

  test('takes a password that was changed, and the old one no longer, verified before or not (14)', async () => {
    await using folder = await temporaryFolder()
    const { guard, reloaded } = await watching(folder)
    expect([await isIn(guard, 'first'), await isIn(guard, 'second')]).toEqual([true, false])
    for (const [password, old] of [
      ['second', 'first'],
      ['third', 'second'],
    ] as const) {
      await folder.write('users', lineOf(password))
      expect(await reloaded()).toEqual({ type: 'reload', what: 'policy', ok: true, message: 'the policy and its files were read again' })
      expect([await isIn(guard, password), await isIn(guard, old)]).toEqual([true, false])
    }
    await guard.close()
  })

  test('keeps what was good last where there is a fault, tells it once, and takes its mend (36)', async () => {
    await using folder = await temporaryFolder()
    const { guard, reloaded, usersFile } = await watching(folder)
    await folder.write('users', `prom:$2b$10$short\n`)
    expect(await reloaded()).toEqual({
      type: 'reload',
      what: 'policy',
      ok: false,
      message: expect.stringMatching(/^credentials\[0\]\.usersFile: .* \(ERR_POSTERN_HASH, .*users:1:6\)$/),
    })
    expect(await isIn(guard, 'first')).toBe(true)
    await rm(usersFile)
    expect(await reloaded()).toMatchObject({ ok: false, message: expect.stringContaining('does not exist') })
    expect(await isIn(guard, 'first')).toBe(true)
    await folder.write('users', lineOf('second'))
    expect([await reloaded(), await isIn(guard, 'first'), await isIn(guard, 'second')]).toMatchObject([{ ok: true }, false, true])
    await guard.close()
  })

  test('that is truncated a thousand times lets nobody in without a password (35)', async () => {
    await using folder = await temporaryFolder()
    const { guard, usersFile } = await watching(folder)
    const content = lineOf('first')
    const seen = new Set<string>()
    for (let time = 0; time < 1_000; time += 1) {
      writeFileSync(usersFile, '')
      if (time % 100 === 0) expect(() => guard.reload()).toThrow('names no user')
      // The watch has its turn in every state of the file.
      await setImmediate()
      const decision = await guard.decide(factsOf())
      seen.add(decision.allow ? 'allowed' : decision.reason)
      writeFileSync(usersFile, content)
    }
    expect([[...seen], await isIn(guard, 'first'), guard.authenticates]).toEqual([['no_credentials'], true, true])
    await guard.close()
  })

  test('is compiled with another list of files when its options change', async () => {
    await using folder = await temporaryFolder()
    const { guard, reloaded } = await watching(folder)
    const other = await folder.write('others', lineOf('other'))
    guard.reload({ credentials: [{ type: 'basic', usersFile: other }] })
    await reloaded()
    await folder.write('others', lineOf('another'))
    await reloaded()
    expect([await isIn(guard, 'another'), await isIn(guard, 'other')]).toEqual([true, false])
    await guard.close()
  })

  test('is left alone where the owner says so, and where the guard has been closed', async () => {
    await using folder = await temporaryFolder()
    const usersFile = await folder.write('users', lineOf('first'))
    const events: string[] = []
    const onEvent = (event: GuardEvent): void => void events.push(event.type)
    const unwatched = createGuard({ credentials: [{ type: 'basic', usersFile }] }, { onEvent, watch: false })
    const closed = createGuard({ credentials: [{ type: 'basic', usersFile }] }, { onEvent, watch: TOLD })
    await closed.close()
    await using other = await temporaryFolder()
    const { guard, reloaded } = await watching(other)
    await folder.write('users', lineOf('second'))
    await other.write('users', lineOf('second'))
    await reloaded()
    expect(events).toEqual([])
    expect([await isIn(unwatched, 'first'), await isIn(closed, 'first')]).toEqual([true, true])
    await Promise.all([guard.close(), unwatched.close()])
  })
})

test('a watch keeps no process alive', async () => {
  await using folder = await temporaryFolder()
  const usersFile = await folder.write('users', `prom:${hashSync('first', 4)}\n`)
  const program = `
    import { createGuard } from '@postern/guard'
    createGuard({ credentials: [{ type: 'basic', usersFile: ${JSON.stringify(usersFile)} }] }, { watch: true })
    process.stdout.write('watching')`
  const node = ['--import', 'tsx', '--conditions=@postern/source', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, node, { cwd: import.meta.dirname })
  expect(stdout).toBe('watching')
})

describe('who hears of a reload', () => {
  test('is called after each that succeeds, until it wants no more', () => {
    const guard = createGuard(BASIC)
    const heard: string[] = []
    const forget = guard.onReload(() => heard.push('one'))
    guard.onReload(() => heard.push('two'))
    guard.reload()
    expect(() => guard.reload({ credentials: 'none' })).toThrow()
    forget()
    guard.reload()
    expect(heard).toEqual(['one', 'two', 'two'])
  })

  test('changes nothing when it throws', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const guard = createGuard(BASIC)
    const heard: string[] = []
    guard.onReload(() => {
      throw new Error('no context')
    })
    guard.onReload(() => heard.push('two'))
    guard.reload()
    expect(heard).toEqual(['two'])
    expect(emitWarning.mock.calls).toEqual([["What hears of the guard's reload threw: Error: no context", 'PosternWarning']])
  })

  test('is told of by an event, with what is wrong and its mend', () => {
    const events: GuardEvent[] = []
    const guard = createGuard(BASIC, { onEvent: (event) => events.push(event) })
    guard.reload()
    expect(() => guard.reload({ credentials: [] })).toThrow()
    expect(events).toEqual([
      { type: 'reload', what: 'policy', ok: true, message: 'the policy and its files were read again' },
      {
        type: 'reload',
        what: 'policy',
        ok: false,
        message: expect.stringMatching(/^credentials: the policy names no credential.* \(ERR_POSTERN_POLICY\)$/),
      },
    ])
  })
})
