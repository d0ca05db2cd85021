/** Where Express keeps its templates: nested mounts, mounted applications, regular expressions, and ways out of a router. */
import { createServer } from 'node:http'
import { connect, requestText, startServer } from '@postern/testkit'
import express from 'express'
import { describe, expect, test } from 'vitest'
import { guessTemplate } from '../../src/http/adapters/express-route.ts'
import { type Measured, measure } from './harness.ts'

type Build = (app: express.Express, metrics: Measured['metrics']) => void

const ok: express.RequestHandler = (_request, response) => void response.send('ok')
const pass: express.RequestHandler = (_request, _response, next) => next()
const fail: express.RequestHandler = () => {
  throw new Error('failed')
}
const quiet: express.ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).send('failed')

function router(build: (router: express.Router) => void, options?: express.RouterOptions): express.Router {
  const made = express.Router(options)
  build(made)
  return made
}

async function ask(
  build: Build,
  targets: readonly string[],
  setUp: Build = (app, metrics) => void app.use(metrics.express()),
): Promise<Measured> {
  const measured = measure()
  const app = express()
  setUp(app, measured.metrics)
  build(app, measured.metrics)
  app.use(quiet)
  await using running = await startServer(createServer(app))
  await using wire = await connect(running.url)
  for (const target of targets) expect(await wire.ask(requestText(target))).toBeDefined()
  await measured.settled(targets.length)
  expect(measured.warnings).toEqual([])
  return measured
}

const CASES: readonly { readonly name: string; readonly build: Build; readonly target: string; readonly counted: string }[] = [
  {
    name: 'gives a mount with a parameter its name, not its value',
    build: (app) =>
      void app.use(
        '/orgs/:org',
        router((orgs) => void orgs.get('/users/:id', ok)),
      ),
    target: '/orgs/acme/users/42',
    counted: 'GET /orgs/:org/users/:id 200',
  },
  {
    name: 'joins the templates of routers in routers',
    build: (app) =>
      void app.use(
        '/a/:x',
        router(
          (a) =>
            void a.use(pass).use(
              '/b/:y',
              pass,
              router((b) => void b.get('/c/:z', ok), { mergeParams: true }),
            ),
        ),
      ),
    target: '/a/1/b/2/c/3',
    counted: 'GET /a/:x/b/:y/c/:z 200',
  },
  {
    name: 'joins the templates of applications in applications',
    build(app) {
      const shop = express()
      shop.get('/items/:id', ok)
      const api = express()
      api.use('/shop/:shop', shop)
      app.use('/api', api)
    },
    target: '/api/shop/7/items/9',
    counted: 'GET /api/shop/:shop/items/:id 200',
  },
  {
    name: 'follows a router that a closure calls',
    build(app) {
      const hidden = router((hidden) => void hidden.get('/users/:id', ok))
      app.use('/late', (request, response, next) => void hidden(request, response, next))
    },
    target: '/late/users/1',
    counted: 'GET /late/users/:id 200',
  },
  {
    name: 'forgets a mount that let the request go on',
    build: (app) => void app.use('/users/:id', pass).get('/users/:id/posts', ok),
    target: '/users/42/posts',
    counted: 'GET /users/:id/posts 200',
  },
  {
    name: 'forgets a router that let the request go on, for another at the same path',
    build: (app) =>
      void app
        .use(
          '/x/:a',
          router((none) => void none.get('/other', ok)),
        )
        .use(
          '/x/:b',
          router((one) => void one.get('/y', ok)),
        ),
    target: '/x/1/y',
    counted: 'GET /x/:b/y 200',
  },
  {
    name: 'keeps the whole template when a mounted handler fails',
    build: (app) =>
      void app.use(
        '/api/:v',
        router((api) => void api.get('/users/:id', fail)),
      ),
    target: '/api/1/users/42',
    counted: 'GET /api/:v/users/:id 500',
  },
  {
    name: 'counts what a mounted router does not know as unmatched',
    build: (app) =>
      void app.use(
        '/orgs/:org',
        router((orgs) => void orgs.get('/users', ok)),
      ),
    target: '/orgs/acme/nothing',
    counted: 'GET unmatched 404',
  },
  {
    name: 'counts what a middleware answers as unmatched',
    build: (app) => void app.use('/files', ok),
    target: '/files/secret',
    counted: 'GET unmatched 200',
  },
  {
    name: 'calls the root of a mounted router by its mount',
    build: (app) =>
      void app.use(
        '/api/',
        router((api) => void api.get('/', ok)),
      ),
    target: '/api/',
    counted: 'GET /api 200',
  },
  {
    name: 'names the one of several paths that fits',
    build: (app) => void app.get(['/a/:x', '/b/:y'], ok),
    target: '/b/1',
    counted: 'GET /b/:y 200',
  },
  {
    name: 'names the one of several mounts that fits',
    build: (app) =>
      void app.use(
        ['/a/:x', '/b/:y'],
        router((one) => void one.get('/', ok)),
      ),
    target: '/b/1',
    counted: 'GET /b/:y 200',
  },
  {
    name: 'writes a regular expression as its source',
    build: (app) => void app.get(/^\/v(\d+)$/, ok),
    target: '/v12',
    counted: 'GET /^\\\\/v(\\\\d+)$/ 200',
  },
  {
    name: 'writes a mount by regular expression as its source',
    build: (app) =>
      void app.use(
        /\/t\d+/,
        router((one) => void one.get('/x', ok)),
      ),
    target: '/t12/x',
    counted: 'GET /\\\\/t\\\\d+//x 200',
  },
  {
    name: 'keeps a wildcard as written',
    build: (app) => void app.get('/files/*rest', ok),
    target: '/files/a/b/c',
    counted: 'GET /files/*rest 200',
  },
  {
    name: 'does not mind what a handler does to the properties of the request',
    build: (app) =>
      void app.get('/mad/:id', (request, response) => {
        Object.assign(request, {
          baseUrl: 17,
          route: Object.defineProperty({}, 'path', {
            get() {
              throw new Error('failed')
            },
          }),
        })
        response.send('ok')
      }),
    target: '/mad/1',
    counted: 'GET unmatched 200',
  },
  {
    name: 'does not trust a mount that no router made',
    build: (app) =>
      void app
        .use((request, _response, next) => {
          request.baseUrl = 'secret'
          next()
        })
        .get('/x', ok),
    target: '/x',
    counted: 'GET /*/x 200',
  },
]

describe('the route of an Express request', () => {
  test.each(CASES)('$name', async ({ build, target, counted }) => {
    expect(await (await ask(build, [target])).counts()).toEqual({ [counted]: 1 })
  })

  test('is bounded in length', async () => {
    const long = `/${'a'.repeat(300)}`
    const counts = await (await ask((app) => void app.get(long, ok), [long])).counts()
    expect(counts).toEqual({ [`GET ${long.slice(0, 199)}… 200`]: 1 })
  })

  test.each([
    { name: 'the mount of its application', mount: '/api', target: '/api/users/1', counted: 'GET /api/users/:id 200' },
    { name: 'a star where the mount has parameters', mount: '/:tenant', target: '/acme/users/1', counted: 'GET /*/users/:id 200' },
  ])('begins with $name when the middleware is below it', async ({ mount, target, counted }) => {
    const below: Build = (app, metrics) => {
      const inner = express()
      inner.use(metrics.express()).get('/users/:id', ok)
      app.use(mount, inner)
    }
    expect(await (await ask(below, [target], () => {})).counts()).toEqual({ [counted]: 1 })
  })

  test('begins anew where the request leaves the router that the middleware is in', async () => {
    const below: Build = (app, metrics) =>
      void app
        .use(
          '/a',
          router((a) => void a.use(metrics.express())),
        )
        .get('/a/:x', ok)
    expect(await (await ask(below, ['/a/1'], () => {})).counts()).toEqual({ 'GET /a/:x 200': 1 })
  })

  test('is counted once through two mounts of the middleware, and once for each of two registries', async () => {
    const other = measure()
    const measured = await ask(
      (app) => void app.get('/x/:id', ok),
      ['/x/1', '/x/2'],
      (app, metrics) => {
        const middleware = metrics.express()
        app.use(middleware, metrics.express(), middleware, other.metrics.express())
      },
    )
    expect(await measured.counts()).toEqual({ 'GET /x/:id 200': 2 })
    expect(await other.counts()).toEqual({ 'GET /x/:id 200': 2 })
  })

  test('leaves the properties of the request as the application sees them', async () => {
    const seen: unknown[] = []
    const look: express.RequestHandler = (request, response) => {
      const derived = Object.create(request) as express.Request
      derived.baseUrl = 'own'
      const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(request)) as express.Request
      seen.push(copy.baseUrl)
      seen.push([request.baseUrl, (request.route as { path: string }).path, Object.keys(request).includes('route'), derived.baseUrl])
      seen.push([(derived.route as { path: string }).path, { ...request }.baseUrl])
      response.send('ok')
    }
    await ask(
      (app) =>
        void app.use(
          '/api/:v',
          router((api) => void api.get('/x', look)),
        ),
      ['/api/1/x'],
    )
    expect(seen).toEqual([undefined, ['/api/1', '/x', true, 'own'], ['/x', '/api/1']])
  })

  test('is unmatched, with a warning, where the request cannot be followed', async () => {
    const measured = measure()
    const listener = measured.metrics.express()
    const server = createServer((request, response) => {
      Object.defineProperty(request, 'route', { value: 'taken', configurable: false })
      listener(request, response, () => void response.end('ok'))
    })
    await using running = await startServer(server)
    expect((await fetch(running.url)).status).toBe(200)
    await measured.settled(1)
    expect(await measured.counts()).toEqual({ 'GET unmatched 200': 1 })
    expect(measured.warnings).toEqual([
      expect.stringMatching(/^HTTP metrics failed to follow a request through the routers: Cannot redefine property: route/),
    ])
  })
})

describe('an older router, which keeps no pattern of a mount', () => {
  test.each([
    { part: '/api', params: {}, template: '/api' },
    { part: '/API', params: undefined, template: '/api' },
    { part: '/orgs/acme', params: { org: 'acme' }, template: '/orgs/:org' },
    { part: '/orgs/a%20b', params: { org: 'a b' }, template: '/orgs/:org' },
    { part: '/a/b/c', params: { rest: 'a', last: 'c' }, template: '/:rest/b/:last' },
    { part: '/files/a/b', params: { path: ['a', 'b'] }, template: '/*' },
    { part: '/files/%', params: { path: '%' }, template: '/files/:path' },
    { part: '/v12', params: { 0: '12' }, template: '/*' },
  ])('has $part of $params for $template', ({ part, params, template }) => {
    expect(guessTemplate(part, params)).toBe(template)
  })

  test('is recognised by its symbol that is not there or holds nothing', async () => {
    const measured = measure()
    const middleware = measured.metrics.express()
    await using running = await startServer(
      createServer((message, response) => {
        const request = Object.assign(message, { baseUrl: '', route: {}, params: {} })
        middleware(request, response, () => {
          request.params = { org: 'acme' }
          Object.assign(request, { [Symbol('router.tracing.matchedRoute')]: undefined })
          request.baseUrl = '/orgs/acme'
          request.route = {}
          request.route = { path: '/users/:id' }
          response.end('ok')
        })
      }),
    )
    expect((await fetch(`${running.url}/orgs/acme/users/1`)).status).toBe(200)
    await measured.settled(1)
    expect(await measured.counts()).toEqual({ 'GET /orgs/:org/users/:id 200': 1 })
  })
})
