/** Servers of Node: what reaches a listener and what does not, in HTTP/1.1 and HTTP/2. */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { connect, requestText, startServer } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { measure } from './harness.ts'

const hello = (_request: unknown, response: ServerResponse): void => void response.end('hello')

describe('a listener of node:http', () => {
  test('gets its arguments and its this, and gives back what it returns', async () => {
    const { metrics } = measure()
    const heard: unknown[] = []
    const listener = metrics.node(function (this: unknown, request: IncomingMessage, response: ServerResponse) {
      heard.push(this, request.url, response.req === request)
      response.end()
      return 'returned'
    })
    const server = createServer(function (this: unknown, request, response) {
      heard.push(Reflect.apply(listener, this, [request, response]))
    })
    await using running = await startServer(server)
    await fetch(`${running.url}/x`)
    expect(heard).toEqual([server, '/x', true, 'returned'])
  })

  test('throws what it throws, and its request is over when the connection is', async () => {
    const measured = measure()
    const listener = measured.metrics.node(() => {
      throw new Error('failed')
    })
    const server = createServer((request, response) => {
      expect(() => listener(request, response)).toThrow('failed')
      request.socket.destroy()
    })
    await using running = await startServer(server)
    await expect(fetch(running.url)).rejects.toThrow()
    await measured.settled(1)
    expect(await measured.counts()).toEqual({ 'GET unmatched aborted': 1 })
  })

  test('has its route asked for when the response is over, once', async () => {
    const measured = measure()
    const asked: unknown[] = []
    const routes = new WeakMap<object, string>()
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      routes.set(request, '/found')
      response.end()
    }
    const route = (request: IncomingMessage): string | undefined => {
      asked.push(request.url)
      return routes.get(request)
    }
    await using running = await startServer(createServer(measured.metrics.node(listener, { route })))
    await fetch(`${running.url}/x`)
    await measured.settled(1)
    expect([asked, await measured.counts()]).toEqual([['/x'], { 'GET /found 200': 1 }])
  })

  test('is counted when it comes to it after the client has left', async () => {
    const measured = measure()
    const watched = measured.metrics.node(hello)
    const { promise: done, resolve } = withResolvers()
    const server = createServer((request, response) => {
      response.on('close', () => {
        watched(request, response)
        resolve()
      })
      response.flushHeaders()
    })
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    wire.send(requestText('/'))
    await once(wire.socket, 'readable')
    wire.socket.destroy()
    await done
    await measured.settled(1)
    expect(await measured.counts()).toEqual({ 'GET unmatched aborted': 1 })
  })

  test('is counted when it comes to it after an answer', async () => {
    const measured = measure()
    const { promise: done, resolve } = withResolvers()
    const server = createServer((request, response) => {
      response.on('close', () => {
        measured.metrics.node(() => {})(request, response)
        resolve()
      })
      response.end('hello')
    })
    await using running = await startServer(server)
    await fetch(running.url)
    await done
    expect(await measured.counts()).toEqual({ 'GET unmatched 200': 1 })
  })

  test('is counted when its turn to answer will not come, because the connection is gone', async () => {
    const measured = measure()
    const { promise: done, resolve } = withResolvers()
    const queued: (() => void)[] = []
    const server = createServer((request, response) => {
      if (request.url === '/second') queued.push(() => measured.metrics.node(hello)(request, response))
      if (queued.length === 0) return
      request.socket.on('close', () => {
        for (const late of queued.splice(0)) late()
        resolve()
      })
      request.socket.destroy()
    })
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    wire.send(requestText('/first') + requestText('/second'))
    await done
    expect(await measured.counts()).toEqual({ 'GET unmatched aborted': 1 })
    expect(await measured.value('http_requests_in_flight')).toBe(0)
  })
})

describe('a server that is observed', () => {
  const observe = (listen: (server: Server) => void, route?: string): { server: Server; stop: () => void } & ReturnType<typeof measure> => {
    const measured = measure()
    const server = createServer()
    listen(server)
    const stop = measured.metrics.observe(server, route === undefined ? {} : { route: () => route })
    return { ...measured, server, stop }
  }

  test('counts for listeners that come later, and has no listener more', async () => {
    const { server, settled, counts } = observe(() => {}, '/any')
    expect(server.listenerCount('request')).toBe(0)
    server.on('request', hello)
    await using running = await startServer(server)
    await fetch(running.url)
    await settled(1)
    expect(await counts()).toEqual({ 'GET /any 200': 1 })
  })

  test('counts what waits to be told to go on once, who ever answers', async () => {
    const { server, settled, counts } = observe((server) => {
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        request.resume().on('end', () => response.end())
      })
      server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
        if (request.url === '/no') response.writeHead(413, { connection: 'close' }).end()
        else {
          response.writeContinue()
          server.emit('request', request, response)
        }
      })
      server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(417).end())
    })
    await using running = await startServer(server)
    for (const [target, expects, status] of [
      ['/yes', '100-continue', 200],
      ['/no', '100-continue', 413],
      ['/x', 'miracles', 417],
    ] as const) {
      await using wire = await connect(running.url)
      const lines = ['Content-Length: 5', `Expect: ${expects}`]
      expect((await wire.ask(`${requestText(target, lines, 'POST')}abcde`))?.status).toBe(status)
    }
    await settled(3)
    expect(await counts()).toEqual({ 'POST unmatched 200': 1, 'POST unmatched 413': 1, 'POST unmatched 417': 1 })
  })

  test('leaves connections alone that leave HTTP', async () => {
    const { server, counts, value } = observe((server) => {
      for (const event of ['upgrade', 'connect']) {
        server.on(event, (_request: unknown, socket: import('node:net').Socket) =>
          socket.end('HTTP/1.1 418 x\r\nContent-Length: 0\r\n\r\n'),
        )
      }
    })
    await using running = await startServer(server)
    for (const text of [requestText('/', ['Connection: Upgrade', 'Upgrade: x']), requestText('example.org:443', [], 'CONNECT')]) {
      await using wire = await connect(running.url)
      expect((await wire.ask(text))?.status).toBe(418)
      await wire.ended()
    }
    expect([await counts(), await value('http_requests_in_flight')]).toEqual([{}, 0])
  })

  test('counts nothing after the end of the watch, and is what it was', async () => {
    const { server, stop, counts } = observe((server) => server.on('request', hello))
    stop()
    stop()
    expect(Object.hasOwn(server, 'emit')).toBe(false)
    await using running = await startServer(server)
    await fetch(running.url)
    expect(await counts()).toEqual({})
  })

  test('keeps what others have put around it', () => {
    const { metrics } = measure()
    const emitter = new EventEmitter()
    const server = emitter as unknown as { emit: (...args: unknown[]) => boolean }
    const own = (): boolean => true
    server.emit = own
    const stop = metrics.observe(emitter)
    expect([server.emit === own, server.emit('nothing')]).toEqual([false, true])
    stop()
    expect(server.emit).toBe(own)

    const stopInner = metrics.observe(emitter)
    const watching = server.emit
    const outer = (...args: unknown[]): boolean => watching(...args)
    server.emit = outer
    stopInner()
    expect([server.emit === outer, server.emit('nothing')]).toEqual([true, true])
  })
})

describe('a server of HTTP/2', () => {
  type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

  async function serve(listener: Listener) {
    const measured = measure()
    const sessions = new Set<http2.ServerHttp2Session>()
    const server = http2.createServer(measured.metrics.node(listener, { route: () => '/any' }))
    server.on('session', (session) => sessions.add(session))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const close = async (): Promise<void> => {
      client.destroy()
      for (const session of sessions) session.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
    return { ...measured, client, [Symbol.asyncDispose]: close }
  }

  test('counts each stream with its own sizes', async () => {
    await using served = await serve((request, response) => {
      request.resume().on('end', () => {
        response.statusCode = 201
        response.write('four')
        response.end('five!')
      })
    })
    const post = served.client.request({ ':method': 'POST', ':path': '/x' })
    const get = served.client.request({ ':path': '/y' })
    post.end('abc')
    for (const stream of [post, get]) await once(stream.resume(), 'close')
    await served.settled(2)
    expect(await served.counts()).toEqual({ 'GET /any 201': 1, 'POST /any 201': 1 })
    expect(await served.value('http_request_size_bytes_sum{method="POST",route="/any",status="201"}')).toBe(3)
    expect(await served.value('http_request_size_bytes_sum{method="GET",route="/any",status="201"}')).toBe(0)
    expect(await served.value('http_response_size_bytes_sum{method="GET",route="/any",status="201"}')).toBe(9)
  })

  test('counts a stream that the client resets as aborted', async () => {
    const { promise: reached, resolve } = withResolvers()
    await using served = await serve((_request, response) => {
      response.write('first')
      resolve()
    })
    const stream = served.client.request({ ':path': '/x' })
    await reached
    stream.close(http2.constants.NGHTTP2_CANCEL)
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /any aborted': 1 })
  })

  test('counts a stream that the server resets as aborted', async () => {
    await using served = await serve((_request, response) => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR))
    const stream = served.client.request({ ':path': '/x' })
    await once(stream, 'error')
    await served.settled(1)
    expect(await served.counts()).toEqual({ 'GET /any aborted': 1 })
  })

  test('counts every stream of a session that dies', async () => {
    let running = 0
    const { promise: reached, resolve } = withResolvers()
    await using served = await serve(() => {
      running += 1
      if (running === 3) resolve()
    })
    for (let n = 0; n < 3; n++) served.client.request({ ':path': '/x' }).on('error', () => {})
    await reached
    served.client.destroy()
    await served.settled(3)
    expect(await served.counts()).toEqual({ 'GET /any aborted': 3 })
  })

  test('counts a stream that is gone when its listener comes to it', async () => {
    const measured = measure()
    const { promise: done, resolve } = withResolvers()
    await using served = await serve((request, response) => {
      response.on('close', () => {
        setImmediate(() => {
          measured.metrics.node(() => {})(request, response)
          resolve()
        })
      })
      response.end()
    })
    await once(served.client.request({ ':path': '/x' }).resume(), 'close')
    await done
    expect(await measured.value('http_requests_in_flight')).toBe(0)
    expect(await measured.counts()).toEqual({ 'GET unmatched 200': 1 })
  })
})

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((resolveIt) => {
    resolve = resolveIt
  })
  return { promise, resolve }
}
