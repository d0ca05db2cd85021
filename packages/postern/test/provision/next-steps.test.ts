import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CREDENTIAL_KINDS } from '../../src/generate/model.ts'
import { describeNextSteps, provision } from '../../src/provision/index.ts'
import { describeWith, temporaryFolder } from './oracle.ts'

const url = 'https://localhost:9843/metrics'

test('the next steps stand in the folder where they will be typed', () => {
  expect(describeNextSteps('/srv/app/.postern', { url, credentials: CREDENTIAL_KINDS }, '/srv/app')).toEqual({
    serve: 'postern serve --config .postern/postern.yaml',
    prometheus:
      'prometheus --config.file=.postern/prometheus.yml --web.listen-address=127.0.0.1:9090 --storage.tsdb.path=.postern/prometheus-data',
    curl: `curl --cacert .postern/tls/ca.crt --cert .postern/tls/prometheus.crt --key .postern/tls/prometheus.key ${url}`,
  })
})

test('the line of Prometheus is one for a shell', () => {
  expect(describeNextSteps('/a b', { url, credentials: ['basic'] }, '/').prometheus).toBe(
    "prometheus --config.file='a b/prometheus.yml' --web.listen-address=127.0.0.1:9090 --storage.tsdb.path='a b/prometheus-data'",
  )
})

test.each([
  { kind: 'basic', proof: `-K <(printf 'user = "prometheus:%s"' "$(cat '/a b/secrets/prometheus.password.1')")` },
  { kind: 'bearer', proof: `-K <(printf 'header = "Authorization: Bearer %s"' "$(cat '/a b/secrets/prometheus.token.1')")` },
] as const)('curl reads the secret of $kind from its file', ({ kind, proof }) => {
  const { curl } = describeNextSteps('/a b', { url: 'https://[::1]:9843/metrics', credentials: [kind] }, '/srv')
  expect(curl).toBe(`curl --cacert '/a b/tls/ca.crt' ${proof} 'https://[::1]:9843/metrics'`)
})

describeWith('curl', 'the curl line', () => {
  describe.each(CREDENTIAL_KINDS)('for %s', (kind) => {
    test('sends what proves the scraper, and nothing secret in an argument', async () => {
      await using folder = await temporaryFolder()
      const dir = join(folder.path, "it's here")
      await provision(dir, { auth: [kind] })
      const read = (name: string) => readFile(join(dir, name), 'utf8')
      const server = createServer(
        {
          key: await read('tls/server.key'),
          cert: await read('tls/server.crt'),
          ca: await read('tls/ca.crt'),
          requestCert: true,
          rejectUnauthorized: false,
        },
        (request, response) => {
          const socket = request.socket as TLSSocket
          response.end(
            JSON.stringify({
              authorization: request.headers.authorization,
              certificate: socket.authorized && socket.getPeerCertificate().subjectaltname,
            }),
          )
        },
      )
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const { curl } = describeNextSteps(dir, { url: `https://localhost:${port}/metrics`, credentials: [kind] }, folder.path)
      const { stdout } = await promisify(execFile)('bash', ['-c', `${curl} -sS`], { cwd: folder.path })
      server.close()
      const expected = {
        basic: async () => ({
          authorization: `Basic ${btoa(`prometheus:${await read('secrets/prometheus.password.1')}`)}`,
          certificate: false,
        }),
        bearer: async () => ({ authorization: `Bearer ${await read('secrets/prometheus.token.1')}`, certificate: false }),
        'client-certificate': async () => ({ certificate: 'DNS:prometheus' }),
      }
      expect(JSON.parse(stdout)).toEqual(await expected[kind]())
    })
  })
})
