/** What passes through the gateway, in both directions, and what does not. */
import { createServer } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { AUTHORIZATION, AUTHORIZED, startGateway } from '../support/gateway.ts'
import { CONTENT_TYPE, EXPOSITION, responseText, startRawUpstream, startUpstream } from '../support/upstream.ts'

describe('a scrape', () => {
  test('gets the exposition, and its status and type', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: upstream.url })
    const response = await fetch(gateway.url, { headers: AUTHORIZED })
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([200, EXPOSITION, CONTENT_TYPE])
    expect(await gateway.nextScrape()).toEqual({ type: 'scrape', path: '/metrics', status: 200, milliseconds: expect.any(Number) })
    expect(gateway.events).toMatchObject([
      { type: 'decision', address: '127.0.0.1', method: 'GET', path: '/metrics', decision: { allow: true } },
    ])
  })

  test('reaches the path of its upstream with the query as it was sent', async () => {
    await using upstream = await startUpstream()
    await using gateway = await startGateway({ upstream: `${upstream.url}/actuator/prometheus` })
    await fetch(`${gateway.url}?name[]=up&collect[]=cpu%20x&a=b?c`, { headers: AUTHORIZED })
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/actuator/prometheus?name[]=up&collect[]=cpu%20x&a=b?c'])
  })

  test('by HEAD is a HEAD for the upstream, and gets the length without the body', async () => {
    await using upstream = await startUpstream((_, response) => void response.writeHead(200, { 'content-length': 12_345 }).end())
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    for (const _ of [1, 2]) {
      const response = await wire.ask(requestText('/metrics', [AUTHORIZATION], 'HEAD'), 'HEAD')
      expect([response?.status, response?.all('content-length'), response?.body]).toEqual([200, ['12345'], ''])
    }
    expect(upstream.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD'])
  })

  test('passes compressed bytes as they are', async () => {
    const compressed = gzipSync(EXPOSITION.repeat(1000))
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', vary: 'Accept-Encoding', 'content-length': compressed.length }).end(compressed)
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(requestText('/metrics', [AUTHORIZATION, 'Accept-Encoding: gzip', 'Connection: close']))
    const chunks: Buffer[] = []
    for await (const chunk of wire.socket) chunks.push(chunk as Buffer)
    const answer = Buffer.concat(chunks)
    const start = answer.indexOf('\r\n\r\n') + 4
    expect(answer.subarray(start).equals(compressed)).toBe(true)
    expect(gunzipSync(answer.subarray(start)).toString()).toBe(EXPOSITION.repeat(1000))
    expect(answer.subarray(0, start).toString()).toMatch(/content-encoding: gzip\r\n/i)
  })

  test('passes header values beyond ASCII as the bytes they are', async () => {
    await using upstream = await startRawUpstream(({ socket }) => {
      socket.write(Buffer.from(responseText('200 OK', ['Content-Type: text/plain; x=caf\u00E9', 'Content-Length: 2'], 'ok'), 'latin1'))
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    wire.send(Buffer.from(requestText('/metrics', [AUTHORIZATION, 'User-Agent: caf\u00E9']), 'latin1'))
    const response = await wire.read()
    expect([response?.status, response?.all('content-type')]).toEqual([200, ['text/plain; x=caf\u00E9']])
    expect(upstream.heads[0]).toContain('user-agent: caf\u00E9')
  })

  test('goes fifty times at once, each with its own answer', async () => {
    await using upstream = await startUpstream((request, response) => void response.end(`n ${request.url?.split('=')[1]}\n`))
    await using gateway = await startGateway({ upstream: upstream.url })
    const numbers = Array.from({ length: 50 }, (_, index) => index)
    const bodies = await Promise.all(
      numbers.map(async (number) => (await fetch(`${gateway.url}?n=${number}`, { headers: AUTHORIZED })).text()),
    )
    expect(bodies).toEqual(numbers.map((number) => `n ${number}\n`))
  })
})

describe('request headers', () => {
  const SENT = [
    AUTHORIZATION,
    'Accept: application/openmetrics-text;version=1.0.0',
    'Accept-Encoding: gzip',
    'User-Agent: Prometheus/2.42.0',
    'X-Prometheus-Scrape-Timeout-Seconds: 10',
    'Cookie: session=canary',
    'Proxy-Authorization: Basic canary',
    'Proxy-Connection: keep-alive',
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Host: evil.example',
    'Forwarded: for=10.0.0.1',
    'X-Real-IP: 10.0.0.1',
    'X-Remote-User: admin',
    'X_Remote_User: admin',
    'X-Original-URL: /admin',
    'X-HTTP-Method-Override: DELETE',
    'Referer: https://evil.example',
    'Range: bytes=0-1',
    'If-None-Match: "x"',
    'Expect: 100-continue',
    'Via: 1.1 evil',
    'TE: trailers',
    'Trailer: X-Remote-User',
    'Keep-Alive: timeout=5',
    'Connection: close, Accept, User-Agent, X-Prometheus-Scrape-Timeout-Seconds',
  ]

  test('reach the upstream when a scrape needs them, and no others do', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.write(responseText('200 OK', ['Content-Length: 0'])))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect((await wire.ask(requestText('/metrics', SENT)))?.status).toBe(200)
    const [line, ...lines] = upstream.heads[0]?.split('\r\n') ?? []
    expect(line).toBe('GET /metrics HTTP/1.1')
    expect(lines.toSorted()).toEqual([
      'accept-encoding: gzip',
      'accept: application/openmetrics-text;version=1.0.0',
      'connection: keep-alive',
      `host: 127.0.0.1:${upstream.port}`,
      'user-agent: Prometheus/2.42.0',
      expect.stringMatching(/^x-prometheus-scrape-timeout-seconds: [89](?:\.\d{1,3})?$/),
    ])
  })

  test('of a client that sends none are none', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.write(responseText('200 OK', ['Content-Length: 0'])))
    await using gateway = await startGateway({ upstream: upstream.url, guard: '{credentials: none}' })
    await using wire = await connect(gateway.url)
    await wire.ask('GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n')
    const names = upstream.heads[0]
      ?.split('\r\n')
      .slice(1)
      .map((line) => line.split(':')[0])
    expect(names?.toSorted()).toEqual(['connection', 'host', 'x-prometheus-scrape-timeout-seconds'])
    expect(upstream.heads[0]).not.toContain('evil.example')
  })
})

describe('response headers', () => {
  const ANSWERED = {
    'Content-Type': CONTENT_TYPE,
    Vary: 'Accept',
    'Retry-After': '7',
    'Set-Cookie': 'session=canary',
    Server: 'Werkzeug/2.2.2 Python/3.11.2',
    Location: 'https://evil.example',
    'X-Powered-By': 'Express',
    'Access-Control-Allow-Origin': '*',
    'Cache-Control': 'public, max-age=3600',
    'WWW-Authenticate': 'Basic realm="upstream"',
    'Strict-Transport-Security': 'max-age=0',
    'X-Content-Type-Options': 'none',
    ETag: '"x"',
    Trailer: 'X-Canary',
    'Keep-Alive': 'timeout=5',
  }

  test.each([200, 429, 503])('of a %i reach the scraper when it reads them, and no others do', async (status) => {
    await using upstream = await startUpstream((_, response) => void response.writeHead(status, ANSWERED).end(EXPOSITION))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    const response = await wire.ask(requestText('/metrics', [AUTHORIZATION]))
    expect([response?.status, response?.body]).toEqual([status, EXPOSITION])
    expect(response?.headers.filter(([name]) => name !== 'Date')).toEqual([
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
      ['content-type', CONTENT_TYPE],
      ['vary', 'Accept'],
      ['retry-after', '7'],
      ['Connection', 'keep-alive'],
      ['Keep-Alive', 'timeout=130'],
      ['Transfer-Encoding', 'chunked'],
    ])
  })

  test('that stand twice are not believed', async () => {
    await using upstream = await startRawUpstream(({ socket }) => {
      socket.write(responseText('200 OK', ['Content-Type: text/html', 'Content-Type: text/plain', 'Content-Length: 2'], 'ok'))
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    const response = await fetch(gateway.url, { headers: AUTHORIZED })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, null])
  })
})

describe('a kept-alive upstream connection', () => {
  test('serves one scrape after another', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.write(responseText('200 OK', ['Content-Length: 0'])))
    await using gateway = await startGateway({ upstream: upstream.url })
    for (const _ of [1, 2, 3]) await fetch(gateway.url, { headers: AUTHORIZED })
    expect([upstream.heads.length, upstream.sockets.length]).toEqual([3, 1])
  })

  test.each([
    { name: 'ends', end: 'end' },
    { name: 'resets', end: 'resetAndDestroy' },
  ] as const)('that the exporter $name in the moment of the next scrape loses no scrape', async ({ end }) => {
    await using upstream = await startRawUpstream(({ socket, index }) => {
      if (index === 1) socket[end]()
      else socket.write(responseText('200 OK', ['Content-Length: 2'], 'ok'))
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    for (const _ of [1, 2]) {
      const response = await fetch(gateway.url, { headers: AUTHORIZED })
      expect([response.status, await response.text()]).toEqual([200, 'ok'])
    }
    expect([upstream.heads.length, upstream.sockets.length]).toEqual([3, 2])
  })

  test('that the exporter ends between scrapes loses no scrape', async () => {
    const exporter = createServer({ keepAliveTimeout: 1 }, (_, response) => void response.end('ok'))
    await using upstream = await startServer(exporter)
    await using gateway = await startGateway({ upstream: upstream.url })
    for (const _ of [1, 2, 3]) {
      expect((await fetch(gateway.url, { headers: AUTHORIZED })).status).toBe(200)
      exporter.closeIdleConnections()
    }
  })

  test('that ends with every answer is told as unreachable after the second try', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.end())
    await using gateway = await startGateway({ upstream: upstream.url })
    expect((await fetch(gateway.url, { headers: AUTHORIZED })).status).toBe(502)
    expect(upstream.heads.length).toBe(2)
    expect(await gateway.nextScrape()).toMatchObject({ status: 502, fault: 'unreachable', detail: 'other side closed' })
  })

  test('that carries bytes nobody asked for does not answer the next scrape with them', async () => {
    await using upstream = await startRawUpstream(({ socket, index }) => {
      const extra = index === 0 ? responseText('200 OK', ['Content-Length: 6'], 'canary') : ''
      socket.write(responseText('200 OK', ['Content-Length: 2'], 'ok') + extra)
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    for (const _ of [1, 2]) expect(await (await fetch(gateway.url, { headers: AUTHORIZED })).text()).toBe('ok')
  })
})
