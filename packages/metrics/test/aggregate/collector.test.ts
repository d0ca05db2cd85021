import { createRegistry, type GaugeAggregation, type Registry } from '@postern/metrics'
import { describe, expect, test, vi } from 'vitest'
import { sampleLines, scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'
import { readExposition } from '../support/strict-reader.ts'
import { createPool } from './support.ts'

const requests = (registry: Registry) => registry.counter({ name: 'requests_total', help: 'Requests.', labelNames: ['route'] })

describe('totals', () => {
  test('of the primary and all workers add up, and grow with each', async () => {
    using pool = createPool()
    requests(pool.primary).inc({ route: '/' }, 1)
    requests(pool.add().registry).inc({ route: '/' }, 10)
    const last = requests(pool.add().registry)
    last.inc({ route: '/' }, 100)
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 111'])
    last.inc({ route: '/' }, 100)
    last.inc({ route: '/new' })
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 211', 'requests_total{route="/new"} 1'])
  })

  test('stay when a worker is killed, and go on from there with the next', async () => {
    using pool = createPool()
    const first = pool.add()
    requests(first.registry).inc({ route: '/' }, 2 ** 53 - 10)
    await pool.lines()
    await first.kill()
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 9007199254740982'])
    requests(pool.add().registry).inc({ route: '/' }, 3)
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 9007199254740985'])
  })

  test('of a family without labels stay as well', async () => {
    using pool = createPool()
    const first = pool.add()
    const count = first.registry.counter({ name: 'jobs_total', help: 'Jobs.' })
    count.inc(4)
    await pool.lines()
    await first.kill()
    expect(await pool.lines()).toEqual(['jobs_total 4'])
    pool.add().registry.counter({ name: 'jobs_total', help: 'Jobs.' }).inc()
    expect(await pool.lines()).toEqual(['jobs_total 5'])
  })

  test('do not shrink when one of several workers begins a series anew', async () => {
    using pool = createPool()
    const [one, other] = [requests(pool.add().registry), requests(pool.add().registry)]
    one.inc({ route: '/' }, 5)
    other.inc({ route: '/' }, 7)
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 12'])
    one.clear()
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 12'])
    one.inc({ route: '/' }, 2)
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 14'])
  })

  test('of a series that its last worker has removed go, those of ended workers too', async () => {
    using pool = createPool()
    const ended = pool.add()
    requests(ended.registry).inc({ route: '/old' }, 5)
    await pool.lines()
    await ended.kill()
    const one = requests(pool.add().registry)
    one.inc({ route: '/old' })
    one.inc({ route: '/' })
    expect(await pool.lines()).toEqual(['requests_total{route="/old"} 6', 'requests_total{route="/"} 1'])
    one.remove({ route: '/old' })
    expect(await pool.lines()).toEqual(['requests_total{route="/"} 1'])
    one.inc({ route: '/old' })
    expect(await pool.lines()).toContain('requests_total{route="/old"} 1')
  })

  test('of a family that its last worker has unregistered go', async () => {
    using pool = createPool()
    const { registry } = pool.add()
    registry.counter({ name: 'a_total', help: 'A.' }).inc()
    registry.gauge({ name: 'b', help: 'B.' })
    requests(registry).inc({ route: '/' })
    expect(await pool.lines()).toHaveLength(3)
    for (const name of ['a_total', 'b', 'requests_total']) registry.unregister(name)
    expect(await pool.lines()).toEqual([])
  })

  test('although their collect fails are still there, and gauges are not', async () => {
    using pool = createPool()
    let fails = false
    const collect = (): void => {
      if (fails) throw new Error('no')
    }
    const { registry } = pool.add()
    registry.counter({ name: 'a_total', help: 'A.', collect }).inc()
    registry.gauge({ name: 'b', help: 'B.', collect })
    expect(await pool.lines()).toEqual(['a_total 1', 'b 0'])
    fails = true
    expect(await pool.lines()).toEqual([
      'a_total 1',
      'postern_metrics_collect_errors_total{family="a_total"} 1',
      'postern_metrics_collect_errors_total{family="b"} 1',
    ])
  })

  test('of histograms add up bucket by bucket', async () => {
    using pool = createPool()
    const histogram = (registry: Registry) => registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] })
    const first = pool.add()
    const observed = histogram(first.registry)
    for (const value of [0.5, 1.5, 9]) observed.observe(value)
    histogram(pool.add().registry).observe(1.5)
    const lines = ['h_bucket{le="1"} 1', 'h_bucket{le="2"} 3', 'h_bucket{le="+Inf"} 4', 'h_sum 12.5', 'h_count 4']
    expect(await pool.lines()).toEqual(lines)
    await first.kill()
    expect(await pool.lines()).toEqual(lines)
  })

  test('of summaries add up without their quantiles', async () => {
    using pool = createPool()
    let count = 1
    const summary = {
      name: 'foreign',
      collect: () => [
        {
          kind: 'summary' as const,
          name: 's',
          help: 'S.',
          labelNames: [],
          quantiles: [0.5],
          series: [{ labels: [], values: [7, 10, count] }],
        },
      ],
    }
    pool.add().registry.include(summary)
    pool.add().registry.include(summary)
    expect(await pool.lines()).toEqual(['s_sum 20', 's_count 2'])
    count = 2
    expect(await pool.lines()).toEqual(['s_sum 20', 's_count 4'])
  })

  test('are not smaller by the rounding of another order of terms', async () => {
    using pool = createPool()
    const seconds = (registry: Registry) => registry.counter({ name: 'cpu_seconds_total', help: 'CPU.' })
    const workers = [0.1, 0.2, 0.3, 0.7, 1e10].map((value) => {
      const worker = pool.add()
      seconds(worker.registry).inc(value)
      return worker
    })
    let last = 0
    for (const worker of [undefined, ...workers.toReversed()]) {
      await worker?.kill()
      const value = Number((await pool.lines())[0]?.split(' ')[1])
      expect(value).toBeGreaterThanOrEqual(last)
      last = value
    }
  })
})

describe('gauges', () => {
  test.each<[GaugeAggregation | undefined, string[], string[]]>([
    [undefined, ['g 16'], ['g 6']],
    ['sum', ['g 16'], ['g 6']],
    ['min', ['g 1'], ['g 1']],
    ['max', ['g 10'], ['g 5']],
    ['average', ['g 5.333333333333333'], ['g 3']],
    ['first', ['g 5'], ['g 5']],
    ['per-worker', ['g{worker="1"} 10', 'g{worker="2"} 1', 'g{worker="primary"} 5'], ['g{worker="2"} 1', 'g{worker="primary"} 5']],
  ])('of the rule %s become %j, and %j without a worker', async (aggregation, all, rest) => {
    using pool = createPool()
    const gauge = (registry: Registry) => registry.gauge({ name: 'g', help: 'G.', ...(aggregation === undefined ? {} : { aggregation }) })
    gauge(pool.primary).set(5)
    const worker = pool.add()
    gauge(worker.registry).set(10)
    gauge(pool.add().registry).set(1)
    expect((await pool.lines()).sort()).toEqual(all)
    await worker.kill()
    expect((await pool.lines()).sort()).toEqual(rest)
  })

  test.each([Number.NaN, Infinity, -Infinity, 5e-324, -1.5])('keep the number %j on their way', async (value) => {
    using pool = createPool()
    pool.add().registry.gauge({ name: 'g', help: 'G.' }).set(value)
    expect(readExposition(await scrapeText(pool.collector.registry), 'text').find(({ name }) => name === 'g')?.samples[0]?.value).toBe(
      value,
    )
  })

  test('are those of the workers that have them', async () => {
    using pool = createPool()
    const worker = pool.add()
    worker.registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], aggregation: 'min' }).set({ a: '1' }, 7)
    pool
      .add()
      .registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'], aggregation: 'min' })
      .set({ a: '2' }, 3)
    expect(await pool.lines()).toEqual(['g{a="1"} 7', 'g{a="2"} 3'])
    await worker.kill()
    expect(await pool.lines()).toEqual(['g{a="2"} 3'])
  })

  test('with a label of the same name as that of the workers have both in it', async () => {
    using pool = createPool()
    const gauge = { name: 'g', help: 'G.', labelNames: ['worker'], aggregation: 'per-worker' } as const
    pool.primary.gauge(gauge).set({ worker: 'a' }, 1)
    pool.add().registry.gauge(gauge).set({ worker: 'a' }, 2)
    expect(await pool.lines()).toEqual(['g{worker="primary.a"} 1', 'g{worker="1.a"} 2'])
  })
})

test('infos and state sets are those of any worker', async () => {
  using pool = createPool()
  for (const [version, state] of [
    ['1', 'ready'],
    ['1', 'ready'],
    ['2', 'starting'],
  ] as const) {
    const { registry } = pool.add()
    registry.info({ name: 'build', help: 'Build.', labelNames: ['version'] }).set({ version })
    registry.stateSet({ name: 'state', help: 'State.', states: ['starting', 'ready', 'stopping'] }).set(state)
  }
  expect(await pool.lines()).toEqual([
    'build_info{version="1"} 1',
    'build_info{version="2"} 1',
    'state{state="starting"} 1',
    'state{state="ready"} 1',
    'state{state="stopping"} 0',
  ])
})

describe('exemplars and births', () => {
  test('are the newest and the oldest', async () => {
    const times = [3000, 2000, 1000, 4000]
    using pool = createPool({}, { createdTimestamps: true, wallClock: () => 9000 })
    for (const time of times) {
      const { registry } = pool.add({ registry: createRegistry({ createdTimestamps: true, wallClock: () => time }) })
      registry
        .counter({ name: 'c_total', help: 'C.' })
        .labels()
        .incWithExemplar(1, { trace: String(time) })
      registry
        .histogram({ name: 'h', help: 'H.', buckets: [1] })
        .labels()
        .observeWithExemplar(0.5, { trace: String(time) })
    }
    const body = await scrapeOpenMetrics(pool.collector.registry)
    expect(body).toContain('c_total 4 # {trace="4000"} 1 4\n')
    expect(body).toContain('c_created 1\n')
    expect(body).toContain('h_bucket{le="1.0"} 4 # {trace="4000"} 0.5 4\n')
    expect(body).toContain('h_created 1\n')
  })
})

describe('declarations that contradict each other', () => {
  test('are shown as the first has them, and counted', async () => {
    using pool = createPool()
    pool.primary.histogram({ name: 'h', help: 'Old.', buckets: [1] }).observe(1)
    const { registry } = pool.add()
    registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] }).observe(1)
    registry.gauge({ name: 'postern_worker_up', help: 'Ours.' })
    pool.add().registry.gauge({ name: 'h_count', help: 'Clash.' })
    expect(await pool.lines()).toEqual(['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1'])
    const own = await pool.own()
    for (const family of ['h', 'h_count', 'postern_worker_up']) {
      expect(own).toContain(`postern_worker_family_conflicts_total{family="${family}"} 1`)
    }
    readExposition(await scrapeText(pool.collector.registry), 'text')
  })

  test('give way when nobody has the first any more', async () => {
    using pool = createPool()
    const old = pool.add()
    old.registry.counter({ name: 'x_total', help: 'Old.', labelNames: ['a'] }).inc({ a: '1' }, 9)
    await pool.lines()
    const { registry } = pool.add()
    registry.counter({ name: 'x_total', help: 'New.', labelNames: ['a', 'b'] }).inc({ a: '1', b: '2' }, 2)
    expect(await pool.lines()).toEqual(['x_total{a="1"} 9'])
    await old.kill()
    expect(await pool.lines()).toEqual(['x_total{a="1",b="2"} 2'])
  })

  test('are forgotten with their worker', async () => {
    using pool = createPool()
    const old = pool.add()
    old.registry.counter({ name: 'x_total', help: 'Old.' }).inc(9)
    await pool.lines()
    const other = pool.add()
    other.registry.counter({ name: 'x_total', help: 'New.', labelNames: ['a'] })
    await pool.lines()
    await other.kill()
    await old.kill()
    expect(await pool.lines()).toEqual(['x_total 9'])
  })

  test.each(['help', 'order of labels'])('do not when only their %s differs', async () => {
    using pool = createPool()
    pool
      .add()
      .registry.counter({ name: 'x_total', help: 'One.', labelNames: ['a', 'b'] })
      .inc({ a: '1', b: '2' })
    pool
      .add()
      .registry.counter({ name: 'x_total', help: 'Other.', labelNames: ['b', 'a'] })
      .inc({ a: '1', b: '2' })
    expect(await pool.lines()).toEqual(['x_total{a="1",b="2"} 2'])
    expect(await scrapeText(pool.collector.registry)).toContain('# HELP x_total One.\n')
  })
})

describe('a worker that does not answer', () => {
  test('is waited for once, shown as it reported last, and told', async () => {
    using pool = createPool({ timeoutMilliseconds: 20 })
    const never = new Promise<void>(() => {})
    let isBlocked = false
    const { registry } = pool.add()
    registry.gauge({ name: 'g', help: 'G.', collect: () => (isBlocked ? never : undefined), collectTimeoutMilliseconds: 60_000 }).set(3)
    expect(await pool.own()).toContain('postern_worker_up{worker="1"} 1')
    isBlocked = true
    expect(await pool.lines()).toEqual(['g 3'])
    const own = await pool.own()
    expect(own).toContain('postern_worker_up{worker="1"} 0')
    expect(own).toContain('postern_worker_scrape_timeouts_total{worker="1"} 2')
    const started = performance.now()
    await pool.own()
    expect(performance.now() - started).toBeLessThan(19)
  })

  test('is up again when it is heard', async () => {
    using pool = createPool({ timeoutMilliseconds: 20 })
    let release = (): void => {}
    let isBlocked = false
    const { registry, reporter } = pool.add()
    const blocked = new Promise<void>((resolve) => {
      release = resolve
    })
    registry.gauge({ name: 'g', help: 'G.', collect: () => (isBlocked ? blocked : undefined), collectTimeoutMilliseconds: 60_000 })
    await pool.lines()
    isBlocked = true
    expect(await pool.own()).toContain('postern_worker_up{worker="1"} 0')
    release()
    expect(await reporter.flush()).toBe(true)
    expect(await pool.own()).toContain('postern_worker_up{worker="1"} 1')
  })
})

describe('families of workers', () => {
  const REFUSED = 'postern_worker_families_refused_total'
  const declare = (registry: Registry, from: number, to: number): void => {
    for (let at = from; at < to; at += 1) registry.gauge({ name: `g${at}`, help: 'G.' })
  }

  test('are as many as all may have, those beyond are counted, and take the room of one that goes', async () => {
    using pool = createPool({ maxFamilies: 3 })
    const [one, other] = [pool.add(), pool.add()]
    declare(one.registry, 0, 2)
    await pool.lines()
    declare(other.registry, 0, 4)
    expect(await pool.lines()).toEqual(['g0 0', 'g1 0', 'g2 0'])
    expect(await pool.own()).toContain(`${REFUSED} 1`)
    one.registry.unregister('g1')
    other.registry.unregister('g1')
    await vi.waitFor(async () => expect(await pool.lines()).toEqual(['g0 0', 'g2 0', 'g3 0']))
    expect(await pool.own()).toContain(`${REFUSED} 1`)
  })

  test('of one worker are as many as it may have, and leave room for those of others', async () => {
    using pool = createPool({ maxFamilies: 6, maxFamiliesPerWorker: 4 })
    const greedy = pool.add()
    declare(greedy.registry, 0, 10)
    expect(await pool.lines()).toEqual(['g0 0', 'g1 0', 'g2 0', 'g3 0'])
    expect(await pool.own()).toContain(`${REFUSED} 6`)
    pool.add().registry.gauge({ name: 'mine', help: 'M.' }).set(1)
    expect(await pool.lines()).toContain('mine 1')
    greedy.registry.unregister('g0')
    await vi.waitFor(async () => expect(await pool.lines()).toContain('g4 0'))
    expect(await pool.lines()).toEqual(['g1 0', 'g2 0', 'g3 0', 'mine 1', 'g4 0'])
  })

  test('wait no more for room when their worker has ended', async () => {
    using pool = createPool({ maxFamilies: 1 })
    const [first, second] = [pool.add(), pool.add()]
    declare(first.registry, 0, 1)
    await pool.lines()
    declare(second.registry, 1, 2)
    await pool.lines()
    await second.kill()
    first.registry.unregister('g0')
    expect(await pool.lines()).toEqual([])
  })

  test.each(['maxSeries', 'maxFamilies', 'maxFamiliesPerWorker'])('have a limit that allows something: %s', (limit) => {
    for (const [given, quoted] of [
      [0, '0'],
      ['5', '"5"'],
      [Number.NaN, 'NaN'],
      [null, 'null'],
    ]) {
      const message = `The collector has ${limit} ${quoted}. Write a number of at least 1, or leave it out.`
      expect(() => createPool({ [limit]: given })).toThrow(new (typeof given === 'number' ? RangeError : TypeError)(message))
    }
    using pool = createPool({ [limit]: Infinity })
    expect(pool.collector).toBeDefined()
  })
})

describe('what the collector tells of workers', () => {
  test('vanishes with them, and their numbers are given again', async () => {
    using pool = createPool({}, { wallClock: () => 7_000 })
    const [first] = [pool.add(), pool.add()]
    expect(await pool.own()).toEqual([
      'postern_worker_up{worker="1"} 1',
      'postern_worker_up{worker="2"} 1',
      'postern_worker_last_report_timestamp_seconds{worker="1"} 7',
      'postern_worker_last_report_timestamp_seconds{worker="2"} 7',
      'postern_worker_scrape_timeouts_total{worker="1"} 0',
      'postern_worker_scrape_timeouts_total{worker="2"} 0',
      'postern_worker_ended_total 0',
      'postern_worker_families_refused_total 0',
      'postern_worker_series_left_out_total 0',
      'postern_worker_messages_refused_total 0',
    ])
    await first?.kill()
    const own = await pool.own()
    expect(own.filter((line) => line.includes('worker="1"'))).toEqual(['postern_worker_scrape_timeouts_total{worker="1"} 0'])
    expect(own).toContain('postern_worker_ended_total 1')
    pool.add()
    await pool.own()
    expect(await pool.own()).toContain('postern_worker_up{worker="1"} 1')
  })

  test('says how many series were left out, of those beyond the limit', async () => {
    using pool = createPool({ maxSeries: 3 })
    const counter = requests(pool.add().registry)
    for (let at = 0; at < 5; at += 1) counter.inc({ route: String(at) })
    expect(await pool.lines()).toHaveLength(3)
    expect(await pool.own()).toContain('postern_worker_series_left_out_total 2')
    requests(pool.add().registry).inc({ route: '0' })
    expect(await pool.lines()).toContain('requests_total{route="0"} 2')
  })
})

test('a collector inside a collector brings its own workers along', async () => {
  using pool = createPool()
  using inner = createPool()
  requests(inner.primary).inc({ route: '/' }, 1)
  requests(inner.add().registry).inc({ route: '/' }, 2)
  requests(pool.primary).inc({ route: '/' }, 4)
  pool.add({ registry: inner.collector.registry })
  expect((await pool.lines()).filter((line) => line.startsWith('requests'))).toEqual(['requests_total{route="/"} 7'])
})

test('the registry of a collector has the default labels, and snapshots, of all', async () => {
  using pool = createPool({}, { defaultLabels: { app: 'shop' } })
  requests(pool.add().registry).inc({ route: '/' }, 2)
  expect(await pool.lines()).toEqual(['requests_total{route="/",app="shop"} 2'])
  const snapshot = (await pool.collector.registry.snapshot()).find(({ name }) => name === 'requests_total')
  expect(snapshot).toMatchObject({ labelNames: ['route'], series: [{ labels: ['/'] }] })
})

test('a closed collector shows nothing of its workers any more', async () => {
  using pool = createPool()
  requests(pool.add().registry).inc({ route: '/' }, 2)
  await pool.lines()
  pool.collector.close()
  expect(await pool.lines()).toEqual([])
})

test.each([0, Number.NaN, Infinity, '5'])('refuses the time-out %j', (timeoutMilliseconds) => {
  expect(() => createPool({ timeoutMilliseconds: timeoutMilliseconds as number })).toThrow(
    /^timeoutMilliseconds is .*Write it in milliseconds, like 10000\.$/,
  )
})

test('a name that the registry of the collector has taken itself is left out and counted', async () => {
  using pool = createPool()
  pool.collector.registry.gauge({ name: 'g', help: 'Mine.' }).set(1)
  pool.add().registry.gauge({ name: 'g', help: 'Theirs.' }).set(2)
  expect(await pool.lines()).toEqual(['g 1', 'postern_metrics_collect_errors_total{family="g"} 1'])
  expect(await sampleLines(pool.collector.registry)).toContain('postern_metrics_collect_errors_total{family="g"} 2')
})

test('a family of a source that a worker has too is left out and counted', async () => {
  using pool = createPool()
  const family = { kind: 'gauge' as const, name: 'g', help: 'G.', labelNames: [], series: [{ labels: [], values: [1] }] }
  const remove = pool.collector.registry.include({ name: 'foreign', collect: () => [family, { ...family, name: 'h' }] })
  pool.add().registry.gauge({ name: 'g', help: 'G.' }).set(2)
  expect(await pool.lines()).toEqual(['postern_metrics_collect_errors_total{family="g"} 1', 'g 2', 'h 1'])
  expect(await sampleLines(pool.collector.registry)).toContain('postern_metrics_collect_errors_total{family="g"} 2')
  remove()
  expect(await pool.lines()).not.toContain('h 1')
})

test('a snapshot tells the rule of a gauge, and a registry that includes it passes it on', async () => {
  const [one, other] = [createRegistry(), createRegistry()]
  one.gauge({ name: 'g', help: 'G.', aggregation: 'max' }).set(1)
  other.include({ name: 'one', collect: () => one.snapshot() })
  expect(await other.snapshot()).toMatchObject([{ name: 'g', aggregation: 'max' }])
  using pool = createPool()
  for (const value of [1, 5, 3]) {
    const registry = createRegistry()
    registry.include({
      name: 'one',
      collect: async () => (await other.snapshot()).map((family) => ({ ...family, series: [{ labels: [], values: [value] }] })),
    })
    pool.add({ registry })
  }
  expect(await pool.lines()).toEqual(['g 5'])
})

test('a family whose only worker is gone, and which has nothing to add up, goes with it', async () => {
  using pool = createPool()
  const worker = pool.add()
  worker.registry.gauge({ name: 'g', help: 'G.' }).set(1)
  requests(worker.registry)
  expect(await pool.lines()).toEqual(['g 1'])
  await worker.kill()
  const body = await scrapeText(pool.collector.registry)
  expect(body).not.toContain('TYPE g ')
  expect(body).not.toContain('TYPE requests_total ')
  pool.add().registry.counter({ name: 'g', help: 'Another.' }).inc()
  expect(await pool.lines()).toEqual(['g 1'])
})
