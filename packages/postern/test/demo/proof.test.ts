import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { startServer, type TemporaryFolder, temporaryFolder } from '@postern/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { prove } from '../../src/demo/proof.ts'
import { openGateway } from '../../src/gateway/gateway.ts'
import type { ProvisionedKind } from '../../src/generate/model.ts'
import { provision } from '../../src/provision/index.ts'
import { startUpstream } from '../support/upstream.ts'

const ALL: readonly ProvisionedKind[] = ['basic', 'bearer', 'client-certificate']

let folder: TemporaryFolder
let dir: string
beforeAll(async () => {
  folder = await temporaryFolder()
  dir = join(folder.path, 'all')
  await provision(dir, { upstream: 'http://127.0.0.1:1' })
})
afterAll(() => folder[Symbol.asyncDispose]())

/** Proves what an https server with the folder's certificate answers. */
async function proveOf(listener: RequestListener, kinds: readonly ProvisionedKind[] = ['bearer'], timeout?: number) {
  const read = (name: string): Buffer => readFileSync(join(dir, 'tls', name))
  await using server = await startServer(createHttpsServer({ cert: read('server.crt'), key: read('server.key') }, listener))
  return await prove(server.url.replace('127.0.0.1', 'localhost'), dir, kinds, timeout)
}

describe('the proof of a gateway', () => {
  test.each([
    { name: 'with every credential', kinds: ALL, refusal: 401 },
    { name: 'with certificates alone, which nobody can be challenged for', kinds: ['client-certificate'] as const, refusal: 403 },
  ])('$name holds', async ({ kinds, refusal }) => {
    await using made = await temporaryFolder()
    await using upstream = await startUpstream()
    const own = join(made.path, 'own')
    await provision(own, { upstream: upstream.url, auth: kinds })
    const gateway = await openGateway(loadConfig({ file: join(own, 'postern.yaml'), listen: ['localhost:0'] }))
    try {
      const rows = await prove(`${gateway.origins[0]}/metrics`, own, kinds)
      const words = { basic: 'with its password', bearer: 'with its token', 'client-certificate': 'with its certificate' }
      expect(rows).toEqual([
        ...kinds.map((kind) => ({ name: `scrape as Prometheus, ${words[kind]}`, expected: '200', seen: '200, 1 series', holds: true })),
        { name: 'scrape without credentials', expected: String(refusal), seen: String(refusal), holds: true },
        { name: 'scrape with a wrong password', expected: String(refusal), seen: String(refusal), holds: true },
        { name: 'scrape in plain HTTP', expected: 'refused', seen: 'refused', holds: true },
      ])
      expect(upstream.requests.map(({ headers }) => headers['user-agent'])).toEqual(kinds.map(() => 'Prometheus/2.42.0'))
    } finally {
      await gateway.close()
    }
  })
})

describe('the proof counts series', () => {
  test('in compressed bytes', async () => {
    const [row] = await proveOf(
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('# x\na 1\nb 2\n')),
    )
    expect(row).toMatchObject({ seen: '200, 2 series', holds: true })
  })
})

describe('the proof does not hold', () => {
  test('for an exposition without a series', async () => {
    const [row] = await proveOf((_, response) => void response.end('# nothing\n\n'))
    expect(row).toEqual({ name: 'scrape as Prometheus, with its token', expected: '200', seen: '200, 0 series', holds: false })
  })

  test('for a door that is open', async () => {
    const rows = await proveOf((_, response) => void response.end('up 1\n'))
    expect(rows.map(({ name, seen, holds }) => [name, seen, holds])).toEqual([
      ['scrape as Prometheus, with its token', '200, 1 series', true],
      ['scrape without credentials', '200, 1 series', false],
      ['scrape with a wrong password', '200, 1 series', false],
      ['scrape in plain HTTP', 'refused', true],
    ])
  })

  test('for compressed bytes that are none', async () => {
    const [row] = await proveOf((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('up 1\n'))
    expect(row).toMatchObject({ seen: 'Z_DATA_ERROR', holds: false })
  })

  test('for an answer that is cut short', async () => {
    const [row] = await proveOf(
      (_, response) => void response.writeHead(200, { 'content-length': 100 }).write('up 1\n', () => response.destroy()),
    )
    expect(row).toMatchObject({ seen: 'ECONNRESET', holds: false })
  })

  test('for a silence', async () => {
    const rows = await proveOf(() => {}, ['bearer'], 50)
    expect(rows.map(({ seen }) => seen)).toEqual(['no answer in time', 'no answer in time', 'no answer in time', 'refused'])
  })

  test('where plain HTTP is answered', async () => {
    await using server = await startServer(createServer((_, response) => void response.writeHead(401).end()))
    const rows = await prove(server.url, dir, ['basic'])
    expect(rows.at(-1)).toEqual({ name: 'scrape in plain HTTP', expected: 'refused', seen: '401', holds: false })
  })
})
