import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { hashSync } from '@node-rs/bcrypt'
import { createGuard, type Guard, type GuardEvent } from '@postern/guard'
import { createGuardMiddleware, createMetricsHandler } from '@postern/guard/express'
import { createExpositionHandler } from '@postern/guard/http'
import { basic, connect, describeAdapter, requestText, startServer } from '@postern/testkit'
import express, { Router } from 'express'
import { describe, expect, test, vi } from 'vitest'
import { expose, mountOver } from './mounts.ts'
import { describeSources } from './source.cases.ts'

const open = createGuard({ credentials: 'none' })

const byRoute = (guard: Guard): RequestListener => express().get('/metrics', createMetricsHandler(guard, expose)) as RequestListener
const serveAll = createExpositionHandler(expose)
const byMiddleware = (guard: Guard): RequestListener =>
  express().use('/metrics', createGuardMiddleware(guard), (request, response) => serveAll(request, response)) as RequestListener
describeAdapter({ name: 'a route of Express', column: 'Express', scheme: 'http', hasRouter: true, mount: mountOver('http', byRoute) })
describeAdapter({
  name: 'a middleware of Express',
  column: 'Express',
  scheme: 'http',
  hasRouter: true,
  mount: mountOver('http', byMiddleware),
})
describeAdapter({
  name: 'a route of Express over TLS',
  column: 'Express',
  scheme: 'https',
  hasRouter: true,
  mount: mountOver('https', byRoute),
})
const serverOf = (app: unknown): ReturnType<typeof createServer> => createServer(app as RequestListener)

describeSources('Express', (source, { onError }) =>
  startServer(serverOf(express().get('/metrics', createMetricsHandler(open, source, { onError })))),
)

describe('mounted under a prefix', () => {
  test('judges and tells the target as it was sent', async () => {
    const events: GuardEvent[] = []
    const guard = createGuard(
      { credentials: [{ type: 'basic', users: { prom: hashSync('s3cret', 4) } }] },
      { onEvent: (event) => events.push(event) },
    )
    const router = Router().use(
      '/metrics',
      createGuardMiddleware(guard),
      (request: IncomingMessage, response: ServerResponse) => void response.end(`behind at ${request.url}`),
    )
    await using server = await startServer(serverOf(express().use('/internal', router)))
    const line = `Authorization: ${basic('prom', 's3cret').authorization}`
    const bodies = []
    for (const [target, lines] of [
      ['/internal/metrics', []],
      ['/internal/metrics', [line]],
      ['/internal/metrics/a?b', [line]],
      ['/internal/metrics/%61', [line]],
    ] as const) {
      await using wire = await connect(server.url)
      bodies.push((await wire.ask(requestText(target, lines)))?.body)
    }
    expect(bodies).toEqual(['Unauthorized\n', 'behind at /', 'behind at /a?b', 'Bad Request\n'])
    expect(events.map((event) => event.type === 'decision' && event.path)).toEqual([
      '/internal/metrics',
      '/internal/metrics',
      '/internal/metrics/a',
      undefined,
    ])
  })

  test('lets nothing behind it hear of a denied request', async () => {
    const behind = vi.fn()
    const guard = createGuard({ credentials: 'none', addresses: { deny: ['127.0.0.0/8'] } })
    await using server = await startServer(serverOf(express().use('/metrics', createGuardMiddleware(guard), behind)))
    await using wire = await connect(server.url)
    expect([(await wire.ask(requestText('/metrics')))?.status, behind.mock.calls.length]).toEqual([403, 0])
  })
})

test('a source that cannot be served is refused before a server starts', () => {
  expect(() => createMetricsHandler(open, {} as never)).toThrow(TypeError)
})
