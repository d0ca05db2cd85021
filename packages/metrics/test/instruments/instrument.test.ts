import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

function three() {
  const registry = createRegistry()
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'] })
  gauge.set({ a: '1', b: 'x' }, 1)
  gauge.set({ a: '1', b: 'y' }, 2)
  gauge.set({ a: 2, b: 'x' }, 3)
  return { registry, gauge }
}

describe('removing', () => {
  test('ends one series, told by all its labels', async () => {
    const { registry, gauge } = three()
    expect([gauge.remove({ b: 'y', a: 1 }), gauge.remove({ a: '1', b: 'y' }), gauge.remove({ a: 'never', b: 'seen' })]).toEqual([
      true,
      false,
      false,
    ])
    expect([gauge.seriesCount, await sampleLines(registry)]).toEqual([2, ['g{a="1",b="x"} 1', 'g{a="2",b="x"} 3']])
    expect(() => gauge.remove({ a: '1' } as never)).toThrow(/without a value for \[b\]/)
    expect(() => gauge.remove('1' as never)).toThrow(/was called with "1" for its labels/)
  })

  test('ends every series with some labels', async () => {
    const { registry, gauge } = three()
    expect([gauge.removeWhere({ b: 'x' }), gauge.removeWhere({ b: 'x' }), gauge.removeWhere({ a: 'never seen' })]).toEqual([2, 0, 0])
    expect(await sampleLines(registry)).toEqual(['g{a="1",b="y"} 2'])
    gauge.set({ a: '\ud800', b: '' }, 4)
    expect(gauge.removeWhere({ a: '\udc00', b: '' })).toBe(1)
  })

  test.each<{ labels: unknown; message: string }>([
    { labels: {}, message: 'Gauge "g" was to remove series by no label at all. Pass one or more, or call clear().' },
    {
      labels: { c: 'x' },
      message:
        'Gauge "g" was to remove series by the label "c" with the value "x"; it declares [a, b]. Pass declared labels with their values.',
    },
    {
      labels: { a: undefined },
      message:
        'Gauge "g" was to remove series by the label "a" with the value undefined; it declares [a, b]. Pass declared labels with their values.',
    },
    {
      labels: { a: null },
      message:
        'Gauge "g" was to remove series by the label "a" with the value null; it declares [a, b]. Pass declared labels with their values.',
    },
    {
      labels: JSON.parse('{"__proto__":"x"}'),
      message:
        'Gauge "g" was to remove series by the label "__proto__" with the value "x"; it declares [a, b]. Pass declared labels with their values.',
    },
  ])('by $labels is refused', ({ labels, message }) => {
    const { gauge } = three()
    expect(() => gauge.removeWhere(labels as never)).toThrow(new TypeError(message))
    expect(gauge.seriesCount).toBe(3)
  })

  test('ends all, but for the one of a family without labels, which begins again', async () => {
    const { registry, gauge } = three()
    const alone = registry.counter({ name: 'c_total', help: 'C.' })
    alone.inc(5)
    gauge.clear()
    alone.clear()
    expect([gauge.seriesCount, alone.seriesCount, alone.remove({} as never), await sampleLines(registry)]).toEqual([
      0,
      1,
      false,
      ['c_total 0'],
    ])
  })
})

test('a call that is refused makes no series', () => {
  const registry = createRegistry()
  const options = { help: 'H.', labelNames: ['a'] } as const
  const counter = registry.counter({ ...options, name: 'c_total' })
  const gauge = registry.gauge({ ...options, name: 'g' })
  const histogram = registry.histogram({ ...options, name: 'h' })
  for (const value of ['5', null, 5n, {}] as never[]) {
    for (const call of [
      () => counter.inc({ a: 'x' }, value),
      () => gauge.set({ a: 'x' }, value),
      () => gauge.inc({ a: 'x' }, value),
      () => gauge.dec({ a: 'x' }, value),
      () => histogram.observe({ a: 'x' }, value),
    ]) {
      expect(call).toThrow(TypeError)
    }
  }
  for (const value of [-1, Number.NaN, Infinity]) expect(() => counter.inc({ a: 'x' }, value)).toThrow(RangeError)
  expect([counter.seriesCount, gauge.seriesCount, histogram.seriesCount]).toEqual([0, 0, 0])
})

test('an exemplar that is refused counts nothing', async () => {
  const registry = createRegistry()
  const counter = registry.counter({ name: 'c_total', help: 'C.' }).labels()
  const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] }).labels()
  for (const call of [
    () => counter.incWithExemplar(1, { id: 'x'.repeat(200) }),
    () => counter.incWithExemplar(-1, { id: 'x' }),
    () => counter.incWithExemplar(undefined as never, { id: 'x' }),
    () => counter.incWithExemplar('1' as never, { id: 'x' }),
    () => histogram.observeWithExemplar(1, { __id: 'x' }),
    () => histogram.observeWithExemplar(undefined as never, { id: 'x' }),
    () => histogram.observeWithExemplar(1, null as never),
  ]) {
    expect(call).toThrow()
  }
  const { body } = await registry.render({ accept: 'application/openmetrics-text;version=1.0.0' })
  expect(body).toBe(
    '# TYPE c counter\n# HELP c C.\nc_total 0\n# TYPE h histogram\n# HELP h H.\nh_bucket{le="+Inf"} 0\nh_sum 0\nh_count 0\n# EOF\n',
  )
})

test('exemplars are shown with the moment they were made, the latest of each bucket, and go with their series', async () => {
  let wall = 1_700_000_000_500
  const registry = createRegistry({ wallClock: () => wall })
  const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] })
  const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2] }).labels()
  const handle = counter.labels({ a: 'x' })
  handle.incWithExemplar(2, { trace_id: 'old' })
  handle.incWithExemplar(0.5, { trace_id: 'new' })
  histogram.observeWithExemplar(0.5, { trace_id: 'low' })
  wall += 1_000
  histogram.observeWithExemplar(Number.NaN, {})
  const lines = async (): Promise<string[]> =>
    (await registry.render({ accept: 'application/openmetrics-text;version=1.0.0' })).body
      .split('\n')
      .filter((line) => line.includes(' # '))
  expect(await lines()).toEqual([
    'c_total{a="x"} 2.5 # {trace_id="new"} 0.5 1700000000.5',
    'h_bucket{le="1.0"} 1 # {trace_id="low"} 0.5 1700000000.5',
    'h_bucket{le="+Inf"} 2 # {} NaN 1700000001.5',
  ])
  counter.clear()
  handle.inc()
  expect((await lines())[0]).toMatch(/^h_bucket/)
  handle.incWithExemplar(1, { trace_id: 'again' })
  expect((await lines())[0]).toBe('c_total{a="x"} 2 # {trace_id="again"} 1 1700000001.5')
})
