// A process without a web server of its own: metrics over TLS, for whoever has a certificate, a token or a password.
//   npm run build && npx postern init --dir metrics-gate
//   node examples/one-call.mjs metrics-gate
import { createGuard } from '@postern/guard'
import { serveMetrics } from '@postern/guard/server'
import { collectDefaultMetrics, createRegistry } from '@postern/metrics'

const folder = process.argv[2] ?? 'metrics-gate'
const registry = createRegistry()
collectDefaultMetrics(registry)
const jobs = registry.counter({ name: 'jobs_done_total', help: 'Jobs done.' })
setInterval(() => jobs.inc(), 1000)

const guard = createGuard({
  credentials: [
    { type: 'basic', usersFile: `${folder}/secrets/users.htpasswd` },
    { type: 'client-certificate', caFile: `${folder}/tls/ca.crt`, names: ['prometheus'] },
  ],
})
const tls = { certFile: `${folder}/tls/server.crt`, keyFile: `${folder}/tls/server.key` }
const server = await serveMetrics({ registry, port: Number(process.env.PORT ?? 9843), tls, guard })
console.log(`serving ${server.url}`)
