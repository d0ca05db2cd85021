// A service on Koa 3 whose /metrics asks who is there.
//   npm run build
//   METRICS_PASSWORD_HASH=$(npx postern hash) METRICS_TOKEN=$(openssl rand -hex 32) node examples/koa.mjs
import { Router } from '@koa/router'
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/koa'
import { createRegistry } from '@postern/metrics'
import Koa from 'koa'

const registry = createRegistry()
const requests = registry.counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route'] })
const seconds = registry.histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request.' })
const basic = { type: 'basic', users: { prometheus: process.env.METRICS_PASSWORD_HASH } }
const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token: process.env.METRICS_TOKEN }] }
const guard = createGuard({ credentials: [basic, bearer], addresses: { allow: ['127.0.0.0/8', '::1'] } })

const router = new Router()
router.get('/metrics', createMetricsHandler(guard, registry))
router.get('/hello', (context) => {
  const end = seconds.startTimer()
  requests.inc({ route: '/hello' })
  context.body = 'Hello\n'
  end()
})
const app = new Koa().use(router.routes())
const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
