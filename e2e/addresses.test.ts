/** The list of addresses, seen from two addresses of one machine. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, startPostern, temporaryFolder } from './support/postern.ts'
import { freePort } from './support/process.ts'

test.skipIf(isMissing('curl')).each([
  { allowed: '127.0.0.1', refused: '127.0.0.2' },
  { allowed: '127.0.0.2', refused: '127.0.0.1' },
])('a policy for $allowed serves it and refuses $refused with 403, right credentials or not', async ({ allowed, refused }) => {
  await using folder = await temporaryFolder()
  const upstream = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end('up_and_well 1\n'))
  const upstreamPort = await freePort()
  upstream.listen(upstreamPort, '127.0.0.1')
  const dir = join(folder.path, 'addresses')
  const port = await freePort()
  await postern(['init', '--dir', dir, '--upstream', `http://127.0.0.1:${upstreamPort}/metrics`, '--listen', `127.0.0.1:${port}`])
  const file = join(dir, 'postern.yaml')
  const policy = await readFile(file, 'utf8')
  const narrowed = policy.replace(/^ {4}allow: .*$/m, `    allow: [${allowed}]`)
  expect(narrowed).not.toBe(policy)
  await writeFile(file, narrowed)
  await using gateway = startPostern(['serve', '--config', file])
  await gateway.printed(/^postern serving/m)

  const proof = ['--cacert', join(dir, 'tls/ca.crt'), '--cert', join(dir, 'tls/prometheus.crt'), '--key', join(dir, 'tls/prometheus.key')]
  const ask = (from: string, ...args: string[]) =>
    curl('--cacert', join(dir, 'tls/ca.crt'), '--interface', from, ...args, `https://127.0.0.1:${port}/metrics`)
  expect(await ask(allowed, ...proof)).toEqual({ status: 200, body: 'up_and_well 1\n', exit: 0 })
  expect(await ask(allowed)).toEqual({ status: 401, body: 'Unauthorized\n', exit: 0 })
  expect(await ask(refused, ...proof)).toEqual({ status: 403, body: 'Forbidden\n', exit: 0 })
  expect(await ask(refused)).toEqual({ status: 403, body: 'Forbidden\n', exit: 0 })
  expect(await ask(refused, '--header', `X-Forwarded-For: ${allowed}`, '--header', `X-Real-IP: ${allowed}`, ...proof)).toMatchObject({
    status: 403,
  })
  await gateway.end()
  upstream.close()
})
