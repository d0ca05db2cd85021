// A service on Hono whose /metrics asks who is there.
//   npm run build
//   METRICS_PASSWORD_HASH=$(npx postern hash) METRICS_TOKEN=$(openssl rand -hex 32) node examples/hono.mjs
import { serve } from '@hono/node-server'
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/hono'
import { createRegistry } from '@postern/metrics'
import { Hono } from 'hono'

const registry = createRegistry()
const requests = registry.counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route'] })
const seconds = registry.histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request.' })
const basic = { type: 'basic', users: { prometheus: process.env.METRICS_PASSWORD_HASH } }
const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token: process.env.METRICS_TOKEN }] }
const guard = createGuard({ credentials: [basic, bearer], addresses: { allow: ['127.0.0.0/8', '::1'] } })

const app = new Hono()
app.get('/metrics', createMetricsHandler(guard, registry))
app.get('/hello', (context) => {
  const end = seconds.startTimer()
  requests.inc({ route: '/hello' })
  end()
  return context.text('Hello\n')
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 8080) }, ({ port }) =>
  console.log(`listening on ${port}`),
)
