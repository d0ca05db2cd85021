/** The instruments and their options, and an instrumentation that stays out of the way whatever goes wrong. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import { createRegistry } from '@postern/metrics'
import { connect, requestText, startServer } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { createHttpMetrics, type HttpMetricsOptions } from '../../src/http/index.ts'
import { DEFAULTS, INSTRUMENTS } from '../../src/http/options.ts'
import { RouteNames } from '../../src/http/route-names.ts'
import { checkMetrics, skipReason } from '../support/promtool.ts'
import { sampleLines, scrapeText } from '../support/scrape.ts'
import { type Measured, measure } from './harness.ts'

const hello: RequestListener = (_request, response) => void response.end('hello')

/** Each text is one request on a connection of its own. */
async function send(
  measured: Measured,
  listener: RequestListener,
  texts: readonly string[],
  route?: (request: IncomingMessage) => string | undefined,
) {
  const server = createServer(measured.metrics.node(listener, route === undefined ? {} : { route }))
  await using running = await startServer(server)
  const statuses: (number | undefined)[] = []
  for (const text of texts) {
    await using wire = await connect(running.url)
    statuses.push((await wire.ask(text, text.split(' ')[0]))?.status)
  }
  return statuses
}

describe('the instruments', () => {
  test('are those of promhttp, with the requests in flight at zero before the first', async () => {
    const { registry } = measure()
    const body = await scrapeText(registry)
    expect(body.match(/^# TYPE .*$/gm)).toEqual([
      '# TYPE http_requests_total counter',
      '# TYPE http_request_duration_seconds histogram',
      '# TYPE http_requests_in_flight gauge',
      '# TYPE http_request_size_bytes histogram',
      '# TYPE http_response_size_bytes histogram',
    ])
    expect(await sampleLines(registry)).toEqual(['http_requests_in_flight 0'])
  })

  test.skipIf(skipReason !== undefined)('please promtool', async () => {
    const measured = measure()
    await send(measured, hello, [requestText('/')], () => '/')
    await measured.settled(1)
    expect(checkMetrics(await scrapeText(measured.registry))).toEqual({ status: 0, complaints: [] })
  })

  test('time by the clock that is passed in, and never below zero', async () => {
    let now = 1000
    const measured = measure({ now: () => now, durationBuckets: [0.1, 0.3] })
    const listener: RequestListener = (request, response) => {
      now += request.url === '/back' ? -5000 : 250
      response.end()
    }
    await send(measured, listener, [requestText('/x'), requestText('/back')], ({ url }) => url)
    await measured.settled(2)
    const samples = await sampleLines(measured.registry)
    const ofX = samples.filter((line) => line.startsWith('http_request_duration') && line.includes('route="/x"'))
    expect(ofX.map((line) => line.split(' ')[1])).toEqual(['0', '1', '1', '0.25', '1'])
    expect(await measured.value('http_request_duration_seconds_sum{method="GET",route="/back",status="200"}')).toBe(0)
  })

  test('take other names, labels and buckets', async () => {
    const registry = createRegistry()
    const metrics = createHttpMetrics(registry, {
      prefix: 'shop_',
      names: { requests: 'hits_total' },
      labelNames: { route: 'path', status: 'status_code' },
      instruments: ['requests', 'responseSize'],
      sizeBuckets: [10],
    })
    await using running = await startServer(createServer(metrics.node(hello, { route: () => '/x' })))
    await fetch(running.url)
    await vi.waitFor(async () => expect(await sampleLines(registry)).not.toEqual([]))
    const labels = 'method="GET",path="/x",status_code="200"'
    expect(await sampleLines(registry)).toEqual([
      `shop_hits_total{${labels}} 1`,
      `shop_http_response_size_bytes_bucket{${labels},le="10"} 1`,
      `shop_http_response_size_bytes_bucket{${labels},le="+Inf"} 1`,
      `shop_http_response_size_bytes_sum{${labels}} 5`,
      `shop_http_response_size_bytes_count{${labels}} 1`,
    ])
  })

  test('leave the message alone where no sizes are measured', async () => {
    const measured = measure({ instruments: ['requests', 'inFlight'] })
    const own: boolean[] = []
    const look: RequestListener = (request, response) => {
      own.push(Object.hasOwn(request, 'push'), Object.hasOwn(response, 'write'), Object.hasOwn(response, 'end'))
      response.end()
    }
    expect(await send(measured, look, [`${requestText('/', ['Content-Length: 1'], 'POST')}x`])).toEqual([200])
    await measured.settled(1)
    expect(own).toEqual([false, false, false])
  })

  test('can all be off', async () => {
    const registry = createRegistry()
    const metrics = createHttpMetrics(registry, { instruments: [] })
    await using running = await startServer(createServer(metrics.node(hello)))
    expect((await fetch(running.url)).status).toBe(200)
    expect(await scrapeText(registry)).toBe('')
  })

  test('label the class of a status where that is asked for', async () => {
    const measured = measure({ status: 'class' })
    const listener: RequestListener = ({ url = '' }, response) => {
      if (url === '/0') response.destroy()
      else response.writeHead(Number(url.slice(1))).end()
    }
    await send(
      measured,
      listener,
      ['/200', '/206', '/404', '/599', '/777', '/0'].map((target) => requestText(target)),
    )
    await measured.settled(6)
    expect(await measured.counts()).toEqual({
      'GET unmatched 2xx': 2,
      'GET unmatched 4xx': 1,
      'GET unmatched 5xx': 1,
      'GET unmatched aborted': 1,
      'GET unmatched other': 1,
    })
  })

  test('have one set per prefix in a registry, and a second set that is refused leaves nothing', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'http_response_size_bytes', help: 'Mine.' })
    expect(() => createHttpMetrics(registry)).toThrow(
      'The histogram "http_response_size_bytes" needs the name "http_response_size_bytes", which "http_response_size_bytes" has taken.',
    )
    expect(await sampleLines(registry)).toEqual(['http_response_size_bytes 0'])
    createHttpMetrics(registry, { prefix: 'a_' })
    expect(() => createHttpMetrics(registry, { prefix: 'a_' })).toThrow(TypeError)
    expect(await sampleLines(registry)).toEqual(['http_response_size_bytes 0', 'a_http_requests_in_flight 0'])
  })

  test.each<{ name: string; options: unknown; message: string | Error }>([
    {
      name: 'an instrument that there is not',
      options: { instruments: ['latency'] },
      message: `HTTP metrics have no instrument "latency". Name some of ${INSTRUMENTS.join(', ')}.`,
    },
    {
      name: 'a name for an instrument that there is not',
      options: { names: { total: 'x' } },
      message: `HTTP metrics have no instrument "total". Name some of ${INSTRUMENTS.join(', ')}.`,
    },
    {
      name: 'a label that there is not',
      options: { labelNames: { path: 'x' } },
      message: 'HTTP metrics have no label "path" to rename. Name some of method, route, status.',
    },
    {
      name: 'a way to label the status that there is not',
      options: { status: 'text' },
      message: `HTTP metrics got the status "text", which is no way to label it. Write 'code' or 'class'.`,
    },
    ...[0, 1.5, Number.NaN].map((maxRoutes) => ({
      name: `maxRoutes ${maxRoutes}`,
      options: { maxRoutes },
      message: new RangeError(`HTTP metrics got maxRoutes ${maxRoutes}, which is not a positive whole number. Write one, such as 200.`),
    })),
    {
      name: 'maxRoutes that is a text',
      options: { maxRoutes: '5' },
      message: new TypeError('HTTP metrics got maxRoutes "5", which is not a number. Write one, such as 200.'),
    },
    {
      name: 'one name for two labels',
      options: { labelNames: { route: 'method' } },
      message: 'Counter "http_requests_total" has the label "method" twice',
    },
    { name: 'a prefix that no name begins with', options: { prefix: 'my-' }, message: '"my-http_requests_total" is not a metric name' },
    {
      name: 'buckets that do not ascend',
      options: { sizeBuckets: [2, 1] },
      message: 'Histogram "http_request_size_bytes" has the bucket 1',
    },
  ])('refuse $name', async ({ options, message }) => {
    const registry = createRegistry()
    expect(() => createHttpMetrics(registry, options as HttpMetricsOptions)).toThrow(message)
    expect(await scrapeText(registry)).toBe('')
  })
})

describe('sizes', () => {
  const sizes = async (listener: RequestListener, text: string): Promise<{ received: number | undefined; sent: number | undefined }> => {
    const measured = measure({ labelNames: {}, instruments: INSTRUMENTS })
    await send(measured, listener, [text], () => '/x')
    await measured.settled(1)
    const [key = ''] = Object.keys(await measured.counts())
    const [method, , status] = key.split(' ')
    const of = (kind: string) => measured.value(`http_${kind}_size_bytes_sum{method="${method}",route="/x",status="${status}"}`)
    return { received: await of('request'), sent: await of('response') }
  }

  test.each<{ name: string; listener: RequestListener; sent: number; method?: string }>([
    { name: 'text in UTF-8', listener: (_q, s) => void s.end('zoë 🔑'), sent: 9 },
    { name: 'text in another encoding', listener: (_q, s) => void s.end('zoë', 'latin1'), sent: 3 },
    { name: 'bytes as hexadecimal digits', listener: (_q, s) => void s.end('00ff', 'hex'), sent: 2 },
    { name: 'bytes', listener: (_q, s) => void s.end(new Uint8Array(1000)), sent: 1000 },
    { name: 'parts, with a callback each', listener: (_q, s) => void s.write('ab', () => s.write('cd', () => s.end(() => {}))), sent: 4 },
    { name: 'nothing', listener: (_q, s) => void s.end(), sent: 0 },
    { name: 'nothing for a body that Node drops', listener: (_q, s) => void s.writeHead(304).end('hello'), sent: 0 },
    { name: 'nothing for HEAD', method: 'HEAD', listener: hello, sent: 0 },
    {
      name: 'what a compression put in front makes of it',
      listener(_request, response) {
        const write = response.write.bind(response)
        const end = response.end.bind(response)
        const gzip = createGzip()
        gzip.on('data', write).on('end', () => end())
        response.end = ((chunk: string) => gzip.end(chunk)) as unknown as typeof response.end
        response.setHeader('content-encoding', 'gzip')
        response.end('a'.repeat(10_000))
      },
      sent: gzipSync('a'.repeat(10_000)).length,
    },
    { name: 'a pipe', listener: (_q, s) => void Readable.from([Buffer.alloc(70_000), Buffer.alloc(5)]).pipe(s), sent: 70_005 },
    {
      name: 'nothing for a chunk that is refused',
      listener(_request, response) {
        expect(() => response.write([1, 2] as never)).toThrow(TypeError)
        response.end('ok')
      },
      sent: 2,
    },
  ])('of a response count $name', async ({ listener, sent, method }) => {
    expect(await sizes(listener, requestText('/', [], method))).toEqual({ received: 0, sent })
  })

  const read: RequestListener = (request, response) => void request.resume().on('end', () => response.end())
  test.each<{ name: string; listener: RequestListener; lines: string[]; body: string; received: number }>([
    { name: 'a body of known length', listener: read, lines: ['Content-Length: 3'], body: 'abc', received: 3 },
    {
      name: 'chunks without their framing',
      listener: read,
      lines: ['Transfer-Encoding: chunked'],
      body: '2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
      received: 3,
    },
    { name: 'an empty body', listener: read, lines: ['Content-Length: 0'], body: '', received: 0 },
    { name: 'what came of a body that is not waited for', listener: hello, lines: ['Content-Length: 1000'], body: '', received: 0 },
  ])('of a request count $name', async ({ listener, lines, body, received }) => {
    expect((await sizes(listener, requestText('/', lines, 'POST') + body)).received).toBe(received)
  })

  test('do not change how a body is read', async () => {
    const measured = measure()
    const bodies: string[] = []
    const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      request.setEncoding('utf8')
      let body = ''
      for await (const chunk of request) body += chunk
      bodies.push(body)
      response.end(body)
    }
    const text = 'zoë 🔑'.repeat(5000)
    const server = createServer(
      measured.metrics.node((request: IncomingMessage, response: ServerResponse) => void listener(request, response)),
    )
    await using running = await startServer(server)
    expect(await (await fetch(running.url, { method: 'POST', body: text })).text()).toBe(text)
    expect(bodies).toEqual([text])
  })
})

describe('routes', () => {
  test('that are paths after all are cut off at the limit, and told of once', async () => {
    const measured = measure({ maxRoutes: 3 })
    const targets = ['/a', '/b', '/c', '/secret1', '/secret2', '/a']
    await send(
      measured,
      hello,
      targets.map((target) => requestText(target)),
      ({ url }) => url,
    )
    await measured.settled(6)
    expect(await measured.counts()).toEqual({ 'GET /a 200': 2, 'GET /b 200': 1, 'GET /c 200': 1, 'GET other 200': 2 })
    expect(measured.warnings).toEqual([
      'HTTP metrics met the route "/secret1" after 3 others and counts it as "other": a path for a route makes a series of every request. Return a template such as /users/:id, or raise maxRoutes.',
    ])
  })

  test('never make more values than the limit and two, whatever is given', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.anything()), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (given, max) => {
        const names = new RouteNames(max, () => {})
        const values = new Set(given.map((template) => names.of(template)))
        expect(values.size).toBeLessThanOrEqual(max + 2)
        for (const value of values) expect(value.length).toBeLessThanOrEqual(200)
        // The same again: a value once given stays.
        expect(new Set(given.map((template) => names.of(template))).size).toBeLessThanOrEqual(max + 2)
      }),
      { numRuns: 300, interruptAfterTimeLimit: 3000 },
    )
  })

  test.each([
    [undefined, 'unmatched'],
    [null, 'unmatched'],
    ['', 'unmatched'],
    ['unmatched', 'unmatched'],
    ['other', 'other'],
    [17, 'unmatched'],
    [/x/i, '/x/i'],
    [['/a', /b/, 3], '/a|/b/|'],
  ])('given as %j are called %j', (template, name) => {
    expect(new RouteNames(5, () => {}).of(template)).toBe(name)
  })
})

describe('an instrumentation stays out of the way', () => {
  const refusing = (what: string) => (): never => {
    throw new Error(`${what} failed`)
  }

  test.each<{ name: string; options: HttpMetricsOptions; route?: () => never; counted: Record<string, number>; warning: string }>([
    {
      name: 'the route',
      options: {},
      route: refusing('route'),
      counted: { 'GET unmatched 200': 2 },
      warning: 'ask for the route: route failed',
    },
    { name: 'ignore', options: { ignore: refusing('ignore') }, counted: { 'GET unmatched 200': 2 }, warning: 'ask ignore: ignore failed' },
    { name: 'the clock', options: { now: refusing('clock') }, counted: {}, warning: 'watch a request: clock failed' },
    {
      name: 'the clock at the end',
      options: {
        now: vi
          .fn<() => number>(refusing('clock'))
          .mockReturnValueOnce(0)
          .mockImplementationOnce(refusing('late clock'))
          .mockReturnValueOnce(0),
      },
      counted: {},
      warning: 'record a request: late clock failed',
    },
    {
      name: 'something with what is no error',
      options: {
        ignore() {
          // oxlint-disable-next-line typescript/only-throw-error
          throw 'text'
        },
      },
      counted: { 'GET unmatched 200': 2 },
      warning: 'ask ignore: "text"',
    },
  ])('when $name fails', async ({ options, route, counted, warning }) => {
    const measured = measure(options)
    expect(await send(measured, hello, [requestText('/'), requestText('/')], route)).toEqual([200, 200])
    await measured.settled(Object.keys(counted).length * 2)
    expect(await measured.counts()).toEqual(counted)
    expect(measured.warnings).toEqual([
      `HTTP metrics failed to ${warning}. The request itself goes on; mend the function named, or report it.`,
    ])
  })

  test('when the one who is warned throws', async () => {
    const measured = measure({ maxRoutes: 1, onWarning: refusing('onWarning') })
    expect(await send(measured, hello, [requestText('/a'), requestText('/b')], ({ url }) => url)).toEqual([200, 200])
    await measured.settled(2)
    expect(await measured.counts()).toEqual({ 'GET /a 200': 1, 'GET other 200': 1 })
  })

  test('and warns the process where nobody else is to be warned', async () => {
    const warned = once(process, 'warning')
    DEFAULTS.onWarning('HTTP metrics say something.')
    expect((await warned)[0]).toMatchObject({ name: 'PosternWarning', message: 'HTTP metrics say something.' })
  })

  test('with one listener on a connection, however many requests wait on it', async () => {
    const measured = measure()
    const waiting: ServerResponse[] = []
    const listeners: number[] = []
    const server = createServer(
      measured.metrics.node((request: IncomingMessage, response: ServerResponse) => {
        waiting.push(response)
        listeners.push(request.socket.listenerCount('close'))
        if (waiting.length === 30) for (const one of waiting) one.end('hello')
      }),
    )
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    wire.send(requestText('/').repeat(30))
    for (let n = 0; n < 30; n++) expect((await wire.read())?.body).toBe('hello')
    await measured.settled(30)
    // Node adds a listener for the response whose turn it is; nothing grows with the number of requests.
    expect(Math.max(...listeners) - Math.min(...listeners)).toBeLessThanOrEqual(1)
  })
})
