/**
 * The example application of `postern demo`, run as a process of its own: a small shop API that counts what it does, with customers
 * of its own so that the numbers move. Its metrics are open, on loopback: just what a guard belongs in front of.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { collectDefaultMetrics, createRegistry } from '@postern/metrics'

const registry = createRegistry()
collectDefaultMetrics(registry)
const requests = registry.counter({
  name: 'shop_http_requests_total',
  help: 'Requests answered.',
  labelNames: ['method', 'route', 'status'],
})
const durations = registry.histogram({
  name: 'shop_http_request_duration_seconds',
  help: 'Time to answer a request.',
  labelNames: ['method', 'route'],
})
const queue = registry.gauge({ name: 'shop_orders_queued', help: 'Orders that wait to be packed.' })

const PRODUCTS = ['lantern', 'rope', 'chalk', 'compass', 'kettle']
const MAX_QUEUED = 50

/** A template and not a path: a label with a value for each product would grow with the catalogue. */
interface Answer {
  readonly route: string
  readonly status: number
  readonly body: unknown
}

function answer(method: string, path: string): Answer {
  const product = /^\/products\/([a-z]+)$/.exec(path)?.[1]
  if (method === 'GET' && path === '/products') return { route: '/products', status: 200, body: PRODUCTS }
  if (method === 'GET' && product !== undefined) {
    return PRODUCTS.includes(product)
      ? { route: '/products/:name', status: 200, body: { product } }
      : { route: '/products/:name', status: 404, body: { error: 'not in stock' } }
  }
  if (method === 'POST' && path === '/orders') {
    if (queued >= MAX_QUEUED) return { route: '/orders', status: 503, body: { error: 'too many orders' } }
    queued += 1
    return { route: '/orders', status: 202, body: { queued } }
  }
  return { route: 'other', status: 404, body: { error: 'no such page' } }
}

let queued = 0

const shop: RequestListener = (request, response) => {
  const method = request.method === 'GET' || request.method === 'POST' ? request.method : 'other'
  const path = (request.url ?? '').split('?')[0] ?? ''
  if (method === 'GET' && path === '/metrics') void serveMetrics(request, response)
  else serveShop(method, path, response)
}

function serveShop(method: string, path: string, response: ServerResponse): void {
  const start = performance.now()
  const { route, status, body } = answer(method, path)
  response.once('finish', () => {
    requests.inc({ method, route, status: String(status) })
    durations.observe({ method, route }, (performance.now() - start) / 1000)
  })
  // Packing, looking up, thinking: a shop takes its time, and a histogram shows how much.
  setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)), Math.random() ** 4 * 250)
}

async function serveMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { contentType, body } = await registry.render({ accept: request.headers.accept })
  response.writeHead(200, { 'content-type': contentType }).end(body)
}

/** Customers: a few requests each second, most for products, some orders, now and then something that is not there. */
function openForBusiness(port: number): void {
  const visit = async (): Promise<void> => {
    const dice = Math.random()
    const path =
      dice < 0.3
        ? '/orders'
        : dice < 0.5
          ? '/products'
          : dice < 0.55
            ? '/products/unicorn'
            : `/products/${PRODUCTS[Math.floor(dice * PRODUCTS.length)]}`
    await fetch(`http://127.0.0.1:${port}${path}`, { method: path === '/orders' ? 'POST' : 'GET' }).then((response) =>
      response.arrayBuffer(),
    )
  }
  setInterval(() => void visit().catch(() => {}), 200)
  setInterval(() => {
    queued = Math.max(0, queued - Math.floor(Math.random() * 3))
    queue.set(queued)
  }, 500)
}

/** The wanted port where it is free, so that the address in the policy stays true from one demo to the next; else any. */
function open(server: Server, port: number): void {
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' || port === 0) throw error
    open(server, 0)
  })
  server.listen({ host: '127.0.0.1', port }, () => {
    server.removeAllListeners('error')
    const address = server.address()
    const actual = typeof address === 'object' && address !== null ? address.port : port
    openForBusiness(actual)
    process.send?.({ port: actual })
  })
}

// The demo that started it is gone: whatever ended it, this process does not stay.
process.once('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole process group; the demo ends this process when it is done with it.
process.on('SIGINT', () => {})
open(createServer(shop), Number(process.argv[2] ?? 0))
