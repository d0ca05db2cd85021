/** SECURITY case 63, over HTTP: whatever a client asks for, it gets what its view shows, or nothing. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { createAdaptorServer } from '@hono/node-server'
import { createGuard, type ExpositionSource, type Guard, type GuardEvent } from '@postern/guard'
import { createMetricsHandler as createExpressHandler, createGuardMiddleware } from '@postern/guard/express'
import { createMetricsHandler as createFastifyHandler, createGuardHook } from '@postern/guard/fastify'
import { createMetricsHandler as createHonoHandler, createGuardMiddleware as createHonoMiddleware } from '@postern/guard/hono'
import { createMetricsHandler as createKoaHandler, createGuardMiddleware as createKoaMiddleware } from '@postern/guard/koa'
import { PosternGuard } from '@postern/guard/nest'
import { createMetricsHandler } from '@postern/guard/node'
import { serveMetrics } from '@postern/guard/server'
import { createRegistry, type Registry } from '@postern/metrics'
import { connect, type RawResponse, requestText, startServer } from '@postern/testkit'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { Counter, Registry as PromClientRegistry } from 'prom-client'
import { describe, expect, test, vi } from 'vitest'
import { KEY, OPENMETRICS, TEXT } from './support.ts'

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

function setUp(source: ExpositionSource) {
  const events: GuardEvent[] = []
  const errors: unknown[] = []
  const guard = createGuard(
    {
      credentials: 'none',
      rules: [{ name: 'team', paths: ['/metrics'], credentials: 'none', view: 'shop-team' }],
      views: [
        {
          name: 'shop-team',
          families: { deny: ['bank_*', 'bank.*'] },
          series: { deny: ['{team="bank"}'] },
          labels: { drop: ['customer'], hash: ['user'], hashKey: KEY },
          redact: { patterns: 'secrets', mode: 'redact' },
        },
      ],
    },
    { onEvent: (event) => events.push(event) },
  )
  const options = { onError: (error: unknown): unknown => errors.push(String(error)) }
  const views = (): unknown[] => events.filter(({ type }) => type === 'view')
  return { guard, options, errors, views, listener: createMetricsHandler(guard, source, options) }
}

async function ask(listener: RequestListener, lines: readonly string[] = [], method = 'GET'): Promise<RawResponse | undefined> {
  await using server = await startServer(createServer(listener))
  await using wire = await connect(server.url)
  return await wire.ask(requestText('/metrics', lines, method), method)
}

const koaListener = (app: Pick<Koa, 'callback'>): RequestListener => {
  const answer = app.callback()
  return (request, response) => void answer(request, response)
}

/** Every place where something hidden could slip through. */
function fill(registry: Registry): Registry {
  registry.counter({ name: 'bank_x_total', help: 'Hidden.' }).inc()
  registry.counter({ name: 'bank.utf', help: 'Hidden.' }).inc()
  const orders = registry.counter({
    name: 'shop_orders_total',
    help: 'Ask me@example.org',
    labelNames: ['customer', 'user', 'url', 'team'],
  })
  orders.inc({ customer: 'canary-1', user: 'canary "2"\n\\', url: 'https://u:canary-3@host', team: 'shop' })
  orders.inc({ customer: 'canary-4', user: 'x', url: '', team: 'bank' })
  const seconds = registry.histogram({ name: 'my.seconds', help: 'H.', labelNames: ['customer'], buckets: [1] })
  seconds.observeWithExemplar({ customer: 'canary-5' }, 0.5, { customer: 'canary-6', trace: 't' })
  return registry
}

describe('a view over HTTP (case 63)', () => {
  test.each([
    { accept: undefined, type: 'text/plain; version=0.0.4; charset=utf-8' },
    { accept: PROTOBUF, type: 'text/plain; version=0.0.4; charset=utf-8' },
    { accept: 'text/plain;version=1.0.0;escaping=allow-utf-8', type: 'text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8' },
    { accept: 'text/plain;version=1.0.0;escaping=values', type: 'text/plain; version=1.0.0; charset=utf-8; escaping=underscores' },
    { accept: 'application/openmetrics-text;version=0.0.1', type: 'application/openmetrics-text; version=0.0.1; charset=utf-8' },
    {
      accept: `${PROTOBUF};q=0.9,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6`,
      type: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    },
  ])('holds where $accept is asked for', async ({ accept, type }) => {
    const { listener, views, errors } = setUp(fill(createRegistry({ names: 'utf-8' })))
    const lines = accept === undefined ? [] : [`Accept: ${accept}`]
    const response = await ask(listener, lines)
    expect([response?.status, response?.all('content-type'), errors]).toEqual([200, [type], []])
    expect(response?.body).not.toMatch(/canary|bank|me@example|customer/)
    expect(response?.body).toMatch(/shop_orders_total\{user="[0-9a-f]{16}",url="<redacted>",team="shop"\} 1\n/)
    expect(response?.body).toMatch(/my.seconds_bucket|"my.seconds_bucket"/)
    expect(views()).toEqual([
      expect.objectContaining({
        type: 'view',
        view: 'shop-team',
        principal: 'anonymous',
        hiddenFamilies: 2,
        hiddenSeries: 3,
        redacted: 2,
        unreadable: 0,
      }),
    ])
    const names = await ask(listener, lines, 'HEAD')
    expect([names?.status, names?.body]).toEqual([200, ''])
  })

  test('holds in what is compressed', async () => {
    const { listener } = setUp(fill(createRegistry({ names: 'utf-8' })))
    await using server = await startServer(createServer(listener))
    const read = async (coding: string): Promise<(string | null)[]> => {
      const response = await fetch(`${server.url}/metrics`, { headers: { 'accept-encoding': coding } })
      return [response.headers.get('content-encoding'), await response.text()]
    }
    const [, plain] = await read('identity')
    expect(plain).not.toContain('canary')
    expect(await read('gzip')).toEqual(['gzip', plain])
  })

  const BODY = 'bank_x 1\nup{customer="canary"} 1\n'
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const byte of Buffer.from(BODY)) yield Uint8Array.of(byte)
  }
  test.each([
    { kind: 'text', body: () => BODY },
    { kind: 'bytes', body: () => Buffer.from(BODY) },
    { kind: 'pieces', body: pieces },
    { kind: 'a stream', body: () => Readable.from([Buffer.from(BODY)]) },
  ])('holds for what is rendered as $kind', async ({ body }) => {
    const accepts: unknown[] = []
    const { listener, views, errors } = setUp(({ accept }) => {
      accepts.push(accept)
      return { contentType: TEXT, body: body() }
    })
    const response = await ask(listener, [`Accept: ${PROTOBUF}`])
    expect([response?.status, response?.complete, response?.body, errors]).toEqual([200, true, 'up{} 1\n', []])
    expect(accepts).toEqual(['text/plain;version=0.0.4'])
    expect(views()).toMatchObject([{ hiddenFamilies: 1, hiddenSeries: 1 }])
  })

  test("holds for prom-client's registry", async () => {
    const registry = new PromClientRegistry()
    for (const name of ['bank_x_total', 'orders_total']) new Counter({ name, help: 'H.', registers: [registry] }).inc()
    expect((await ask(setUp(registry).listener))?.body).toBe('# HELP orders_total H.\n# TYPE orders_total counter\norders_total 1\n')
  })

  test.each([PROTOBUF, 'text/html', '', 'text/plain; charset=utf-16'])('is not served as %j', async (contentType) => {
    const stream = new Readable({ read: () => {} })
    const closed = once(stream, 'close')
    for (const body of ['canary 1\n', stream]) {
      const { listener, errors, views } = setUp(() => ({ contentType, body }))
      const response = await ask(listener)
      expect([response?.status, response?.body, views()]).toEqual([406, 'Not Acceptable\n', []])
      expect(errors).toEqual([
        `NotFilterable: The view "shop-team" cannot be served: ${JSON.stringify(contentType)} is no format that can be filtered.`,
      ])
    }
    await closed
  })

  test('is not served by a registry that answers by itself and filters nothing', async () => {
    const handle = vi.fn()
    const { listener, errors } = setUp({ handle })
    expect([(await ask(listener))?.status, handle.mock.calls, errors.length]).toEqual([406, [], 1])
  })

  test('is not served by a registry that has no format for it', async () => {
    const { listener, views } = setUp({
      transforms: true,
      handle(_request, response, { transform }) {
        response.writeHead(transform?.(PROTOBUF) === undefined ? 406 : 200).end()
      },
    })
    expect([(await ask(listener))?.status, views()]).toEqual([406, []])
  })

  test('breaks off what turns out to be none, and never ends it as if it were whole', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('up 1\n')
      for (;;) yield Buffer.alloc(65_536, 'x')
    }
    const streamed = setUp(() => ({ contentType: TEXT, body: endless() }))
    const broken = await ask(streamed.listener)
    expect([broken?.status, broken?.complete, broken?.body, streamed.views().length]).toEqual([200, false, 'up 1\n', 1])
    const whole = setUp(() => ({ contentType: OPENMETRICS, body: `up 1\n${'x'.repeat(1_100_000)}` }))
    expect([(await ask(whole.listener))?.status, whole.views().length]).toEqual([500, 1])
    expect(whole.errors[0]).toMatch(/^ViewFault: /)
  })

  test('closes a stream that HEAD asks for and nobody reads', async () => {
    const body = new Readable({ read: () => {} })
    const closed = once(body, 'close')
    const response = await ask(setUp(() => ({ contentType: TEXT, body })).listener, ['Connection: close'], 'HEAD')
    await closed
    expect([response?.status, body.destroyed]).toEqual([200, true])
  })
})

describe('other ways to serve', () => {
  const source: ExpositionSource = () => ({ contentType: TEXT, body: 'bank_x 1\nup 1\n' })

  const WAYS: readonly {
    readonly name: string
    readonly route: (guard: Guard, source: ExpositionSource) => Promise<Server>
    readonly before: (guard: Guard, behind: () => void) => Promise<Server>
  }[] = [
    {
      name: 'Express',
      route: async (guard, source) => createServer(express().get('/metrics', createExpressHandler(guard, source)) as RequestListener),
      before: async (guard, behind) => createServer(express().use('/metrics', createGuardMiddleware(guard), behind) as RequestListener),
    },
    {
      name: 'Fastify',
      async route(guard, source) {
        const app = fastify().get('/metrics', createFastifyHandler(guard, source))
        await app.ready()
        return app.server
      },
      async before(guard, behind) {
        const app = fastify().addHook('onRequest', createGuardHook(guard)).get('/metrics', behind)
        await app.ready()
        return app.server
      },
    },
    {
      name: 'Koa',
      route: async (guard, source) => createServer(koaListener(new Koa().use(createKoaHandler(guard, source)))),
      before: async (guard, behind) => createServer(koaListener(new Koa().use(createKoaMiddleware(guard)).use(behind))),
    },
    {
      name: 'Hono',
      route: async (guard, source) =>
        createAdaptorServer({ fetch: new Hono().get('/metrics', createHonoHandler(guard, source)).fetch }) as Server,
      before: async (guard, behind) =>
        createAdaptorServer({
          fetch: new Hono().use(createHonoMiddleware(guard)).get('/metrics', (context) => {
            behind()
            return context.text('')
          }).fetch,
        }) as Server,
    },
  ]

  describe.each(WAYS)('$name', ({ route, before }) => {
    test.each(['GET', 'HEAD'])('shows %s the view in a route', async (method) => {
      for (const shown of [source, fill(createRegistry({ names: 'utf-8' }))]) {
        const { guard, views } = setUp(source)
        await using server = await startServer(await route(guard, shown))
        await using wire = await connect(server.url)
        const response = await wire.ask(requestText('/metrics', [], method), method)
        expect(response?.status).toBe(200)
        if (method === 'GET') expect(response?.body).toMatch(/^up 1$|^shop_orders_total/m)
        expect(response?.body).not.toMatch(/bank|canary/)
        expect(views().length).toBe(1)
      }
    })

    test('lets nobody who has a view past a middleware', async () => {
      const { guard } = setUp(source)
      const behind = vi.fn()
      await using server = await startServer(await before(guard, behind))
      await using wire = await connect(server.url)
      expect([(await wire.ask(requestText('/metrics')))?.status, behind.mock.calls]).toEqual([406, []])
    })
  })

  test('a guard of Nest lets nobody past who has a view', async () => {
    const { guard } = setUp(source)
    const passed = vi.fn()
    const listener: RequestListener = (request, response) => {
      Object.assign(request, { originalUrl: request.url })
      const http = { getRequest: () => request, getResponse: () => response }
      void new PosternGuard(guard).canActivate({ getType: () => 'http', switchToHttp: () => http }).then(passed)
    }
    expect([(await ask(listener))?.status, passed.mock.calls]).toEqual([406, []])
  })

  test('serveMetrics shows the view', async () => {
    const server = await serveMetrics({ registry: source, port: 0, guard: setUp(source).guard })
    expect(await (await fetch(server.url)).text()).toBe('up 1\n')
    await server.close()
  })
})
