/** Pushing, to real servers that note what they are sent: by both libraries, so that a gateway sees the same. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type AnyClient, ours, theirs } from './support/libraries.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly encoding: string | undefined
  readonly authorization: string | undefined
  readonly body: Buffer
}

interface Gateway extends AsyncDisposable {
  readonly url: string
  readonly seen: Seen[]
}

async function startGateway(answer: (response: ServerResponse) => void = (response) => response.end('ok')): Promise<Gateway> {
  const seen: Seen[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method, url, headers } = request
      seen.push({ method, url, encoding: headers['content-encoding'], authorization: headers.authorization, body: Buffer.concat(chunks) })
      answer(response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function registryWith(client: AnyClient): AnyClient {
  const registry = new client.Registry()
  new client.Counter({ name: 'jobs_total', help: 'Jobs.', registers: [registry] }).inc()
  return registry
}

const TEXT = '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 1\n'

describe('a gateway is sent the same', () => {
  test.each([
    ['pushAdd', '', { jobName: 'backup' }],
    ['push', '', { jobName: 'backup', groupings: { instance: 'db-1', 'a b': 'c/d é' } }],
    ['delete', '', { jobName: 'backup', groupings: {} }],
    ['push', '/base/path', { jobName: 'a/b c' }],
    ['push', '/', { jobName: 'x' }],
    ['push', '', { groupings: { instance: 'lost' } }, { requireJobName: false }],
    ['pushAdd', '', { jobName: 'x' }, { headers: { 'Content-Encoding': 'gzip', 'X-Other': '1' } }],
    ['delete', '', { jobName: 'x' }, { headers: { 'Content-Encoding': 'gzip' } }],
    ['push', '', { jobName: 'x' }, { auth: 'user:pass', timeout: 5_000 }],
    ['push', '', { jobName: 'x' }, { headers: { 'X-Other': '1' } }],
  ])('by %s to "%s" with %j', async (method, path, params, options?) => {
    await using gateway = await startGateway()
    for (const client of [theirs, ours] as AnyClient[]) {
      const pushgateway = new client.Pushgateway(gateway.url + path, structuredClone(options), registryWith(client))
      const { resp, body } = await pushgateway[method](params)
      expect([resp.statusCode, body]).toEqual([200, 'ok'])
    }
    const [first, second] = gateway.seen
    expect(second).toEqual(first)
    const text = first?.encoding === 'gzip' ? gunzipSync(first.body) : first?.body
    expect(text?.toString()).toBe(method === 'delete' ? '' : TEXT)
  })

  test('with the user of the address', async () => {
    await using gateway = await startGateway()
    for (const client of [theirs, ours] as AnyClient[]) {
      await new client.Pushgateway(gateway.url.replace('//', '//user:p%40ss@'), {}, registryWith(client)).push({ jobName: 'x' })
    }
    expect(gateway.seen.map(({ authorization }) => authorization)).toEqual(Array(2).fill(`Basic ${btoa('user:p@ss')}`))
  })
})

describe('a push fails', () => {
  test('at once without a job name', () => {
    for (const client of [ours, theirs] as AnyClient[]) {
      const gateway = new client.Pushgateway('http://127.0.0.1:1')
      for (const method of ['push', 'pushAdd', 'delete']) {
        expect(() => gateway[method]()).toThrow(new Error('Missing jobName parameter'))
        expect(() => gateway[method]({ groupings: {} })).toThrow(new Error('Missing jobName parameter'))
      }
    }
  })

  test('with what the gateway says', async () => {
    await using gateway = await startGateway((response) => response.writeHead(400).end('bad'))
    for (const client of [ours, theirs] as AnyClient[]) {
      await expect(new client.Pushgateway(gateway.url, {}, registryWith(client)).push({ jobName: 'x' })).rejects.toThrow(
        new Error('push failed with status 400, bad'),
      )
    }
  })

  test('when the gateway does not answer in time', async () => {
    await using gateway = await startGateway(() => {})
    for (const client of [ours, theirs] as AnyClient[]) {
      await expect(new client.Pushgateway(gateway.url, { timeout: 50 }, registryWith(client)).push({ jobName: 'x' })).rejects.toThrow(
        new Error('Pushgateway request timed out'),
      )
    }
  })

  test('when the answer breaks off', async () => {
    await using gateway = await startGateway((response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half')
      setImmediate(() => response.destroy())
    })
    await expect(new ours.Pushgateway(gateway.url, {}, registryWith(ours)).push({ jobName: 'x' })).rejects.toThrow()
  })

  test('when nobody listens, when the address is none, and when the registry fails', async () => {
    await using gateway = await startGateway()
    const { url } = gateway
    const registry = registryWith(ours)
    registry.metrics = async () => {
      throw new Error('no metrics')
    }
    await expect(new ours.Pushgateway(url, {}, registry).push({ jobName: 'x' })).rejects.toThrow('no metrics')
    await expect(new ours.Pushgateway('http://127.0.0.1:1', null, registryWith(ours)).push({ jobName: 'x' })).rejects.toThrow(
      'ECONNREFUSED',
    )
    await expect(new ours.Pushgateway('nowhere').push({ jobName: 'x' })).rejects.toThrow('Invalid URL')
    expect(gateway.seen).toEqual([])
  })
})

test('options may be used again, which prom-client takes the encoding out of', async () => {
  await using gateway = await startGateway()
  const after = async (client: AnyClient): Promise<object> => {
    const options = { headers: { 'Content-Encoding': 'gzip' } }
    await new client.Pushgateway(gateway.url, options, registryWith(client)).delete({ jobName: 'x' })
    return options.headers
  }
  expect([await after(theirs), await after(ours)]).toEqual([{}, { 'Content-Encoding': 'gzip' }])
})

test('options of the caller stay as they are, and lists of headers are passed on', async () => {
  await using gateway = await startGateway()
  const options = { headers: { 'Content-Encoding': 'gzip' } }
  await new ours.Pushgateway(gateway.url, options, registryWith(ours)).delete({ jobName: 'x' })
  expect(options).toEqual({ headers: { 'Content-Encoding': 'gzip' } })
  const list = { headers: ['Host', 'gateway', 'Content-Encoding', 'identity'] }
  await new ours.Pushgateway(gateway.url, list, registryWith(ours)).delete({ jobName: 'x' })
  expect(gateway.seen.map(({ encoding }) => encoding)).toEqual([undefined, 'identity'])
})

test('an https address is spoken to in TLS', async () => {
  const server = createTlsServer({}, () => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const failed = once(server, 'tlsClientError')
  const { port } = server.address() as { port: number }
  await expect(new ours.Pushgateway(`https://127.0.0.1:${port}`, {}, registryWith(ours)).push({ jobName: 'x' })).rejects.toThrow()
  // A server without a certificate hears of the handshake, and no more: what it was spoken to in was TLS.
  expect((await failed)[0]).toHaveProperty('code', expect.stringMatching(/^ERR_SSL_NO_/))
  server.close()
})

test('the global registry is pushed unless another is given', () => {
  expect(new ours.Pushgateway('http://127.0.0.1').registry).toBe(ours.register)
  expect(new ours.Pushgateway('http://127.0.0.1', { a: 1 })).toMatchObject({
    gatewayUrl: 'http://127.0.0.1',
    requireJobName: true,
    requestOptions: { a: 1 },
  })
})

test('no value of a group leads to another one', async () => {
  await using gateway = await startGateway()
  const client = new ours.Pushgateway(`${gateway.url}/base`, {}, new ours.Registry())
  await client.delete({ jobName: '..' })
  await client.delete({ jobName: 'x', groupings: { a: '.', b: '', c: '\ud800' } })
  expect(gateway.seen.map(({ url }) => url)).toEqual([
    '/base/metrics/job@base64/Li4',
    '/base/metrics/job/x/a@base64/Lg/b@base64/=/c/%EF%BF%BD',
  ])
  await expect(client.delete({ jobName: 'x', groupings: { '..': 'y' } })).rejects.toThrow('The grouping has the label ".."')
})
