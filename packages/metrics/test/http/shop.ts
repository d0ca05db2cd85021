/** One small application, built in every framework: what its routes do is said here once, what they are called is up to each. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Router } from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import type { HttpMetrics } from '../../src/http/index.ts'

/** What a test holds in its hand while a request is under way. */
export interface Controls {
  /** Called by `/hang` when it is reached. */
  onHang: () => void
  /** `/stream` writes its second half when this is fulfilled. */
  release: Promise<void>
}

export interface Shop {
  readonly name: string
  /** Case to the reason why this way in cannot hold it. */
  readonly skips?: Readonly<Record<string, string>>
  /** A server that does not listen yet. */
  build(metrics: HttpMetrics, controls: Controls): Promise<Server>
}

const readAll = async (body: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of body);
}

/** Ten bytes, then ten more. */
async function* twoHalves({ release }: Controls): AsyncGenerator<Buffer> {
  yield Buffer.from('0123456789')
  await release
  yield Buffer.from('abcdefghij')
}

/** Node tells a response of what is written after its end, and a program that does not listen ends there. */
const endAgain = (response: ServerResponse): void => void response.on('error', () => {}).end('again')

const hang = ({ onHang }: Controls): Promise<never> => {
  onHang()
  return new Promise<never>(() => {})
}

const TEMPLATES: readonly (readonly [pattern: RegExp, template: string])[] = [
  [/^\/users\/[^/]+$/, '/users/:id'],
  [/^\/api\/items\/[^/]+$/, '/api/items/:id'],
  [/^\/(?:users|empty|gone|fail|reject|stream|hang|twice|destroy|metrics)?$/, ''],
]

/** A router of one's own, as people have them on node:http. */
export function templateOf(request: IncomingMessage): string | undefined {
  const [path = ''] = (request.url ?? '').split('?')
  const found = TEMPLATES.find(([pattern]) => pattern.test(path))
  return found === undefined ? undefined : found[1] || path
}

export function nodeListener(controls: Controls): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const route = templateOf(request)
    const answer = (status: number, body?: string): void => void response.writeHead(status).end(body)
    if (route === undefined) answer(404, 'no')
    else if (route === '/users')
      void readAll(request).then(
        () => answer(201, 'created'),
        () => {},
      )
    else if (route === '/empty') answer(204)
    else if (route === '/gone') answer(404, 'gone')
    else if (route === '/fail' || route === '/reject') answer(500, 'failed')
    else if (route === '/stream') Readable.from(twoHalves(controls)).pipe(response)
    else if (route === '/hang') void hang(controls)
    else if (route === '/destroy') response.destroy()
    else {
      answer(200, 'hello')
      if (route === '/twice') endAgain(response)
    }
  }
}

const node: Shop = {
  name: 'node:http, around the listener',
  build: async (metrics, controls) => createServer(metrics.node(nodeListener(controls), { route: templateOf })),
}

const observed: Shop = {
  name: 'node:http, on the server',
  async build(metrics, controls) {
    const server = createServer(nodeListener(controls))
    metrics.observe(server, { route: (request) => templateOf(request as IncomingMessage) })
    return server
  },
}

const expressShop: Shop = {
  name: 'Express',
  async build(metrics, controls) {
    const app = express()
    app.use(metrics.express())
    app.get('/', (_request, response) => void response.send('hello'))
    app.get('/users/:id', (_request, response) => void response.send('hello'))
    app.post('/users', (request, response) => {
      void readAll(request).then(
        () => response.status(201).send('created'),
        () => {},
      )
    })
    const api = express.Router()
    api.get('/items/:id', (_request, response) => void response.send('hello'))
    app.use('/api', api)
    app.get('/empty', (_request, response) => void response.status(204).end())
    app.get('/gone', (_request, response) => void response.status(404).send('gone'))
    app.get('/fail', () => {
      throw new Error('failed')
    })
    app.get('/reject', () => Promise.reject(new Error('failed')))
    app.get('/stream', (_request, response) => void Readable.from(twoHalves(controls)).pipe(response))
    app.get('/hang', () => hang(controls))
    app.get('/destroy', (_request, response) => void response.destroy())
    app.get('/twice', (_request, response) => endAgain(response.send('hello')))
    app.get('/metrics', (_request, response) => void response.send('hello'))
    app.use(((_error, _request, response, _next) => void response.status(500).send('failed')) satisfies express.ErrorRequestHandler)
    return createServer(app)
  },
}

const fastifyShop: Shop = {
  name: 'Fastify',
  skips: { 'counts a path with a broken escape': 'Fastify answers it before its hooks' },
  async build(metrics, controls) {
    const app = fastify()
    await app.register(metrics.fastify())
    app.addContentTypeParser(
      '*',
      (_request, payload, done) =>
        void readAll(payload).then(
          () => done(null, ''),
          () => {},
        ),
    )
    app.get('/', () => 'hello')
    app.get('/users/:id', () => 'hello')
    app.post('/users', (_request, reply) => reply.status(201).send('created'))
    await app.register(async (api) => void api.get('/items/:id', () => 'hello'), { prefix: '/api' })
    app.get('/empty', (_request, reply) => reply.status(204).send())
    app.get('/gone', (_request, reply) => reply.status(404).send('gone'))
    app.get('/fail', (_request, _reply) => {
      throw new Error('failed')
    })
    app.get('/reject', () => Promise.reject(new Error('failed')))
    app.get('/stream', (_request, reply) => reply.send(Readable.from(twoHalves(controls))))
    app.get('/hang', () => hang(controls))
    app.get('/destroy', (_request, reply) => {
      reply.hijack()
      reply.raw.destroy()
    })
    app.get('/twice', (_request, reply) => {
      void reply.send('hello')
      endAgain(reply.raw)
    })
    app.get('/metrics', () => 'hello')
    await app.ready()
    return app.server
  },
}

const koaShop: Shop = {
  name: 'Koa',
  async build(metrics, controls) {
    const app = new Koa()
    app.silent = true
    app.use(metrics.koa())
    const router = new Router()
    const answer = (path: string, status: number, body: unknown): void =>
      void router.get(path, (context) => {
        context.status = status
        context.body = body
      })
    answer('/', 200, 'hello')
    answer('/users/:id', 200, 'hello')
    answer('/empty', 204, null)
    answer('/gone', 404, 'gone')
    answer('/metrics', 200, 'hello')
    router.post('/users', async (context) => {
      await readAll(context.req).then(
        () => Object.assign(context, { status: 201, body: 'created' }),
        () => {},
      )
    })
    const api = new Router()
    api.get('/items/:id', (context) => {
      context.body = 'hello'
    })
    router.use('/api', api.routes())
    router.get('/fail', () => {
      throw new Error('failed')
    })
    router.get('/reject', () => Promise.reject(new Error('failed')))
    router.get('/stream', (context) => {
      context.body = Readable.from(twoHalves(controls))
    })
    router.get('/hang', () => hang(controls))
    router.get('/destroy', (context) => void context.res.destroy())
    router.get('/twice', (context) => {
      context.body = 'hello'
      context.res.once('finish', () => endAgain(context.res))
    })
    app.use(router.routes())
    const answerAll = app.callback()
    return createServer((request, response) => void answerAll(request, response))
  },
}

const honoShop: Shop = {
  name: 'Hono',
  async build(metrics, controls) {
    const app = new Hono<{ Bindings: HttpBindings }>()
    app.use(metrics.hono())
    app.get('/', (c) => c.text('hello'))
    app.get('/users/:id', (c) => c.text('hello'))
    app.post('/users', async (c) => {
      await c.req.arrayBuffer().catch(() => {})
      return c.text('created', 201)
    })
    app.route(
      '/api',
      new Hono().get('/items/:id', (c) => c.text('hello')),
    )
    app.get('/empty', (c) => c.body(null, 204))
    app.get('/gone', (c) => c.text('gone', 404))
    app.get('/fail', () => {
      throw new Error('failed')
    })
    app.get('/reject', () => Promise.reject(new Error('failed')))
    app.get('/stream', (c) => c.body(Readable.toWeb(Readable.from(twoHalves(controls))) as ReadableStream))
    app.get('/hang', () => hang(controls))
    app.get('/destroy', async (c) => {
      c.env.outgoing.destroy()
      await setImmediate()
      return c.text('late')
    })
    app.get('/twice', (c) => {
      const { outgoing } = c.env
      void once(outgoing, 'finish').then(() => endAgain(outgoing))
      return c.text('hello')
    })
    app.get('/metrics', (c) => c.text('hello'))
    app.onError((_error, c) => c.text('failed', 500))
    return createAdaptorServer({ fetch: app.fetch }) as Server
  },
}

export const SHOPS: readonly Shop[] = [node, observed, expressShop, fastifyShop, koaShop, honoShop]
