import { expect, test } from 'vitest'
import { finish, start } from '../support/command-line.ts'
import { GUARD } from '../support/gateway.ts'
import { policyFolder } from '../support/policy-folder.ts'

const POLICY = `listen: [localhost:9843]
routes: [{path: /metrics, upstream: "http://127.0.0.1:8080"}]
guard: ${GUARD}
`
const validate = (argv: readonly string[], cwd: string) => finish(start(['validate', ...argv], cwd))

test('says that a policy is valid', async () => {
  await using folder = await policyFolder()
  folder.policy(POLICY)
  expect(await validate(['postern.yaml'], folder.path)).toEqual({ status: 0, stdout: 'postern.yaml: valid, 1 route\n', stderr: '' })
})

test('names a file elsewhere whole, and counts its routes', async () => {
  await using folder = await policyFolder()
  const file = folder.policy(POLICY.replace('}]', '}, {path: /b, upstream: "http://b"}]'))
  expect(await validate([file], '/usr')).toEqual({ status: 0, stdout: `${file}: valid, 2 routes\n`, stderr: '' })
})

test('tells warnings beside the result', async () => {
  await using folder = await policyFolder()
  folder.policy(`${POLICY}tls: {cert_file: server.crt, key_file: open.key}\n`)
  expect(await validate(['postern.yaml'], folder.path)).toEqual({
    status: 0,
    stdout: 'postern.yaml: valid, 1 route\n',
    stderr: `warning: "${folder.path}/open.key" can be read by other users of this machine: chmod 600 it\n`,
  })
})

test('prints one object for a program', async () => {
  await using folder = await policyFolder()
  folder.policy(`${POLICY}tls: {cert_file: server.crt, key_file: open.key}\n`)
  const { status, stdout, stderr } = await validate(['--json', 'postern.yaml'], folder.path)
  expect([status, stderr, JSON.parse(stdout)]).toEqual([
    0,
    '',
    {
      valid: true,
      file: 'postern.yaml',
      routes: [{ path: '/metrics', upstream: 'http://127.0.0.1:8080/metrics' }],
      warnings: [`"${folder.path}/open.key" can be read by other users of this machine: chmod 600 it`],
    },
  ])
})

test('ends with 2 at the place of the first fault', async () => {
  await using folder = await policyFolder()
  folder.policy(POLICY.replace('/metrics', '//metrics'))
  expect(await validate(['postern.yaml'], folder.path)).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'postern.yaml:2:17 routes[0].path: "//metrics" is not a path that means one thing to everyone. Write each path once, like /metrics: letters, digits and -._~ between slashes. (ERR_POSTERN_CONFIG)\n',
  })
})
