import { createRegistry } from '@postern/metrics'
import { describe, expect, test, vi } from 'vitest'
import { Reporter } from '../../src/aggregate/reporter.ts'
import type { Report } from '../../src/aggregate/wire.ts'
import { createPool } from './support.ts'

const MARK = '@postern/metrics/1'

/** Everything a reporter with one counter sends, until the event loop has turned. */
async function reportsOf(act: (reporter: Reporter) => void = () => {}): Promise<Report[]> {
  const registry = createRegistry()
  registry.counter({ name: 'x_total', help: 'X.' }).inc(3)
  const sent: Report[] = []
  const reporter = new Reporter(registry, (message) => void sent.push(message as Report))
  await reporter.report(false)
  act(reporter)
  await reporter.report(false)
  reporter.stop()
  return sent
}

const family = {
  id: 0,
  kind: 'counter',
  name: 'x_total',
  help: 'X.',
  unit: null,
  labelNames: [],
  bounds: [],
  aggregation: null,
  native: false,
}
const changes = { family: 0, removed: [], defined: [[0, null]], series: [0], values: [3], natives: [], exemplars: [] }
/** Of one observation, of 1. */
const buckets = {
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  createdMilliseconds: 0,
  positive: { spans: [{ offset: 0, length: 1 }], deltas: [1] },
  negative: { spans: [], deltas: [] },
}
const report = {
  postern: MARK,
  type: 'report',
  epoch: 1,
  sequence: 0,
  families: [family],
  gone: [],
  changes: [changes],
  last: true,
  answers: 0,
}

describe('a report', () => {
  test('tells a series once, and then its numbers when they have changed', async () => {
    const [first, second] = await reportsOf()
    expect(first).toMatchObject({ ...report, epoch: expect.any(Number) })
    expect(second).toMatchObject({ sequence: 1, families: [], changes: [] })
  })

  test('comes in parts when it is long, of which the last says so', async () => {
    const registry = createRegistry()
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'] })
    for (let at = 0; at < 2_000; at += 1) histogram.observe({ a: String(at) }, at)
    const sent: Report[] = []
    const reporter = new Reporter(registry, (message) => void sent.push(message as Report))
    await reporter.report(false)
    reporter.stop()
    expect(sent.length).toBeGreaterThan(5)
    expect(sent.map(({ sequence, last }) => [sequence, last])).toEqual(sent.map((_, at) => [at, at === sent.length - 1]))
    expect(sent.flatMap(({ changes }) => changes.flatMap(({ series }) => series))).toEqual(Array.from({ length: 2_000 }, (_, at) => at))
  })

  test('of many thousand series from many workers comes to the right sums', async () => {
    using pool = createPool({ timeoutMilliseconds: 10_000 })
    for (let worker = 0; worker < 8; worker += 1) {
      const counter = pool.add().registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'] })
      for (let at = 0; at < 10_000; at += 1) counter.inc({ a: String(at) })
    }
    const lines = await pool.lines()
    expect(lines).toHaveLength(10_000)
    expect(lines[17]).toBe('x_total{a="17"} 8')
  })

  test('tells every series each time when nobody can say which have changed', async () => {
    const registry = createRegistry()
    const { store } = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).family
    store.slotOf({ a: '1' })
    while (store.takeMark() !== undefined);
    const sent: Report[] = []
    const reporter = new Reporter(registry, (message) => void sent.push(message as Report))
    await reporter.report(false)
    await reporter.report(false)
    reporter.stop()
    expect(sent.map(({ changes }) => changes[0]?.series)).toEqual([[0], [0]])
  })

  test('begins anew when a send fails', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'g', help: 'G.' })
    const sent: Report[] = []
    let fails = true
    const reporter = new Reporter(registry, (message) => {
      if (fails) throw new Error('closed')
      sent.push(message as Report)
    })
    await reporter.report(false)
    reporter.reportNow()
    fails = false
    await reporter.report(false)
    expect(sent).toMatchObject([{ sequence: 0, families: [{ name: 'g' }], last: true }])
    reporter.stop()
  })
})

describe('a reporter', () => {
  test.each([
    undefined,
    null,
    'ask',
    { type: 'ask', number: 1 },
    { postern: MARK },
    { postern: MARK, type: 'ask', number: -1 },
    { postern: MARK, type: 'ack', epoch: 'x', sequence: 0 },
    { postern: MARK, type: 'ack', epoch: 1, sequence: 0 },
  ])('ignores %j', async (message) => {
    expect(await reportsOf((reporter) => reporter.receive(message))).toHaveLength(2)
  })

  test('says in its flush that nobody has heard it', async () => {
    const reporter = new Reporter(createRegistry(), () => {})
    expect(await reporter.flush(5)).toBe(false)
    reporter.close()
    reporter.close()
    expect(await reporter.flush(5)).toBe(false)
    reporter.reportNow()
  })

  test('reports at each interval, one report at a time, and tells everything anew to whoever never acknowledges', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const sent: Report[] = []
      const reporter = new Reporter(createRegistry(), (message) => void sent.push(message as Report), { intervalMilliseconds: 1_000 })
      await reporter.report(false)
      vi.advanceTimersByTime(2_000)
      expect(sent).toHaveLength(1)
      vi.advanceTimersByTime(1_000)
      await reporter.report(false)
      expect(sent.map(({ epoch, sequence }) => [epoch - sent[0]!.epoch, sequence])).toEqual([
        [0, 0],
        [1, 0],
      ])
      reporter.receive({ postern: MARK, type: 'ack', epoch: sent[1]!.epoch, sequence: 0 })
      vi.advanceTimersByTime(1_000)
      await vi.waitFor(() => expect(sent).toHaveLength(3))
      reporter.stop()
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([0, Number.NaN, 2 ** 31, '5'])('refuses the interval %j', (intervalMilliseconds) => {
    const make = (): Reporter => new Reporter(createRegistry(), () => {}, { intervalMilliseconds: intervalMilliseconds as number })
    expect(make).toThrow(/^intervalMilliseconds is .*Write it in milliseconds, like 10000\.$/)
  })
})

describe('a collector', () => {
  test.each([undefined, null, 7, 'report', [], { type: 'report' }, { postern: 'other' }])(
    'ignores %j, which is of others',
    async (message) => {
      using pool = createPool()
      pool.collector.connect(() => {}).receive(message)
      expect(await pool.own()).toContain('postern_worker_messages_refused_total 0')
    },
  )

  test.each<[string, object]>([
    ['another type', { type: 'other' }],
    ['no epoch', { epoch: undefined }],
    ['a sequence below zero', { sequence: -1 }],
    ['families of nothing', { families: [null] }],
    ['a family of another kind', { families: [{ ...family, kind: 'other' }] }],
    ['bounds that are no numbers', { families: [{ ...family, bounds: [null] }] }],
    ['changes of nothing', { changes: [null] }],
    ['changes of series that are no numbers', { changes: [{ ...changes, series: ['x'] }] }],
    ['values that JSON has lost', { changes: [{ ...changes, values: [null] }] }],
    ['series that are no arrays', { changes: [{ ...changes, defined: [{}] }] }],
    ['a family that does not say whether it is native', { families: [{ ...family, native: undefined }] }],
    ['native buckets of a counter', { families: [{ ...family, native: true }] }],
    ['changes without native buckets', { changes: [{ ...changes, natives: undefined }] }],
    ['native buckets that cannot be', { changes: [{ ...changes, natives: [{ schema: 9 }] }] }],
    ['exemplars that are no arrays', { changes: [{ ...changes, exemplars: [{}] }] }],
    ['labels that are no texts', { changes: [{ ...changes, defined: [[0, null, 5]] }] }],
  ])('refuses a report with %s, and counts it', async (_, fault) => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    pool.collector.connect(() => {}).receive({ ...report, ...fault })
    expect(await pool.own()).toContain('postern_worker_messages_refused_total 1')
    expect(await pool.lines()).toEqual([])
  })

  test.each<[string, object, string[]]>([
    ['believes what is well formed', {}, ['x_total 3']],
    ['ignores values that do not fit', { changes: [{ ...changes, values: [1, 2] }] }, ['x_total 0']],
    ['ignores changes of a family that it does not know', { changes: [{ ...changes, family: 9 }] }, ['x_total 0']],
    ['ignores numbers of a series that it does not know', { changes: [{ ...changes, series: [9] }] }, ['x_total 0']],
    ['ignores the end of a series that it does not know', { changes: [{ ...changes, removed: [9] }], gone: [9] }, ['x_total 3']],
    ['leaves out a family that cannot be', { families: [{ ...family, name: 'no name' }] }, []],
    ['explains a family by its name where the help is missing', { families: [{ ...family, help: ' ' }] }, ['x_total 3']],
    [
      'ignores exemplars out of place',
      {
        changes: [
          {
            ...changes,
            exemplars: [
              [0, 5, 1, 1, 'a', 'b'],
              [7, 0, 1, 1],
            ],
          },
        ],
      },
      ['x_total 3'],
    ],
    ['ignores native buckets of a counter', { changes: [{ ...changes, natives: [buckets] }] }, ['x_total 0']],
    ['ignores answers to what was not asked', { answers: 77 }, ['x_total 3']],
  ])('%s', async (_, fault, lines) => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    pool.collector.connect(() => {}).receive({ ...report, ...fault })
    expect(await pool.lines()).toEqual(lines)
  })

  test.each<[string, object, string]>([
    ['believes native buckets that hold what was counted', {}, 'h_count 1'],
    ['believes fewer where the sum is NaN', { values: [3, 'NaN'] }, 'h_count 3'],
    ['ignores fewer elsewhere', { values: [2, 1] }, 'h_count 0'],
    ['ignores more where the sum is NaN', { values: [0, 'NaN'] }, 'h_count 0'],
    ['ignores a count that is none', { values: [1.5, 'NaN'] }, 'h_count 0'],
    ['ignores a native histogram without its buckets', { natives: [] }, 'h_count 0'],
  ])('%s', async (_, fault, line) => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const families = [{ ...family, kind: 'histogram', name: 'h', native: true }]
    const told = { ...changes, values: [1, 1], natives: [buckets], ...fault }
    pool.collector.connect(() => {}).receive({ ...report, families, changes: [told] })
    expect(await pool.lines()).toContain(line)
  })

  test('asks for everything once when a part is missing, and ignores what comes twice', async () => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const orders: object[] = []
    const connection = pool.collector.connect((order) => void orders.push(order))
    connection.receive({ ...report, sequence: 4 })
    connection.receive({ ...report, sequence: 5 })
    expect(orders).toEqual([{ postern: MARK, type: 'resync' }])
    connection.receive(report)
    connection.receive(report)
    expect(await pool.lines()).toEqual(['x_total 3'])
    connection.receive({ ...report, sequence: 2 })
    expect(orders.filter((order) => 'type' in order && order.type === 'resync')).toHaveLength(2)
    connection.receive({ postern: MARK, type: 'bye' })
    connection.receive(report)
    connection.end()
    expect(await pool.lines()).toEqual(['x_total 3'])
  })

  test('loses nothing when parts of reports are lost on their way', async () => {
    using pool = createPool({ timeoutMilliseconds: 20 })
    let count = 0
    const worker = pool.add({ intervalMilliseconds: 5, lose: (message) => 'changes' in message && (count += 1) % 3 === 0 })
    const counter = worker.registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'] })
    for (let at = 0; at < 10; at += 1) {
      counter.inc({ a: String(at % 2) })
      await pool.lines()
    }
    await vi.waitFor(async () => expect(await pool.lines()).toEqual(['x_total{a="0"} 5', 'x_total{a="1"} 5']))
  })

  test('goes on when orders cannot be sent', async () => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const connection = pool.collector.connect(() => {
      throw new Error('closed')
    })
    connection.receive(report)
    expect(await pool.lines()).toEqual(['x_total 3'])
  })

  test('takes a worker that says goodbye for one that has ended', async () => {
    using pool = createPool()
    const { registry, reporter } = pool.add()
    registry.counter({ name: 'x_total', help: 'X.' }).inc(2)
    registry.gauge({ name: 'g', help: 'G.' }).set(1)
    await reporter.flush()
    reporter.close()
    expect(await pool.lines()).toEqual(['x_total 2'])
  })
})

describe('a worker that declares without end', () => {
  const REFUSED = 'postern_worker_families_refused_total'
  const named = (id: number): object => ({ ...family, id, name: `x${id}_total` })
  const refusedOf = async (pool: ReturnType<typeof createPool>): Promise<number> =>
    Number((await pool.own()).find((line) => line.startsWith(REFUSED))?.split(' ')[1])

  test('has the families that it may have, in one message or in many', async () => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const connection = pool.collector.connect(() => {})
    const last = false
    for (let sequence = 0; sequence < 20; sequence += 1) {
      const families = Array.from({ length: 1_000 }, (_, at) => named(sequence * 1_000 + at))
      connection.receive({ ...report, sequence, families, changes: [], last })
    }
    expect(await pool.lines()).toHaveLength(5_000)
    expect(await refusedOf(pool)).toBe(15_000)
  })

  test.each<[string, (at: number) => object]>([
    ['under one number', (at) => ({ families: [{ ...named(at), id: 0 }] })],
    ['and takes each back before its report is complete', (at) => ({ families: [named(at)], gone: at === 0 ? [] : [at - 1] })],
  ])('%s has no more than twice as many', async (_, told) => {
    using pool = createPool({ timeoutMilliseconds: 5, maxFamiliesPerWorker: 5 })
    const connection = pool.collector.connect(() => {})
    for (let sequence = 0; sequence < 40; sequence += 1) {
      connection.receive({ ...report, sequence, changes: [], last: false, ...told(sequence) })
    }
    expect(await pool.lines()).toHaveLength(10)
    expect(await refusedOf(pool)).toBe(30)
    connection.end()
    expect(await pool.lines()).toEqual([])
  })

  test('from many connections has what all may have', async () => {
    using pool = createPool({ timeoutMilliseconds: 5, maxFamilies: 20, maxFamiliesPerWorker: 15 })
    for (let at = 0; at < 5; at += 1) {
      const families = Array.from({ length: 15 }, (_, id) => ({ ...named(at * 15 + id), id }))
      pool.collector.connect(() => {}).receive({ ...report, families, changes: [] })
    }
    expect(await pool.lines()).toHaveLength(20)
    expect(await refusedOf(pool)).toBe(55)
  })

  test('against families of others is told of a thousand of them by name', async () => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const names = Array.from({ length: 1_005 }, (_, id) => id)
    pool.collector.connect(() => {}).receive({ ...report, families: names.map(named), changes: [] })
    const contrary = names.map((id) => ({ ...named(id), kind: 'gauge' }))
    pool.collector.connect(() => {}).receive({ ...report, families: contrary, changes: [] })
    await pool.lines()
    const told = (await pool.own()).filter((line) => line.startsWith('postern_worker_family_conflicts_total'))
    expect(told).toHaveLength(1_001)
    expect(told.at(-1)).toBe('postern_worker_family_conflicts_total{family="__overflow__"} 5')
  })

  test.each<[string, object, object]>([
    ['a name', { name: `x${'y'.repeat(1_023)}` }, { name: `x${'y'.repeat(1_024)}` }],
    ['a help', { help: 'h'.repeat(8_192) }, { help: 'h'.repeat(8_193) }],
    ['a label name', { labelNames: ['l'.repeat(1_024)] }, { labelNames: ['l'.repeat(1_025)] }],
    ['a unit', { name: 'x_seconds', unit: 'seconds' }, { name: 'x_seconds', unit: 's'.repeat(1_025) }],
    [
      'a list of labels',
      { labelNames: Array.from({ length: 128 }, (_, at) => `l${at}`) },
      { labelNames: Array.from({ length: 129 }, (_, at) => `l${at}`) },
    ],
    [
      'a list of bounds',
      { kind: 'histogram', bounds: Array.from({ length: 1_024 }, (_, at) => at) },
      { kind: 'histogram', bounds: Array.from({ length: 1_025 }, (_, at) => at) },
    ],
    ['a name', {}, { name: 'no name' }],
  ])('is refused %s that is none, or longer than any, and nothing else', async (_, usual, hostile) => {
    using pool = createPool({ timeoutMilliseconds: 5 })
    const families = [{ ...family, id: 0, ...usual }, { ...family, id: 1, ...hostile }, named(2)]
    const mine = { ...changes, family: 2 }
    pool.collector.connect(() => {}).receive({ ...report, families, changes: [mine, { ...changes, family: 1 }] })
    expect(await pool.lines()).toContain('x2_total 3')
    const own = await pool.own()
    expect(own).toContain(`${REFUSED} 1`)
    expect(own.filter((line) => line.includes('conflicts'))).toEqual([])
  })
})

describe('a worker that lies', () => {
  const show = async (told: object, change: object, accept?: string, options: object = {}): Promise<string> => {
    using pool = createPool({ registry: options })
    const connection = pool.collector.connect(() => {})
    const own = { defined: [[0, null, 'v']], ...change }
    connection.receive({
      ...report,
      families: [{ ...family, labelNames: ['a'], ...told }],
      changes: [{ ...changes, ...own }],
    })
    const { body } = await pool.collector.registry.render({ accept })
    expect(body).toContain('postern_worker_up')
    return body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('postern_'))
      .join('\n')
  }

  test.each([
    ['counter', [], [-5]],
    ['counter', [], ['NaN']],
    ['histogram', [1], [-1, 2, 3]],
    ['histogram', [1], [0.5, 2, 3]],
    ['summary', [], [1, -1]],
    ['summary', [], [1]],
    ['info', [], [3]],
  ])('with the numbers of a %s with the bounds %j that are %j adds no series', async (kind, bounds, values) => {
    expect(await show({ kind, bounds, name: kind === 'info' ? 'x_info' : 'x' }, { values })).toBe('')
  })

  test.each([
    ['bounds that do not ascend', { kind: 'histogram', bounds: [2, 1] }, [1, 2, 3, 4]],
    ['a bound twice', { kind: 'histogram', bounds: [1, 1] }, [1, 2, 3, 4]],
    ['a state set without its state', { kind: 'stateset', name: 'x' }, [1]],
  ])('about %s declares nothing', async (_, told, values) => {
    expect(await show(told, { values })).toBe('')
  })

  test('about a summary without labels, of which it tells no numbers, costs no scrape', async () => {
    expect(await show({ kind: 'summary', labelNames: [] }, { defined: [[0, null]], series: [], values: [] })).toBe(
      'x_total_sum 0\nx_total_count 0',
    )
  })

  test.each([[[0, 0, 1, 1, 'a"} 1\nforged', 'v']], [[0, 0, 1, 1, 'a', 'v'.repeat(200)]], [[0, 0, 1, 1e300, 'a', 'v']]])(
    'with the exemplar %j forges no line',
    async (exemplar) => {
      expect(await show({}, { exemplars: [exemplar] }, 'application/openmetrics-text;version=1.0.0')).toBe('x_total{a="v"} 3')
    },
  )

  test('with halves of characters makes one series of those that are written alike', async () => {
    const two = {
      defined: [
        [0, null, '\ud800'],
        [1, null, '\ud801'],
      ],
      series: [0, 1],
      values: [1, 2],
    }
    expect((await show({}, two)).split('\n')).toHaveLength(1)
  })
  test('cannot have more numbers than it has series', async () => {
    using pool = createPool()
    const connection = pool.collector.connect(() => {})
    const defined = Array.from({ length: 500 }, (_, number) => [number, null, 'v'])
    connection.receive({ ...report, families: [{ ...family, labelNames: ['a'] }], changes: [{ ...changes, defined }] })
    expect(await pool.lines()).toContain('x_total{a="v"} 3')
    expect(await pool.own()).toContain('postern_worker_series_left_out_total 499')
  })
})
