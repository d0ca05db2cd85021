// A service on Nest 11 whose /metrics asks who is there.
//   npm run build
//   METRICS_PASSWORD_HASH=$(npx postern hash) METRICS_TOKEN=$(openssl rand -hex 32) node examples/nest.mjs
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/nest'
import { createRegistry } from '@postern/metrics'

const registry = createRegistry()
const requests = registry.counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route'] })
const seconds = registry.histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request.' })
const basic = { type: 'basic', users: { prometheus: process.env.METRICS_PASSWORD_HASH } }
const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token: process.env.METRICS_TOKEN }] }
const guard = createGuard({ credentials: [basic, bearer], addresses: { allow: ['127.0.0.0/8', '::1'] } })

class HelloController {
  hello() {
    const end = seconds.startTimer()
    requests.inc({ route: '/hello' })
    end()
    return 'Hello\n'
  }
}
class ApplicationModule {
  controllers = [HelloController]
}
// What decorators do, without a compiler for them.
Get('hello')(HelloController.prototype, 'hello', Object.getOwnPropertyDescriptor(HelloController.prototype, 'hello'))
Controller()(HelloController)
Module({ controllers: [HelloController] })(ApplicationModule)

const app = await NestFactory.create(ApplicationModule, { logger: false })
app.use('/metrics', createMetricsHandler(guard, registry))
await app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1')
console.log(`listening on ${app.getHttpServer().address().port}`)
