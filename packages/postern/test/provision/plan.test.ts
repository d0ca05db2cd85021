import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPlan } from '../../src/provision/plan.ts'

const AT = new Date('2026-03-01T12:00:00Z')

test('a plan holds every file for every kind of credential, the policy last', async () => {
  const plan = await createPlan({ now: () => AT })
  expect(plan.files.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '600 tls/ca.key',
    '644 tls/ca.crt',
    '600 tls/server.key',
    '644 tls/server.crt',
    '600 secrets/prometheus.password.1',
    '600 secrets/users.htpasswd',
    '600 secrets/prometheus.token.1',
    '600 secrets/tokens.yaml',
    '600 tls/prometheus.key',
    '644 tls/prometheus.crt',
    '644 prometheus.yml',
    '644 postern.yaml',
  ])
  expect(Object.entries(plan.notAfter).map(([name, end]) => `${name} ${end.toISOString()}`)).toEqual([
    'authority 2036-02-27T12:00:00.000Z',
    'server 2026-05-30T12:00:00.000Z',
    'client 2026-05-30T12:00:00.000Z',
  ])
})

test.each([
  { auth: 'basic', secrets: ['secrets/prometheus.password.1', 'secrets/users.htpasswd'] },
  { auth: 'bearer', secrets: ['secrets/prometheus.token.1', 'secrets/tokens.yaml'] },
  { auth: 'client-certificate', secrets: ['tls/prometheus.key', 'tls/prometheus.crt'] },
] as const)('a plan for $auth alone holds nothing of the others', async ({ auth, secrets }) => {
  const plan = await createPlan({ auth: [auth] })
  const always = ['tls/ca.key', 'tls/ca.crt', 'tls/server.key', 'tls/server.crt']
  expect(plan.files.map(({ path }) => path)).toEqual([...always, ...secrets, 'prometheus.yml', 'postern.yaml'])
  expect('client' in plan.notAfter).toBe(auth === 'client-certificate')
})

test('randomness and the time can be given', async () => {
  const plan = await createPlan({ now: () => AT, random: (bytes) => new Uint8Array(bytes).fill(7) })
  const content = (path: string) => plan.files.find((file) => file.path === path)!.content
  expect(content('secrets/prometheus.token.1')).toBe(`pst_${Buffer.alloc(32, 7).toString('base64url')}`)
  expect(new X509Certificate(content('tls/server.crt'))).toMatchObject({
    serialNumber: `01${'07'.repeat(16)}`,
    subjectAltName: 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  })
})

test('secrets lie in files for their owner alone, and in no other', async () => {
  const plan = await createPlan()
  const secrets = plan.files.filter(({ path }) => /\.(password|token)\.\d$/.test(path)).map(({ content }) => content)
  expect(secrets).toHaveLength(2)
  for (const { content, mode, path } of plan.files) {
    if (/\.(password|token)\.\d$/.test(path)) expect(mode).toBe(0o600)
    else for (const secret of secrets) expect(content).not.toContain(secret)
    if (content.includes('PRIVATE KEY')) expect(mode).toBe(0o600)
  }
})
