/** Collects from a thread, and has nothing else to do: both end by themselves. */
import { isMainThread, Worker } from 'node:worker_threads'
import { createRegistry } from '@postern/metrics'
import { collectFromThreads, reportToMainThread } from '../../../src/aggregate/worker-threads.ts'

if (isMainThread) {
  const { registry } = collectFromThreads(createRegistry())
  const worker = new Worker(new URL('from-sources.mjs', import.meta.url), { argv: [import.meta.url] })
  worker.on('exit', () => {
    void registry.render({ accept: undefined }).then(({ body }) => process.stdout.write(body))
  })
} else {
  const registry = createRegistry()
  registry.counter({ name: 'work_total', help: 'Work.' }).inc(2)
  void reportToMainThread(registry).flush()
}
