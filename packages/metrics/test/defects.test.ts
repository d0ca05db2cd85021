/** Faults found in other clients, each with a test that it is not in this one. */
import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics, scrapeText } from './support/scrape.ts'
import { readExposition } from './support/strict-reader.ts'

const labelled = (labelNames: string[] = ['a', 'b']) => {
  const registry = createRegistry()
  return { registry, counter: registry.counter<string>({ name: 'x_total', help: 'X.', labelNames }) }
}

describe('faults of other clients that this one does not have', () => {
  test.each<{ name: string; value: unknown }>([
    { name: 'an array, as Express makes of ?a[]=', value: ['x"} 1\nevil_metric{b="y'] },
    { name: 'an object with a text of its own', value: { toString: () => 'x"} 1\nevil_metric{b="y' } },
    { name: 'text', value: 'x"} 1\nevil_metric{b="y' },
  ])('forges a line with $name (prom-client #791)', async ({ value }) => {
    const { registry, counter } = labelled(['a'])
    counter.inc({ a: value as string })
    counter.labels({ a: value as string }).inc()
    expect(await sampleLines(registry)).toEqual(['x_total{a="x\\"} 1\\nevil_metric{b=\\"y"} 2'])
    expect(readExposition(await scrapeText(registry), 'text')).toHaveLength(1)
  })

  test('poisons a counter with NaN for good', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'x_total', help: 'X.' })
    counter.inc(2)
    expect(() => counter.inc(Number.NaN)).toThrow(RangeError)
    counter.inc()
    expect(await sampleLines(registry)).toEqual(['x_total 3'])
  })

  test.each([
    [
      { a: 'x|y', b: '' },
      { a: 'x', b: 'y|' },
    ],
    [
      { a: '1,b:2', b: '' },
      { a: '1', b: '2' },
    ],
    [
      { a: '', b: 'x' },
      { a: 'x', b: '' },
    ],
  ])('takes %j and %j for one series (prom-client #682)', async (one, other) => {
    const { registry, counter } = labelled()
    counter.inc(one, 1)
    counter.inc(other, 2)
    expect((await sampleLines(registry)).map((line) => line.at(-1))).toEqual(['1', '2'])
  })

  test('renders one series twice after the caller has reused the label object', async () => {
    const { registry, counter } = labelled(['a'])
    const labels = { a: '1' }
    counter.inc(labels)
    labels.a = '2'
    counter.inc(labels)
    expect(await sampleLines(registry)).toEqual(['x_total{a="1"} 1', 'x_total{a="2"} 1'])
    expect(labels).toEqual({ a: '2' })
  })

  test('loses _total from its 0.0.4 text after an OpenMetrics scrape', async () => {
    const registry = createRegistry()
    registry.counter({ name: 'a_total', help: 'A.' })
    const before = await scrapeText(registry)
    await scrapeOpenMetrics(registry)
    expect(await scrapeText(registry)).toBe(before)
    expect(before).toContain('\na_total 0\n')
  })

  test.each([[[5, 1, Infinity, 1e-7, 1e6]], [[1, 2, 2]], [[1, Number.NaN]]])('accepts the buckets %j (prom-client #639)', (buckets) => {
    expect(() => createRegistry().histogram({ name: 'h', help: 'H.', buckets })).toThrow(RangeError)
  })

  test('takes an absent label, null and the empty text for one another', async () => {
    const { registry, counter } = labelled(['m'])
    for (const m of ['undefined', 'null', '']) counter.inc({ m })
    for (const m of [undefined, null]) expect(() => counter.inc({ m } as never)).toThrow(/without a value for \[m\]/)
    expect(await sampleLines(registry)).toEqual(['x_total{m="undefined"} 1', 'x_total{m="null"} 1', 'x_total{m=""} 1'])
  })

  test.each(['__name__', '__x', '__address__'])('lets a user declare the label %s', (name) => {
    expect(() => labelled([name])).toThrow(/names in "__" belong to Prometheus itself/)
  })

  test('puts half a character on the wire', async () => {
    const { registry, counter } = labelled(['a'])
    counter.inc({ a: '\ud83d' })
    registry.gauge({ name: 'g', help: 'Half \udc00.' })
    const body = await scrapeText(registry)
    expect(body).toContain('x_total{a="\ufffd"} 1')
    expect(body).toContain('# HELP g Half \ufffd.')
    expect(Buffer.from(body, 'utf8').toString('utf8')).toBe(body)
  })

  test('renders an empty registry as an empty line', async () => {
    expect(await scrapeText(createRegistry())).toBe('')
    expect(await scrapeOpenMetrics(createRegistry())).toBe('# EOF\n')
  })

  test('spells NaN as Nan', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'g', help: 'G.' }).set(Number.NaN)
    expect(await scrapeText(registry)).toContain('\ng NaN\n')
    expect(await scrapeOpenMetrics(registry)).toContain('\ng NaN\n')
  })

  test('writes OpenMetrics bounds that are not canonical', async () => {
    const registry = createRegistry()
    registry.histogram({ name: 'h', help: 'H.', buckets: [1] })
    expect(await scrapeOpenMetrics(registry)).toContain('h_bucket{le="1.0"} 0')
    expect(await scrapeText(registry)).toContain('h_bucket{le="1"} 0')
  })

  test('loses every metric to one collect that fails', async () => {
    const registry = createRegistry()
    registry.gauge({ name: 'good', help: 'G.' })
    registry.gauge({ name: 'bad', help: 'B.', collect: () => Promise.reject(new Error('no')) })
    expect(await sampleLines(registry)).toContain('good 0')
  })
})
