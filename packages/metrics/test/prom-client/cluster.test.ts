/** The cluster in one process: what is sent, and what becomes of every kind of answer. Real processes are in e2e/prom-client-cluster. */
import cluster, { type Worker } from 'node:cluster'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AnyClient, OPENMETRICS, ours, theirs } from './support/libraries.ts'

type Send = (message: { type: string; requestId: number }, ...rest: unknown[]) => void

const REQUEST = 'prom-client:getMetricsReq'
const RESPONSE = 'prom-client:getMetricsRes'

/** The worker that was asked last. */
let asked = {} as Worker

/** Workers that answer as told. */
function setWorkers(...sends: (Send | 'gone')[]): void {
  const workers = sends.map((send, id) => ({
    id,
    isConnected: () => send !== 'gone',
    send(...args: Parameters<Send>): void {
      asked = { id } as Worker
      if (send !== 'gone') send(...args)
    },
  }))
  Reflect.set(cluster, 'workers', Object.fromEntries(workers.entries()))
}

const answerWith =
  (rest: object): Send =>
  ({ requestId }) =>
    void cluster.emit('message', asked, { type: RESPONSE, requestId, ...rest })

async function workerMetrics(fill: (register: AnyClient) => void): Promise<unknown> {
  const register = new ours.Registry()
  fill(register)
  return JSON.parse(JSON.stringify([await register.getMetricsAsJSON()]))
}

const jobs = (amount: number) => (register: AnyClient) =>
  new ours.Counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['a'], registers: [register] }).inc({ a: 'x' }, amount)

const original = cluster.workers
beforeEach(() => void new ours.AggregatorRegistry())
afterEach(() => {
  Reflect.set(cluster, 'workers', original)
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('the primary process', () => {
  test('asks every connected worker with the message of prom-client, and adds up', async () => {
    const asked: unknown[] = []
    const worker =
      (metrics: unknown): Send =>
      (message) => {
        asked.push(message)
        answerWith({ metrics })(message)
      }
    setWorkers(worker(await workerMetrics(jobs(2))), 'gone', worker(await workerMetrics(jobs(3))))
    const text = await new ours.AggregatorRegistry().clusterMetrics()
    expect(text).toBe('# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a="x"} 5\n')
    const id = (asked[0] as { requestId: number }).requestId
    expect(asked).toEqual([
      { type: REQUEST, requestId: id },
      { type: REQUEST, requestId: id },
    ])
  })

  test('answers in its own format', async () => {
    setWorkers(answerWith({ metrics: await workerMetrics(jobs(2)) }))
    expect(await new ours.AggregatorRegistry(OPENMETRICS).clusterMetrics()).toBe(
      '# HELP jobs Jobs.\n# TYPE jobs counter\njobs_total{a="x"} 2\n# EOF\n',
    )
  })

  test('answers an empty text when there are no workers', async () => {
    setWorkers('gone')
    expect(await new ours.AggregatorRegistry().clusterMetrics()).toBe('')
    Reflect.set(cluster, 'workers', undefined)
    expect(await new ours.AggregatorRegistry().clusterMetrics()).toBe('')
  })

  test('fails with what a worker failed with', async () => {
    setWorkers(answerWith({ error: 'no database' }))
    await expect(new ours.AggregatorRegistry().clusterMetrics()).rejects.toThrow(new Error('no database'))
  })

  test('gives up after five seconds, and drops what comes then', async () => {
    vi.useFakeTimers()
    let id = -1
    setWorkers(({ requestId }) => {
      id = requestId
    })
    const failed = expect(new ours.AggregatorRegistry().clusterMetrics()).rejects.toThrow(new Error('Operation timed out.'))
    await vi.advanceTimersByTimeAsync(5_000)
    await failed
    for (const late of [{ metrics: [] }, { error: 'late' }, {}]) {
      expect(() => answerWith(late)({ type: REQUEST, requestId: id })).not.toThrow()
    }
  })

  test('does not wait for a worker that ends while it is asked', async () => {
    const ends: Send = (_message, ...rest) => (rest.at(-1) as (error: Error) => void)(new Error('channel closed'))
    const stays: Send = (message, ...rest) => {
      ;(rest.at(-1) as (error: null) => void)(null)
      answerWith({ metrics: [] })(message)
    }
    setWorkers(ends, stays)
    expect(await new ours.AggregatorRegistry().clusterMetrics()).toBe('\n')
  })

  test('counts the first answer of each worker that was asked', async () => {
    const metrics = await workerMetrics(jobs(2))
    const twice: Send = (message) => {
      answerWith({ metrics })(message)
      answerWith({ metrics })(message)
      cluster.emit('message', { id: 99 } as Worker, { type: RESPONSE, requestId: message.requestId, metrics })
    }
    setWorkers(twice, answerWith({ metrics: await workerMetrics(jobs(3)) }))
    expect(await new ours.AggregatorRegistry().clusterMetrics()).toContain('jobs_total{a="x"} 5\n')
  })

  test.each([{ metrics: 5 }, { metrics: null }, { metrics: [5] }])('rejects and lives on when a worker answers %j', async (answer) => {
    setWorkers(answerWith(answer))
    await expect(new ours.AggregatorRegistry().clusterMetrics()).rejects.toThrow('The answer of a worker is no list of lists of metrics.')
  })

  test('is not disturbed by messages of others', () => {
    for (const message of [null, 'text', {}, { type: 'other' }, { type: RESPONSE, requestId: 12_345 }]) {
      expect(() => cluster.emit('message', {} as Worker, message)).not.toThrow()
    }
  })

  test('listens once, however many registries there are', () => {
    const before = cluster.listenerCount('message')
    void new ours.AggregatorRegistry()
    expect(cluster.listenerCount('message')).toBe(before)
  })
})

describe('a worker', () => {
  /** A copy of the library that finds itself in a worker. */
  async function asWorker(): Promise<{ client: AnyClient; ask: () => Promise<unknown> }> {
    vi.resetModules()
    Reflect.set(cluster, 'isWorker', true)
    Reflect.set(cluster, 'isPrimary', false)
    const known = new Set(process.listeners('message'))
    const client: AnyClient = await import('@postern/metrics/prom-client')
    try {
      void new client.AggregatorRegistry()
    } finally {
      Reflect.set(cluster, 'isWorker', false)
      Reflect.set(cluster, 'isPrimary', true)
    }
    const listener = process.listeners('message').find((one) => !known.has(one)) as (message: unknown) => void
    process.off('message', listener)
    const ask = (): Promise<unknown> =>
      new Promise((resolve) => {
        const send = Reflect.get(process, 'send')
        process.send = ((message: unknown, ...rest: unknown[]) => {
          Reflect.set(process, 'send', send)
          ;(rest.at(-1) as () => void)()
          resolve(message)
          return true
        }) as NonNullable<typeof process.send>
        listener({ type: 'other' })
        listener({ type: REQUEST, requestId: 7 })
      })
    return { client, ask }
  }

  test('answers with its global registry, or with those it was told', async () => {
    const { client, ask } = await asWorker()
    new client.Counter({ name: 'c', help: 'x' }).inc(3)
    expect(await ask()).toEqual({
      type: RESPONSE,
      requestId: 7,
      metrics: [[{ name: 'c', help: 'x', type: 'counter', aggregator: 'sum', values: [{ value: 3, labels: {} }] }]],
    })
    client.AggregatorRegistry.setRegistries([new client.Registry(), new client.Registry()])
    expect(await ask()).toEqual({ type: RESPONSE, requestId: 7, metrics: [[], []] })
    client.AggregatorRegistry.setRegistries(new client.Registry())
    expect(await ask()).toEqual({ type: RESPONSE, requestId: 7, metrics: [[]] })
  })

  test.each([
    ['an error', new Error('no metrics'), 'no metrics'],
    ['anything else', 'no metrics', 'no metrics'],
  ])('answers with what it failed with: %s', async (_, thrown, told) => {
    const { client, ask } = await asWorker()
    client.register.getMetricsAsJSON = async () => {
      throw thrown
    }
    expect(await ask()).toEqual({ type: RESPONSE, requestId: 7, error: told })
  })

  test.each([[{}], [null], ['text'], [[{}]]])('cannot be told to answer with %j', (registries) => {
    for (const client of [ours, theirs] as AnyClient[]) {
      expect(() => client.AggregatorRegistry.setRegistries(registries)).toThrow(
        new TypeError(`Expected Registry, got ${typeof (Array.isArray(registries) ? registries[0] : registries)}`),
      )
    }
  })
})

describe('aggregation', () => {
  const processes = async (): Promise<unknown[]> =>
    Promise.all(
      [1, 2, 4].map(async (amount) => {
        const register = new theirs.Registry()
        for (const aggregator of ['sum', 'first', 'min', 'max', 'average', 'omit'] as const) {
          new theirs.Gauge({ name: aggregator, help: 'x', aggregator, labelNames: ['a', 'b'], registers: [register] }).set(
            amount === 2 ? { b: 2, a: '1' } : { a: 1, b: 2 },
            amount,
          )
        }
        const histogram = new theirs.Histogram({ name: 'h', help: 'x', buckets: [1, 3], labelNames: ['a'], registers: [register] })
        histogram.observe({ a: `${amount}` }, amount)
        histogram.observe({ a: 'all' }, amount)
        new theirs.Summary({ name: 's', help: 'x', percentiles: [0.5], registers: [register] }).observe(amount)
        return JSON.parse(JSON.stringify(await register.getMetricsAsJSON()))
      }),
    )

  test('of every kind is that of prom-client', async () => {
    const data = await processes()
    const aggregated = (client: AnyClient): AnyClient => client.AggregatorRegistry.aggregate(structuredClone(data))
    expect(await aggregated(ours).metrics()).toBe(await aggregated(theirs).metrics())
    expect(await aggregated(ours).getMetricsAsJSON()).toEqual(await aggregated(theirs).getMetricsAsJSON())
    expect(aggregated(ours).getSingleMetric('sum').get()).toEqual(aggregated(theirs).getSingleMetric('sum').get())
    expect(aggregated(ours).resetMetrics()).toBeUndefined()
  })

  test('refuses an aggregator that is not there, whatever it is called', () => {
    for (const aggregator of ['none', undefined, 'toString']) {
      expect(() => ours.AggregatorRegistry.aggregate([[{ name: 'x', help: 'x', type: 'gauge', values: [], aggregator }]])).toThrow(
        new Error(`'${aggregator}' is not a defined aggregator.`),
      )
    }
  })

  test('of nothing is nothing', () => {
    expect(ours.aggregators.sum([])).toBeUndefined()
    expect(ours.aggregators.omit([{}])).toBeUndefined()
    expect(ours.aggregators.sum([{ name: 'x', help: 'y', type: 'gauge' }])).toEqual({ name: 'x', help: 'y', type: 'gauge', values: [] })
  })

  test('does not take labels with marks in them for others', () => {
    const metric = (labels: object): object => ({
      name: 'x',
      help: 'y',
      type: 'counter',
      aggregator: 'sum',
      values: [{ value: 1, labels }],
    })
    const { values } = ours.aggregators.sum([metric({ a: '1,b:2' }), metric({ a: '1', b: '2' })])
    expect(values.length).toBe(2)
    expect((theirs as AnyClient).aggregators.sum([metric({ a: '1,b:2' }), metric({ a: '1', b: '2' })]).values.length).toBe(1)
  })

  test('shows NaN of another process, which comes as null, as NaN', async () => {
    const registry = ours.AggregatorRegistry.aggregate([
      [{ name: 'x', help: 'y', type: 'gauge', aggregator: 'first', values: [{ value: null, labels: {} }] }],
    ])
    expect(await registry.metrics()).toBe('# HELP x y\n# TYPE x gauge\nx Nan\n')
  })
})
