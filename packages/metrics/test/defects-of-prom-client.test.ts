/** The faults of defects.test.ts as prom-client 15.1.3 has them: were one of them gone, its comparison would be out of date. */
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'

const linesOf = (body: string): string[] => body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

function labelled(labelNames: string[] = ['a', 'b']): { register: Registry; counter: Counter; lines: () => Promise<string[]> } {
  const register = new Registry()
  const counter = new Counter({ name: 'x_total', help: 'X.', labelNames, registers: [register] })
  return { register, counter, lines: async () => linesOf(await register.metrics()) }
}

const openMetrics = (): Registry => Reflect.construct(Registry, [Registry.OPENMETRICS_CONTENT_TYPE]) as Registry

describe('prom-client', () => {
  test('1 forges a line with an array for a label value', async () => {
    const { counter, lines } = labelled(['a'])
    counter.inc({ a: ['x"} 1\nevil_metric{b="y'] as never })
    expect(await lines()).toContain('evil_metric{b="y"} 1')
  })

  test('2 poisons a counter with NaN for good', async () => {
    const { counter, lines } = labelled([])
    counter.inc(Number.NaN)
    counter.inc()
    expect(await lines()).toEqual(['x_total Nan'])
  })

  test('3 takes two label sets for one', async () => {
    const { counter, lines } = labelled()
    counter.inc({ a: '1,b:2' })
    counter.inc({ a: '1', b: '2' })
    expect(await lines()).toHaveLength(1)
  })

  test('4 renders one series twice after the caller has reused the label object', async () => {
    const { counter, lines } = labelled(['a'])
    const labels = { a: '1' }
    counter.inc(labels)
    labels.a = '2'
    counter.inc(labels)
    expect(await lines()).toEqual(['x_total{a="2"} 1', 'x_total{a="2"} 1'])
  })

  test('5 loses _total from its 0.0.4 text after an OpenMetrics scrape', async () => {
    const { register, lines } = labelled([])
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    await register.metrics()
    register.setContentType(Registry.PROMETHEUS_CONTENT_TYPE)
    expect(await lines()).toEqual(['x 0'])
  })

  test('6 keeps default labels of one export in its own series', async () => {
    const { register, counter, lines } = labelled(['a'])
    counter.inc({ a: '1' })
    register.setDefaultLabels({ env: 'test' })
    await register.getMetricsAsJSON()
    register.setDefaultLabels({})
    expect(await lines()).toEqual(['x_total{a="1",env="test"} 1'])
  })

  test('7 accepts buckets that do not ascend', async () => {
    const register = new Registry()
    const histogram = new Histogram({ name: 'h', help: 'H.', buckets: [5, 1, Infinity], registers: [register] })
    histogram.observe(3)
    const lines = linesOf(await register.metrics())
    expect(lines.slice(0, 3)).toEqual(['h_bucket{le="5"} 1', 'h_bucket{le="1"} 1', 'h_bucket{le="Infinity"} 1'])
  })

  test('8 keeps undefined, null and the empty text apart from one another and shows what is none', async () => {
    const { counter, lines } = labelled(['a'])
    for (const a of [undefined, null, '']) counter.inc({ a } as never)
    expect((await lines()).length).toBeGreaterThan(1)
    expect(await lines()).toContain('x_total{a="null"} 1')
  })

  test('9 lets a user declare names that belong to Prometheus', () => {
    expect(() => labelled(['__name__'])).not.toThrow()
  })

  test('10 puts half a character on the wire', async () => {
    const { counter, lines } = labelled(['a'])
    counter.inc({ a: '\ud800' })
    expect(await lines()).toEqual(['x_total{a="\ud800"} 1'])
  })

  test('11 aggregates a cluster into text of the other format', async () => {
    const source = new Registry()
    const counter = new Counter({ name: 'x_total', help: 'X.', registers: [source] })
    counter.inc()
    const merged = AggregatorRegistry.aggregate([await source.getMetricsAsJSON()])
    expect(merged.contentType).toBe(Registry.PROMETHEUS_CONTENT_TYPE)
    expect(await merged.metrics()).not.toContain('# EOF')
  })

  test('12 renders an empty registry as an empty line', async () => {
    expect(await new Registry().metrics()).toBe('\n')
  })

  test('13 spells NaN as Nan', async () => {
    const register = new Registry()
    new Gauge({ name: 'g', help: 'G.', registers: [register] }).set(Number.NaN)
    expect(await register.metrics()).toContain('\ng Nan\n')
  })

  test('14 writes OpenMetrics bounds that are not canonical', async () => {
    const register = openMetrics()
    new Histogram({ name: 'h', help: 'H.', buckets: [1], registers: [register] }).observe(1)
    expect(await register.metrics()).toContain('le="1"')
  })

  test('15 loses every metric to one collect that fails', async () => {
    const { register } = labelled([])
    const collect = (): Promise<void> => Promise.reject(new Error('no'))
    const bad = new Gauge({ name: 'bad', help: 'B.', registers: [register], collect })
    expect(bad).toBeDefined()
    await expect(register.metrics()).rejects.toThrow('no')
  })
})
