import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { issueCertificate } from '../../src/provision/certificates.ts'
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
      'postern.yaml:2:17 routes[0].path: "//metrics" is not a path that means one thing to everyone. Write each path once, like /metrics: letters, digits and -._~!$&\'()*+,=:@ between slashes. (ERR_POSTERN_CONFIG)\n',
  })
})

test.each([
  { name: 'below the current folder', file: 'postern.yaml', shown: () => 'postern.yaml' },
  { name: 'below it and written whole', file: 'whole', shown: () => 'postern.yaml' },
  { name: 'elsewhere', file: 'elsewhere', shown: (path: string) => path },
])('names a file $name alike for a program, valid or not', async ({ file, shown }) => {
  await using folder = await policyFolder()
  const path = folder.policy(POLICY)
  const argv = ['--json', file === 'postern.yaml' ? file : path]
  const cwd = file === 'elsewhere' ? '/usr' : folder.path
  const valid = JSON.parse((await validate(argv, cwd)).stdout)
  folder.policy(POLICY.replace('/metrics', '//metrics'))
  const { status, stdout } = await validate(argv, cwd)
  expect([valid.file, status, JSON.parse(stdout).error.file]).toEqual([shown(path), 2, shown(path)])
})

test('tells the last days of a certificate as warnings, each with its file', async () => {
  await using folder = await policyFolder()
  const certify = async (lifeDays: number): Promise<readonly string[]> => {
    const { certificate, key } = await issueCertificate(folder.authority, { kind: 'server', hosts: ['localhost'], lifeDays })
    await folder.write('short.crt', certificate)
    await writeFile(join(folder.path, 'short.key'), key, { mode: 0o600 })
    folder.policy(`${POLICY}tls: {cert_file: short.crt, key_file: short.key}\n`)
    const { status, stdout, stderr } = await validate(['postern.yaml'], folder.path)
    expect([status, stdout]).toEqual([0, 'postern.yaml: valid, 1 route\n'])
    return stderr.split('\n')
  }
  const named = `the certificate in "${folder.path}/short.crt"`
  expect(await certify(0)).toEqual([expect.stringMatching(/^warning: the certificate in ".*\/short\.crt" ended on /), ''])
  const soon = await certify(3)
  expect([soon.length, soon[0]?.startsWith(`warning: ${named} ends on `)]).toEqual([2, true])
})
