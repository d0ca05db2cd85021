/** Endpoints guarded inside an application, scraped by Prometheus with each credential, as `postern init` wrote its half. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGuard, type Guard, hashPassword } from '@postern/guard'
import { createMetricsHandler as forExpress } from '@postern/guard/express'
import { createMetricsHandler as forNode } from '@postern/guard/node'
import { createRegistry, type Registry } from '@postern/metrics'
import express from 'express'
import { Counter, register as promClient } from 'prom-client'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { isMissing } from './support/binaries.ts'
import { curl } from './support/curl.ts'
import { postern, temporaryFolder } from './support/postern.ts'
import { freePort, startProcess } from './support/process.ts'
import { allUp, eventually, startPrometheus } from './support/prometheus.ts'

/** A guard from the folder's own halves: what the gateway reads from postern.yaml, in code. */
function guardOf(dir: string): Guard {
  const tokens = (parse(readFileSync(join(dir, 'secrets/tokens.yaml'), 'utf8')) as { tokens: { name: string; sha256: string }[] }).tokens
  return createGuard({
    credentials: [
      { type: 'basic', usersFile: join(dir, 'secrets/users.htpasswd') },
      { type: 'bearer', tokens },
      { type: 'client-certificate', caFile: join(dir, 'tls/ca.crt'), names: ['prometheus'] },
    ],
    addresses: { allow: ['127.0.0.0/8', '::1'] },
  })
}

async function serve(dir: string, port: number, guard: Guard, listener: RequestListener): Promise<Server> {
  const pem = async (name: string): Promise<Buffer> => readFile(join(dir, 'tls', name))
  const server = createServer({ cert: await pem('server.crt'), key: await pem('server.key'), ...guard.tlsOptions }, listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const FRAMEWORKS: readonly { name: string; mount: (guard: Guard, registry: Registry) => RequestListener }[] = [
  { name: 'node:https', mount: (guard, registry) => forNode(guard, registry) },
  {
    name: 'Express 5',
    mount(guard, registry) {
      const app = express()
      app.get('/metrics', forExpress(guard, registry))
      return app
    },
  },
]

test.skipIf(isMissing('prometheus', 'curl')).each(FRAMEWORKS)(
  'Prometheus scrapes $name with each credential, and nobody without one',
  async ({ mount }) => {
    await using folder = await temporaryFolder()
    const port = await freePort()
    expect((await postern(['init', '--dir', folder.path, '--listen', `127.0.0.1:${port}`])).status).toBe(0)
    const registry = createRegistry()
    registry.counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'] }).inc({ kind: 'new' }, 41)
    registry.histogram({ name: 'order_seconds', help: 'Time for an order.' }).observe(0.2)
    const guard = guardOf(folder.path)
    const server = await serve(folder.path, port, guard, mount(guard, registry))

    await using prometheus = await startPrometheus(join(folder.path, 'prometheus.yml'))
    await eventually(() => prometheus.targets(), allUp(3))
    expect([...(await prometheus.query('orders_total{kind="new"}')).values()]).toEqual([41, 41, 41])
    expect([...(await prometheus.query('order_seconds_bucket{le="0.25"}')).values()]).toEqual([1, 1, 1])

    const bare = await curl('--cacert', join(folder.path, 'tls/ca.crt'), `https://127.0.0.1:${port}/metrics`)
    expect(bare).toEqual({ status: 401, body: 'Unauthorized\n', exit: 0 })
    server.closeAllConnections()
    server.close()
  },
)

test.skipIf(isMissing('curl'))("prom-client's own registry is served behind the guard as it is", async () => {
  new Counter({ name: 'legacy_total', help: 'Counted by prom-client.' }).inc(3)
  const guard = createGuard({
    credentials: [{ type: 'bearer', tokens: [{ name: 'prometheus', token: 'a-token-of-more-than-24-characters' }] }],
  })
  const { createServer: createHttpServer } = await import('node:http')
  const server = createHttpServer(forNode(guard, promClient)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/metrics`
  const seen = await curl('--header', 'Authorization: Bearer a-token-of-more-than-24-characters', url)
  expect(seen).toMatchObject({ status: 200 })
  expect(seen.body).toContain('legacy_total 3\n')
  expect((await curl(url)).status).toBe(401)
  server.close()
})

const EXAMPLES = ['node-http', 'express', 'fastify', 'koa', 'hono', 'nest']

test.skipIf(isMissing('curl')).each(EXAMPLES)('the example %s counts, and answers with password or token alone', async (name) => {
  const token = 'f'.repeat(64)
  await using example = startProcess(process.execPath, [fileURLToPath(new URL(`../examples/${name}.mjs`, import.meta.url))], {
    env: { ...process.env, PORT: '0', METRICS_PASSWORD_HASH: await hashPassword('s3cret'), METRICS_TOKEN: token },
  })
  const [, port] = await example.printed(/listening on (\d+)/)
  const url = (path: string): string => `http://127.0.0.1:${port}${path}`
  expect((await curl(url('/hello'))).body).toBe('Hello\n')
  expect(await curl(url('/metrics'))).toEqual({ status: 401, body: 'Unauthorized\n', exit: 0 })
  expect((await curl('--user', 'prometheus:guess', url('/metrics'))).status).toBe(401)
  expect((await curl('--interface', '127.0.0.2', '--user', 'prometheus:s3cret', url('/metrics'))).status).toBe(200)
  const seen = await curl('--header', `Authorization: Bearer ${token}`, url('/metrics'))
  expect(seen.status).toBe(200)
  expect(seen.body).toMatch(/^http_requests_total\{.*\} 1$/m)
  expect(seen.body).toMatch(/^http_request_duration_seconds_count 1$/m)
})

test.skipIf(isMissing('curl'))('the one-call example serves over TLS to the certificate that init made', async () => {
  await using folder = await temporaryFolder()
  await postern(['init', '--dir', folder.path])
  await using example = startProcess(process.execPath, [fileURLToPath(new URL('../examples/one-call.mjs', import.meta.url)), folder.path], {
    env: { ...process.env, PORT: '0' },
  })
  const [, url = ''] = await example.printed(/serving (https:\S+)/)
  const tls = (name: string): string => join(folder.path, 'tls', name)
  const seen = await curl('--cacert', tls('ca.crt'), '--cert', tls('prometheus.crt'), '--key', tls('prometheus.key'), url)
  expect(seen.status).toBe(200)
  expect(seen.body).toMatch(/^jobs_done_total \d+$/m)
  expect((await curl('--cacert', tls('ca.crt'), url)).status).toBe(401)
})
