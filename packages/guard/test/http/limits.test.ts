/** Limits over real connections: what a client sees, and that no place is lost however a scrape ends. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type Decision, type Guard } from '@postern/guard'
import { guardHandler } from '@postern/guard/http'
import { createMetricsHandler } from '@postern/guard/node'
import { basic, connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { callWhenOver } from '../../src/http/when-over.ts'

const RIGHT = `Authorization: ${basic('prom', 's3cret').authorization}`
const WRONG = `Authorization: ${basic('prom', 'guess').authorization}`
const EXPOSITION = { contentType: 'text/plain', body: 'up 1\n' }

test('a locked-out address is told 429 and when to come back, and another address 200 (adversarial case 13)', async () => {
  const guard = createGuard({
    credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 4) } }],
    limits: { lockout: { failures: 5, withinSeconds: 600, forSeconds: 120 } },
  })
  await using server = await startServer(createServer(createMetricsHandler(guard, () => EXPOSITION)))
  const ask = async (from: string, line: string): Promise<readonly unknown[]> => {
    await using wire = await connect(server.url, { from })
    const response = await wire.ask(requestText('/metrics', [line]))
    return [
      response?.status,
      response?.body,
      response?.all('retry-after'),
      response?.all('www-authenticate').length,
      response?.all('connection'),
    ]
  }
  for (let failure = 0; failure < 5; failure += 1) expect(await ask('127.0.0.1', WRONG)).toEqual([401, 'Unauthorized\n', [], 1, ['close']])
  const locked = [429, 'Too Many Requests\n', [expect.stringMatching(/^1(?:20|1\d)$/)], 0, ['close']]
  expect([await ask('127.0.0.1', WRONG), await ask('127.0.0.1', RIGHT)]).toEqual([locked, locked])
  expect(await ask('127.0.0.2', RIGHT)).toEqual([200, 'up 1\n', [], 0, ['keep-alive']])
})

/** A promise and what resolves it. */
function later<Value>(): { promise: Promise<Value>; resolve(value: Value): void } {
  let resolve = (_value: Value): void => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve: (value) => resolve(value) }
}

describe('a place among the scrapes in flight', () => {
  /** A guard that tells when places are given back. */
  function countingGuard(): { guard: Guard; open(): number; decided(): Promise<void>; hold(): () => void } {
    let open = 0
    let waiting: (() => void)[] = []
    let held: Promise<void> = Promise.resolve()
    const guard: Guard = {
      ...createGuard({ credentials: 'none' }),
      async decide(): Promise<Decision> {
        open += 1
        for (const resolve of waiting.splice(0)) resolve()
        await held
        let isOver = false
        return {
          allow: true,
          principal: { name: 'anonymous', credential: 'none' },
          rule: 'default',
          done() {
            if (!isOver) open -= 1
            isOver = true
          },
        }
      },
    }
    return {
      guard,
      open: () => open,
      decided: () => new Promise((resolve) => (waiting = [...waiting, resolve])),
      hold() {
        let release = (): void => {}
        held = new Promise((resolve) => {
          release = resolve
        })
        return release
      },
    }
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const emptied = async (counting: { open(): number }): Promise<void> => {
    for (let turn = 0; turn < 1_000 && counting.open() > 0; turn += 1) await settle()
    expect(counting.open()).toBe(0)
  }

  test('is given back when the answer has been read', async () => {
    const counting = countingGuard()
    await using server = await startServer(createServer(guardHandler(counting.guard, (_, response) => response.end('up 1\n'))))
    await using wire = await connect(server.url)
    for (let scrape = 0; scrape < 20; scrape += 1) expect((await wire.ask(requestText('/metrics')))?.status).toBe(200)
    await emptied(counting)
  })

  test('leaves nothing on a connection that is kept', async () => {
    const counting = countingGuard()
    const server = createServer(guardHandler(counting.guard, (_, response) => response.end('up 1\n')))
    const connected = once(server, 'connection')
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    const [socket] = await connected
    await wire.ask(requestText('/metrics'))
    await emptied(counting)
    const listeners = socket.listenerCount('close')
    for (let scrape = 0; scrape < 20; scrape += 1) await wire.ask(requestText('/metrics'))
    await emptied(counting)
    expect(socket.listenerCount('close')).toBe(listeners)
  })

  test.each([
    { name: 'the one that is being answered, and those that wait behind it', count: 3 },
    { name: 'the only one', count: 1 },
  ])('is given back when the connection is cut: $name', async ({ count }) => {
    const counting = countingGuard()
    const answering: ServerResponse[] = []
    const server = createServer(guardHandler(counting.guard, (_request: IncomingMessage, response) => void answering.push(response)))
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    wire.send(requestText('/metrics').repeat(count))
    for (let turn = 0; turn < 10_000 && answering.length < count; turn += 1) await settle()
    expect([answering.length, counting.open()]).toEqual([count, count])
    wire.socket.destroy()
    await emptied(counting)
  })

  test('is given back when the client left before it was decided', async () => {
    const counting = countingGuard()
    const release = counting.hold()
    const server = createServer(guardHandler(counting.guard, () => {}))
    const connected = once(server, 'connection')
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    const [socket] = await connected
    const decided = counting.decided()
    wire.send(requestText('/metrics'))
    await decided
    const closed = once(socket, 'close')
    wire.socket.destroy()
    await closed
    release()
    await emptied(counting)
  })

  describe('over HTTP/2', () => {
    const serve = async (listener: (request: IncomingMessage, response: ServerResponse) => void) => {
      const server = createHttp2Server(listener as never)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as { port: number }
      const client = connectHttp2(`http://127.0.0.1:${port}`)
      return {
        client,
        async [Symbol.asyncDispose]() {
          client.destroy()
          server.close()
          await once(server, 'close')
        },
      }
    }

    test('is given back when the answer has been read', async () => {
      const over = later<void>()
      await using running = await serve((request, response) => {
        callWhenOver(request, response, () => over.resolve())
        response.end('up 1\n')
      })
      running.client.request({ ':path': '/metrics' }).resume()
      await over.promise
    })

    test('is given back when the stream is reset, and when it had been before', async () => {
      const taken = later<[IncomingMessage, ServerResponse]>()
      const over = later<void>()
      await using running = await serve((request, response) => {
        callWhenOver(request, response, () => over.resolve())
        taken.resolve([request, response])
      })
      const stream = running.client.request({ ':path': '/metrics' }).on('error', () => {})
      const [request, response] = await taken.promise
      stream.close()
      await over.promise
      let calls = 0
      callWhenOver(request, response, () => {
        calls += 1
      })
      expect(calls).toBe(1)
    })
  })
})
