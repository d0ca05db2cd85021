/** No input writes a line that it was not given: neither by its names, nor later, nor from another process. */
import { describe, expect, test } from 'vitest'
import { type AnyClient, OPENMETRICS, ours } from './support/libraries.ts'

const FORGED = 'a="1"} 5\nforged 1\ng{b'

async function samples(registry: AnyClient): Promise<string[]> {
  const text: string = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
}

const leftOut = (family: string): string => `postern_metrics_collect_errors_total{family="${family}"} 1`

describe('default labels', () => {
  test('have names that can stand in a line', async () => {
    const registry = new ours.Registry()
    void new ours.Gauge({ name: 'g', help: 'G.', registers: [registry] })
    expect(() => registry.setDefaultLabels({ [FORGED]: 'x' })).toThrow(TypeError)
    expect(await samples(registry)).toEqual(['g 0'])
  })

  test('that get a malformed name later fail the scrape', async () => {
    const registry = new ours.Registry()
    void new ours.Gauge({ name: 'g', help: 'G.', registers: [registry] })
    const labels: Record<string, string> = { a: 'x' }
    registry.setDefaultLabels(labels)
    labels[FORGED] = 'y'
    await expect(registry.metrics()).rejects.toThrow('is not a label name')
  })

  test('give way to the bounds and quantiles of a line', async () => {
    const registry = new ours.Registry()
    void new ours.Histogram({ name: 'h', help: 'H.', buckets: [1], registers: [registry] })
    void new ours.Summary({ name: 's', help: 'S.', percentiles: [0.5], registers: [registry] })
    registry.setDefaultLabels({ le: 'x', quantile: 'y' })
    expect(await samples(registry)).toEqual([
      'h_bucket{le="1",quantile="y"} 0',
      'h_bucket{le="+Inf",quantile="y"} 0',
      'h_sum{quantile="y"} 0',
      'h_count{quantile="y"} 0',
      's{quantile="0.5",le="x"} 0',
      's_sum{le="x"} 0',
      's_count{le="x"} 0',
    ])
  })
})

describe('labels', () => {
  test('called like what every object has are not there unless they are given', async () => {
    const registry = new ours.Registry()
    const labelNames = ['constructor', 'toString', '__proto__']
    const counter = new ours.Counter({ name: 'c', help: 'C.', labelNames, registers: [registry] })
    counter.inc()
    counter.inc({})
    counter.labels('a', 'b', 'c').inc()
    counter.inc(JSON.parse('{"__proto__":"p"}'))
    expect(await samples(registry)).toEqual(['c 2', 'c{constructor="a",toString="b",__proto__="c"} 1', 'c{__proto__="p"} 1'])
    const [{ values }] = await registry.getMetricsAsJSON()
    expect(values.map(({ labels }: AnyClient) => Object.entries(labels))).toEqual([
      [],
      [
        ['constructor', 'a'],
        ['toString', 'b'],
        ['__proto__', 'c'],
      ],
      [['__proto__', 'p']],
    ])
  })

  test('of a timer may be called so too', async () => {
    const registry = new ours.Registry()
    const config = { help: 'X.', labelNames: ['__proto__', 'a'], registers: [registry] }
    for (const kind of ['Gauge', 'Summary', 'Histogram']) {
      const metric = new ours[kind]({ name: kind.toLowerCase(), ...config })
      metric.startTimer(JSON.parse('{"__proto__":"p"}'))({ a: '1' })
    }
    const lines = await samples(registry)
    expect(lines.every((line) => line.includes('__proto__="p",a="1"'))).toBe(true)
  })

  test('put into the array of names later are not declared', () => {
    const labelNames = ['a']
    const counter = new ours.Counter({ name: 'c', help: 'C.', labelNames, registers: [new ours.Registry()] })
    labelNames.push(FORGED)
    expect(() => counter.inc({ a: 1, [FORGED]: 2 })).toThrow('is not included in initial labelset')
  })
})

test('a metric that is given a malformed name later is left out and counted', async () => {
  const registry = new ours.Registry()
  const gauge = new ours.Gauge({ name: 'g', help: 'G.', registers: [registry] })
  gauge.name = 'x y'
  expect(await samples(registry)).toEqual([leftOut('x y')])
})

test('an exemplar keeps the text of its labels, whatever becomes of them and of what was read', async () => {
  const registry = new ours.Registry(OPENMETRICS)
  const config = { help: 'X.', enableExemplars: true, registers: [registry] }
  const changing = { times: 0, toString: () => 'x'.repeat(200 * changing.times++) }
  new ours.Counter({ name: 'c', ...config }).inc({ exemplarLabels: { t: changing } })
  new ours.Histogram({ name: 'h', buckets: [], ...config }).observe({ value: 1, exemplarLabels: { t: 'a' } })
  for (const { values } of await registry.getMetricsAsJSON()) {
    values[0].exemplar.labelSet[FORGED] = 'y'
    values[0].exemplar.value = '5\nforged'
  }
  const lines = await samples(registry)
  expect(lines).toHaveLength(4)
  expect([lines[0], lines[1]]).toMatchObject(
    [/^c_total 1 # \{t=""\} 1 [\d.]+$/, /^h_bucket\{le="\+Inf"\} 1 # \{t="a"\} 1 [\d.]+$/].map((like) => expect.stringMatching(like)),
  )
})

describe('a metric of another library', () => {
  const show = (data: object): Promise<string[]> => {
    const registry = new ours.Registry(OPENMETRICS)
    registry.registerMetric({ name: 'd', get: () => ({ name: 'd', help: 'D.', type: 'gauge', ...data }), reset: () => {} })
    return samples(registry)
  }

  test.each([
    ['its name', { name: 'd d\nforged 1' }],
    ['a name that is no text', { name: 5 }],
    ['its type', { type: 'gauge\nforged 1' }],
    ['a name of a label', { values: [{ value: 1, labels: { [FORGED]: 1 } }] }],
    ['the name of a sample', { values: [{ value: 1, labels: {}, metricName: 'x\nforged 1' }] }],
    ['a name in an exemplar', { values: [{ value: 1, labels: {}, exemplar: { labelSet: { [FORGED]: 1 }, value: 1, timestamp: 1 } }] }],
  ])('that would forge a line by %s is left out and counted', async (_, data) => {
    expect(await show(data)).toEqual([leftOut('d')])
  })

  test('forges none by its numbers', async () => {
    const exemplar = { labelSet: { a: 1 }, value: '1\nforged 1', timestamp: '1\nforged 1' }
    expect(await show({ values: [{ value: '1\nforged 1', labels: {}, exemplar }] })).toEqual(['d Nan # {a="1"} Nan'])
  })

  test('is judged when it comes from a worker too', async () => {
    const values = [{ value: 1, labels: { [FORGED]: 1 } }]
    const merged = ours.AggregatorRegistry.aggregate([[{ name: 'd', help: 'D.', type: 'gauge', aggregator: 'sum', values }]])
    expect(await samples(merged)).toEqual([leftOut('d')])
  })
})
