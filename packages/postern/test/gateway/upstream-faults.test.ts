/** Exporters that are down, slow, cut short, elsewhere or wrong: what the scraper sees, and what the operator is told. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, requestText } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { AUTHORIZATION, AUTHORIZED, createQueue, startGateway } from '../support/gateway.ts'
import { EXPOSITION, type RawRequest, responseText, startRawUpstream, startUpstream } from '../support/upstream.ts'

const scrape = (seconds = '10'): string => requestText('/metrics', [AUTHORIZATION, `X-Prometheus-Scrape-Timeout-Seconds: ${seconds}`])
const BAD_GATEWAY = { status: 502, body: 'Bad Gateway\n', complete: true }

describe('an upstream that gives no exposition', () => {
  test('because nobody listens is 502, without its address', async () => {
    await using gateway = await startGateway()
    await using wire = await connect(gateway.url)
    // Twice: the connection of the scraper outlives the fault.
    for (const _ of [1, 2]) expect(await wire.ask(scrape())).toMatchObject(BAD_GATEWAY)
    expect(await gateway.nextScrape()).toMatchObject({ status: 502, fault: 'unreachable', detail: 'connect ECONNREFUSED 127.0.0.1:1' })
  })

  test('because nobody listens on any address of its name is 502, told for each', async () => {
    await using gateway = await startGateway({ upstream: 'http://localhost:1' })
    expect((await fetch(gateway.url, { headers: AUTHORIZED })).status).toBe(502)
    const { detail } = await gateway.nextScrape()
    expect(detail).toContain('connect ECONNREFUSED 127.0.0.1:1')
    expect(detail?.length).toBeLessThanOrEqual(200)
  })

  test.each([
    { status: 302, fault: 'redirected' },
    { status: 308, fault: 'redirected' },
    { status: 304, fault: 'answered_with_error' },
    { status: 204, fault: 'answered_with_error' },
    { status: 206, fault: 'answered_with_error' },
    { status: 401, fault: 'answered_with_error' },
    { status: 404, fault: 'answered_with_error' },
    { status: 500, fault: 'answered_with_error' },
  ])('because it answers $status is 502, and no other host hears of it', async ({ status, fault }) => {
    await using elsewhere = await startUpstream()
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(status, { location: `${elsewhere.url}/metrics`, 'www-authenticate': 'Basic', 'set-cookie': 'canary' }).end()
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    const response = await wire.ask(scrape())
    expect(response).toMatchObject(BAD_GATEWAY)
    expect(response?.headers.map(([name]) => name)).toEqual([
      'Cache-Control',
      'X-Content-Type-Options',
      'Content-Type',
      'Content-Length',
      'Date',
      'Connection',
      'Keep-Alive',
    ])
    expect([upstream.requests.length, elsewhere.requests.length]).toEqual([1, 0])
    expect(await gateway.nextScrape()).toMatchObject({ status: 502, fault, detail: `the upstream answered ${status}` })
  })

  test('because it answers an error page without end is 502 at once, and the page ends with its connection', async () => {
    const ended = createQueue<true>()
    await using upstream = await startRawUpstream(({ socket }) => {
      socket.once('close', () => ended.put(true))
      socket.write(responseText('500 Oops', ['Content-Length: 1000000'], 'canary'))
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject(BAD_GATEWAY)
    await ended.take()
  })

  test.each([
    { name: 'no HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
    { name: 'HTTP of another version', answer: 'HTTP/3.0 200 OK\r\n\r\n' },
    { name: 'a control character in a header', answer: responseText('200 OK', ['Content-Type: text/\0plain', 'Content-Length: 0']) },
    { name: 'a bare carriage return in a header', answer: responseText('200 OK', ['Content-Type: text/plain\rX: y', 'Content-Length: 0']) },
    {
      name: 'a length and chunks',
      answer: responseText('200 OK', ['Content-Length: 2', 'Transfer-Encoding: chunked'], '2\r\nok\r\n0\r\n\r\n'),
    },
    { name: 'two lengths', answer: responseText('200 OK', ['Content-Length: 2', 'Content-Length: 3'], 'ok') },
    { name: 'a length that is none', answer: responseText('200 OK', ['Content-Length: two'], 'ok') },
    { name: 'headers without end', answer: responseText('200 OK', [`X-Long: ${'x'.repeat(20_000)}`], 'ok') },
    { name: 'another protocol', answer: responseText('101 Switching Protocols', ['Connection: Upgrade', 'Upgrade: websocket']) },
  ])('because it speaks $name is 502', async ({ answer }) => {
    await using upstream = await startRawUpstream(({ socket }) => socket.write(Buffer.from(answer, 'latin1')))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject(BAD_GATEWAY)
    expect(await gateway.nextScrape()).toMatchObject({ status: 502, fault: 'unreachable', detail: expect.any(String) })
  })

  test('yet, because it says so before its answer, is waited for', async () => {
    await using upstream = await startRawUpstream(({ socket }) => {
      socket.write(responseText('103 Early Hints', ['Link: </x>']) + responseText('200 OK', ['Content-Length: 2'], 'ok'))
    })
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject({ status: 200, body: 'ok' })
  })
})

describe('an upstream that is too slow', () => {
  const SLOW = { status: 504, body: 'Gateway Timeout\n', complete: true }

  test('with its first byte is 504 before the scraper gives up', async () => {
    const left = createQueue<true>()
    await using upstream = await startRawUpstream(({ socket }) => void socket.once('close', () => left.put(true)))
    await using gateway = await startGateway({ upstream: upstream.url })
    const response = await fetch(gateway.url, { headers: { ...AUTHORIZED, 'x-prometheus-scrape-timeout-seconds': '0.5' } })
    expect([response.status, await response.text()]).toEqual([504, 'Gateway Timeout\n'])
    await left.take()
    expect(await gateway.nextScrape()).toMatchObject({
      status: 504,
      fault: 'too_slow',
      detail: expect.stringMatching(/^the upstream did not finish within 0\.[012]\d{0,2} s$/),
    })
  })

  test('because all its connections are taken is 504 in its own time', async () => {
    const taken = createQueue<true>()
    await using upstream = await startRawUpstream(({ index }) => index === 31 && taken.put(true))
    await using gateway = await startGateway({ upstream: upstream.url })
    const leaving = new AbortController()
    const patient = Array.from({ length: 32 }, () =>
      fetch(gateway.url, { headers: { ...AUTHORIZED, 'x-prometheus-scrape-timeout-seconds': '100' }, signal: leaving.signal }).catch(
        () => undefined,
      ),
    )
    await taken.take()
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape('0.2'))).toMatchObject(SLOW)
    expect(upstream.heads.length).toBe(32)
    leaving.abort()
    await Promise.all(patient)
  })

  test('after its first byte is a broken connection, and no clean end', async () => {
    await using upstream = await startRawUpstream(({ socket }) =>
      socket.write(responseText('200 OK', ['Transfer-Encoding: chunked'], '3\r\nup \r\n')),
    )
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape('2'))).toMatchObject({ status: 200, body: 'up ', complete: false })
    await once(upstream.sockets[0] as Socket, 'close')
    expect(await gateway.nextScrape()).toMatchObject({
      status: 504,
      fault: 'too_slow',
      detail: expect.stringContaining('did not finish within'),
    })
  })
})

describe('an upstream that is cut short', () => {
  const end = ({ socket }: RawRequest, answer: string): void => void socket.end(answer)
  const reset = ({ socket }: RawRequest, answer: string): void => void socket.write(answer, () => socket.resetAndDestroy())
  const CHUNKED = ['Transfer-Encoding: chunked']
  test.each([
    { name: 'before the length it said', how: end, answer: responseText('200 OK', ['Content-Length: 100'], 'up 1\n') },
    { name: 'between chunks', how: end, answer: responseText('200 OK', CHUNKED, '5\r\nup 1\n\r\n') },
    { name: 'within a chunk', how: end, answer: responseText('200 OK', CHUNKED, '50\r\nup 1\n') },
    { name: 'by a reset', how: reset, answer: responseText('200 OK', ['Content-Length: 100'], 'up 1\n') },
    { name: 'by a chunk that is none', how: end, answer: responseText('200 OK', CHUNKED, '5\r\nup 1\n\r\ncanary\r\n') },
  ])('$name is a broken connection, and no clean end', async ({ how, answer }) => {
    await using upstream = await startRawUpstream((request) => how(request, answer))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject({ status: 200, complete: false })
    await wire.ended()
    expect(await gateway.nextScrape()).toMatchObject({ status: 502, fault: 'cut_short', detail: expect.any(String) })
  })

  test('is a reset connection to HTTP/1.0, where an end would be a clean one', async () => {
    await using upstream = await startRawUpstream(({ socket }) => void socket.end(responseText('200 OK', CHUNKED, '5\r\nup 1\n\r\n')))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    const reset = once(wire.socket, 'error')
    wire.socket.resume()
    wire.send(`GET /metrics HTTP/1.0\r\n${AUTHORIZATION}\r\n\r\n`)
    expect(await reset).toMatchObject([{ code: 'ECONNRESET' }])
    expect(await gateway.nextScrape()).toMatchObject({ fault: 'cut_short' })
  })

  test('after the length it said gives that length', async () => {
    await using upstream = await startRawUpstream(({ socket }) =>
      socket.end(responseText('200 OK', ['Content-Length: 5'], `up 1\n${EXPOSITION}`)),
    )
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject({ status: 200, body: 'up 1\n', complete: true })
  })

  test('of an answer whose end is the end of its connection cannot be known, and is whole', async () => {
    await using upstream = await startRawUpstream(({ socket }) => socket.end(responseText('200 OK', ['Connection: close'], 'up 1\n')))
    await using gateway = await startGateway({ upstream: upstream.url })
    await using wire = await connect(gateway.url)
    expect(await wire.ask(scrape())).toMatchObject({ status: 200, body: 'up 1\n', complete: true })
  })
})
