import type { Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { createGuard, type Guard } from '@postern/guard'
import { createGuardMiddleware, createMetricsHandler } from '@postern/guard/hono'
import { connect, describeAdapter, EXPOSITION, requestText, startServer } from '@postern/testkit'
import { Hono } from 'hono'
import { describe, expect, test, vi } from 'vitest'
import { type DecisionOf, decisionsOf, guarded } from './guarded.ts'
import { expose, mountServer, type Tls } from './mounts.ts'
import { describeSources } from './source.cases.ts'

const open = createGuard({ credentials: 'none' })

const serverOf = ({ fetch }: { fetch: Parameters<typeof createAdaptorServer>[0]['fetch'] }, options: object = {}): Server =>
  createAdaptorServer({ fetch, ...options }) as Server
const overTls = (tls: Tls): object => (tls === undefined ? {} : { createServer: createHttpsServer, serverOptions: tls })
const byRoute = (guard: Guard, tls: Tls): Server => serverOf(new Hono().get('/metrics', createMetricsHandler(guard, expose)), overTls(tls))
const byMiddleware = (guard: Guard, tls: Tls): Server =>
  serverOf(new Hono().use(createGuardMiddleware(guard)).all('/metrics', createMetricsHandler(open, expose)), overTls(tls))
describeAdapter({ name: 'a route of Hono', column: 'Hono', scheme: 'http', hasRouter: true, mount: mountServer('http', byRoute) })
describeAdapter({ name: 'a middleware of Hono', column: 'Hono', scheme: 'http', hasRouter: true, mount: mountServer('http', byMiddleware) })
describeAdapter({
  name: 'a route of Hono over TLS',
  column: 'Hono',
  scheme: 'https',
  hasRouter: true,
  mount: mountServer('https', byRoute),
})

describeSources('Hono', (source, { onError }) =>
  startServer(serverOf(new Hono().get('/metrics', createMetricsHandler(open, source, { onError })))),
)

describe('routed under a prefix', () => {
  test('judges and tells the target as it was sent', async () => {
    const { guard, line, decisions } = guarded()
    const inner = new Hono().get('/metrics', createMetricsHandler(guard, expose))
    await using server = await startServer(serverOf(new Hono().route('/internal', inner).mount('/mounted', inner.fetch)))
    const statuses = []
    for (const target of ['/internal/metrics', '/internal/metrics?a', '/internal/x/../metrics', '/mounted/metrics']) {
      await using wire = await connect(server.url)
      statuses.push((await wire.ask(requestText(target, [line])))?.status)
    }
    expect(statuses).toEqual([200, 200, 400, 200])
    expect(decisionsOf(decisions)).toEqual<DecisionOf[]>([
      [true, '/internal/metrics'],
      [true, '/internal/metrics'],
      ['malformed_request', undefined],
      [true, '/mounted/metrics'],
    ])
  })
})

describe.each([
  { globals: 'its own globals', overrideGlobalObjects: true },
  { globals: 'the globals of Node', overrideGlobalObjects: false },
])('between other middlewares, with $globals', ({ overrideGlobalObjects }) => {
  test('is over before they go on, tells them what was sent, and nothing they say changes it', async () => {
    const { guard, line } = guarded()
    const seen: unknown[] = []
    const failed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(async (c, next) => {
      c.header('X-Before', '1')
      void c.res
      await next()
      seen.push([c.res.status, c.env.outgoing.writableFinished])
      c.res.headers.set('X-After', '1')
    })
    app.get('/metrics', createMetricsHandler(guard, expose))
    await using server = await startServer(serverOf(app, { overrideGlobalObjects }))
    await using wire = await connect(server.url)
    const answers = [
      await wire.ask(requestText('/metrics', [line])),
      await wire.ask(requestText('/metrics', [line], 'HEAD'), 'HEAD'),
      await wire.ask(requestText('/metrics')),
    ]
    expect(answers.map((answer) => [answer?.status, answer?.body])).toEqual([
      [200, EXPOSITION],
      [200, ''],
      [401, 'Unauthorized\n'],
    ])
    expect(seen).toEqual([
      [200, true],
      [200, true],
      [401, true],
    ])
    expect(failed.mock.calls).toEqual([])
    failed.mockRestore()
  })

  test('lets nothing behind it hear of a denied request', async () => {
    const behind = vi.fn()
    const app = new Hono().use(createGuardMiddleware(guarded().guard)).all('/metrics', behind)
    await using server = await startServer(serverOf(app, { overrideGlobalObjects }))
    await using wire = await connect(server.url)
    expect([(await wire.ask(requestText('/metrics')))?.status, behind.mock.calls.length]).toEqual([401, 0])
  })
})

test.each([{ env: undefined }, { env: {} }])('lets nothing through where there is no request of Node: $env', async ({ env }) => {
  const behind = vi.fn()
  const messages: string[] = []
  const app = new Hono()
    .use('/guarded', createGuardMiddleware(open), behind)
    .get('/metrics', createMetricsHandler(open, behind))
    .onError((error, c) => {
      messages.push(error.message)
      return c.text('failed', 500)
    })
  const statuses = [(await app.request('/metrics', {}, env)).status, (await app.request('/guarded', {}, env)).status]
  expect([statuses, behind.mock.calls.length]).toEqual([[500, 500], 0])
  const message = 'The guard sees no request of Node in Hono, and lets nothing through. Serve the application with @hono/node-server.'
  expect(messages).toEqual([message, message])
})

test('a source that cannot be served is refused before a server starts', () => {
  expect(() => createMetricsHandler(open, {} as never)).toThrow(TypeError)
})
