// A service on node:http whose /metrics asks who is there.
//   npm run build
//   export METRICS_TOKEN=$(openssl rand -hex 32); echo "$METRICS_TOKEN"
//   METRICS_PASSWORD_HASH=$(npx postern hash) node examples/node-http.mjs
import { createServer } from 'node:http'
import { createGuard } from '@postern/guard'
import { createMetricsHandler } from '@postern/guard/node'
import { createRegistry } from '@postern/metrics'

const registry = createRegistry()
const requests = registry.counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['method'] })
const seconds = registry.histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request.' })
const basic = { type: 'basic', users: { prometheus: process.env.METRICS_PASSWORD_HASH } }
const bearer = { type: 'bearer', tokens: [{ name: 'prometheus', token: process.env.METRICS_TOKEN }] }
const guard = createGuard({ credentials: [basic, bearer], addresses: { allow: ['127.0.0.0/8', '::1'] } })
const metrics = createMetricsHandler(guard, registry)

const server = createServer((request, response) => {
  if (request.url?.split('?')[0] === '/metrics') return metrics(request, response)
  const end = seconds.startTimer()
  requests.inc({ method: request.method === 'GET' ? 'GET' : 'other' })
  response.end('Hello\n', () => end())
})
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
