import type { Server } from 'node:http'
import { createGuard, type Guard } from '@postern/guard'
import { createGuardHook, createMetricsHandler } from '@postern/guard/fastify'
import { createExpositionHandler } from '@postern/guard/http'
import { basic, connect, describeAdapter, requestText, startServer } from '@postern/testkit'
import fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { type DecisionOf, decisionsOf, guarded } from './guarded.ts'
import { expose, mountServer, type Tls } from './mounts.ts'
import { describeSources } from './source.cases.ts'

const open = createGuard({ credentials: 'none' })

/** Fastify's own server, with what it does to broken requests. */
const applicationOf = (tls: Tls): FastifyInstance => (tls === undefined ? fastify() : fastify({ https: tls }))
const serverOf = async (app: FastifyInstance): Promise<Server> => {
  await app.ready()
  return app.server
}
const byRoute = (guard: Guard, tls: Tls): Promise<Server> =>
  serverOf(applicationOf(tls).get('/metrics', createMetricsHandler(guard, expose)))
const byHook = (guard: Guard, tls: Tls): Promise<Server> => {
  const serve = createExpositionHandler(expose)
  const app = applicationOf(tls).addHook('onRequest', createGuardHook(guard)).addHttpMethod('PROPFIND')
  return serverOf(
    app.all('/metrics', async ({ raw }, reply) => {
      reply.hijack()
      serve(raw, reply.raw)
    }),
  )
}
describeAdapter({ name: 'a route of Fastify', column: 'Fastify', scheme: 'http', hasRouter: true, mount: mountServer('http', byRoute) })
describeAdapter({ name: 'a hook of Fastify', column: 'Fastify', scheme: 'http', hasRouter: true, mount: mountServer('http', byHook) })
describeAdapter({
  name: 'a route of Fastify over TLS',
  column: 'Fastify',
  scheme: 'https',
  hasRouter: true,
  mount: mountServer('https', byRoute),
})

describeSources('Fastify', async (source, { onError }) =>
  startServer(await serverOf(fastify().get('/metrics', createMetricsHandler(open, source, { onError })))),
)

describe('under a prefix', () => {
  test('judges and tells the target as it was sent, whatever was rewritten', async () => {
    const { guard, line, decisions } = guarded()
    const app = fastify({ rewriteUrl: (request) => (request.url ?? '').replace('/old/', '/internal/') })
    await app.register(async (scope) => void scope.get('/metrics', createMetricsHandler(guard, expose)), { prefix: '/internal' })
    await using server = await startServer(await serverOf(app))
    const statuses = []
    for (const target of ['/internal/metrics', '/old/metrics', '/internal/metrics?a', '/internal/%6detrics']) {
      await using wire = await connect(server.url)
      statuses.push((await wire.ask(requestText(target, [line])))?.status)
    }
    expect(statuses).toEqual([200, 200, 200, 400])
    expect(decisionsOf(decisions)).toEqual<DecisionOf[]>([
      [true, '/internal/metrics'],
      [true, '/old/metrics'],
      [true, '/internal/metrics'],
      ['malformed_request', undefined],
    ])
  })
})

describe('a hook of a plugin', () => {
  const build = async (guard: Guard, behind: () => unknown): Promise<FastifyInstance> => {
    const app = fastify()
    app.get('/open', () => 'open')
    await app.register(
      async (scope) => {
        scope.addHook('onRequest', createGuardHook(guard))
        scope.addContentTypeParser('text/special', { parseAs: 'string' }, (_request, _body, done) => done(null, behind()))
        scope.addHook('preParsing', async () => void behind())
        scope.get('/pprof', behind)
        scope.post('/reset', behind)
        await scope.register(async (inner) => void inner.get('/heap', behind), { prefix: '/inner' })
        scope.setNotFoundHandler((_request, reply) => void reply.code(404).send('none behind the guard'))
      },
      { prefix: '/debug' },
    )
    return app
  }

  test('stands before routes, inner plugins, their HEAD, bodies and what is not found, and before nothing else', async () => {
    const behind = vi.fn()
    const { guard } = guarded()
    await using server = await startServer(await serverOf(await build(guard, behind)))
    const seen = []
    for (const [method, target] of [
      ['GET', '/debug/pprof'],
      ['HEAD', '/debug/pprof'],
      ['GET', '/debug/inner/heap'],
      ['GET', '/debug/none'],
      ['GET', '/debug/pprof/'],
      ['POST', '/debug/reset'],
      ['GET', '/open'],
    ] as const) {
      await using wire = await connect(server.url)
      const lines = method === 'POST' ? ['Content-Type: text/special', 'Content-Length: 4'] : []
      seen.push((await wire.ask(requestText(target, lines, method), method))?.status)
    }
    expect([seen, behind.mock.calls.length]).toEqual([[401, 401, 401, 401, 401, 401, 200], 0])
  })

  test('hands what is allowed to Fastify as it is', async () => {
    const { guard, line } = guarded()
    await using server = await startServer(await serverOf(await build(guard, () => ({ ok: true }))))
    await using wire = await connect(server.url)
    const seen = [await wire.ask(requestText('/debug/pprof', [line])), await wire.ask(requestText('/debug/none', [line]))]
    expect(seen.map((answer) => [answer?.status, answer?.body])).toEqual([
      [200, '{"ok":true}'],
      [404, 'none behind the guard'],
    ])
  })

  test('lets no later hook answer for it', async () => {
    const { guard } = guarded()
    const later = vi.fn()
    const app = fastify().addHook('onRequest', createGuardHook(guard)).addHook('onRequest', later).addHook('onSend', later)
    app.get('/metrics', later)
    await using server = await startServer(await serverOf(app))
    await using wire = await connect(server.url)
    const answer = await wire.ask(requestText('/metrics', [`Authorization: ${basic('prom', 'guess').authorization}`]))
    expect([answer?.status, answer?.body, later.mock.calls.length]).toEqual([401, 'Unauthorized\n', 0])
  })
})

test('a source that cannot be served is refused before a server starts', () => {
  expect(() => createMetricsHandler(open, {} as never)).toThrow(TypeError)
})
