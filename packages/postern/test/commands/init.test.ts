import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { registerInit } from '../../src/commands/init.ts'
import { formatError } from '../../src/commands/report.ts'
import { temporaryFolder } from '../provision/oracle.ts'
import { runCommand } from './run-command.ts'

const init = (cwd: string, ...argv: readonly string[]) => runCommand(registerInit, ['init', ...argv], { cwd })

/** Days differ from run to run: D1 is 90 and D2 is 3650 days from now. */
function withoutDates(text: string): string {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  return text.replaceAll(day(90), 'D1').replaceAll(day(3650), 'D2')
}

describe('postern init', () => {
  test('tells a person what was made, until when it holds, and what comes next', async () => {
    await using folder = await temporaryFolder()
    const { stdout, stderr, error } = await init(folder.path)
    expect([stderr, error]).toEqual(['', undefined])
    expect(withoutDates(stdout)).toBe(`Set up: .postern, a guard at https://localhost:9843/metrics in front of http://127.0.0.1:8080/metrics

  .postern/postern.yaml                   the policy: what the gateway serves, and to whom
  .postern/prometheus.yml                 a complete configuration of Prometheus
  .postern/tls/ca.crt                     the authority that Prometheus and the gateway trust
  .postern/tls/ca.key                     its key: may be moved to a safe place
  .postern/tls/server.crt                 the certificate of the gateway
  .postern/tls/server.key                 its key
  .postern/tls/prometheus.crt             the certificate of Prometheus
  .postern/tls/prometheus.key             its key
  .postern/secrets/prometheus.password.1  the password, for Prometheus
  .postern/secrets/users.htpasswd         its bcrypt hash, for the gateway
  .postern/secrets/prometheus.token.1     the bearer token, for Prometheus
  .postern/secrets/tokens.yaml            its SHA-256 digest, for the gateway

Credentials, each of them enough: basic, bearer, client-certificate. Their values are in these files and nowhere else.
Certificates end: server D1, client D1, authority D2. Make new ones before that: postern init --force with the same --dir.

Next:
  postern serve --config .postern/postern.yaml
  prometheus --config.file=.postern/prometheus.yml --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=.postern/prometheus-data
  curl --cacert .postern/tls/ca.crt --cert .postern/tls/prometheus.crt --key .postern/tls/prometheus.key https://localhost:9843/metrics
`)
  })

  test('takes what it is told, and quotes what a shell would read otherwise', async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, "joe's")
    const args = [
      '--dir',
      dir,
      '--listen',
      '0.0.0.0:1234',
      '--host',
      'app1',
      '--host',
      '192.0.2.1',
      '--upstream',
      'http://127.0.0.1:9100',
      '--auth',
      'basic',
    ]
    const { stdout } = await init('/', ...args)
    expect(stdout).toContain(`Set up: ${dir.slice(1)}, a guard at https://app1:1234/metrics in front of http://127.0.0.1:9100/metrics\n`)
    expect(withoutDates(stdout)).toContain('Certificates end: server D1, authority D2.')
    expect(stdout).toContain(`postern serve --config '${dir.slice(1).replace("'", String.raw`'\''`)}/postern.yaml'\n`)
    expect(await readFile(join(dir, 'prometheus.yml'), 'utf8')).toContain('targets: ["app1:1234"]')
  })

  test('the second time changes nothing and says so', async () => {
    await using folder = await temporaryFolder()
    await init(folder.path)
    const { stdout, stderr, error } = await init(folder.path)
    expect([stderr, error]).toEqual(['', undefined])
    expect(withoutDates(stdout)).toBe(`.postern is set up already; nothing was changed.
Certificates end: server D1, client D1, authority D2. Make new ones before that: postern init --force with the same --dir.

Serve it:  postern serve --config .postern/postern.yaml
`)
  })

  test('lists what is missing from a folder that was set up', async () => {
    await using folder = await temporaryFolder()
    await init(folder.path, '--dir', '.')
    await rm(join(folder.path, 'tls'), { recursive: true })
    const { stdout, error } = await init(folder.path, '--dir', '.')
    expect(error).toBeUndefined()
    expect(stdout).toBe(`. is set up already; nothing was changed.
  missing: tls/ca.crt
  missing: tls/prometheus.crt
  missing: tls/prometheus.key
  missing: tls/server.crt
  missing: tls/server.key
Put back what is missing, or make new certificates and secrets: postern init --force with the same --dir.

Serve it:  postern serve --config postern.yaml
`)
  })

  test('with --force makes new certificates and secrets, and says what stays', async () => {
    await using folder = await temporaryFolder()
    const read = (name: string) => readFile(join(folder.path, '.postern', name), 'utf8')
    await init(folder.path, '--listen', '0.0.0.0:1234', '--host', 'app1', '--auth', 'basic')
    const before = await read('secrets/prometheus.password.1')
    const { stdout } = await init(folder.path, '--force')
    expect(
      withoutDates(stdout),
    ).toBe(`Renewed: .postern, certificates for app1 and all secrets; postern.yaml and prometheus.yml are as they were.
Certificates end: server D1, authority D2. Make new ones before that: postern init --force with the same --dir.
Restart the gateway and Prometheus: until then they may use the old ones.

Serve it:  postern serve --config .postern/postern.yaml
`)
    expect(await read('secrets/prometheus.password.1')).not.toBe(before)
    const { stdout: json } = await init(folder.path, '--force', '--json')
    expect(JSON.parse(json)).toMatchObject({ status: 'renewed', hosts: ['app1'], credentials: ['basic'], missing: [] })
  })

  test('with --force and an option makes everything new, and says where the old policy is', async () => {
    await using folder = await temporaryFolder()
    await init(folder.path, '--upstream', 'http://127.0.0.1:9100')
    const { stdout } = await init(folder.path, '--force', '--listen', 'localhost:1234')
    expect(stdout).toMatch(
      /^Made anew: \.postern, a guard at https:\/\/localhost:1234\/metrics in front of http:\/\/127\.0\.0\.1:9100\/metrics\nThe policy that was there, with its addresses and routes, is now \.postern\/postern\.yaml\.previous\.\n/,
    )
    const { stdout: json } = await init(folder.path, '--force', '--json', '--auth', 'basic')
    expect(JSON.parse(json)).toMatchObject({ status: 'replaced', previous: 'postern.yaml.previous.2' })
  })

  test('says that --force alone does not write prometheus.yml', async () => {
    await using folder = await temporaryFolder()
    await init(folder.path, '--auth', 'basic')
    await rm(join(folder.path, '.postern/prometheus.yml'))
    for (const args of [[], ['--force']]) {
      const { stdout } = await init(folder.path, ...args)
      expect(stdout).toContain(
        '  missing: prometheus.yml\nPut back what is missing, or make everything new: postern init --force with the same --dir and an --upstream.\n',
      )
    }
  })

  test('never shows a secret', async () => {
    await using folder = await temporaryFolder()
    const outputs = [await init(folder.path), await init(folder.path), await init(folder.path, '--json')]
    for (const name of ['prometheus.password.1', 'prometheus.token.1', 'users.htpasswd']) {
      const secret = await readFile(join(folder.path, '.postern/secrets', name), 'utf8')
      for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(secret.trim())
    }
  })

  test('explains itself with examples', async () => {
    const { stdout, error } = await init('/', '--help')
    expect(error).toBeUndefined()
    for (const part of [
      'Usage: postern init [options]',
      '--upstream <url>',
      'Examples:',
      'postern init --auth basic',
      'postern.yaml.previous',
    ]) {
      expect(stdout).toContain(part)
    }
  })
})

describe('postern init --json', () => {
  test('prints one object for a program', async () => {
    await using folder = await temporaryFolder()
    const { stdout } = await init(folder.path, '--json', '--auth', 'basic')
    expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
    expect(JSON.parse(withoutDates(stdout))).toEqual({
      status: 'created',
      dir: join(folder.path, '.postern'),
      files: [
        { path: 'postern.yaml', mode: '0644' },
        { path: 'prometheus.yml', mode: '0644' },
        { path: 'tls/ca.crt', mode: '0644' },
        { path: 'tls/ca.key', mode: '0600' },
        { path: 'tls/server.crt', mode: '0644' },
        { path: 'tls/server.key', mode: '0600' },
        { path: 'secrets/prometheus.password.1', mode: '0600' },
        { path: 'secrets/users.htpasswd', mode: '0600' },
      ],
      notAfter: { authority: expect.stringMatching(/^D2T/), server: expect.stringMatching(/^D1T/) },
      url: 'https://localhost:9843/metrics',
      upstream: 'http://127.0.0.1:8080/metrics',
      hosts: ['localhost', '127.0.0.1', '::1'],
      credentials: ['basic'],
      next: {
        serve: 'postern serve --config .postern/postern.yaml',
        prometheus:
          'prometheus --config.file=.postern/prometheus.yml --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=.postern/prometheus-data',
        curl: expect.stringMatching(/^curl --cacert .postern\/tls\/ca.crt -K <\(printf /),
      },
    })
  })

  test('says what is unchanged and what is missing', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, '.postern'))
    await writeFile(join(folder.path, '.postern/postern.yaml'), 'tls: { cert_file: a.crt }')
    const { stdout } = await init(folder.path, '--json')
    expect(JSON.parse(stdout)).toEqual({
      status: 'unchanged',
      dir: join(folder.path, '.postern'),
      files: [{ path: 'postern.yaml', mode: '0644' }],
      notAfter: {},
      missing: ['a.crt', 'prometheus.yml'],
    })
  })
})

describe('postern init refuses', () => {
  test.each([
    {
      args: ['--upstream', 'http://127.0.0.1:9100'],
      says: '--upstream: ".postern" serves "http://127.0.0.1:8080/metrics" and not "http://127.0.0.1:9100/metrics"',
    },
    { args: ['--listen', ':1'], says: '--listen: ".postern" serves "localhost:9843" and not ":1"' },
  ])('$args where the policy says otherwise', async ({ args, says }) => {
    await using folder = await temporaryFolder()
    await init(folder.path, '--auth', 'basic')
    const { stdout, error } = await init(folder.path, ...args)
    expect([formatError(error), stdout]).toEqual([
      `${says}. Change that line of .postern/postern.yaml, use another --dir, or add --force to make everything new. (ERR_POSTERN_OCCUPIED)`,
      '',
    ])
  })

  test.each([
    {
      args: ['--auth', 'basic,magic'],
      line: '--auth: "basic,magic" names "magic", which is no kind of credential. Write one or more of basic, bearer, client-certificate, separated by commas. (ERR_POSTERN_USAGE)',
    },
    {
      args: ['--listen', '9843'],
      line: '--listen: "9843" is neither HOST:PORT nor [IPV6]:PORT nor :PORT. Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843. (ERR_POSTERN_LISTEN_ADDRESS)',
    },
    {
      args: ['--upstream', 'http://joe:hunter2@127.0.0.1:8080/'],
      line: '--upstream: "http://…@127.0.0.1:8080/" has credentials in it, and a URL is shown in logs and lists of processes. Take them out, and bind the exporter to loopback instead. (ERR_POSTERN_UPSTREAM_URL)',
    },
    {
      args: ['--host', 'a b'],
      line: '--host: "a b" is neither a DNS name nor an IP address. Write it like metrics.example.org, 192.0.2.10 or 2001:db8::10, without scheme, port or brackets. (ERR_POSTERN_USAGE)',
    },
  ])('$args and writes nothing', async ({ args, line }) => {
    await using folder = await temporaryFolder()
    const { stdout, error } = await init(folder.path, ...args)
    expect([formatError(error), stdout, await readdir(folder.path)]).toEqual([line, '', []])
  })

  test('a folder that holds something else', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'app.py'), '')
    const { stdout, error } = await init(folder.path, '--dir', '.', '--force')
    expect([formatError(error), stdout]).toEqual([
      `postern: "${folder.path}" holds "app.py", and no postern.yaml that would mark it as set up by postern init. Give an empty or new folder with --dir. (ERR_POSTERN_OCCUPIED)`,
      '',
    ])
  })

  test('an argument without an option', async () => {
    await using folder = await temporaryFolder()
    const { error } = await init(folder.path, 'somewhere')
    expect(error).toMatchObject({ code: 'commander.excessArguments' })
    expect(await readdir(folder.path)).toEqual([])
  })
})
