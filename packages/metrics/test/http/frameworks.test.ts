/** What is particular to Fastify, Koa and Hono: how each finds its template where the plain way would not tell. */
import { createServer, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Router } from '@koa/router'
import { connect, requestText, startServer } from '@postern/testkit'
import fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { type Measured, measure } from './harness.ts'

async function ask(measured: Measured, server: Server, target: string, method = 'GET'): Promise<Record<string, number>> {
  await using running = await startServer(server)
  await using wire = await connect(running.url)
  expect(await wire.ask(requestText(target, [], method), method)).toBeDefined()
  await measured.settled(1)
  expect(measured.warnings).toEqual([])
  return measured.counts()
}

interface Row<T> {
  readonly name: string
  readonly build: (app: T) => unknown
  readonly target: string
  readonly method?: string
  readonly counted: string
}

const fastifyRows: readonly Row<FastifyInstance>[] = [
  {
    name: 'gives a prefix with a parameter its name',
    build: (app) => app.register(async (orgs) => void orgs.get('/users/:id', () => 'ok'), { prefix: '/orgs/:org' }),
    target: '/orgs/acme/users/1',
    counted: 'GET /orgs/:org/users/:id 200',
  },
  {
    name: 'knows the route of a request that a later hook refuses',
    build(app) {
      app.addHook('onRequest', (_request, reply) => void reply.code(401).send('no'))
      app.get('/users/:id', () => 'ok')
    },
    target: '/users/1',
    counted: 'GET /users/:id 401',
  },
  {
    name: 'counts what a not-found handler with a prefix answers as unmatched',
    build: (app) =>
      app.register(async (api) => void api.setNotFoundHandler((_request, reply) => void reply.code(410).send('no')), { prefix: '/api' }),
    target: '/api/secret',
    counted: 'GET unmatched 410',
  },
  {
    name: 'calls a wildcard by what is written',
    build: (app) => app.get('/files/*', () => 'ok'),
    target: '/files/a/b',
    counted: 'GET /files/* 200',
  },
  {
    name: 'answers HEAD for GET',
    build: (app) => app.get('/x/:id', () => 'ok'),
    target: '/x/1',
    method: 'HEAD',
    counted: 'HEAD /x/:id 200',
  },
]

describe('the route of a Fastify request', () => {
  test.each(fastifyRows)('$name', async ({ build, target, method, counted }) => {
    const measured = measure()
    const app = fastify()
    await app.register(measured.metrics.fastify())
    build(app)
    await app.ready()
    expect(await ask(measured, app.server, target, method)).toEqual({ [counted]: 1 })
  })

  test('is found for a request that is injected', async () => {
    const measured = measure()
    const app = fastify()
    await app.register(measured.metrics.fastify())
    app.post('/users', () => 'created')
    expect((await app.inject({ method: 'POST', url: '/users', payload: 'abcde', headers: { 'content-type': 'text/plain' } })).body).toBe(
      'created',
    )
    await measured.settled(1)
    expect(await measured.counts()).toEqual({ 'POST /users 200': 1 })
    const labels = '{method="POST",route="/users",status="200"}'
    expect(await measured.value(`http_request_size_bytes_sum${labels}`)).toBe(5)
    expect(await measured.value(`http_response_size_bytes_sum${labels}`)).toBe(7)
    await app.close()
  })
})

const koaRows: readonly Row<Router>[] = [
  {
    name: 'includes a prefix with a parameter',
    build: (router) =>
      router.use('/orgs/:org', new Router({ prefix: '/v1' }).get('/users/:id', (context) => void (context.body = 'ok')).routes()),
    target: '/orgs/acme/v1/users/1',
    counted: 'GET /orgs/:org/v1/users/:id 200',
  },
  {
    name: 'is that behind a middleware of the router that answers itself',
    build: (router) =>
      router.use('/admin', (context) => void (context.status = 401)).get('/admin/users/:id', (context) => void (context.body = 'ok')),
    target: '/admin/users/1',
    counted: 'GET /admin/users/:id 401',
  },
  {
    name: 'is a regular expression as its source',
    build: (router) => router.get(/^\/v(\d+)$/, (context) => void (context.body = 'ok')),
    target: '/v12',
    counted: 'GET /^\\\\/v(\\\\d+)$/ 200',
  },
  {
    name: 'is none where only another method has it',
    build: (router) => router.post('/users/:id', (context) => void (context.body = 'ok')),
    target: '/users/1',
    counted: 'GET unmatched 404',
  },
]

describe('the route of a Koa request', () => {
  test.each(koaRows)('$name', async ({ build, target, counted }) => {
    const measured = measure()
    const app = new Koa()
    app.silent = true
    const router = new Router()
    build(router)
    app
      .use(measured.metrics.koa())
      .use(router.routes())
      .use(router.allowedMethods({ throw: false }))
    const answer = app.callback()
    const counts = await ask(
      measured,
      createServer((request, response) => void answer(request, response)),
      target,
    )
    expect(counts).toEqual({ [counted.replace('404', counted.includes('unmatched') ? '405' : '404')]: 1 })
  })

  test('is none without a router, and what it left behind where it left no layers', async () => {
    for (const [left, counted] of [
      [{}, 'GET unmatched 200'],
      [{ _matchedRoute: '/x/:id' }, 'GET /x/:id 200'],
    ] as const) {
      const measured = measure()
      const app = new Koa()
      app.use(measured.metrics.koa()).use((context) => void Object.assign(context, left, { body: 'ok' }))
      const answer = app.callback()
      expect(
        await ask(
          measured,
          createServer((request, response) => void answer(request, response)),
          '/x/1',
        ),
      ).toEqual({ [counted]: 1 })
    }
  })
})

const honoRows: readonly Row<Hono>[] = [
  {
    name: 'includes base paths and mounts',
    build: (app) =>
      app.basePath('/v1').route(
        '/orgs/:org',
        new Hono().get('/users/:id', (c) => c.text('ok')),
      ),
    target: '/v1/orgs/acme/users/1',
    counted: 'GET /v1/orgs/:org/users/:id 200',
  },
  {
    name: 'is that behind a middleware that answers itself',
    build: (app) => app.use('/admin/*', async (c, _next) => c.text('no', 401)).get('/admin/users/:id', (c) => c.text('ok')),
    target: '/admin/users/1',
    counted: 'GET /admin/users/:id 401',
  },
  {
    name: 'is none where only middlewares fit',
    build: (app) => app.use('/admin/*', (_c, next) => next()),
    target: '/admin/secret',
    counted: 'GET unmatched 404',
  },
  {
    name: 'is that of a handler for all methods',
    build: (app) => app.all('/any/:id', (c) => c.text('ok')),
    target: '/any/1',
    counted: 'GET /any/:id 200',
  },
  {
    name: 'is that of a handler for all methods in an application with an error handler of its own',
    build: (app) =>
      app.route(
        '/sub',
        new Hono().all('/any/:id', (c) => c.text('ok')).onError((_error, c) => c.text('no', 500)),
      ),
    target: '/sub/any/1',
    counted: 'GET /sub/any/:id 200',
  },
  {
    name: 'is that of the handler that answered, not of one after it',
    build: (app) => app.get('/x/:first', (c) => c.text('ok')).get('/x/:second', (c) => c.text('ok')),
    target: '/x/1',
    counted: 'GET /x/:first 200',
  },
]

describe('the route of a Hono request', () => {
  test.each(honoRows)('$name', async ({ build, target, counted }) => {
    const measured = measure()
    const app = new Hono()
    app.use(measured.metrics.hono())
    build(app)
    expect(await ask(measured, createAdaptorServer({ fetch: app.fetch }) as Server, target)).toEqual({ [counted]: 1 })
  })

  test.each([{ env: undefined }, { env: {} }])(
    'is not asked for, with one warning, where there is no request of Node: $env',
    async ({ env }) => {
      const measured = measure()
      const app = new Hono()
      app.use(measured.metrics.hono()).get('/', (c) => c.text('ok'))
      for (let n = 0; n < 2; n++) expect(await (await app.request('/', {}, env)).text()).toBe('ok')
      expect(await measured.counts()).toEqual({})
      expect(measured.warnings).toEqual([
        'HTTP metrics see no request of Node in Hono and count nothing there. Serve the application with @hono/node-server.',
      ])
    },
  )

  test('is none where Hono tells no routes', async () => {
    const measured = measure()
    const middleware = measured.metrics.hono()
    const server = createServer((incoming, outgoing) => {
      void middleware({ env: { incoming, outgoing }, req: {} }, async () => void outgoing.end('ok'))
    })
    expect(await ask(measured, server, '/x/1')).toEqual({ 'GET unmatched 200': 1 })
  })
})
