// A service on Fastify 5 whose /metrics asks who is there.
//   npm run build
//   METRICS_PASSWORD_HASH=$(npx postern hash) METRICS_TOKEN=$(openssl rand -hex 32) node examples/fastify.mjs
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/fastify'
import { createRegistry } from '@postern/metrics'
import fastify from 'fastify'

const registry = createRegistry()
const requests = registry.counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route'] })
const seconds = registry.histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request.' })
const basic = { type: 'basic', users: { prometheus: process.env.METRICS_PASSWORD_HASH } }
const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token: process.env.METRICS_TOKEN }] }
const guard = createGuard({ credentials: [basic, bearer], addresses: { allow: ['127.0.0.0/8', '::1'] } })

const app = fastify()
app.get('/metrics', createMetricsHandler(guard, registry))
app.get('/hello', () => {
  const end = seconds.startTimer()
  requests.inc({ route: '/hello' })
  end()
  return 'Hello\n'
})
await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' })
console.log(`listening on ${app.server.address().port}`)
