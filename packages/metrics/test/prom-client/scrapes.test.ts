/** Many series over many scrapes: what is kept between them never shows. And what programs do to the clock in their tests. */
import { afterEach, expect, test, vi } from 'vitest'
import { type AnyClient, OPENMETRICS, observe, ours, theirs } from './support/libraries.ts'

afterEach(() => void vi.useRealTimers())

/** The texts of a program that writes to hundreds of series between scrapes. */
async function longLife(client: AnyClient, contentType?: string): Promise<string[]> {
  const registry = new client.Registry(contentType)
  const common = { help: 'x', labelNames: ['a', 'b'], registers: [registry] }
  const counter = new client.Counter({ name: 'c_total', ...common })
  const gauge = new client.Gauge({ name: 'g', ...common })
  const histogram = new client.Histogram({ name: 'h', buckets: [1, 10], ...common })
  const summary = new client.Summary({ name: 's', percentiles: [0.5], ...common })
  const texts: string[] = []
  for (let round = 0; round < 6; round += 1) {
    for (let at = 0; at < 300 + 100 * round; at += 1 + (round % 2)) {
      const labels = at % 3 === 0 ? { b: at, a: 'x' } : at % 3 === 1 ? { a: `é${at}`, b: 'y' } : { b: `${at}` }
      counter.inc(labels, round * at)
      gauge.set(labels, [at, NaN, -at, Infinity][(round + at) % 4])
      histogram.observe(labels, at % 12)
      summary.observe(labels, at)
    }
    if (round === 2) registry.setDefaultLabels({ region: 'eu' })
    if (round === 4) histogram.reset()
    // Twice: the second scrape finds everything unchanged.
    texts.push(await registry.metrics(), await registry.metrics())
  }
  return texts
}

test('hundreds of series look the same in every scrape', async () => {
  expect(await longLife(ours)).toEqual(await longLife(theirs))
})

test('a merged registry made anew for each scrape shows the same, time and again', async () => {
  const merged = async (client: AnyClient): Promise<string[]> => {
    const registry = new client.Registry()
    const counter = new client.Counter({ name: 'c', help: 'x', labelNames: ['a'], registers: [registry] })
    const texts: string[] = []
    for (let scrape = 0; scrape < 20; scrape += 1) {
      for (let at = 0; at < 40; at += 1) counter.inc({ a: at })
      registry.setDefaultLabels({ scrape })
      texts.push(await client.Registry.merge([registry]).metrics(), await registry.metrics())
    }
    return texts
  }
  expect(await merged(ours)).toEqual(await merged(theirs))
})

test('series that were reset come back in the order they are written', async () => {
  const program = (client: AnyClient, registry: AnyClient): void => {
    const gauge = new client.Gauge({ name: 'g', help: 'x', labelNames: ['a'], registers: [registry] })
    for (const round of [1, 2, 3]) {
      gauge.reset()
      for (const a of ['one', 'two', 'three']) gauge.set({ a }, round)
    }
  }
  expect(await observe(ours, program)).toEqual(await observe(theirs, program))
})

test('exemplars look the same, and only in OpenMetrics', async () => {
  vi.useFakeTimers({ now: 1_678_654_679_000 })
  const program = async (client: AnyClient, registry: AnyClient, step: (act: () => unknown) => void): Promise<void> => {
    const common = { help: 'x', labelNames: ['a'], registers: [registry], enableExemplars: true }
    const counter = new client.Counter({ name: 'plain', ...common })
    counter.inc({ labels: { a: 'x' }, value: 5, exemplarLabels: { trace_id: 'ab"c', span: 7 } })
    counter.inc({ labels: { a: 'x' } })
    counter.inc({ labels: { a: 'y' }, exemplarLabels: {} })
    counter.inc({ value: 0, exemplarLabels: { zero: 1 } })
    counter.inc()
    const histogram = new client.Histogram({ name: 'h', buckets: [1, 2], ...common })
    histogram.observe({ labels: { a: 'x' }, value: 1.5, exemplarLabels: { trace_id: 'one' } })
    histogram.observe({ labels: { a: 'x' }, value: 7, exemplarLabels: { trace_id: 'two' } })
    histogram.observe({ labels: { a: 'x' }, value: 8, exemplarLabels: {} })
    histogram.observe({ labels: { a: 'y' }, value: 0 })
    histogram.zero({ a: 'x' })
    histogram.observe({ labels: { a: 'x' }, value: 1.5, exemplarLabels: { trace_id: 'three' } })
    step(() => histogram.observe())
    step(() => histogram.observe({ labels: { c: 1 }, value: 1 }))
    step(() => counter.inc({ labels: { c: 1 } }))
    const end = histogram.startTimer({ a: 'timed' }, { trace_id: 'four' })
    vi.advanceTimersByTime(1_250)
    step(() => end(undefined, { more: 5 }))
    // Bounds have another spelling in OpenMetrics: see the differences.
    const text: string = await registry.metrics()
    step(() => text.replaceAll('le="1.0"', 'le="1"').replaceAll('le="2.0"', 'le="2"'))
    const json = JSON.stringify(await registry.getMetricsAsJSON())
    step(() => json)
    // One that series have of their own: their lines are made one by one.
    registry.setDefaultLabels({ a: 'default', z: 1 })
    const clashing: string = await registry.metrics()
    step(() => clashing.replaceAll('le="1.0"', 'le="1"').replaceAll('le="2.0"', 'le="2"'))
    registry.setDefaultLabels({})
    registry.setContentType(client.prometheusContentType)
  }
  const first = await observe(ours, program, OPENMETRICS)
  vi.setSystemTime(1_678_654_679_000)
  expect(first).toEqual(await observe(theirs, program, OPENMETRICS))
})

test('a child takes an exemplar with its value', async () => {
  vi.useFakeTimers({ now: 1_000 })
  const registry = new ours.Registry(OPENMETRICS)
  const common = { help: 'x', labelNames: ['a'], registers: [registry], enableExemplars: true }
  const counter = new ours.Counter({ name: 'c', ...common }).labels('x')
  counter.inc({ value: 2, exemplarLabels: { id: 1 } })
  counter.inc()
  const histogram = new ours.Histogram({ name: 'h', buckets: [1], ...common }).labels('x')
  histogram.observe({ value: 0.5, exemplarLabels: { id: 2 } })
  histogram.observe(3)
  histogram.startTimer({ id: 3 })()
  const text = await registry.metrics()
  expect(text).toContain('c_total{a="x"} 3 # {id="1"} 2 1\n')
  expect(text).toContain('h_bucket{le="1.0",a="x"} 2 # {id="3"} 0 1\n')
  expect(text).toContain('h_count{a="x"} 3\n')
})

test('timers read the clock when they are asked, and join their labels', async () => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'hrtime', 'performance'] })
  const program = (client: AnyClient, registry: AnyClient, step: (act: () => unknown) => void): void => {
    const common = { help: 'x', labelNames: ['a', 'b'], registers: [registry] }
    const gauge = new client.Gauge({ name: 'g', ...common })
    const histogram = new client.Histogram({ name: 'h', buckets: [1, 10], ...common })
    const summary = new client.Summary({ name: 's', percentiles: [0.5], ...common })
    const start = { a: 'start' }
    const timers = [gauge, histogram, summary].flatMap((metric) => [
      metric.startTimer(start),
      metric.startTimer(),
      metric.labels('x', 'y').startTimer(),
    ])
    start.a = 'changed'
    vi.advanceTimersByTime(2_500)
    for (const end of timers) step(() => end({ b: 'end' }))
    for (const end of timers) step(() => end({ c: 1 }))
    gauge.setToCurrentTime()
    gauge.setToCurrentTime({ a: 'now' })
    const child = gauge.labels('x', 'now')
    child.setToCurrentTime()
    child.setToCurrentTime()
  }
  const texts = async (client: AnyClient): Promise<unknown> => {
    const { steps, text } = await observe(client, program)
    return { steps, text: text.split('\n').sort() }
  }
  // The label object of a timer is read when it ends, in both.
  const first = await texts(ours)
  vi.setSystemTime(1_000_000)
  expect(first).toEqual(await texts(theirs))
})

test('under faked timers a scrape of much ends', async () => {
  vi.useFakeTimers()
  const registry = new ours.Registry()
  const histogram = new ours.Histogram({ name: 'h', help: 'x', labelNames: ['a'], registers: [registry] })
  for (let at = 0; at < 2_000; at += 1) histogram.observe({ a: at }, 1)
  expect((await registry.metrics()).split('\n').length).toBe(2_000 * 14 + 3)
})

test('a summary forgets what is older than its window, and is pruned then', async () => {
  vi.useFakeTimers({ now: 1_000_000 })
  const program = async (client: AnyClient, registry: AnyClient, step: (act: () => unknown) => void): Promise<void> => {
    const common = { help: 'x', labelNames: ['a'], percentiles: [0.5], maxAgeSeconds: 10, ageBuckets: 5, registers: [registry] }
    const kept = new client.Summary({ name: 'kept', ...common })
    const pruned = new client.Summary({ name: 'pruned', pruneAgedBuckets: true, ...common })
    for (const summary of [kept, pruned]) summary.observe({ a: 1 }, 100)
    for (const milliseconds of [5_000, 4_900, 3_000]) {
      const text = await registry.metrics()
      step(() => text)
      vi.advanceTimersByTime(milliseconds)
    }
    const text = await registry.metrics()
    step(() => text)
    pruned.observe({ a: 1 }, 5)
  }
  const first = await observe(ours, program)
  vi.setSystemTime(1_000_000)
  expect(first).toEqual(await observe(theirs, program))
})

test('percentiles of any kind are answered', async () => {
  const registry = new ours.Registry()
  const summary = new ours.Summary({
    name: 's',
    help: 'x',
    percentiles: [50, 0.5, 0.5, -1],
    ageBuckets: 1_000,
    maxAgeSeconds: 60,
    registers: [registry],
  })
  for (const value of [1, 2, 3]) summary.observe(value)
  expect((await registry.metrics()).split('\n').slice(2, 6)).toEqual([
    's{quantile="50"} 3',
    's{quantile="0.5"} 2',
    's{quantile="0.5"} 2',
    's{quantile="-1"} 1',
  ])
})

test('a series of a metric may be spied on: its own get is asked', async () => {
  const registry = new ours.Registry()
  const counter = new ours.Counter({ name: 'c', help: 'x', registers: [registry] })
  counter.get = async () => ({ name: 'c', help: 'y', type: 'counter', values: [{ value: 9, labels: {} }] })
  expect(await registry.metrics()).toBe('# HELP c y\n# TYPE c counter\nc 9\n')
})

test('help may be changed later, and collect runs once per scrape', async () => {
  const registry = new ours.Registry()
  const collect = vi.fn()
  const gauge = new ours.Gauge({ name: 'g', help: 'x', registers: [registry], collect })
  gauge.help = 'y'
  expect(await registry.metrics()).toBe('# HELP g y\n# TYPE g gauge\ng 0\n')
  expect(collect).toHaveBeenCalledOnce()
})

test('a scrape waits for thenables that are no promises', async () => {
  const registry = new ours.Registry()
  const gauge = new ours.Gauge({
    name: 'g',
    help: 'x',
    registers: [registry],
    collect: () => ({
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve: () => void) => {
        gauge.set(4)
        resolve()
      },
    }),
  })
  expect(await registry.metrics()).toContain('g 4\n')
})

test('a registry that counts failed collects starts anew when it is cleared or reset', async () => {
  const registry = new ours.Registry()
  const fail = (): never => {
    throw new Error('x')
  }
  void new ours.Gauge({ name: 'g', help: 'x', registers: [registry], collect: fail })
  expect(await registry.metrics()).toContain('postern_metrics_collect_errors_total{family="g"} 1\n')
  expect(await registry.metrics()).toContain('postern_metrics_collect_errors_total{family="g"} 2\n')
  registry.resetMetrics()
  expect(await registry.metrics()).toContain('postern_metrics_collect_errors_total{family="g"} 1\n')
  registry.clear()
  expect(await registry.metrics()).toBe('\n')
})

test('a copy of the module has a global registry of its own and works', async () => {
  vi.resetModules()
  const again = await import('@postern/metrics/prom-client')
  expect(again.register).not.toBe(ours.register)
  void new again.AggregatorRegistry()
  const counter = new again.Counter({ name: 'c', help: 'x' })
  counter.inc()
  expect(await again.register.metrics()).toBe('# HELP c x\n# TYPE c counter\nc 1\n')
  expect(await ours.register.metrics()).toBe('\n')
})

test('a registry tells a thousand families apart that it left out, and counts all others together', async () => {
  const registry = new ours.Registry()
  for (let at = 0; at < 1_100; at += 1) {
    void new ours.Gauge({ name: `g${at}`, help: 'x', registers: [registry], collect: () => Promise.reject(new Error('x')) })
  }
  const lines = (await registry.metrics()).split('\n').filter((line: string) => line.startsWith('postern_metrics_collect_errors_total{'))
  expect([lines.length, lines.at(-1)]).toEqual([1_001, 'postern_metrics_collect_errors_total{family="__overflow__"} 100'])
})
