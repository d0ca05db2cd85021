/** What goes through something on its way to its client: the guard's views are it. */
import { createServer } from 'node:http'
import { createRegistry, type HandlerOptions, type Registry } from '@postern/metrics'
import { connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'

const upperCase: HandlerOptions['transform'] = () => ({
  write: (chunk) => Buffer.from(Buffer.from(chunk).toString('latin1').toUpperCase(), 'latin1'),
  end: () => Buffer.from('# END\n'),
})

function fill(series: number): Registry {
  const registry = createRegistry()
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] })
  for (let i = 0; i < series; i += 1) counter.inc({ i })
  return registry
}

const start = (registry: Registry, options: (plain: boolean) => HandlerOptions) =>
  startServer(createServer((request, response) => void registry.handle(request, response, options(request.url === '/plain'))))

describe('a transformed scrape', () => {
  test.each(['identity', 'gzip'])('is transformed and then compressed, beside one that is not: %s', async (coding) => {
    const registry = fill(5000)
    await using server = await start(registry, (plain) => (plain ? {} : { transform: upperCase }))
    const read = async (path: string) => {
      const response = await fetch(`${server.url}${path}`, { headers: { 'accept-encoding': coding } })
      return [response.headers.get('content-encoding'), response.headers.get('vary'), await response.text()]
    }
    const { body } = await registry.render()
    const header = coding === 'identity' ? null : coding
    for (const _ of [1, 2]) {
      expect(await Promise.all([read('/plain'), read('/'), read('/')])).toEqual([
        [header, 'Accept, Accept-Encoding', body],
        [header, 'Accept, Accept-Encoding', `${body.toUpperCase()}# END\n`],
        [header, 'Accept, Accept-Encoding', `${body.toUpperCase()}# END\n`],
      ])
    }
  })

  test('may hand on the bytes that it was given, which are rendered again for the next', async () => {
    const registry = fill(3000)
    await using server = await start(registry, () => ({ transform: () => ({ write: (chunk) => chunk, end: () => new Uint8Array(0) }) }))
    for (const _ of [1, 2, 3]) {
      registry.getOrCreate.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] }).inc({ i: 7 })
      expect(await (await fetch(server.url)).text()).toBe((await registry.render()).body)
    }
  })

  test('is asked for in another format than the client asked for', async () => {
    const types: string[] = []
    const accept = 'application/openmetrics-text;version=1.0.0'
    await using server = await start(fill(1), () => ({
      accept,
      transform: (contentType) => {
        types.push(contentType)
        return upperCase?.(contentType)
      },
    }))
    const response = await fetch(server.url, { headers: { accept: 'text/plain' } })
    expect([await response.text(), types]).toEqual([expect.stringContaining('# EOF\n# END\n'), [response.headers.get('content-type')]])
  })

  test('without a transform for its format is 406, and gives its place back', async () => {
    const registry = createRegistry({ maxScrapesInFlight: 1 })
    await using server = await start(registry, (plain) => (plain ? {} : { transform: () => undefined }))
    for (const _ of [1, 2]) {
      const response = await fetch(server.url)
      expect([response.status, await response.text()]).toEqual([406, 'Not Acceptable\n'])
    }
    expect((await fetch(`${server.url}/plain`)).status).toBe(200)
  })

  test('is broken off where the transform fails', async () => {
    const errors: unknown[] = []
    const transform = () => {
      let chunks = 0
      return {
        write(chunk: Uint8Array) {
          chunks += 1
          if (chunks === 3) throw new Error('the transform')
          return chunk
        },
        end: () => new Uint8Array(0),
      }
    }
    await using server = await start(fill(20_000), () => ({ transform, onError: (error) => errors.push(String(error)) }))
    await using wire = await connect(server.url)
    const response = await wire.ask(requestText('/'))
    expect([response?.status, response?.complete, errors]).toEqual([200, false, ['Error: the transform']])
  })

  test('is sent away like others when there are too many, and loses its place like them', async () => {
    const registry = createRegistry({ maxScrapesInFlight: 1, maxScrapeStallMilliseconds: 1 })
    const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['i'] })
    for (let i = 0; i < 200_000; i += 1) counter.inc({ i })
    await using server = await start(registry, () => ({ transform: upperCase }))
    await using slow = await connect(server.url)
    slow.socket.pause()
    slow.send(requestText('/'))
    // Asks until the stalled one has given way, which takes as many scrapes as it takes its socket to fill.
    let status = 503
    for (let tries = 0; status === 503 && tries < 500; tries += 1) {
      const response = await fetch(server.url)
      status = response.status
      await response.body?.cancel()
    }
    expect(status).toBe(200)
  })
})
