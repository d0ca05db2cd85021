/** A thread with a native histogram: `{ observe }` observes a list and flushes, `{ end }` observes another and ends at once. */
import { parentPort } from 'node:worker_threads'
import { createRegistry } from '@postern/metrics'
import { reportToMainThread } from '../../../src/aggregate/worker-threads.ts'

type Task = { readonly observe: readonly number[] } | { readonly end: readonly number[] }

const registry = createRegistry()
const sizes = registry.nativeHistogram({ name: 'size', help: 'Sizes.' })
const reporter = reportToMainThread(registry)

parentPort?.on('message', (task: Task) => {
  for (const value of 'end' in task ? task.end : task.observe) sizes.observe(value)
  if ('end' in task) process.exit()
  void reporter.flush(10_000).then((isHeard) => parentPort?.postMessage({ isHeard }, []))
})
parentPort?.postMessage({ isReady: true }, [])
