import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { createGuard, type Guard } from '@postern/guard'
import { createExpositionHandler } from '@postern/guard/http'
import { createMetricsHandler, guardHandler } from '@postern/guard/node'
import { connect, describeAdapter, requestText, startServer } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { expose, mountOver } from './mounts.ts'
import { describeSources, type SourceOptions } from './source.cases.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const open = createGuard({ credentials: 'none' })

const listenerOf = (guard: Guard): RequestListener => createMetricsHandler(guard, expose)
describeAdapter({ name: 'node:http', column: 'node:http', scheme: 'http', mount: mountOver('http', listenerOf) })
describeAdapter({ name: 'node:https', column: 'node:http', scheme: 'https', mount: mountOver('https', listenerOf) })

describeSources('node:http', (source, { onError }: SourceOptions) =>
  startServer(createServer(createMetricsHandler(open, source, { onError }))),
)

describe('a failing source', () => {
  test('is told to the process where nobody else is', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const failing = (): never => {
      throw new Error('the database is away')
    }
    await using server = await startServer(createServer(createMetricsHandler(open, failing)))
    await using wire = await connect(server.url)
    expect((await wire.ask(requestText('/metrics')))?.status).toBe(500)
    expect(emitWarning.mock.calls).toEqual([['A metrics source failed: Error: the database is away', 'PosternWarning']])
  })
})

describe('the guard before a listener', () => {
  const fault = (): Promise<never> => Promise.reject(new Error('canary fault'))
  const broken: Guard = { ...open, decide: fault }

  test('answers 500 when it fails itself, and the listener hears nothing', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const listener = vi.fn()
    await using server = await startServer(createServer(guardHandler(broken, listener)))
    await using wire = await connect(server.url)
    const response = await wire.ask(requestText('/metrics'))
    expect([response?.status, response?.body, listener.mock.calls.length]).toEqual([500, 'Internal Server Error\n', 0])
    expect(emitWarning.mock.calls).toEqual([['The guard failed: Error: canary fault', 'PosternWarning']])
  })

  test('leaves an answer alone that something else gave meanwhile', async () => {
    const decided = new EventTarget()
    const slow: Guard = {
      ...open,
      async decide() {
        await once(decided, 'decided')
        return { allow: false, status: 401, reason: 'no_credentials', challenges: ['Basic'] }
      },
    }
    const guarded = guardHandler(slow, () => {})
    const server = createServer((request, response) => {
      guarded(request, response)
      response.writeHead(503).end('too slow')
      decided.dispatchEvent(new Event('decided'))
    })
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    const first = await wire.ask(requestText('/metrics'))
    const second = await wire.ask(requestText('/metrics'))
    expect([first?.status, first?.body, second?.status]).toEqual([503, 'too slow', 503])
  })

  test.each(['GET', 'POST'])('has nothing serve what was allowed too late: %s', async (method) => {
    const decided = new EventTarget()
    const slow: Guard = {
      ...open,
      async decide(facts) {
        await once(decided, 'decided')
        return open.decide(facts)
      },
    }
    const behind = vi.fn()
    const guarded = guardHandler(slow, behind)
    const server = createServer((request, response) => {
      guarded(request, response)
      response.writeHead(503).end('too slow')
      decided.dispatchEvent(new Event('decided'))
    })
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    const first = await wire.ask(requestText('/metrics', [], method), method)
    const second = await wire.ask(requestText('/metrics', [], method), method)
    expect([first?.body, second?.body, behind.mock.calls]).toEqual(['too slow', 'too slow', []])
  })

  test('judges a peer of a unix socket by its missing address', async () => {
    const guard = createGuard({ credentials: 'none', addresses: { deny: ['10.0.0.0/8'] } })
    const server = createServer(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: 'up 1\n' })))
    server.on('connection', (socket: Socket) => Object.defineProperty(socket, 'remoteAddress', { value: undefined }))
    await using running = await startServer(server)
    await using wire = await connect(running.url)
    expect((await wire.ask(requestText('/metrics')))?.status).toBe(403)
  })
})

test('an unguarded exposition answers everyone', async () => {
  await using server = await startServer(createServer(createExpositionHandler(() => ({ contentType: 'text/plain', body: 'up 1\n' }))))
  await using wire = await connect(server.url)
  expect((await wire.ask(requestText('/any')))?.body).toBe('up 1\n')
})

test('a source that cannot be served is refused before a server starts', () => {
  expect(() => createMetricsHandler(open, {} as never)).toThrow(TypeError)
})
