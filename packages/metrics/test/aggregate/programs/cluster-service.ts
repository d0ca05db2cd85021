/**
 * A service of several processes: the primary serves the metrics of all on a port that it prints, and workers count what they are told.
 * `POST /fork`, `/kill?worker=1`, `/count?worker=1&by=5`, `/block?worker=1&ms=2000`, `/exit?worker=1`; a worker is named by its order.
 */
import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRegistry } from '@postern/metrics'
import { collectFromCluster, reportToPrimary } from '../../../src/aggregate/cluster.ts'

interface Task {
  readonly task: 'count' | 'block' | 'exit' | 'leave'
  readonly by: number
}

const registry = createRegistry()
const handled = registry.counter({ name: 'handled_total', help: 'Handled.' })
const sizes = registry.histogram({ name: 'size_bytes', help: 'Sizes.', buckets: [10, 100] })
registry.gauge({ name: 'pid', help: 'Process.', aggregation: 'per-worker' }).set(process.pid)

if (cluster.isPrimary) await serve()
else work()

function work(): void {
  const reporter = reportToPrimary(registry, { intervalMilliseconds: 100 })
  process.on('message', (message: Task) => {
    if (message.task === 'count') {
      for (let at = 0; at < message.by; at += 1) {
        handled.inc()
        sizes.observe(at)
      }
      void reporter.flush().then(() => process.send?.({ done: message.task }))
    } else if (message.task === 'block') {
      process.send?.({ done: message.task }, undefined, undefined, () => {
        const end = performance.now() + message.by
        while (performance.now() < end);
      })
    } else if (message.task === 'exit') {
      handled.inc(message.by)
      process.exit(0)
    } else if (message.task === 'leave') {
      handled.inc(message.by)
      void reporter.flush().then(() => {
        reporter.close()
        process.send?.({ done: message.task })
      })
    }
  })
}

async function serve(): Promise<void> {
  const workers: Worker[] = []
  const fork = async (): Promise<void> => {
    const worker = cluster.fork()
    workers.push(worker)
    // Its first report: it is online before it listens.
    await once(worker, 'message')
  }
  // One that has begun, and reported, before anybody collects.
  await fork()
  const { registry: all } = collectFromCluster(registry)
  const act = async (path: string, parameters: URLSearchParams): Promise<void> => {
    if (path === '/fork') return fork()
    const worker = workers[Number(parameters.get('worker')) - 1]
    if (worker === undefined) return
    if (path === '/kill') {
      worker.process.kill('SIGKILL')
      await once(worker, 'disconnect')
      return
    }
    const ended = path === '/exit' ? once(worker, 'disconnect') : awaitDone(worker)
    worker.send({ task: path.slice(1), by: Number(parameters.get('by')) })
    await ended
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    void (async () => {
      if (request.method === 'POST') await act(pathname, searchParams)
      response.end(request.method === 'POST' ? '' : (await all.render({ accept: undefined })).body)
    })()
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) process.stdout.write(`listening on ${address.port}\n`)
  })
}

/** Others' messages pass through the same channel. */
function awaitDone(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    const look = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !('done' in message)) return
      worker.off('message', look)
      resolve()
    }
    worker.on('message', look)
  })
}
