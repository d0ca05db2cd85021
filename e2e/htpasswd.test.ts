/** One file that htpasswd made, in front of nginx and of the gateway: who gets in there gets in here. */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binary, isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort, startProcess } from './support/process.ts'

const USERS = [
  { user: 'bcrypt', flags: ['-B', '-C', '5'] },
  { user: 'apr1', flags: ['-m'] },
  { user: 'sha1', flags: ['-s'] },
  { user: 'commented', flags: ['-B', '-C', '4'] },
] as const
const passwordOf = (user: string): string => `pässwörd: of ${user}`

test.skipIf(isMissing('htpasswd', 'nginx', 'curl'))('a file of htpasswd lets in whom nginx lets in with it', async () => {
  await using folder = await temporaryFolder()
  const inFolder = (name: string): string => join(folder.path, name)
  const users = inFolder('users')
  await writeFile(users, '# scrapers\n', { mode: 0o600 })
  for (const { user, flags } of USERS) {
    execFileSync(binary('htpasswd'), ['-b', ...flags, users, user, passwordOf(user)], { stdio: 'ignore' })
  }
  // nginx takes what follows a second colon for a comment; htpasswd has no flag for one.
  const lines = (await readFile(users, 'utf8')).replace(/^(commented:.*)$/m, '$1:rack 3: the left one')
  const [, firstHash = ''] = /^bcrypt:(.*)$/m.exec(lines) ?? []
  const [, secondHash = ''] = /^commented:([^:]*)/m.exec(lines) ?? []
  await writeFile(users, `${lines}twice:${firstHash}\ntwice:${secondHash}\n`, { mode: 0o600 })

  const nginxPort = await freePort()
  await writeFile(inFolder('metrics'), 'up 1\n')
  await writeFile(
    inFolder('nginx.conf'),
    `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${inFolder('nginx.pid')}; error_log stderr notice; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path ${inFolder('body')}; proxy_temp_path ${inFolder('proxy')};
  fastcgi_temp_path ${inFolder('fastcgi')}; uwsgi_temp_path ${inFolder('uwsgi')}; scgi_temp_path ${inFolder('scgi')};
  server { listen 127.0.0.1:${nginxPort}; root ${folder.path}; auth_basic metrics; auth_basic_user_file ${users}; }
}
`,
  )
  await using nginx = startProcess(binary('nginx'), ['-p', folder.path, '-c', inFolder('nginx.conf')])
  await nginx.printed(/start worker processes/)

  const upstream = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end('up 1\n'))
  const upstreamPort = await freePort()
  upstream.listen(upstreamPort, '127.0.0.1')
  const port = await freePort()
  await writeFile(
    inFolder('postern.yaml'),
    `listen: ["127.0.0.1:${port}"]
routes: [{path: /metrics, upstream: "http://127.0.0.1:${upstreamPort}/metrics"}]
guard: {credentials: [{type: basic, users_file: users}]}
`,
  )
  await using gateway = startPostern(['serve', '--config', inFolder('postern.yaml')])
  await gateway.printed(/^postern serving/m)
  expect(gateway.output()).toContain('the hash of \\"apr1\\" is an apr1 hash')

  const statuses = async (user: string, password: string): Promise<readonly [number, number]> => {
    const [there, here] = await Promise.all(
      [nginxPort, port].map((port) => curl('--user', `${user}:${password}`, `http://127.0.0.1:${port}/metrics`)),
    )
    return [there?.status ?? 0, here?.status ?? 0]
  }
  for (const { user } of USERS) {
    expect([user, await statuses(user, passwordOf(user))]).toEqual([user, [200, 200]])
    expect([user, await statuses(user, `${passwordOf(user)} `)]).toEqual([user, [401, 401]])
    expect([user, await statuses(user, '')]).toEqual([user, [401, 401]])
  }
  expect(await statuses('mallory', 'guess')).toEqual([401, 401])
  // The one difference: of several lines for a user nginx reads the first, and a rotation needs all.
  expect([await statuses('twice', passwordOf('bcrypt')), await statuses('twice', passwordOf('commented'))]).toEqual([
    [200, 200],
    [401, 200],
  ])
  await gateway.end()
  upstream.close()
})

test.skipIf(isMissing('htpasswd')).each(['-d', '-p', '-5'])(
  'a file of htpasswd %s is refused with its line and without its hash',
  async (flag) => {
    await using folder = await temporaryFolder()
    const users = join(folder.path, 'users')
    execFileSync(binary('htpasswd'), ['-cb', flag, users, 'prom', 'canary'], { stdio: 'ignore' })
    const text = await readFile(users, 'utf8')
    await writeFile(
      join(folder.path, 'postern.yaml'),
      `listen: ["127.0.0.1:0"]
routes: [{path: /metrics, upstream: "http://127.0.0.1:9100"}]
guard: {credentials: [{type: basic, users_file: users}]}
`,
    )
    const { status, stdout, stderr } = await postern(['validate', join(folder.path, 'postern.yaml')])
    expect([status, stderr]).toEqual([2, expect.stringMatching(/users:1:6 .*the hash of "prom" is .* \(ERR_POSTERN_HASH\)/)])
    expect(stdout + stderr).not.toContain(text.trim().slice('prom:'.length))
  },
)
