/** What clients send that is no scrape: answered by the gateway alone. `reached` counts what the upstream got to see. */
import { connect, requestText } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { AUTHORIZATION, startGateway } from '../support/gateway.ts'
import { startUpstream } from '../support/upstream.ts'

const CHALLENGE = 'Bearer realm="metrics"'

async function start(): Promise<{ url: string; reached(): number } & AsyncDisposable> {
  const upstream = await startUpstream()
  const gateway = await startGateway({ upstream: upstream.url })
  return {
    url: gateway.url,
    reached: () => upstream.requests.length,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

describe('who may not scrape', () => {
  test.each([
    { name: 'without credentials', target: '/metrics', lines: [], method: 'GET' },
    { name: 'with a wrong token', target: '/metrics', lines: ['Authorization: Bearer wrong'], method: 'GET' },
    { name: 'with the token in the query', target: `/metrics?access_token=${AUTHORIZATION.split(' ').at(-1)}`, lines: [], method: 'GET' },
    { name: 'as a prober of a cloud', target: '/metrics', lines: ['User-Agent: kube-probe/1.30'], method: 'GET' },
    { name: 'on a path that does not exist', target: '/nowhere', lines: [], method: 'GET' },
    { name: 'with a method that is not allowed', target: '/metrics', lines: [], method: 'DELETE' },
    {
      name: 'with a header that names another path',
      target: '/healthz',
      lines: ['X-Original-URL: /metrics', 'X-Rewrite-URL: /metrics'],
      method: 'GET',
    },
    {
      name: 'with an address in a header',
      target: '/metrics',
      lines: ['X-Forwarded-For: 127.0.0.1', 'X-Remote-User: admin'],
      method: 'GET',
    },
  ])('$name is challenged alike', async ({ target, lines, method }) => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    const response = await wire.ask(requestText(target, lines, method))
    expect(response).toMatchObject({ status: 401, body: 'Unauthorized\n' })
    expect(response?.all('www-authenticate')).toEqual([CHALLENGE])
    expect(gateway.reached()).toBe(0)
  })

  test('because of the address is refused before all else', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url, guard: '{credentials: none, addresses: {allow: [127.0.0.2]}}' })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(requestText('/%zz', [AUTHORIZATION]))).toMatchObject({ status: 403, body: 'Forbidden\n' })
    await using allowed = await connect(gateway.url, { from: '127.0.0.2' })
    expect(await allowed.ask(requestText('/metrics'))).toMatchObject({ status: 200 })
    expect(upstream.requests.length).toBe(1)
  })
})

describe('who may scrape', () => {
  test('a path that does not exist is told that it does not', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    for (const target of ['/', '/metric', '/metrics/', '/METRICS', '/metrics/x', '/debug/pprof', '/-/reload', '/metrics&x']) {
      expect(await wire.ask(requestText(target, [AUTHORIZATION]))).toMatchObject({ status: 404, body: 'Not Found\n' })
    }
    expect(gateway.reached()).toBe(0)
  })

  test('a path that can be read in two ways is refused', async () => {
    await using gateway = await start()
    const ask = async (text: string): Promise<unknown> => {
      await using wire = await connect(gateway.url)
      // Awaited here: the connection is cut as soon as this function returns.
      return await wire.ask(text)
    }
    const targets = [
      '//metrics',
      '/./metrics',
      '/x/../metrics',
      '/metrics/..',
      '/%6detrics',
      '/metrics%2f',
      '/%2e%2e/metrics',
      '/%252e/metrics',
      '/\\metrics',
      '/metrics;a',
      '/metrics%00',
      '/metrics%c0%af',
      '/metrics#x',
      '/metrics//',
      '/metrics?"',
      '/metrics?x=<y>',
      'http://169.254.169.254/metrics',
      'http://localhost/metrics',
    ]
    for (const target of targets) {
      expect([target, await ask(requestText(target, [AUTHORIZATION]))]).toMatchObject([target, { status: 400, body: 'Bad Request\n' }])
    }
    expect(await ask(requestText('*', [AUTHORIZATION], 'OPTIONS'))).toMatchObject({ status: 400 })
    expect(await ask(requestText('metrics', [AUTHORIZATION]))).toMatchObject({ status: 400 })
    expect(gateway.reached()).toBe(0)
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])('the method %s is told which there are', async (method) => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    const response = await wire.ask(requestText('/metrics', [AUTHORIZATION], method))
    expect(response).toMatchObject({ status: 405, body: 'Method Not Allowed\n' })
    expect(response?.all('allow')).toEqual(['GET, HEAD'])
    expect(gateway.reached()).toBe(0)
  })

  test('an upgrade is passed over', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    for (const protocol of ['websocket', 'h2c']) {
      const lines = [AUTHORIZATION, 'Connection: Upgrade, HTTP2-Settings', `Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABkAAQAAP__']
      expect(await wire.ask(requestText('/metrics', lines))).toMatchObject({ status: 200 })
    }
  })

  test('a tunnel is not opened', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    expect(await wire.ask(`CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n`)).toBeUndefined()
    expect(gateway.reached()).toBe(0)
  })

  test('a body is not taken for a request, and ends its connection', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    const hidden = requestText('/metrics', [AUTHORIZATION])
    wire.send(
      requestText('/metrics', [AUTHORIZATION, `Content-Length: ${hidden.length}`]) + hidden + requestText('/nowhere', [AUTHORIZATION]),
    )
    expect([(await wire.read())?.status, await wire.read()]).toEqual([200, undefined])
    expect(gateway.reached()).toBe(1)
  })

  test('a refused request with a body ends its connection instead of reading it', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    const response = await wire.ask(requestText('/metrics', ['Content-Length: 1073741824'], 'POST'))
    expect([response?.status, response?.all('connection')]).toEqual([401, ['close']])
    await wire.ended()
  })
})

describe('pipelined requests', () => {
  test('are answered in order, each judged alone, up to the first that is denied', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    const allowed = requestText('/metrics', [AUTHORIZATION])
    const denied = requestText('/metrics')
    const elsewhere = requestText('/nowhere', [AUTHORIZATION])
    wire.send(allowed + elsewhere + allowed + denied)
    const statuses: (number | undefined)[] = []
    for (const _ of [1, 2, 3, 4, 5]) statuses.push((await wire.read())?.status)
    expect([statuses, gateway.reached()]).toEqual([[200, 404, 200, 401, undefined], 2])
  })
})

describe('a request that two programs could read differently', () => {
  const head = (...lines: string[]): string => ['GET /metrics HTTP/1.1', 'Host: x', AUTHORIZATION, ...lines, '', ''].join('\r\n')
  const HIDDEN = head()
  test.each([
    { name: 'a length and chunks', bytes: head('Content-Length: 5', 'Transfer-Encoding: chunked') + `0\r\n\r\n${HIDDEN}` },
    { name: 'chunks and a length', bytes: head('Transfer-Encoding: chunked', 'Content-Length: 5') + `0\r\n\r\n${HIDDEN}` },
    { name: 'two lengths', bytes: head('Content-Length: 0', 'Content-Length: 5') },
    { name: 'a length with a sign', bytes: head('Content-Length: +5') },
    { name: 'a length of words', bytes: head('Content-Length: 5, 5') },
    { name: 'an unknown coding', bytes: head('Transfer-Encoding: xchunked') },
    { name: 'chunks that are not last', bytes: head('Transfer-Encoding: chunked, gzip') },
    { name: 'a space before a colon', bytes: head('Transfer-Encoding : chunked') },
    { name: 'a header on two lines', bytes: head('X-A: b', ' c') },
    { name: 'a first header that starts with a space', bytes: `GET /metrics HTTP/1.1\r\n Host: x\r\n${AUTHORIZATION}\r\n\r\n` },
    { name: 'a header without a colon', bytes: head('X-A') },
    { name: 'a header without a name', bytes: head(': x') },
    { name: 'a NUL in a header', bytes: head('X-A: a\0b') },
    { name: 'a NUL in the target', bytes: 'GET /metrics\0 HTTP/1.1\r\nHost: x\r\n\r\n' },
    { name: 'a bare carriage return in a header', bytes: head('X-A: b\rX-B: c') },
    { name: 'a version that does not exist', bytes: `GET /metrics HTTP/9.9\r\nHost: x\r\n${AUTHORIZATION}\r\n\r\n` },
    { name: 'no host', bytes: `GET /metrics HTTP/1.1\r\n${AUTHORIZATION}\r\n\r\n` },
    { name: 'the greeting of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { name: 'no HTTP', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n' },
    { name: 'more headers than fit', bytes: head(`X-A: ${'a'.repeat(20_000)}`) },
    { name: 'a target longer than fits', bytes: `GET /metrics?${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n` },
  ])('$name is refused, and its connection ended', async ({ bytes }) => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    wire.send(Buffer.from(bytes, 'latin1'))
    const response = await wire.read()
    expect([response?.status, response?.all('connection')]).toEqual([
      expect.toSatisfy((status) => status === 400 || status === 431),
      ['close'],
    ])
    await wire.ended()
    expect(gateway.reached()).toBe(0)
  })

  test.each([
    { name: 'two tokens', lines: [AUTHORIZATION, AUTHORIZATION] },
    { name: 'a wrong token before the right one', lines: ['Authorization: Bearer wrong', AUTHORIZATION] },
  ])('$name are refused', async ({ lines }) => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    expect(await wire.ask(requestText('/metrics', lines))).toMatchObject({ status: 400, body: 'Bad Request\n' })
    expect(gateway.reached()).toBe(0)
  })

  test('a target beyond 8 KiB is refused', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    expect(await wire.ask(requestText(`/metrics?${'a'.repeat(8_200)}`, [AUTHORIZATION]))).toMatchObject({ status: 400 })
    expect(gateway.reached()).toBe(0)
  })

  test('lines that end without carriage return', async () => {
    await using gateway = await start()
    await using wire = await connect(gateway.url)
    wire.send(`GET /metrics HTTP/1.1\nHost: x\n${AUTHORIZATION}\n\n`)
    expect((await wire.read())?.status).toBe(400)
  })
})
