import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { All, type ArgumentsHost, Catch, Controller, Get, type INestApplication, Module, Req, Res, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createGuard, type Guard } from '@postern/guard'
import { createExpositionHandler } from '@postern/guard/http'
import { createGuardMiddleware, createMetricsHandler, PosternGuard } from '@postern/guard/nest'
import { connect, describeAdapter, requestText, startServer } from '@postern/testkit'
import fastify from 'fastify'
import { describe, expect, test, vi } from 'vitest'
import { type DecisionOf, decisionsOf, guarded } from './guarded.ts'
import { expose, mountOver } from './mounts.ts'
import { describeSources } from './source.cases.ts'

const open = createGuard({ credentials: 'none' })

type Act = (request: IncomingMessage, response: ServerResponse) => unknown

/** A controller at /metrics whose methods stand under `guard`; written without decorators, which Node and esbuild read in two ways. */
function controllerOf(guard: Guard, act: Act): new () => object {
  class Metrics {
    any(request: IncomingMessage, response: ServerResponse): unknown {
      return act(request, response)
    }
  }
  Req()(Metrics.prototype, 'any', 0)
  Res()(Metrics.prototype, 'any', 1)
  All()(Metrics.prototype, 'any', Object.getOwnPropertyDescriptor(Metrics.prototype, 'any') as PropertyDescriptor)
  UseGuards(new PosternGuard(guard))(Metrics)
  Controller('metrics')(Metrics)
  return Metrics
}

async function applicationOf(
  controllers: (new () => object)[],
  setUp: (app: INestApplication) => void = () => {},
): Promise<RequestListener> {
  class Application {
    readonly controllers = controllers
  }
  Module({ controllers })(Application)
  const app = await NestFactory.create(Application, { logger: false })
  setUp(app)
  await app.init()
  return app.getHttpAdapter().getInstance() as RequestListener
}

const byMiddleware = (guard: Guard): Promise<RequestListener> =>
  applicationOf([], (app) => app.use('/metrics', createMetricsHandler(guard, expose)))
const byGuard = (guard: Guard): Promise<RequestListener> => applicationOf([controllerOf(guard, createExpositionHandler(expose))])
describeAdapter({ name: 'a middleware of Nest', column: 'Nest', scheme: 'http', hasRouter: true, mount: mountOver('http', byMiddleware) })
describeAdapter({ name: 'a guard of Nest', column: 'Nest', scheme: 'http', hasRouter: true, mount: mountOver('http', byGuard) })
describeAdapter({ name: 'a guard of Nest over TLS', column: 'Nest', scheme: 'https', hasRouter: true, mount: mountOver('https', byGuard) })

describeSources('Nest', async (source, { onError }) =>
  startServer(createServer(await applicationOf([], (app) => app.use('/metrics', createMetricsHandler(open, source, { onError }))))),
)

describe('a guard of Nest', () => {
  test('judges and tells the target as it was sent, under prefixes and in the global place', async () => {
    const { guard, line, decisions } = guarded()
    class Hello {
      hello(): string {
        return 'hello'
      }
    }
    Get('hello')(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello') as PropertyDescriptor)
    Controller()(Hello)
    const listener = await applicationOf([Hello], (app) => void app.setGlobalPrefix('api').useGlobalGuards(new PosternGuard(guard)))
    await using server = await startServer(createServer(listener))
    const statuses = []
    for (const [target, lines] of [
      ['/api/hello', [line]],
      ['/api/hello', []],
      ['/api/%68ello', [line]],
      ['/hello', [line]],
    ] as const) {
      await using wire = await connect(server.url)
      statuses.push((await wire.ask(requestText(target, lines)))?.status)
    }
    expect(statuses).toEqual([200, 401, 404, 404])
    expect(decisionsOf(decisions)).toEqual<DecisionOf[]>([
      [true, '/api/hello'],
      ['no_credentials', '/api/hello'],
    ])
  })

  test('keeps its answer from exception filters, and what is behind it from hearing', async () => {
    const behind = vi.fn()
    const caught = vi.fn()
    class Everything {
      catch(error: unknown, host: ArgumentsHost): void {
        caught(error)
        host.switchToHttp().getResponse().status(418).json({ caught: true })
      }
    }
    Catch()(Everything)
    const listener = await applicationOf(
      [controllerOf(guarded().guard, behind)],
      (app) => void app.useGlobalFilters(new Everything()).useGlobalInterceptors({ intercept: behind }),
    )
    await using server = await startServer(createServer(listener))
    await using wire = await connect(server.url)
    const answer = await wire.ask(requestText('/metrics'))
    expect([answer?.status, answer?.body, caught.mock.calls, behind.mock.calls]).toEqual([401, 'Unauthorized\n', [], []])
  })

  test('knows the requests that Nest hands on from Fastify', async () => {
    const { guard, line, decisions } = guarded()
    const judge = new PosternGuard(guard)
    const app = fastify({ rewriteUrl: () => '/metrics' })
    app.get('/metrics', async (request, reply) => {
      await judge.canActivate({ getType: () => 'http', switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }) })
      return 'behind'
    })
    await app.ready()
    await using server = await startServer(app.server)
    const bodies = []
    for (const lines of [[line], []]) {
      await using wire = await connect(server.url)
      bodies.push((await wire.ask(requestText('/sent', lines)))?.body)
    }
    expect(bodies).toEqual(['behind', 'Unauthorized\n'])
    expect(decisionsOf(decisions)).toEqual<DecisionOf[]>([
      [true, '/sent'],
      ['no_credentials', '/sent'],
    ])
  })

  test('refuses what is no request of HTTP', async () => {
    const judged = new PosternGuard(open).canActivate({ getType: () => 'rpc', switchToHttp: () => expect.fail('nothing was asked') })
    await expect(judged).rejects.toThrow(
      new TypeError('PosternGuard judges requests of HTTP and refuses one of rpc. Bind it to controllers.'),
    )
  })
})

test('a middleware of Nest is for routes of a module too', async () => {
  const behind = vi.fn()
  class Application {
    configure(consumer: { apply(...middlewares: unknown[]): { forRoutes(...paths: string[]): unknown } }): void {
      consumer.apply(createGuardMiddleware(guarded().guard)).forRoutes('metrics')
    }
  }
  class Metrics {
    get(): unknown {
      return behind()
    }
  }
  Get()(Metrics.prototype, 'get', Object.getOwnPropertyDescriptor(Metrics.prototype, 'get') as PropertyDescriptor)
  Controller('metrics')(Metrics)
  Module({ controllers: [Metrics] })(Application)
  const app = await NestFactory.create(Application, { logger: false })
  await app.init()
  await using server = await startServer(app.getHttpServer())
  await using wire = await connect(server.url)
  expect([(await wire.ask(requestText('/metrics')))?.status, behind.mock.calls.length]).toEqual([401, 0])
})
