import { expect, test } from 'vitest'
import { finish, start } from '../support/command-line.ts'
import { HASH, policyFolder } from '../support/policy-folder.ts'
import { startUpstream } from '../support/upstream.ts'

const USERS = `basic_auth_users: {prom: ${HASH}}\n`
const RIGHT = { authorization: `Basic ${Buffer.from('prom:s3cret').toString('base64')}` }
const LISTEN = '--web.listen-address=127.0.0.1:0'

test.each(['on the command line', 'in a policy'])('a web configuration is served, named %s', async (where) => {
  await using upstream = await startUpstream()
  await using folder = await policyFolder()
  await folder.write('web.yml', USERS)
  folder.policy(
    `listen: ["127.0.0.1:0", "127.0.0.1:0"]\nroutes: [{path: /metrics, upstream: "${upstream.url}"}]\nweb_config_file: web.yml\n`,
  )
  const argv =
    where === 'in a policy' ? ['--config', 'postern.yaml'] : ['--web.config.file', 'web.yml', LISTEN, LISTEN, '--upstream', upstream.url]
  const running = start(['serve', ...argv, '--json'], folder.path)
  const { served } = JSON.parse(await running.line('stdout', /ready/)) as { served: { url: string }[] }
  const statuses = []
  for (const { url } of served) statuses.push((await fetch(url)).status, (await fetch(url, { headers: RIGHT })).status)
  expect(statuses).toEqual([401, 200, 401, 200])
  running.end()
  expect(await running.status).toBe(0)
})

test.each([
  { argv: ['serve', '--web.config.file', 'w', '--config', 'p'], says: 'cannot be used with option' },
  { argv: ['serve', '--web.config.file', 'web.yml'], says: "required option '--upstream <url>' not specified" },
  { argv: ['serve', '--web.config.file', 'none.yml', '--upstream', 'http://h'], says: '--web.config.file: "/' },
  {
    argv: ['serve', '--web.config.file', 'web.yml', '--upstream', 'http://h', '--web.listen-address', ':9'],
    says: 'write --allow-plaintext',
  },
  { argv: ['validate', '--web.config.file', 'bad.yml'], says: 'bad.yml:1:' },
  { argv: ['validate', '--web.config.file', 'web.yml', 'p'], says: 'cannot be used with option' },
  { argv: ['validate', 'both.yaml'], says: 'both.yaml:4:1 guard: "guard" stands beside "web_config_file"' },
  { argv: ['validate', 'none.yaml'], says: 'none.yaml:3:18 web_config_file: ' },
])('$argv is refused', async ({ argv, says }) => {
  await using folder = await policyFolder()
  await folder.write('web.yml', USERS)
  await folder.write('bad.yml', 'foo: 1\n')
  const policy = 'listen: ["127.0.0.1:0"]\nroutes: [{path: /metrics, upstream: "http://h"}]\nweb_config_file: '
  await folder.write('both.yaml', `${policy}web.yml\nguard: {credentials: none}\n`)
  await folder.write('none.yaml', `${policy}gone.yml\n`)
  const { status, stderr } = await finish(start(argv, folder.path))
  expect([status > 0, stderr]).toEqual([true, expect.stringContaining(says)])
})

test('a web configuration is judged alone', async () => {
  await using folder = await policyFolder()
  await folder.write('web.yml', 'tls_server_config: {min_version: TLS13}')
  const warning = '"min_version" of tls_server_config turn no TLS on: name cert_file and key_file'
  const argv = ['validate', '--web.config.file', 'web.yml']
  expect(await finish(start(argv, folder.path))).toEqual({ status: 0, stdout: 'web.yml: valid\n', stderr: `warning: ${warning}\n` })
  const { stdout } = await finish(start([...argv, '--json'], folder.path))
  expect(JSON.parse(stdout)).toEqual({ valid: true, file: 'web.yml', warnings: [warning] })
})
