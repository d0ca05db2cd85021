import { connect, requestText } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { finish, type Running, start } from '../support/command-line.ts'
import { AUTHORIZATION, AUTHORIZED, GUARD, TOKEN } from '../support/gateway.ts'
import { HASH, type PolicyFolder, policyFolder } from '../support/policy-folder.ts'
import { EXPOSITION, startUpstream } from '../support/upstream.ts'

const POLICY = (upstream: string, more = ''): string => `listen: ["127.0.0.1:0"]
routes: [{path: /metrics, upstream: "${upstream}"}]
guard: ${GUARD}
${more}`

interface Serving extends AsyncDisposable, Running {
  readonly url: string
  readonly folder: PolicyFolder
}

async function serve(policy: string, ...argv: readonly string[]): Promise<Serving> {
  const folder = await policyFolder()
  folder.policy(policy)
  const running = start(['serve', '--config', 'postern.yaml', ...argv], folder.path)
  const [url = ''] = /https?:\/\/\S+?(?=[" ])/.exec(await running.line('stdout', /metrics/)) ?? []
  return {
    ...running,
    url,
    folder,
    async [Symbol.asyncDispose]() {
      running.end()
      await running.status
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Each line of standard error, which must be JSON. */
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('postern serve', () => {
  test('says where it serves once it does, serves, and ends with 0 when it is told to', async () => {
    await using upstream = await startUpstream()
    await using serving = await serve(POLICY(upstream.url))
    const response = await fetch(serving.url, { headers: AUTHORIZED })
    expect([response.status, await response.text()]).toEqual([200, EXPOSITION])
    serving.end()
    expect(await finish(serving)).toEqual({ status: 0, stdout: `postern serving ${serving.url} -> ${upstream.url}/metrics\n`, stderr: '' })
    await expect(fetch(serving.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  test('says where it serves as an object with --json, every address and route', async () => {
    const policy = POLICY('http://127.0.0.1:1').replace('}]', '}, {path: /b, upstream: "http://127.0.0.1:2/x"}]')
    await using serving = await serve(policy, '--json', '--listen', '127.0.0.1:0', '127.0.0.2:0')
    const { ready, served } = JSON.parse(serving.output.stdout) as { ready: boolean; served: { url: string; upstream: string }[] }
    expect([ready, served.map(({ upstream }) => upstream)]).toEqual([
      true,
      ['http://127.0.0.1:1/metrics', 'http://127.0.0.1:2/x', 'http://127.0.0.1:1/metrics', 'http://127.0.0.1:2/x'],
    ])
    expect(served.map(({ url }) => url.replace(/:\d+/, ':N'))).toEqual([
      'http://127.0.0.1:N/metrics',
      'http://127.0.0.1:N/b',
      'http://127.0.0.2:N/metrics',
      'http://127.0.0.2:N/b',
    ])
  })

  test('takes another upstream from its options', async () => {
    await using upstream = await startUpstream()
    await using serving = await serve(POLICY('http://127.0.0.1:1'), '--upstream', upstream.url)
    expect((await fetch(serving.url, { headers: AUTHORIZED })).status).toBe(200)
  })

  test('ends with 0 when it was told to before it began', async () => {
    await using folder = await policyFolder()
    folder.policy(POLICY('http://127.0.0.1:1'))
    const running = start(['serve', '--config', 'postern.yaml'], folder.path)
    running.end()
    expect(await running.status).toBe(0)
  })
})

describe('the log of postern serve', () => {
  test('has one JSON object for each denial and fault, and no credential', async () => {
    const secrets = [TOKEN, 'canary-password', 'canary-token', HASH]
    await using serving = await serve(
      POLICY('http://127.0.0.1:1', 'tls: {cert_file: server.crt, key_file: open.key}').replace(
        '{credentials: [',
        '{credentials: [{type: basic, users_file: users.open}, ',
      ),
    )
    const password = Buffer.from('prometheus:canary-password').toString('base64')
    const statuses: unknown[] = []
    // A connection each: a denial ends its own.
    const send = async (target: string, line: string): Promise<void> => {
      await using wire = await connect(serving.url)
      statuses.push((await wire.ask(requestText(target, [line])))?.status)
    }
    for (const line of ['X-A: b', `Authorization: Basic ${password}`, 'Authorization: Bearer canary-token', AUTHORIZATION])
      await send('/metrics?token=canary-token', line)
    await send('/metrics%1b[2J', AUTHORIZATION)
    expect(statuses).toEqual([401, 401, 401, 502, 400])
    serving.end()
    const { stderr } = await finish(serving)
    for (const secret of [...secrets, password]) expect(stderr).not.toContain(secret)
    const denied = { level: 'warn', address: '127.0.0.1', method: 'GET', path: '/metrics', status: 401, msg: 'denied' }
    expect(linesOf(stderr)).toMatchObject([
      { level: 'warn', msg: `"${serving.folder.path}/users.open" can be read by other users of this machine: chmod 600 it` },
      { level: 'warn', msg: `"${serving.folder.path}/open.key" can be read by other users of this machine: chmod 600 it` },
      { ...denied, reason: 'no_credentials' },
      { ...denied, reason: 'bad_credentials' },
      { ...denied, reason: 'bad_credentials' },
      { level: 'warn', path: '/metrics', status: 502, fault: 'unreachable', msg: 'scrape failed' },
      { level: 'warn', address: '127.0.0.1', status: 400, reason: 'malformed_request', msg: 'denied' },
    ])
  })

  test('has what went well at level debug', async () => {
    await using upstream = await startUpstream()
    await using serving = await serve(POLICY(upstream.url), '--log-level', 'debug')
    await fetch(serving.url, { headers: AUTHORIZED })
    await serving.line('stderr', /scraped/)
    expect(linesOf(serving.output.stderr)).toMatchObject([
      { msg: 'allowed', principal: 'prometheus' },
      { msg: 'scraped', status: 200 },
    ])
  })
})

describe('postern serve does not start', () => {
  test('with a policy that cannot be compiled', async () => {
    await using folder = await policyFolder()
    folder.policy(POLICY('http://joe:canary@h'))
    const { status, stdout, stderr } = await finish(start(['serve', '--config', 'postern.yaml'], folder.path))
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'postern.yaml:2:37 routes[0].upstream: "http://…@h" has credentials in it, and a URL is shown in logs and lists of processes. Take them out, and bind the exporter to loopback instead. (ERR_POSTERN_UPSTREAM_URL)\n',
    )
  })

  test('where another program listens', async () => {
    await using taken = await startUpstream()
    await using folder = await policyFolder()
    folder.policy(POLICY('http://127.0.0.1:1'))
    const argv = ['serve', '--config', 'postern.yaml', '--listen', `127.0.0.1:${taken.port}`]
    expect(await finish(start(argv, folder.path))).toEqual({
      status: 1,
      stdout: '',
      stderr: `postern: cannot listen on 127.0.0.1 port ${taken.port}: another program listens there. End the other program, or listen on another address or port. (ERR_POSTERN_LISTEN)\n`,
    })
    const { status, stdout } = await finish(start([...argv, '--json'], folder.path))
    expect([status, JSON.parse(stdout)]).toMatchObject([1, { error: { code: 'ERR_POSTERN_LISTEN' } }])
  })
})
