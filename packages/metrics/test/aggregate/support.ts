/** A collector and reporters in one process, over a channel that turns everything into JSON and back, as node:cluster does. */
import { createRegistry, type Registry, type RegistryOptions } from '@postern/metrics'
import { Collector, type CollectorOptions } from '../../src/aggregate/collector.ts'
import { Reporter, type ReporterOptions } from '../../src/aggregate/reporter.ts'
import { sampleLines } from '../support/scrape.ts'

export interface TestWorker {
  readonly registry: Registry
  readonly reporter: Reporter
  /** The channel ends, as at a kill. */
  kill(): Promise<void>
}

export interface Pool extends Disposable {
  readonly primary: Registry
  readonly collector: Collector
  /** @param lose Whether a message is lost on its way. */
  add(options?: ReporterOptions & { registry?: Registry; lose?: (message: object) => boolean }): TestWorker
  /** The lines of the workers' families, without those of the collector. */
  lines(): Promise<string[]>
  /** Those of the collector. */
  own(): Promise<string[]>
}

export function createPool(options: CollectorOptions = {}, primaryOptions: RegistryOptions = {}): Pool {
  const primary = createRegistry(primaryOptions)
  const collector = new Collector(primary, { word: 'worker', own: 'primary', timeoutMilliseconds: 200 }, options)
  const workers: TestWorker[] = []
  return {
    primary,
    collector,
    add({ registry = createRegistry(), lose = () => false, ...rest } = {}) {
      let resolveEnded = (): void => {}
      const ended = new Promise<void>((resolve) => {
        resolveEnded = resolve
      })
      const connection = collector.connect(
        (order) => {
          if (!lose(order)) reporter.receive(copy(order))
        },
        () => resolveEnded(),
      )
      const reporter = new Reporter(
        registry,
        (message) => {
          if (!lose(message)) connection.receive(copy(message))
        },
        rest,
      )
      const worker = {
        registry,
        reporter,
        async kill() {
          reporter.stop()
          connection.end()
          await ended
        },
      }
      workers.push(worker)
      return worker
    },
    lines: async () => (await sampleLines(collector.registry)).filter((line) => !line.startsWith('postern_worker_')),
    own: async () => (await sampleLines(collector.registry)).filter((line) => line.startsWith('postern_worker_')),
    [Symbol.dispose]() {
      for (const { reporter } of workers) reporter.stop()
      collector.close()
    },
  }
}

const copy = (message: object): unknown => JSON.parse(JSON.stringify(message))
