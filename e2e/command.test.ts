/** The command line as a shell sees it: exit statuses, messages, and files made by it judged by others. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort } from './support/process.ts'

describe('the command', () => {
  test('ends with 0 and its version, with 0 and help, with 2 for what it does not know', async () => {
    expect(await postern(['--version'])).toEqual({ status: 0, stdout: '0.1.0\n', stderr: '' })
    const help = await postern(['--help'])
    expect(help.status).toBe(0)
    for (const command of ['init', 'serve', 'demo', 'validate', 'hash']) {
      expect(help.stdout).toContain(command)
      expect((await postern([command, '--help'])).stdout).toContain('Examples:')
    }
    expect(await postern(['sevre'])).toMatchObject({ status: 2, stdout: '' })
    expect(await postern(['serve'])).toMatchObject({ status: 2, stdout: '' })
  })

  test('init makes a folder once, and a second run changes nothing and says so', async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'here')
    expect((await postern(['init', '--dir', dir])).status).toBe(0)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    const before = await readFile(join(dir, 'secrets/prometheus.token.1'), 'utf8')
    const again = await postern(['init', '--dir', dir])
    expect(again.status).toBe(0)
    expect(again.stdout).toContain('nothing was changed')
    expect(await readFile(join(dir, 'secrets/prometheus.token.1'), 'utf8')).toBe(before)
    expect(again.stdout + again.stderr).not.toContain(before)
  })

  test('validate names file, line and column, and ends with 2', async () => {
    await using folder = await temporaryFolder()
    await postern(['init', '--dir', folder.path])
    const file = join(folder.path, 'postern.yaml')
    expect(await postern(['validate', file])).toMatchObject({ status: 0 })
    const { writeFile } = await import('node:fs/promises')
    const policy = await readFile(file, 'utf8')
    await writeFile(file, policy.replace('users_file', 'user_file'))
    const line = policy.split('\n').findIndex((text) => text.includes('users_file')) + 1
    const broken = await postern(['validate', 'postern.yaml'], { cwd: folder.path })
    expect(broken.status).toBe(2)
    expect(broken.stderr).toContain(`postern.yaml:${line}:7 guard.credentials[0].user_file: "user_file" is not a key here`)
  })

  test('serve ends with 1 when its port is taken, and says what to do', async () => {
    await using folder = await temporaryFolder()
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    await postern(['init', '--dir', folder.path])
    const result = await postern(['serve', '--config', join(folder.path, 'postern.yaml'), '--listen', `127.0.0.1:${port}`])
    expect(result).toMatchObject({ status: 1, stdout: '' })
    expect(result.stderr).toContain(`cannot listen on 127.0.0.1 port ${port}: another program listens there`)
    holder.close()
  })

  test('hash reads a password from standard input and htpasswd accepts the line', async () => {
    const made = await postern(['hash', '--user', 'prometheus'], { input: 'correct horse\n' })
    expect(made).toMatchObject({ status: 0, stderr: '' })
    expect(made.stdout).toMatch(/^prometheus:\$2b\$10\$[./A-Za-z0-9]{53}\n$/)
    expect((await postern(['hash', 'correct horse'])).status).toBe(2)
  })
})

test.skipIf(isMissing('openssl'))('the served certificate passes openssl, strictly, for its host and its purpose', async () => {
  await using folder = await temporaryFolder()
  const port = await freePort()
  await postern(['init', '--dir', folder.path, '--listen', `localhost:${port}`, '--upstream', 'http://127.0.0.1:1/metrics'])
  const tls = (name: string): string => join(folder.path, 'tls', name)
  const openssl = (...args: string[]): string => execFileSync(binary('openssl'), args, { encoding: 'utf8', input: '' })
  for (const name of ['-verify_hostname localhost', '-verify_ip 127.0.0.1', '-verify_ip ::1']) {
    expect(
      openssl('verify', '-x509_strict', '-purpose', 'sslserver', ...name.split(' '), '-CAfile', tls('ca.crt'), tls('server.crt')),
    ).toContain(': OK')
  }
  expect(openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', tls('ca.crt'), tls('prometheus.crt'))).toContain(': OK')
  expect(() => openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', tls('ca.crt'), tls('server.crt'))).toThrow()
  expect(() =>
    openssl(
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-verify_hostname',
      'example.org',
      '-CAfile',
      tls('ca.crt'),
      tls('server.crt'),
    ),
  ).toThrow()

  await using gateway = startPostern(['serve', '--config', join(folder.path, 'postern.yaml')])
  await gateway.printed(/^postern serving/m)
  for (const version of ['-tls1_2', '-tls1_3']) {
    const shown = openssl(
      's_client',
      '-connect',
      `localhost:${port}`,
      version,
      '-CAfile',
      tls('ca.crt'),
      '-verify_return_error',
      '-verify_hostname',
      'localhost',
      '-brief',
    )
    expect(shown).not.toContain('error')
  }
  expect(() =>
    openssl('s_client', '-connect', `localhost:${port}`, '-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0', '-CAfile', tls('ca.crt')),
  ).toThrow()
  await gateway.end()
})
