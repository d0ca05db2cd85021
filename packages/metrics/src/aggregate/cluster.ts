/** The subpath `@postern/metrics/cluster`: the workers of node:cluster as one. Importing it listens to nothing. */
import cluster, { type Worker } from 'node:cluster'
import type { Registry } from '../registry.ts'
import { COLLECTOR_DEFAULTS, Collector, type CollectorOptions, type WorkerCollector } from './collector.ts'
import type { Connection } from './connection.ts'
import { Reporter, type ReporterOptions, type WorkerReporter } from './reporter.ts'
import { isOurs, MARK } from './wire.ts'

export type { CollectorOptions, WorkerCollector } from './collector.ts'
export type { ReporterOptions, WorkerReporter } from './reporter.ts'

/** What a worker sends through; `process` is one. */
export interface ParentChannel {
  readonly connected: boolean
  send?(message: object, handle: undefined, options: undefined, callback: (error: Error | null) => void): boolean
  on(event: 'message' | 'disconnect', listener: (message?: unknown) => void): unknown
  off(event: 'message' | 'disconnect', listener: (message?: unknown) => void): unknown
}

/**
 * In the primary: collects what its workers report of their registries, beside `registry`, its own. Workers may have begun before. Adds
 * listeners to `cluster` and keeps nothing alive.
 */
export function collectFromCluster(registry: Registry, options: CollectorOptions = {}): WorkerCollector {
  const { workerTimeoutMilliseconds } = COLLECTOR_DEFAULTS
  const collector = new Collector(registry, { word: 'worker', own: 'primary', timeoutMilliseconds: workerTimeoutMilliseconds }, options)
  const connections = new Map<number, Connection>()
  const onMessage = (worker: Worker, message: unknown): void => {
    if (!isOurs(message)) return
    let connection = connections.get(worker.id)
    if (connection === undefined) {
      connection = collector.connect(
        (order) => sendTo(worker, order),
        () => connections.delete(worker.id),
      )
      connections.set(worker.id, connection)
    }
    connection.receive(message)
  }
  // All that a worker had sent is read before its channel is said to have ended; its exit may be known earlier.
  const onDisconnect = ({ id }: Worker): void => connections.get(id)?.end()
  cluster.on('message', onMessage)
  cluster.on('disconnect', onDisconnect)
  // Who has reported to nobody begins anew.
  for (const worker of Object.values(cluster.workers ?? {})) if (worker) sendTo(worker, { postern: MARK, type: 'resync' })
  return {
    registry: collector.registry,
    close() {
      cluster.off('message', onMessage)
      cluster.off('disconnect', onDisconnect)
      collector.close()
    },
  }
}

/**
 * In a worker: reports `registry` to the primary every few seconds, when asked, and at the exit of the process. Adds listeners to
 * `process`.
 * @throws {TypeError} in a process that has no primary.
 */
export function reportToPrimary(registry: Registry, options: ReporterOptions & { readonly channel?: ParentChannel } = {}): WorkerReporter {
  const channel: ParentChannel = options.channel ?? process
  if (channel.send === undefined) {
    throw new TypeError('reportToPrimary was called in a process without a primary. Call it in workers: if (cluster.isWorker) …')
  }
  const send = (message: object): void => {
    // Without the callback a channel that is closing would emit an error on the process.
    if (channel.connected) channel.send?.(message, undefined, undefined, () => {})
  }
  const reporter = new Reporter(registry, send, options)
  const onMessage = (message: unknown): void => reporter.receive(message)
  const onExit = (): void => reporter.reportNow()
  const unlisten = (): void => {
    channel.off('message', onMessage)
    channel.off('disconnect', onDisconnect)
    process.off('exit', onExit)
  }
  const onDisconnect = (): void => {
    reporter.stop()
    unlisten()
  }
  channel.on('message', onMessage)
  channel.on('disconnect', onDisconnect)
  process.on('exit', onExit)
  return {
    flush: (timeoutMilliseconds) => reporter.flush(timeoutMilliseconds),
    close() {
      reporter.close()
      unlisten()
    },
  }
}

function sendTo(worker: Worker, order: object): void {
  if (worker.isConnected()) worker.process.send(order, undefined, undefined, () => {})
}
