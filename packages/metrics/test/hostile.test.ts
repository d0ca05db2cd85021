/** What arrives from outside, at its worst: it is refused with a sentence, or shown as text, and costs nobody else anything. */
import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics, scrapeText } from './support/scrape.ts'
import { readExposition } from './support/strict-reader.ts'

const TEXTS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\ud800',
  '\udfff\ud800',
  '\0',
  '\r',
  '\r\n',
  '\n',
  '"',
  '\\',
  '\\"',
  '\\n',
  '\t',
  '\u2028\u2029',
  '\ufeff',
  '\u202e',
  '😀',
  '} 1',
  '# EOF',
  'x"} 1\nevil{a="y',
  '__overflow__',
]

describe('label values', () => {
  test('of any text are shown as they are, on every kind, in both formats', async () => {
    const registry = createRegistry()
    const options = { help: 'H.', labelNames: ['a'] } as const
    const counter = registry.counter({ ...options, name: 'c_total' })
    const gauge = registry.gauge({ ...options, name: 'g' })
    const histogram = registry.histogram({ ...options, name: 'h', buckets: [] })
    for (const a of TEXTS) {
      counter.inc({ a })
      gauge.labels({ a }).set(1)
      histogram.observe({ a }, 1)
    }
    const shown = TEXTS.map((text) => text.replace(/\p{Surrogate}/gu, '\ufffd'))
    for (const syntax of ['text', 'openmetrics'] as const) {
      const body = syntax === 'text' ? await scrapeText(registry) : await scrapeOpenMetrics(registry)
      const families = readExposition(body, syntax)
      expect(families).toHaveLength(3)
      for (const { samples } of families) expect(new Set(samples.map(({ labels }) => labels['a']))).toEqual(new Set(shown))
    }
    expect(Object.hasOwn(Object.prototype, 'evil')).toBe(false)
  })

  test('of a megabyte are served whole, by all lines of a histogram', async () => {
    const registry = createRegistry()
    const long = 'é'.repeat(500_000)
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [1, 2] })
    histogram.observe({ a: long }, 1.5)
    histogram.observe({ a: `${long}!` }, 1.5)
    const lines = await sampleLines(registry)
    expect(lines).toHaveLength(10)
    expect(lines[1]).toBe(`h_bucket{a="${long}",le="2"} 1`)
    histogram.observe({ a: long }, 1.5)
    expect((await sampleLines(registry))[1]).toBe(`h_bucket{a="${long}",le="2"} 2`)
  })

  test.each([
    { name: 'an object without a text', value: Object.create(null) },
    {
      name: 'a text that throws',
      value: {
        toString: () => {
          throw new RangeError('no text')
        },
      },
    },
    { name: 'a text that is none', value: { toString: () => ({}) } },
  ])('that are $name are an error of the caller, and make no series', async ({ value }) => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] })
    for (const call of [() => counter.inc({ a: value }), () => counter.labels({ a: value }), () => counter.remove({ a: value })])
      expect(call).toThrow()
    expect(counter.seriesCount).toBe(0)
    counter.inc({ a: 'x' })
    expect(await sampleLines(registry)).toEqual(['c_total{a="x"} 1'])
  })

  test('that are symbols and functions are texts like others', async () => {
    const registry = createRegistry()
    const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] })
    counter.inc({ a: Symbol('s') as never })
    counter.labels({ a: Symbol('s') as never }).inc()
    counter.inc({ a: 5n as never })
    counter.inc({ a: 5 })
    expect(await sampleLines(registry)).toEqual(['c_total{a="Symbol(s)"} 2', 'c_total{a="5"} 2'])
  })
})

describe('names', () => {
  test('of what every object has are names like others', async () => {
    const registry = createRegistry({ defaultLabels: { valueOf: 'v' } })
    const gauge = registry.gauge({ name: 'constructor', help: 'C.', labelNames: ['toString', 'hasOwnProperty'] })
    gauge.set({ toString: 'a', hasOwnProperty: 'b' }, 1)
    expect(() => gauge.set({} as never, 1)).toThrow(/without a value for \[toString, hasOwnProperty\]/)
    expect(await sampleLines(registry)).toEqual(['constructor{toString="a",hasOwnProperty="b",valueOf="v"} 1'])
    expect([registry.unregister('toString'), registry.unregister('__proto__'), registry.unregister('constructor')]).toEqual([
      false,
      false,
      true,
    ])
  })

  test.each(['__proto__', '', '0x', 'a-b', 'é', 'a b', 'a\n', null, undefined, 5, ['a'], {}])('%j is no label', (name) => {
    expect(() => createRegistry().gauge({ name: 'g', help: 'G.', labelNames: [name as string] })).toThrow(/^Gauge "g" has the label /)
  })

  test.each(['', '0x', 'a-b', 'é', 'a b', 'a\n', 'a{}', null, undefined, 5, ['a'], {}])('%j is no family', (name) => {
    expect(() => createRegistry().gauge({ name: name as string, help: 'G.' })).toThrow(/is not a metric name/)
  })

  test.each(['', ' ', '\n', null, undefined, 5])('%j is no help', (help) => {
    expect(() => createRegistry().gauge({ name: 'g', help: help as string })).toThrow(/which explains nothing/)
  })

  test('of a family named __proto__ are its own', async () => {
    const registry = createRegistry()
    registry.gauge({ name: '__proto__', help: 'P.' }).set(1)
    expect(() => registry.gauge({ name: '__proto__', help: 'P.' })).toThrow(/has taken/)
    expect(await scrapeText(registry)).toBe('# HELP __proto__ P.\n# TYPE __proto__ gauge\n__proto__ 1\n')
  })
})

describe('labels objects', () => {
  const labelled = () => {
    const registry = createRegistry()
    return { registry, counter: registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a', 'b'] }) }
  }

  test.each<{ name: string; labels: unknown }>([
    { name: 'none', labels: {} },
    { name: 'null', labels: null },
    { name: 'a text', labels: 'ab' },
    { name: 'an array', labels: ['1', '2'] },
    { name: 'a map', labels: new Map([['a', '1']]) },
    { name: 'one missing', labels: { a: '1' } },
    { name: 'one too many', labels: { a: '1', b: '2', c: '3' } },
    { name: 'one undefined', labels: { a: '1', b: undefined } },
    { name: 'a name that is a trap', labels: JSON.parse('{"a":"1","b":"2","__proto__":{"c":"3"}}') },
    { name: 'symbols', labels: { [Symbol('a')]: '1', b: '2' } },
    { name: 'one hidden', labels: Object.defineProperty({ a: '1' }, 'b', { value: '2', enumerable: false }) },
  ])('with $name are refused everywhere, and change nothing', async ({ labels }) => {
    const { registry, counter } = labelled()
    counter.inc({ a: '1', b: '2' })
    for (const call of [() => counter.inc(labels as never), () => counter.labels(labels as never), () => counter.remove(labels as never)]) {
      expect(call).toThrow(TypeError)
    }
    expect(await sampleLines(registry)).toEqual(['c_total{a="1",b="2"} 1'])
  })

  test('that are changed afterwards do not change what was counted', async () => {
    const { registry, counter } = labelled()
    const labels = { a: '1', b: '2' }
    const handle = counter.labels(labels)
    counter.inc(labels)
    labels.a = 'changed'
    handle.inc()
    counter.remove({ a: '1', b: '2' })
    handle.inc(5)
    expect(await sampleLines(registry)).toEqual(['c_total{a="1",b="2"} 5'])
  })

  test('whose getters answer differently each time name one series, which is there', async () => {
    const { registry, counter } = labelled()
    let asked = 0
    const shifty = {
      a: 'x',
      get b() {
        return `${(asked += 1)}`
      },
    }
    for (let round = 0; round < 20; round += 1) {
      counter.inc(shifty)
      counter.labels(shifty).inc()
    }
    const families = readExposition(await scrapeText(registry), 'text')
    expect(families[0]?.samples.reduce((sum, { value }) => sum + value, 0)).toBe(40)
  })

  test('of a timer are those of its start', async () => {
    const registry = createRegistry({ now: () => 0 })
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a', 'b'], buckets: [] })
    const known = { a: 'old' }
    const text = { toString: () => 'old text' }
    const ends = [
      histogram.startTimer(known),
      histogram.startTimer({ a: text as never }),
      histogram.startTimer(Object.create({ a: 'inherited' })),
    ]
    known.a = 'new'
    text.toString = () => 'new text'
    for (const end of ends) (end as (rest: object) => number)({ b: 'x' })
    expect((await sampleLines(registry)).filter((line) => line.startsWith('h_count'))).toEqual([
      'h_count{a="old",b="x"} 1',
      'h_count{a="old text",b="x"} 1',
      'h_count{a="inherited",b="x"} 1',
    ])
    expect(() => (histogram.startTimer({ a: 'x' }) as (rest?: object) => number)()).toThrow(/without a value for \[b\]/)
  })
})

test.each<{ buckets: unknown }>([
  { buckets: [1, 1] },
  { buckets: [2, 1] },
  { buckets: [1, Number.NaN] },
  { buckets: [-Infinity, 1] },
  { buckets: [1, Infinity, 2] },
  { buckets: ['1'] },
  { buckets: [1n] },
  { buckets: 'abc' },
  { buckets: null },
  { buckets: { length: 1, 0: 1 } },
  { buckets: Float64Array.of(1) },
])('refuses the buckets $buckets, and the name stays free', ({ buckets }) => {
  const registry = createRegistry()
  expect(() => registry.histogram({ name: 'h', help: 'H.', buckets: buckets as number[] })).toThrow(/^Histogram "h" has the bucket/)
  expect(() => registry.gauge({ name: 'h_bucket', help: 'H.' })).not.toThrow()
})

test('a gauge takes every number there is, a histogram as well', async () => {
  const registry: Registry = createRegistry()
  const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['n'] })
  const numbers = [Number.NaN, Infinity, -Infinity, -0, 5e-324, 1e21, 2 ** 53, -(2 ** 31), 2 ** 31 - 1]
  for (const [n, number] of numbers.entries()) gauge.set({ n }, number)
  expect((await sampleLines(registry)).map((line) => line.split(' ')[1])).toEqual([
    'NaN',
    '+Inf',
    '-Inf',
    '0',
    '5e-324',
    '1e+21',
    '9007199254740992',
    '-2147483648',
    '2147483647',
  ])
})
