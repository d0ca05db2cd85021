import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

describe('getOrCreate', () => {
  test('answers what is there when it was declared alike, and makes what is not', async () => {
    const registry = createRegistry()
    const again = registry.getOrCreate
    const options = { help: 'H.', labelNames: ['a'] } as const
    const pairs = [
      [registry.counter({ ...options, name: 'c_total' }), again.counter({ ...options, name: 'c_total' })],
      [registry.gauge({ ...options, name: 'g' }), again.gauge({ ...options, name: 'g', help: 'Another help.' })],
      [
        registry.histogram({ ...options, name: 'h', buckets: [0, 1] }),
        again.histogram({ ...options, name: 'h', buckets: [-0, 1, Infinity] }),
      ],
      [registry.info({ ...options, name: 'i' }), again.info({ ...options, name: 'i' })],
      [registry.info({ ...options, name: 'r', rowLabelNames: ['a'] }), again.info({ ...options, name: 'r', rowLabelNames: ['a'] })],
      [registry.summary({ ...options, name: 'q' }), again.summary({ ...options, name: 'q', maxAgeSeconds: 600, ageBuckets: 5 })],
      [
        registry.summary({ ...options, name: 'e', maxAgeSeconds: Infinity }),
        again.summary({ ...options, name: 'e', maxAgeSeconds: Infinity, ageBuckets: 7 }),
      ],
      [registry.stateSet({ ...options, name: 's', states: ['x'] }), again.stateSet({ ...options, name: 's', states: ['x'] })],
    ]
    for (const [first, second] of pairs) expect(second).toBe(first)
    again.counter({ name: 'new_total', help: 'N.' }).inc()
    expect(await sampleLines(registry)).toEqual(['new_total 1'])
  })

  test('runs the latest collect', async () => {
    const registry = createRegistry()
    const again = registry.getOrCreate
    again.gauge({ name: 'g', help: 'G.', collect: (made) => made.set(1) })
    again.gauge({ name: 'g', help: 'G.', collect: (made) => made.set(2) })
    expect(await sampleLines(registry)).toEqual(['g 2'])
    again.gauge({ name: 'g', help: 'G.' }).set(3)
    expect(await sampleLines(registry)).toEqual(['g 3'])
  })

  test.each<{ name: string; declare: (again: ReturnType<typeof createRegistry>['getOrCreate']) => unknown }>([
    { name: 'another kind', declare: (again) => again.counter({ name: 'g', help: 'G.', labelNames: ['a', 'b'] }) },
    { name: 'other labels', declare: (again) => again.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }) },
    { name: 'labels in another order', declare: (again) => again.gauge({ name: 'g', help: 'G.', labelNames: ['b', 'a'] }) },
    { name: 'another aggregation', declare: (again) => again.gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'], aggregation: 'max' }) },
    { name: 'other buckets', declare: (again) => again.histogram({ name: 'h_seconds', help: 'H.', buckets: [1, 2], unit: 'seconds' }) },
    { name: 'no unit', declare: (again) => again.histogram({ name: 'h_seconds', help: 'H.', buckets: [1] }) },
    { name: 'other states', declare: (again) => again.stateSet({ name: 's', help: 'S.', states: ['a', 'c'] }) },
    { name: 'other rows', declare: (again) => again.info({ name: 'i', help: 'I.', labelNames: ['a', 'b'] }) },
    { name: 'other quantiles', declare: (again) => again.summary({ name: 'q', help: 'Q.', quantiles: [0.5] }) },
    { name: 'another age', declare: (again) => again.summary({ name: 'q', help: 'Q.', maxAgeSeconds: 60 }) },
    { name: 'other age buckets', declare: (again) => again.summary({ name: 'q', help: 'Q.', ageBuckets: 2 }) },
    { name: 'another limit of buckets', declare: (again) => again.nativeHistogram({ name: 'n', help: 'N.', maxBuckets: 0 }) },
  ])('refuses $name', ({ declare }) => {
    const registry = createRegistry()
    registry.info({ name: 'i', help: 'I.', labelNames: ['a', 'b'], rowLabelNames: ['a'] })
    registry.summary({ name: 'q', help: 'Q.' })
    registry.nativeHistogram({ name: 'n', help: 'N.' })
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'] })
    registry.histogram({ name: 'h_seconds', help: 'H.', buckets: [1], unit: 'seconds' })
    registry.stateSet({ name: 's', help: 'S.', states: ['a', 'b'] })
    expect(() => declare(registry.getOrCreate)).toThrow(
      /^"\w+" is there as \{.*\}, and was asked for as \{.*\}\. Declare both alike, or give one another name\.$/,
    )
  })

  test('names both windows of a summary when they differ', () => {
    const registry = createRegistry()
    const again = registry.getOrCreate
    again.summary({ name: 's', help: 'S.', quantiles: [0.5] })
    expect(() => again.summary({ name: 's', help: 'S.', quantiles: [0.5], maxAgeSeconds: Infinity })).toThrow(
      new TypeError(
        '"s" is there as {"kind":"summary","labelNames":[],"bounds":[],"quantiles":[0.5],"maxAgeSeconds":600,"ageBuckets":5}, and was ' +
          'asked for as {"kind":"summary","labelNames":[],"bounds":[],"quantiles":[0.5],"maxAgeSeconds":"Infinity","ageBuckets":1}. ' +
          'Declare both alike, or give one another name.',
      ),
    )
  })

  test('takes nothing from the limit of series for what is there already', () => {
    const registry = createRegistry({ maxSeries: 2 })
    for (let round = 0; round < 10; round += 1) registry.getOrCreate.gauge({ name: 'g', help: 'G.' })
    const other = registry.gauge({ name: 'other', help: 'O.', labelNames: ['a'] })
    other.set({ a: 'x' }, 1)
    expect(other.remove({ a: 'x' })).toBe(true)
  })
})

describe('a declaration', () => {
  test('that is refused for its name takes nothing from the limit of series', () => {
    const registry = createRegistry({ maxSeries: 2 })
    registry.gauge({ name: 'x', help: 'X.' })
    for (let round = 0; round < 10; round += 1) expect(() => registry.counter({ name: 'x', help: 'X.' })).toThrow(TypeError)
    const other = registry.gauge({ name: 'other', help: 'O.', labelNames: ['a'] })
    other.set({ a: 'x' }, 1)
    expect(other.remove({ a: 'x' })).toBe(true)
  })

  test('is read once: what becomes of it afterwards is of no matter', async () => {
    const registry = createRegistry()
    const options = { name: 'h_seconds', help: 'H.', labelNames: ['a'], buckets: [1, 2], unit: 'seconds', maxSeries: 5 }
    const histogram = registry.histogram<string>(options)
    options.name = 'y'
    options.help = ''
    options.labelNames.push('b')
    options.buckets[0] = 7
    options.unit = 'bytes'
    options.maxSeries = 0
    histogram.observe({ a: 'x' }, 1.5)
    expect(await sampleLines(registry)).toEqual([
      'h_seconds_bucket{a="x",le="1"} 0',
      'h_seconds_bucket{a="x",le="2"} 1',
      'h_seconds_bucket{a="x",le="+Inf"} 1',
      'h_seconds_sum{a="x"} 1.5',
      'h_seconds_count{a="x"} 1',
    ])
  })

  test.each<{ options: object; message: string }>([
    {
      options: { unit: 'bytes' },
      message: 'Gauge "x_seconds" has the unit "bytes", which its name does not end in. Call it x_seconds_bytes, or leave the unit out.',
    },
    {
      options: { unit: '' },
      message: 'Gauge "x_seconds" has the unit "", which its name does not end in. Call it request_seconds, or leave the unit out.',
    },
    {
      options: { unit: 5 },
      message: 'Gauge "x_seconds" has the unit 5, which its name does not end in. Call it request_seconds, or leave the unit out.',
    },
    {
      options: { aggregation: 'median' },
      message: 'Gauge "x_seconds" has the aggregation "median". Write one of sum, min, max, average, first, per-worker.',
    },
    {
      options: { labelNames: null },
      message: "Gauge \"x_seconds\" has labelNames null, which is not an array. Write them like ['method', 'status'].",
    },
    {
      options: { labelNames: 'ab' },
      message: 'Gauge "x_seconds" has labelNames "ab", which is not an array. Write them like [\'method\', \'status\'].',
    },
  ])('is refused with $options', ({ options, message }) => {
    expect(() => createRegistry().gauge({ name: 'x_seconds', help: 'X.', ...options })).toThrow(new TypeError(message))
  })

  test.each([
    {
      options: { maxSeries: 0 },
      error: new RangeError('Gauge "x" has maxSeries 0, which is not a number of at least 1. Write one, or leave it out.'),
    },
    {
      options: { maxSeries: Number.NaN },
      error: new RangeError('Gauge "x" has maxSeries NaN, which is not a number of at least 1. Write one, or leave it out.'),
    },
    {
      options: { maxSeries: '5' },
      error: new TypeError('Gauge "x" has maxSeries "5", which is not a number of at least 1. Write one, or leave it out.'),
    },
    {
      options: { collectTimeoutMilliseconds: 0 },
      error: new RangeError('Gauge "x" has collectTimeoutMilliseconds 0, which is not a number above zero. Write one, or leave it out.'),
    },
    {
      options: { collectTimeoutMilliseconds: '1s' },
      error: new TypeError('Gauge "x" has collectTimeoutMilliseconds "1s", which is not a number above zero. Write one, or leave it out.'),
    },
  ])('is refused with the limit $options', ({ options, error }) => {
    const declare = (): unknown => createRegistry().gauge({ name: 'x', help: 'X.', ...options } as never)
    expect(declare).toThrow(error)
    expect(declare).toThrow(error instanceof RangeError ? RangeError : TypeError)
  })

  test('of a counter names the unit before its suffix', () => {
    expect(() => createRegistry().counter({ name: 'x_total', help: 'X.', unit: 'seconds' })).toThrow(/Call it x_seconds_total/)
    expect(() => createRegistry().counter({ name: 'x_seconds_total', help: 'X.', unit: 'seconds' })).not.toThrow()
  })

  const taken = [
    ['counter', 'foo', 'gauge', 'foo_total'],
    ['counter', 'foo', 'gauge', 'foo_created'],
    ['counter', 'foo_total', 'gauge', 'foo'],
    ['info', 'foo', 'gauge', 'foo_info'],
    ['info', 'foo_info', 'gauge', 'foo'],
    ['info', 'foo', 'info', 'foo_info'],
    ['histogram', 'foo', 'gauge', 'foo_bucket'],
    ['histogram', 'foo', 'counter', 'foo_count'],
    ['histogram', 'foo', 'gauge', 'foo_sum'],
    ['histogram', 'foo', 'stateSet', 'foo_created'],
    ['histogram', 'foo', 'histogram', 'foo'],
    ['stateSet', 'foo', 'counter', 'foo_total'],
  ] as const
  const both = taken.flatMap(([kind, name, other, clash]) => [
    { first: [kind, name], second: [other, clash] } as const,
    { first: [other, clash], second: [kind, name] } as const,
  ])

  test.each(both)('of a $second.0 is refused when a $first.0 has one of its names, and leaves no trace', async ({ first, second }) => {
    const registry = createRegistry()
    const declare = ([kind, name]: (typeof both)[number]['first']): unknown =>
      registry[kind as 'gauge']({ name, help: 'H.', ...(kind === 'stateSet' ? { states: ['a'] } : {}) })
    declare(first)
    const before = await sampleLines(registry)
    expect(() => declare(second)).toThrow(
      /which "\w+" has taken\. (?:Give one of them another name, or share one instrument|Share its instrument, or call registry\.getOrCreate where code runs again)\.$/,
    )
    expect(await sampleLines(registry)).toEqual(before)
    expect(registry.unregister(first[1])).toBe(true)
    expect(() => declare(second)).not.toThrow()
  })
})
