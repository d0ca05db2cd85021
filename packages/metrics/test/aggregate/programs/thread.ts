/** A thread that counts: `{ count }` adds and flushes, `{ block }` holds its loop up for milliseconds, `{ end }` adds and ends at once. */
import { type MessagePort as Port, parentPort, workerData } from 'node:worker_threads'
import { createRegistry } from '@postern/metrics'
import { reportToMainThread } from '../../../src/aggregate/worker-threads.ts'

type Task = { readonly count: number } | { readonly block: number } | { readonly end: number } | { readonly close: true }

const { port } = workerData as { readonly port?: Port }
const registry = createRegistry()
const work = registry.counter({ name: 'work_total', help: 'Work.' })
registry.gauge({ name: 'load', help: 'Load.', aggregation: 'per-worker' }).set(1)
const reporter = reportToMainThread(registry, port === undefined ? {} : { port })

parentPort?.on('message', (task: Task) => {
  if ('count' in task) {
    work.inc(task.count)
    void reporter.flush(10_000).then((isHeard) => parentPort?.postMessage({ isHeard }, []))
  } else if ('block' in task) {
    parentPort?.postMessage({ isBlocked: true }, [])
    const end = performance.now() + task.block
    while (performance.now() < end);
  } else if ('end' in task) {
    work.inc(task.end)
    process.exit()
  } else reporter.close()
})
parentPort?.postMessage({ isReady: true }, [])
