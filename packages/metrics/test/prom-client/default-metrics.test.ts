/** The default metrics: those of prom-client, by name, help, type, labels and aggregator. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { GROUPS } from '../../src/prom-client/default-metrics/collect.ts'
import { type AnyClient, OPENMETRICS, ours, theirs } from './support/libraries.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** What a dashboard or an aggregation depends on. */
async function described(client: AnyClient, config: object): Promise<unknown> {
  const register = new client.Registry()
  client.collectDefaultMetrics({ register, ...config })
  const metrics = register.getMetricsAsArray()
  const json = await register.getMetricsAsJSON()
  return metrics.map((metric: AnyClient, at: number) => {
    const { name, help, type, aggregator, labelNames, buckets } = metric
    const values = json[at].values as { labels: Record<string, unknown> }[]
    // Types of values are compared where they are not the machine's.
    const labels = name.endsWith('nodejs_version_info') ? values.map((sample) => sample.labels) : labelNames
    return { name, help, type, aggregator, labels, buckets }
  })
}

test.each([
  ['as they are', {}],
  ['under a prefix', { prefix: 'shop_' }],
  ['with labels and buckets', { labels: { app: 'shop', instance: 7 }, gcDurationBuckets: [1, 2] }],
])('are those of prom-client, %s', async (_, config) => {
  const mine = await described(ours, config)
  expect(mine).toEqual(await described(theirs, config))
  expect((mine as unknown[]).length).toBe(process.platform === 'linux' ? 31 : 27)
})

test('every metric has a value of this process', async () => {
  const register = new ours.Registry()
  ours.collectDefaultMetrics({ register, labels: { app: 'shop' } })
  await register.metrics()
  await new Promise((resolve) => void setImmediate(resolve))
  const text: string = await register.metrics()
  const value = (name: string): number => Number(new RegExp(`^${name}(?:\\{[^}]*app="shop"[^}]*\\})? (.*)$`, 'm').exec(text)?.[1])
  expect(value('process_cpu_seconds_total')).toBeCloseTo(
    value('process_cpu_user_seconds_total') + value('process_cpu_system_seconds_total'),
    6,
  )
  expect(Math.abs(value('process_start_time_seconds') - (Date.now() / 1000 - process.uptime()))).toBeLessThan(2)
  expect(value('nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6)
  expect(text).toMatch(/^nodejs_heap_space_size_used_bytes\{space="old",app="shop"\} [1-9]/m)
  expect(value('nodejs_active_resources_total')).toBeGreaterThan(0)
  expect(value('nodejs_active_handles_total')).toBeGreaterThan(0)
  expect(value('nodejs_eventloop_lag_seconds')).toBeGreaterThan(0)
  expect(text).not.toContain('NaN')
  if (process.platform !== 'linux') return
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(value('process_virtual_memory_bytes')).toBeGreaterThan(value('process_resident_memory_bytes'))
  expect(value('process_open_fds')).toBeGreaterThan(2)
  expect(value('process_max_fds')).toBeGreaterThan(value('process_open_fds'))
})

test('delays of the event loop are told once there are some, and kept while there are no new ones', async () => {
  const register = new ours.Registry()
  GROUPS['eventLoopLag']?.(register, { eventLoopMonitoringPrecision: 1 })
  const most = async (): Promise<number> => Number(/^nodejs_eventloop_lag_max_seconds (.*)$/m.exec(await register.metrics())?.[1])
  const deadline = performance.now() + 5_000
  let told = 0
  // Each scrape begins the measurement anew, and a measurement takes two looks of the monitor: asked without a pause, it has never one.
  while (told === 0 && performance.now() < deadline) {
    await new Promise((resolve) => void setTimeout(resolve, 10))
    told = await most()
  }
  expect(told).toBeGreaterThan(0)
  expect(told).toBeLessThan(5)
  expect(await register.metrics()).not.toContain('Nan')
  expect(await theirsAfterAMoment()).toContain('nodejs_eventloop_lag_mean_seconds Nan')
})

/** prom-client, asked twice within one look at the event loop. */
async function theirsAfterAMoment(): Promise<string> {
  const register = new theirs.Registry()
  theirs.collectDefaultMetrics({ register, eventLoopMonitoringPrecision: 1_000 })
  await register.metrics()
  return register.metrics()
}

test('types of resources that are gone are not shown', async () => {
  const register = new ours.Registry()
  GROUPS['processResources']?.(register)
  const list = vi.spyOn(process, 'getActiveResourcesInfo')
  list.mockReturnValue(['Timeout', 'Timeout', 'TCPSocketWrap'])
  expect(await register.metrics()).toContain('nodejs_active_resources{type="Timeout"} 2\nnodejs_active_resources{type="TCPSocketWrap"} 1\n')
  list.mockReturnValue(['Immediate'])
  const text: string = await register.metrics()
  expect(text).toContain('nodejs_active_resources{type="Immediate"} 1\n')
  expect(text).not.toContain('Timeout')
})

test('handles are counted by class, those without one left out', async () => {
  const register = new ours.Registry()
  const original: unknown = Reflect.get(process, '_getActiveHandles')
  Reflect.set(process, '_getActiveHandles', () => [new Map(), new Map(), Object.create(null)])
  try {
    GROUPS['processHandles']?.(register)
    const text: string = await register.metrics()
    expect(text).toContain('nodejs_active_handles{type="Map"} 2\n')
    expect(text).toContain('nodejs_active_handles_total 3\n')
    Reflect.set(process, '_getActiveHandles', undefined)
    const other = new ours.Registry()
    GROUPS['processHandles']?.(other)
    expect(await other.metrics()).toBe('\n')
  } finally {
    Reflect.set(process, '_getActiveHandles', original)
  }
})

test('each collection of garbage counts once', async () => {
  const register = new ours.Registry()
  GROUPS['gc']?.(register, { labels: { app: 'x' } })
  const histogram = register.getSingleMetric('nodejs_gc_duration_seconds')
  const counted = (): Promise<number> =>
    histogram
      .get()
      .then(({ values }: { values: { metricName: string; value: number }[] }) =>
        values.filter(({ metricName }) => metricName.endsWith('_count')).reduce((sum, { value }) => sum + value, 0),
      )
  const before = await counted()
  const arrays: number[][] = []
  // Observers are told in a later turn of the loop; every turn makes more garbage until one has been.
  for (let turn = 0; turn < 2_000 && (await counted()) === before; turn += 1) {
    for (let at = 0; at < 500; at += 1) arrays[at] = Array.from({ length: 100 }, () => turn)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  expect(await counted()).toBeGreaterThan(before)
})

test('processor time that the kernel takes back counts as none', async () => {
  const attempt = async (client: AnyClient): Promise<string> => {
    const register = new client.Registry()
    vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 5_000_000, system: 5_000_000 })
    if (client === ours) GROUPS['processCpuTotal']?.(register)
    else client.collectDefaultMetrics({ register })
    vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 4_000_000, system: 7_000_000 })
    return register.metrics().catch(String)
  }
  expect(await attempt(theirs)).toBe('Error: It is not possible to decrease a counter')
  expect(await attempt(ours)).toMatch(
    /^process_cpu_user_seconds_total 0\n[^]*^process_cpu_system_seconds_total 2\n[^]*^process_cpu_seconds_total 2\n/m,
  )
})

describe('exemplars of the processor time', () => {
  test('carry the trace under way, and are empty without one', async () => {
    const key = Symbol.for('opentelemetry.js.api.1')
    const register = new ours.Registry(OPENMETRICS)
    GROUPS['processCpuTotal']?.(register, { enableExemplars: true })
    const before: unknown = Reflect.get(globalThis, key)
    try {
      Reflect.deleteProperty(globalThis, key)
      expect(await register.metrics()).toMatch(/^process_cpu_user_seconds_total \S+ # \{\} /m)
      const span = { spanContext: () => ({ traceId: 'abc', spanId: 'def' }) }
      Reflect.set(globalThis, key, { context: { active: () => ({ getValue: () => span }) } })
      expect(await register.metrics()).toMatch(/^process_cpu_user_seconds_total \S+ # \{traceId="abc",spanId="def"\} /m)
    } finally {
      if (before === undefined) Reflect.deleteProperty(globalThis, key)
      else Reflect.set(globalThis, key, before)
    }
  })

  test('find the span where the API of OpenTelemetry keeps it', async () => {
    const { context, trace } = await import('@opentelemetry/api')
    const { activeTrace } = await import('../../src/prom-client/default-metrics/trace.ts')
    const spanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
    const active = trace.setSpan(context.active(), trace.wrapSpanContext(spanContext))
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, act, self, ...args) => act.call(self as never, ...args),
      bind: (_context, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    try {
      expect(activeTrace()).toEqual({ traceId: spanContext.traceId, spanId: spanContext.spanId })
    } finally {
      context.disable()
    }
  })
})

describe('collectDefaultMetrics', () => {
  test.each([['text'], [5], [true]])('refuses %j', (config) => {
    for (const client of [ours, theirs] as AnyClient[]) {
      expect(() => client.collectDefaultMetrics(config)).toThrow(new TypeError('config must be null, undefined, or an object'))
    }
  })

  test('answers nothing, so that clearInterval of it is harmless, and goes into the global registry', () => {
    try {
      expect(ours.collectDefaultMetrics(null)).toBeUndefined()
      expect(ours.register.getMetricsAsArray().length).toBeGreaterThan(20)
      expect(() => ours.collectDefaultMetrics()).toThrow(/has already been registered/)
    } finally {
      ours.register.clear()
    }
  })

  test('has the names of each group', () => {
    expect(GROUPS['gc']?.metricNames).toEqual(['nodejs_gc_duration_seconds'])
    expect(ours.collectDefaultMetrics.metricsList).toEqual(Object.keys(GROUPS))
  })
})
