/** The subpath `@postern/metrics/worker-threads`: the threads of a process as one. Importing it listens to nothing. */
import { isMainThread, MessageChannel, MessagePort, postMessageToThread } from 'node:worker_threads'
import type { Registry } from '../registry.ts'
import { COLLECTOR_DEFAULTS, Collector, type CollectorOptions, type WorkerCollector } from './collector.ts'
import { Reporter, type ReporterOptions, type WorkerReporter } from './reporter.ts'
import { isOurs, MARK } from './wire.ts'

export type { CollectorOptions, WorkerCollector } from './collector.ts'
export type { ReporterOptions, WorkerReporter } from './reporter.ts'

export interface ThreadCollector extends WorkerCollector {
  /** Collects from whoever reports through the other end of a channel; for threads that were given one. */
  connect(port: MessagePort): void
}

/**
 * In the main thread: collects what its threads report of their registries, beside `registry`, its own. Threads may have begun before.
 * Adds a listener to `process` and keeps nothing alive.
 */
export function collectFromThreads(registry: Registry, options: CollectorOptions = {}): ThreadCollector {
  const { threadTimeoutMilliseconds } = COLLECTOR_DEFAULTS
  const collector = new Collector(registry, { word: 'thread', own: 'main', timeoutMilliseconds: threadTimeoutMilliseconds }, options)
  const ports = new Set<MessagePort>()
  const connect = (port: MessagePort): void => {
    const connection = collector.connect((order) => port.postMessage(order))
    ports.add(port)
    port.on('message', (message) => connection.receive(message))
    port.on('close', () => {
      ports.delete(port)
      connection.end()
    })
    // A listener alone would keep the process alive.
    port.unref()
    port.postMessage({ postern: MARK, type: 'resync' })
  }
  const onWorkerMessage = (message: unknown): void => {
    if (isOurs(message) && message.type === 'port' && 'port' in message && message.port instanceof MessagePort) connect(message.port)
  }
  process.on('workerMessage', onWorkerMessage)
  return {
    registry: collector.registry,
    connect,
    close() {
      process.off('workerMessage', onWorkerMessage)
      for (const port of ports) port.close()
      collector.close()
    },
  }
}

/**
 * In a thread: reports `registry` to the main thread every few seconds, when asked, and at the exit of the thread. Does not listen to
 * `parentPort`, which is the program's.
 * @param options `port`: a channel of the program's own, for the other end of which the main thread calls `connect`.
 * @throws {TypeError} in the main thread, which has nobody to report to.
 */
export function reportToMainThread(registry: Registry, options: ReporterOptions & { readonly port?: MessagePort } = {}): WorkerReporter {
  if (options.port === undefined && isMainThread) {
    throw new TypeError('reportToMainThread was called in the main thread. Call it in threads: if (!isMainThread) …')
  }
  let port: MessagePort | undefined = options.port
  const reporter = new Reporter(registry, (message) => port?.postMessage(message), options)
  const onExit = (): void => reporter.reportNow()
  process.on('exit', onExit)
  const close = (): void => {
    reporter.close()
    process.off('exit', onExit)
    port?.close()
  }
  const listen = (to: MessagePort): void => {
    to.on('message', (message) => reporter.receive(message))
    // A listener alone would keep the thread alive.
    to.unref()
  }
  if (port === undefined) introduce((to) => listen((port = to)))
  else listen(port.on('close', close))
  return { flush: (timeoutMilliseconds) => reporter.flush(timeoutMilliseconds), close }
}

/** How long the main thread has to begin, before it is taken not to collect yet; milliseconds. */
const RETRY = 1_000

/** Gives the main thread one end of a channel and uses the other, with another channel each time until it answers. */
function introduce(use: (port: MessagePort) => void): void {
  const { port1, port2 } = new MessageChannel()
  use(port1)
  let isHeard = false
  port1.once('message', () => {
    isHeard = true
  })
  const retry = (): void => {
    if (isHeard) return
    port1.close()
    introduce(use)
  }
  const wait = (): void => void setTimeout(retry, RETRY).unref()
  // Rejects when nobody listens there.
  postMessageToThread(0, { postern: MARK, type: 'port', port: port2 }, [port2]).then(wait, wait)
}
