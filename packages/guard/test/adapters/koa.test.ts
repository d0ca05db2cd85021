import { createServer, type RequestListener } from 'node:http'
import { Router } from '@koa/router'
import { createGuard, type Guard } from '@postern/guard'
import { createExpositionHandler } from '@postern/guard/http'
import { createGuardMiddleware, createMetricsHandler } from '@postern/guard/koa'
import { connect, describeAdapter, requestText, startServer } from '@postern/testkit'
import Koa from 'koa'
import { describe, expect, test, vi } from 'vitest'
import { type DecisionOf, decisionsOf, guarded } from './guarded.ts'
import { expose, mountOver } from './mounts.ts'
import { describeSources } from './source.cases.ts'

const open = createGuard({ credentials: 'none' })

const listenerOf = (app: Pick<Koa, 'silent' | 'callback'>): RequestListener => {
  app.silent = true
  const answer = app.callback()
  return (request, response) => void answer(request, response)
}
const byRoute = (guard: Guard): RequestListener =>
  listenerOf(new Koa().use(new Router().get('/metrics', createMetricsHandler(guard, expose)).routes()))
const byMiddleware = (guard: Guard): RequestListener => {
  const serve = createExpositionHandler(expose)
  return listenerOf(
    new Koa().use(createGuardMiddleware(guard)).use((context) => {
      context.respond = false
      serve(context.req, context.res)
    }),
  )
}
describeAdapter({ name: 'a route of Koa', column: 'Koa', scheme: 'http', hasRouter: true, mount: mountOver('http', byRoute) })
describeAdapter({ name: 'a middleware of Koa', column: 'Koa', scheme: 'http', mount: mountOver('http', byMiddleware) })
describeAdapter({ name: 'a route of Koa over TLS', column: 'Koa', scheme: 'https', hasRouter: true, mount: mountOver('https', byRoute) })

describeSources('Koa', (source, { onError }) =>
  startServer(createServer(listenerOf(new Koa().use(createMetricsHandler(open, source, { onError }))))),
)

describe('mounted under a prefix', () => {
  /** What koa-mount does: the application behind sees a path without its prefix. */
  const under =
    (prefix: string, middleware: Koa.Middleware): Koa.Middleware =>
    (context, next) => {
      context.path = context.path.slice(prefix.length)
      return middleware(context, next)
    }

  test('judges and tells the target as it was sent', async () => {
    const { guard, line, decisions } = guarded()
    const app = new Koa().use(under('/internal', createGuardMiddleware(guard))).use((context) => {
      context.body = `behind at ${context.url}`
    })
    await using server = await startServer(createServer(listenerOf(app)))
    const bodies = []
    for (const [target, lines] of [
      ['/internal/metrics', []],
      ['/internal/metrics?a', [line]],
      ['/internal/%6detrics', [line]],
    ] as const) {
      await using wire = await connect(server.url)
      bodies.push((await wire.ask(requestText(target, lines)))?.body)
    }
    expect(bodies).toEqual(['Unauthorized\n', 'behind at /metrics?a', 'Bad Request\n'])
    expect(decisionsOf(decisions)).toEqual<DecisionOf[]>([
      ['no_credentials', '/internal/metrics'],
      [true, '/internal/metrics'],
      ['malformed_request', undefined],
    ])
  })
})

describe('between other middlewares', () => {
  test('is over before they go on, and nothing they say then changes the answer', async () => {
    const { guard, line } = guarded()
    const seen: unknown[] = []
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a 1\n')
      yield Buffer.from('b 2\n')
    }
    const app = new Koa().use(async (context, next) => {
      await next()
      seen.push([context.status, context.res.writableFinished])
      context.status = 404
      context.body = { found: false }
    })
    app.use(createMetricsHandler(guard, () => ({ contentType: 'text/plain', body: pieces() })))
    await using server = await startServer(createServer(listenerOf(app)))
    await using wire = await connect(server.url)
    const answers = [await wire.ask(requestText('/metrics', [line])), await wire.ask(requestText('/metrics'))]
    expect(answers.map((answer) => [answer?.status, answer?.body])).toEqual([
      [200, 'a 1\nb 2\n'],
      [401, 'Unauthorized\n'],
    ])
    expect(seen).toEqual([
      [200, true],
      [401, true],
    ])
  })

  test('lets nothing behind it hear of a denied request', async () => {
    const behind = vi.fn()
    await using server = await startServer(createServer(listenerOf(new Koa().use(createGuardMiddleware(guarded().guard)).use(behind))))
    await using wire = await connect(server.url)
    expect([(await wire.ask(requestText('/metrics')))?.status, behind.mock.calls.length]).toEqual([401, 0])
  })
})

test('a source that cannot be served is refused before a server starts', () => {
  expect(() => createMetricsHandler(open, {} as never)).toThrow(TypeError)
})
