import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { createRegistry, type Registry, type RegistryOptions } from '@postern/metrics'
import { connect, type RawResponse, requestText, type Wire } from '@postern/testkit'
import { describe, expect, test, vi } from 'vitest'
import { handleScrape } from '../../src/scrape/handler.ts'
import { scrapeSeconds } from '../../src/scrape/scrape-timeout.ts'

interface Running extends AsyncDisposable {
  readonly url: string
  readonly registry: Registry
  readonly errors: unknown[]
  /** The next answer that has ended, one way or the other. */
  readonly handled: () => Promise<void>
}

async function start(
  options: RegistryOptions = {},
  handle?: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Running> {
  const registry = createRegistry(options)
  const errors: unknown[] = []
  const done: Promise<void>[] = []
  const server = createServer((request, response) => {
    done.push(handle ? handle(request, response) : registry.handle(request, response, { onError: (error) => errors.push(error) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    registry,
    errors,
    handled: async () => {
      await done.shift()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function ask(url: string, target: string, lines: readonly string[] = [], method = 'GET'): Promise<RawResponse | undefined> {
  await using wire = await connect(url)
  return await wire.ask(requestText(target, lines, method), method)
}

function fill(registry: Registry, series: number): void {
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] })
  for (let i = 0; i < series; i += 1) counter.inc({ i })
}

describe('a scrape over HTTP', () => {
  test('is answered with its length when it is small', async () => {
    await using running = await start()
    running.registry.gauge({ name: 'up', help: 'U.' }).set(1)
    const response = await ask(running.url, '/')
    const body = '# HELP up U.\n# TYPE up gauge\nup 1\n'
    expect([response?.status, response?.body, response?.all('content-length')]).toEqual([200, body, [String(body.length)]])
    expect([response?.all('content-type'), response?.all('vary')]).toEqual([
      ['text/plain; version=0.0.4; charset=utf-8'],
      ['Accept, Accept-Encoding'],
    ])
  })

  test('of an empty registry is an empty body', async () => {
    await using running = await start()
    const response = await ask(running.url, '/')
    expect([response?.status, response?.body, response?.all('content-length')]).toEqual([200, '', ['0']])
  })

  test.each([1, 20_000])('comes compressed and in the format asked for, with %d series', async (series) => {
    await using running = await start()
    fill(running.registry, series)
    const lines = ['Accept: application/openmetrics-text;version=1.0.0', 'Accept-Encoding: gzip']
    const response = await fetch(running.url, { headers: { accept: lines[0]?.slice(8) ?? '', 'accept-encoding': 'gzip' } })
    const { body } = await running.registry.render({ accept: 'application/openmetrics-text;version=1.0.0' })
    expect([response.headers.get('content-encoding'), await response.text()]).toEqual(['gzip', body])
    expect(body.endsWith('# EOF\n')).toBe(true)
  })

  test('has no body for HEAD, and the same headers', async () => {
    await using running = await start()
    fill(running.registry, 3)
    const response = await ask(running.url, '/', ['Accept-Encoding: gzip'], 'HEAD')
    expect([response?.status, response?.body, response?.all('content-encoding')]).toEqual([200, '', ['gzip']])
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is refused for %s', async (method) => {
    await using running = await start()
    const response = await ask(running.url, '/', [], method)
    expect([response?.status, response?.body, response?.all('allow')]).toEqual([405, 'Method Not Allowed\n', ['GET, HEAD']])
  })

  test('shows the families asked for by their names or those of their samples', async () => {
    await using running = await start()
    const { registry } = running
    registry.counter({ name: 'a_total', help: 'A.' })
    registry.gauge({ name: 'b', help: 'B.' })
    registry.histogram({ name: 'c', help: 'C.', buckets: [] })
    const names = async (query: string): Promise<string[]> => {
      const response = await ask(running.url, `/metrics?${query}`)
      return response?.body.match(/(?<=# TYPE )\S+/g) ?? []
    }
    expect(await names('name[]=a_total&name%5B%5D=b')).toEqual(['a_total', 'b'])
    expect(await names('name[]=c_bucket&name[]=c_sum')).toEqual(['c'])
    expect(await names('name[]=nothing')).toEqual([])
    expect(await names('name=a_total')).toEqual(['a_total', 'b', 'c'])
    expect(await names(Array.from({ length: 700 }, (_, i) => `name[]=n${i}`).join('&'))).toEqual([])
  })

  test('beyond the number in flight is told to come back', async () => {
    let release = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    await using running = await start({ maxScrapesInFlight: 1 })
    running.registry.gauge({ name: 'slow', help: 'S.', collect: () => waiting })
    await using first = await connect(running.url)
    first.send(requestText('/'))
    const second = await ask(running.url, '/')
    expect([second?.status, second?.body, second?.all('retry-after')]).toEqual([503, 'Service Unavailable\n', ['1']])
    release()
    expect((await first.read())?.status).toBe(200)
    expect((await ask(running.url, '/'))?.status).toBe(200)
  })

  test('ends when the time of the scraper is over, and gives its place back', async () => {
    await using running = await start({ maxScrapesInFlight: 1 })
    let collected = 0
    running.registry.gauge({
      name: 'slow',
      help: 'S.',
      collect: () => (collected++ === 0 ? new Promise<void>(() => {}) : undefined),
      collectTimeoutMilliseconds: 700,
    })
    const response = await ask(running.url, '/', ['X-Prometheus-Scrape-Timeout-Seconds: 0.1'])
    expect([response?.status, running.errors]).toEqual([503, []])
    await running.handled()
  })

  test('of a reader that leaves is given up', async () => {
    await using running = await start({ maxScrapesInFlight: 1, keptBytes: 0 })
    fill(running.registry, 200_000)
    const wire = await connect(running.url)
    wire.send(requestText('/'))
    await once(wire.socket, 'readable')
    wire.socket.destroy()
    await running.handled()
    expect(running.errors).toEqual([])
    expect((await ask(running.url, '/?name[]=none'))?.status).toBe(200)
  })

  test('of a reader that left while it was judged who asks takes no place', async () => {
    const asked = new EventEmitter()
    await using running = await start({ maxScrapesInFlight: 1 }, async (request, response) => {
      asked.emit('asked')
      if (request.url === '/late') await once(response, 'close')
      await running.registry.handle(request, response)
    })
    running.registry.gauge({ name: 'up', help: 'U.' }).set(1)
    await using wire = await connect(running.url)
    const arrived = once(asked, 'asked')
    wire.send(requestText('/late', ['X-Prometheus-Scrape-Timeout-Seconds: 600']))
    await arrived
    wire.socket.destroy()
    await running.handled()
    expect((await ask(running.url, '/'))?.status).toBe(200)
  })

  test('that waits behind another on the same connection is given up with it', async () => {
    await using running = await start({ maxScrapesInFlight: 12, keptBytes: 0 })
    fill(running.registry, 200_000)
    const warnings: Error[] = []
    const hear = (warning: Error): number => warnings.push(warning)
    process.on('warning', hear)
    const wire = await connect(running.url)
    wire.send(requestText('/', ['X-Prometheus-Scrape-Timeout-Seconds: 600']).repeat(12))
    await once(wire.socket, 'readable')
    wire.socket.destroy()
    for (let i = 0; i < 12; i += 1) await running.handled()
    process.off('warning', hear)
    expect([running.errors, warnings]).toEqual([[], []])
    expect((await ask(running.url, '/?name[]=none'))?.status).toBe(200)
  })

  test('that fails is told without its cause', async () => {
    const errors: unknown[] = []
    const cause = new Error('canary')
    const fail = (): Promise<never> => Promise.reject(cause)
    await using running = await start({}, (request, response) =>
      handleScrape(fail, request, response, { onError: (error) => errors.push(error) }),
    )
    const response = await ask(running.url, '/')
    expect([response?.status, response?.body, errors]).toEqual([500, 'Internal Server Error\n', [cause]])
  })

  test('that fails is a process warning where nobody hears it, even when who hears it throws', async () => {
    const fail = (): Promise<never> => Promise.reject(new Error('cause'))
    const onError = (): void => {
      throw new Error('deaf')
    }
    await using running = await start({}, (request, response) =>
      handleScrape(fail, request, response, request.url === '/deaf' ? { onError } : {}),
    )
    for (const [target, text] of [
      ['/', 'A scrape failed: Error: cause'],
      ['/deaf', 'A scrape failed: Error: deaf'],
    ] as const) {
      const warned = once(process, 'warning')
      expect((await ask(running.url, target))?.status).toBe(500)
      expect(await warned).toMatchObject([{ name: 'PosternWarning', message: text }])
    }
  })
})

test('bodies of several scrapes at once are whole', async () => {
  await using running = await start()
  fill(running.registry, 30_000)
  const { body } = await running.registry.render({ accept: undefined })
  const wires = await Promise.all(Array.from({ length: 8 }, () => connect(running.url)))
  const responses = await Promise.all(wires.map((wire, i) => wire.ask(requestText('/', i % 2 === 0 ? [] : ['Accept-Encoding: identity']))))
  for (const response of responses) expect(response?.body).toBe(body)
  for (const wire of wires) await wire[Symbol.asyncDispose]()
})

test('a compressed body is a gzip file', async () => {
  const registry = createRegistry()
  fill(registry, 3)
  const exposed = await registry.expose({ accept: undefined, acceptEncoding: 'gzip' })
  const chunks: Uint8Array[] = []
  for await (const chunk of exposed.body ?? []) chunks.push(chunk)
  expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe((await registry.render({ accept: undefined })).body)
})

test.each([
  [undefined, 30],
  ['10', 9.5],
  ['0.5', 0.25],
  ['1', 0.5],
  ['0', 30],
  ['-1', 30],
  ['abc', 30],
  ['1e9', 30],
  ['99999', 120],
  [['10', '20'], 30],
])('a scraper that says %j is given %d seconds', (sent, seconds) => {
  expect(scrapeSeconds(sent)).toBe(seconds)
})

describe('clients that read next to nothing', () => {
  const MEGABYTES = 24
  /** Bytes. */
  const STEP = 2_097_152

  /** More than two systems buffer for a client. */
  function fillMegabytes(registry: Registry): void {
    for (let at = 0; at < MEGABYTES; at += 1) {
      registry.gauge({ name: `large_${at}`, help: 'L.', labelNames: ['text'] }).set({ text: 'x'.repeat(1_000_000) }, at)
    }
  }

  const PATIENT = ['X-Prometheus-Scrape-Timeout-Seconds: 600']

  /** Asks, and takes the first byte of the answer. */
  async function beginSlowly(url: string): Promise<Wire> {
    const wire = await connect(url)
    wire.send(requestText('/', PATIENT))
    await once(wire.socket, 'readable')
    wire.socket.read(1)
    return wire
  }

  const small = (url: string): Promise<RawResponse | undefined> => ask(url, '/?name[]=none')

  test.each([
    { name: 'nothing', drip: () => {} },
    { name: 'a byte a second', drip: (wire: Wire) => void wire.socket.read(1) },
  ])('who take $name keep nobody out, and are broken off one by one', async ({ drip }) => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      await using running = await start({ maxScrapesInFlight: 3 })
      fillMegabytes(running.registry)
      const wires = []
      for (let at = 0; at < 3; at += 1) {
        wires.push(await beginSlowly(running.url))
        vi.advanceTimersByTime(10)
      }
      for (let second = 0; second < 4; second += 1) {
        vi.advanceTimersByTime(1_000)
        for (const wire of wires) drip(wire)
      }
      expect((await small(running.url))?.status).toBe(503)
      vi.advanceTimersByTime(1_000)
      expect((await small(running.url))?.status).toBe(200)
      await running.handled()
      // What was broken off left a place; those who follow need none of the others'.
      for (let at = 0; at < 3; at += 1) expect((await small(running.url))?.status).toBe(200)
      const { body } = await running.registry.render()
      expect(body.match(/^postern_metrics_stalled_scrapes_total .*$/m)?.[0]).toBe('postern_metrics_stalled_scrapes_total 1')
      expect(running.errors).toEqual([])
      await expect(bytesOf(wires[0] as Wire)).resolves.toBeLessThan(MEGABYTES * 1_000_000)
      for (const wire of wires) wire.socket.destroy()
    } finally {
      vi.useRealTimers()
    }
  })

  test('lose their places, however many of them wait on one connection', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      await using running = await start({ maxScrapesInFlight: 4 })
      fillMegabytes(running.registry)
      const wire = await connect(running.url)
      wire.send(requestText('/', PATIENT).repeat(4))
      await once(wire.socket, 'readable')
      expect((await small(running.url))?.status).toBe(503)
      vi.advanceTimersByTime(5_000)
      expect((await small(running.url))?.status).toBe(200)
      await running.handled()
      wire.socket.destroy()
    } finally {
      vi.useRealTimers()
    }
  })

  test('do not end those who read, however long they are at it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      await using running = await start({ maxScrapesInFlight: 1 })
      fillMegabytes(running.registry)
      const wire = await beginSlowly(running.url)
      let taken = 1
      const refused: unknown[] = []
      // Half a megabyte a second: twice the least that is asked for.
      for await (const chunk of wire.socket as AsyncIterable<Buffer>) {
        const steps = Math.floor((taken + chunk.length) / STEP) - Math.floor(taken / STEP)
        taken += chunk.length
        vi.advanceTimersByTime(steps * 4_000)
        // What the systems hold by now is on its way, and its scrape may have ended.
        if (steps > 0 && taken < MEGABYTES * 500_000) refused.push((await small(running.url))?.status)
        if (taken > MEGABYTES * 1_000_000) break
      }
      expect(taken).toBeGreaterThan(MEGABYTES * 1_000_000)
      expect(new Set(refused)).toEqual(new Set([503]))
    } finally {
      vi.useRealTimers()
    }
  })
})

/** What comes until the connection has ended. */
async function bytesOf({ socket }: Wire): Promise<number> {
  let bytes = 0
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) bytes += chunk.length
  } catch {
    // Reset by the other side: that is an end as well.
  }
  return bytes
}
