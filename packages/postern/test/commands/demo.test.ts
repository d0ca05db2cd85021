/** `postern demo` in this process, with the built shop in its own. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, requestText, temporaryFolder } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { provision } from '../../src/provision/index.ts'
import { finish, start } from '../support/command-line.ts'
import { startUpstream } from '../support/upstream.ts'

/** The shop's process is gone once the demo is. */
function isShopRunning(stdout: string): boolean {
  const pid = Number(/\(process (\d+)\)/.exec(stdout)?.[1])
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** How many series a shop has depends on what its customers did. */
const withoutNumbers = (text: string): string =>
  text
    .replace(/127\.0\.0\.1:\d+\/metrics/, '127.0.0.1:N/metrics')
    .replace(/process \d+/, 'process N')
    .replace(/\d+ series/, 'N series')

/** A port that was free a moment ago: the demo tells Prometheus its port, so that it cannot take any. */
async function freeListen(): Promise<string> {
  await using server = await startUpstream()
  return `localhost:${server.port}`
}

const ROWS = [
  'proof        ok    scrape as Prometheus, with its password: expected 200, seen 200, N series',
  'proof        ok    scrape as Prometheus, with its token: expected 200, seen 200, N series',
  'proof        ok    scrape as Prometheus, with its certificate: expected 200, seen 200, N series',
  'proof        ok    scrape without credentials: expected 401, seen 401',
  'proof        ok    scrape with a wrong password: expected 401, seen 401',
  'proof        ok    scrape in plain HTTP: expected refused, seen refused',
]

describe('postern demo', () => {
  test('sets up, serves and proves itself before it is ready, logs no denial of its proof, and ends everything', async () => {
    await using folder = await temporaryFolder()
    const listen = await freeListen()
    const running = start(['demo', '--listen', listen], folder.path)
    const url = `https://${listen}/metrics`
    expect(await running.line('stdout', /^postern ready/)).toBe(`postern ready ${url}`)
    expect(running.output.stdout.split('\n').map(withoutNumbers)).toEqual([
      'policy       .postern was made: a policy, certificates, secrets and prometheus.yml',
      'application  a small shop with open metrics at http://127.0.0.1:N/metrics (process N)',
      `gateway      ${url}`,
      ...ROWS,
      '',
      'Credentials of the scraper, any one of them enough: .postern/secrets/prometheus.password.1, .postern/secrets/prometheus.token.1, .postern/tls/prometheus.key',
      `Scrape it by hand:          curl --cacert .postern/tls/ca.crt --cert .postern/tls/prometheus.crt --key .postern/tls/prometheus.key ${url}`,
      'Scrape it with Prometheus:  prometheus --config.file=.postern/prometheus.yml --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=.postern/prometheus-data',
      'Ctrl-C ends everything.',
      '',
      `postern ready ${url}`,
      '',
    ])
    expect(running.output.stderr).toBe('')
    await using wire = await connect(url)
    await wire.ask(requestText('/metrics'))
    expect(JSON.parse(await running.line('stderr', /denied/))).toMatchObject({ level: 'warn', reason: 'no_credentials' })
    running.end()
    expect([await running.status, isShopRunning(running.output.stdout)]).toEqual([0, false])
    for (const name of ['prometheus.password.1', 'prometheus.token.1', 'users.htpasswd']) {
      const secret = await readFile(join(folder.path, '.postern/secrets', name), 'utf8')
      expect(running.output.stdout + running.output.stderr).not.toContain(secret.trim())
    }
  })

  test('keeps a folder that is there, with the credentials it has, and tells a program line by line', async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'mine')
    const listen = await freeListen()
    await provision(dir, { listen, upstream: 'http://127.0.0.1:1', auth: ['bearer'] })
    const running = start(['demo', '--dir', 'mine', '--json'], folder.path)
    await running.line('stdout', /ready/)
    running.end()
    const { status, stdout, stderr } = await finish(running)
    expect([status, stderr]).toEqual([0, ''])
    expect(
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(withoutNumbers(line)) as unknown),
    ).toEqual([
      { proof: { name: 'scrape as Prometheus, with its token', expected: '200', seen: '200, N series', holds: true } },
      { proof: { name: 'scrape without credentials', expected: '401', seen: '401', holds: true } },
      { proof: { name: 'scrape with a wrong password', expected: '401', seen: '401', holds: true } },
      { proof: { name: 'scrape in plain HTTP', expected: 'refused', seen: 'refused', holds: true } },
      { ready: true, url: `https://${listen}/metrics` },
    ])
  })

  test('says that a folder was kept, and its scrapes and faults to the log', async () => {
    await using folder = await temporaryFolder()
    const listen = await freeListen()
    await provision(join(folder.path, '.postern'), { listen, upstream: 'http://127.0.0.1:1' })
    const running = start(['demo'], folder.path)
    await running.line('stdout', /^postern ready/)
    expect(running.output.stdout).toContain('policy       .postern was there and is kept\n')
    running.end()
    expect(await running.status).toBe(0)
  })
})

test('postern demo on a port that prometheus.yml does not name says so in place of the line that could not work', async () => {
  await using folder = await temporaryFolder()
  const listen = await freeListen()
  await provision(join(folder.path, '.postern'), { listen: 'localhost:2', upstream: 'http://127.0.0.1:1' })
  const running = start(['demo', '--listen', listen], folder.path)
  await running.line('stdout', /^postern ready/)
  running.end()
  const { stdout } = await finish(running)
  expect(stdout).toContain(
    `.postern/prometheus.yml names localhost:2, and this demo serves ${listen}: make another folder with --dir, or write ${listen} in its targets.\n`,
  )
  expect(stdout).not.toContain('prometheus --config')
})

describe('postern demo ends, and its application with it', () => {
  test('where the policy does not guard what it says', async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, '.postern')
    const listen = await freeListen()
    await provision(dir, { listen, upstream: 'http://127.0.0.1:1', auth: ['basic'] })
    const policy = await readFile(join(dir, 'postern.yaml'), 'utf8')
    await folder.write('.postern/postern.yaml', policy.replace(/ {2}credentials:\n( {4}.*\n| *\n)+/, '  credentials: none\n'))
    const { status, stdout, stderr } = await finish(start(['demo'], folder.path))
    expect([status, isShopRunning(stdout)]).toEqual([1, false])
    expect(withoutNumbers(stdout.split('\n').find((line) => line.includes('FAIL')) ?? '')).toContain(
      'proof        FAIL  scrape without credentials: expected 401, seen 200, N series',
    )
    expect(stdout).not.toContain('postern ready')
    expect(withoutNumbers(stderr)).toBe(
      'postern: the scrape without credentials was expected to end with 401 and ended with 200, N series. If .postern was changed by hand, make it anew: postern init --force --dir .postern --upstream http://127.0.0.1:N/metrics (ERR_POSTERN_DEMO)\n',
    )
    await expect(fetch(`http://${listen}`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  })

  test('where another program listens', async () => {
    await using folder = await temporaryFolder()
    await using taken = await startUpstream()
    const other = taken.port + (taken.port > 55_535 ? -10_000 : 10_000)
    const { status, stdout, stderr } = await finish(start(['demo', '--listen', `localhost:${taken.port}`], folder.path))
    expect([status, isShopRunning(stdout)]).toEqual([1, false])
    expect(stderr).toBe(
      `postern: cannot listen on 127.0.0.1 port ${taken.port}: another program listens there. End the other program, or take another port and a folder for it: postern demo --listen localhost:${other} --dir .postern-${other} (ERR_POSTERN_LISTEN)\n`,
    )
  })

  test('where the folder holds something else', async () => {
    await using folder = await temporaryFolder()
    await folder.write('app.py', '')
    const { status, stdout, stderr } = await finish(start(['demo', '--dir', '.'], folder.path))
    expect([status, stdout, existsSync(join(folder.path, 'postern.yaml'))]).toEqual([2, '', false])
    expect(stderr).toContain('(ERR_POSTERN_OCCUPIED)')
  })

  test('where its policy has a warning, which is told once', async () => {
    await using folder = await temporaryFolder()
    const listen = await freeListen()
    const dir = join(folder.path, '.postern')
    await provision(dir, { listen, upstream: 'http://127.0.0.1:1', auth: ['basic'] })
    await folder.write('.postern/open', await readFile(join(dir, 'secrets/users.htpasswd')), 0o644)
    const policy = await readFile(join(dir, 'postern.yaml'), 'utf8')
    await folder.write('.postern/postern.yaml', policy.replace('secrets/users.htpasswd', 'open'))
    const running = start(['demo'], folder.path)
    await running.line('stdout', /^postern ready/)
    running.end()
    const { status, stderr } = await finish(running)
    expect(status).toBe(0)
    expect(
      stderr
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ level: 'warn', msg: `"${dir}/open" can be read by other users of this machine: chmod 600 it` }])
  })
})
