/** The metrics of a cluster: the primary asks its workers, and each worker that has made an `AggregatorRegistry` answers. */
import { AggregationRequest } from './aggregation-request.ts'
import { type AggregatorFunction, aggregators } from './aggregators.ts'
import { isRequest, isResponse, loadCluster, type MetricsRequest, type MetricsResponse, REQUEST, RESPONSE } from './cluster-messages.ts'
import { PROMETHEUS_CONTENT_TYPE } from './content-types.ts'
import { globalRegistry, Registry } from './registry.ts'
import type { MetricData } from './sample.ts'
import type { RegistryContentType } from './types.ts'

/** What a worker answers with. */
let registries: readonly Registry[] = [globalRegistry]
let requestCount = 0
let isListening = false
const requests = new Map<number, AggregationRequest>()

export class AggregatorRegistry extends Registry {
  /** Listens from here on, in the primary process for answers and in a worker for questions. */
  constructor(contentType: RegistryContentType = PROMETHEUS_CONTENT_TYPE) {
    super(contentType)
    listen()
  }

  /**
   * The metrics of all workers that are connected, in the format of this registry; an empty text when there are none.
   * @throws {Error} `Operation timed out.` when one has not answered within five seconds, and what a worker failed with.
   */
  async clusterMetrics(): Promise<string> {
    const workers = Object.values(loadCluster().workers ?? {}).flatMap((worker) => (worker?.isConnected() ? [worker] : []))
    if (workers.length === 0) return ''
    const requestId = requestCount
    requestCount += 1
    const request = new AggregationRequest(workers.map(({ id }) => id))
    requests.set(requestId, request)
    try {
      const message: MetricsRequest = { type: REQUEST, requestId }
      // A worker may end between the question whether it is connected and this one.
      for (const worker of workers) worker.send(message, undefined, undefined, (error) => error && request.miss(worker.id))
      const metrics = await request.answered
      return await AggregatorRegistry.aggregate(metrics, this.contentType).metrics()
    } finally {
      requests.delete(requestId)
    }
  }

  /**
   * A registry over what several registries answered to `getMetricsAsJSON`; the `get` of its metrics answers at once.
   * @throws {Error} when a metric has an aggregator that is not there.
   */
  static aggregate(metricsArr: readonly (readonly MetricData[])[], contentType: RegistryContentType = PROMETHEUS_CONTENT_TYPE): Registry {
    const aggregated = new Registry()
    aggregated.setContentType(contentType)
    const byName = new Map<string, MetricData[]>()
    for (const metric of metricsArr.flat()) {
      const known = byName.get(metric.name)
      if (known === undefined) byName.set(metric.name, [metric])
      else known.push(metric)
    }
    for (const metrics of byName.values()) {
      const merged = aggregatorOf(metrics)(metrics)
      if (merged !== undefined) aggregated.registerMetric({ get: () => merged, reset: () => {}, ...merged })
    }
    return aggregated
  }

  /** What this worker answers with instead of the global registry. @throws {TypeError} for anything but registries. */
  static setRegistries(regs: Registry | readonly Registry[]): void {
    const list = Array.isArray(regs) ? (regs as readonly Registry[]) : [regs as Registry]
    for (const one of list) if (!(one instanceof Registry)) throw new TypeError(`Expected Registry, got ${typeof one}`)
    registries = list
  }
}

function aggregatorOf([first]: readonly MetricData[]): AggregatorFunction {
  const name = first?.aggregator as keyof typeof aggregators
  if (!Object.hasOwn(aggregators, name)) throw new Error(`'${name}' is not a defined aggregator.`)
  return aggregators[name]
}

function listen(): void {
  if (isListening) return
  isListening = true
  const cluster = loadCluster()
  if (cluster.isPrimary) cluster.on('message', ({ id }, message: unknown) => isResponse(message) && receive(id, message))
  if (cluster.isWorker) process.on('message', (message: unknown) => isRequest(message) && void answer(message))
}

/** What comes when nobody waits any more is dropped, and so is what comes twice. */
function receive(worker: number, { requestId, metrics = [], error }: MetricsResponse): void {
  const request = requests.get(requestId)
  if (error) request?.fail(new Error(error))
  else request?.add(worker, metrics)
}

async function answer({ requestId }: MetricsRequest): Promise<void> {
  let response: MetricsResponse
  try {
    response = { type: RESPONSE, requestId, metrics: await Promise.all(registries.map((registry) => registry.getMetricsAsJSON())) }
  } catch (error) {
    response = { type: RESPONSE, requestId, error: error instanceof Error ? error.message : String(error) }
  }
  // The primary process may be gone by now, and then nobody is left to tell.
  process.send?.(response, undefined, undefined, () => {})
}
