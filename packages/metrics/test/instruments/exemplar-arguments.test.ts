/** Exemplars that are passed to instruments themselves, with labels or without. */
import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics } from '../support/scrape.ts'

const TRACE = { trace_id: 'abc' }
const create = (): Registry => createRegistry({ wallClock: () => 5_000 })

/** The lines of OpenMetrics that show an exemplar. */
const examples = async (registry: Registry): Promise<string[]> =>
  (await scrapeOpenMetrics(registry)).split('\n').filter((line) => line.includes(' # {'))

type Call = (...args: readonly unknown[]) => void
const kinds = [
  {
    kind: 'counter',
    declare: (registry: Registry, labelNames: readonly string[]): { write: Call; handle: (labels?: object) => Call } => {
      const counter = registry.counter<string>({ name: 'x_total', help: 'X.', labelNames })
      return {
        write: (...args) => counter.incWithExemplar(...(args as [never, never, never])),
        handle: (labels) => {
          const one = counter.labels(labels as never)
          return (...args) => one.incWithExemplar(...(args as [never, never]))
        },
      }
    },
    owner: 'Counter "x_total"',
    plain: 'x_total 2 # {trace_id="abc"} 2 5',
    labelled: 'x_total{a="b"} 2 # {trace_id="abc"} 2 5',
  },
  ...(['histogram', 'nativeHistogram'] as const).map((kind) => ({
    kind,
    declare: (registry: Registry, labelNames: readonly string[]): { write: Call; handle: (labels?: object) => Call } => {
      const options = { name: 'x', help: 'X.', labelNames, buckets: [1, 3] }
      const histogram = kind === 'histogram' ? registry.histogram<string>(options) : registry.nativeHistogram<string>(options)
      return {
        write: (...args) => histogram.observeWithExemplar(...(args as [never, never, never])),
        handle: (labels) => {
          const one = histogram.labels(labels as never)
          return (...args) => one.observeWithExemplar(...(args as [never, never]))
        },
      }
    },
    owner: 'Histogram "x"',
    plain: 'x_bucket{le="3.0"} 1 # {trace_id="abc"} 2 5',
    labelled: 'x_bucket{a="b",le="3.0"} 1 # {trace_id="abc"} 2 5',
  })),
]

describe.each(kinds)('a $kind', ({ declare, owner, plain, labelled }) => {
  test('keeps an exemplar with a value, with labels and without, as its handles do', async () => {
    for (const byHandle of [false, true]) {
      const bare = create()
      const { write, handle } = declare(bare, [])
      ;(byHandle ? handle() : write)(2, TRACE)
      expect(await examples(bare)).toEqual([plain])
      const registry = create()
      const series = declare(registry, ['a'])
      if (byHandle) series.handle({ a: 'b' })(2, TRACE)
      else series.write({ a: 'b' }, 2, TRACE)
      expect(await examples(registry)).toEqual([labelled])
    }
  })

  test('takes empty labels where it has none', async () => {
    const registry = create()
    declare(registry, []).write({}, 2, TRACE)
    expect(await examples(registry)).toEqual([plain])
  })

  test('keeps the latest', async () => {
    const registry = create()
    const { write } = declare(registry, ['a'])
    write({ a: 'b' }, 1.5, { trace_id: 'old' })
    write({ a: 'b' }, 2, TRACE)
    expect(await examples(registry)).toEqual([expect.stringContaining('# {trace_id="abc"} 2 5')])
  })

  const LONG = 'was given an exemplar of 208 characters in [trace_id], and OpenMetrics allows 128. Pass the trace and span alone.'
  test.each<{ name: string; args: readonly unknown[]; error: Error }>([
    {
      name: 'a value that is text',
      args: ['2', TRACE],
      error: new TypeError(`${owner} was given "2", which is not a number. Pass a number.`),
    },
    {
      name: 'no exemplar',
      args: [2],
      error: new TypeError(
        `${owner} was given the exemplar undefined. Pass an object of labels, such as { trace_id: '4bf92f3577b34da6' }.`,
      ),
    },
    { name: 'an exemplar that is too long', args: [2, { trace_id: 'x'.repeat(200) }], error: new RangeError(`${owner} ${LONG}`) },
  ])('refuses $name, and makes and changes nothing', async ({ args, error }) => {
    const registry = create()
    const { write, handle } = declare(registry, ['a'])
    const before = await sampleLines(registry)
    expect(() => write({ a: 'b' }, ...args)).toThrow(error)
    expect(await sampleLines(registry)).toEqual(before)
    const held = handle({ a: 'b' })
    const made = await sampleLines(registry)
    expect(() => held(...args)).toThrow(error)
    expect(() => held(...args)).toThrow(error instanceof RangeError ? RangeError : TypeError)
    expect(await sampleLines(registry)).toEqual(made)
  })

  test.each([[[2, TRACE]], [[null, 2, TRACE]], [[{ b: 1 }, 2, TRACE]], [[{}, 2, TRACE]]])(
    'refuses labels that are not its own: %j',
    async (args) => {
      const registry = create()
      const { write } = declare(registry, ['a'])
      expect(() => write(...args)).toThrow(TypeError)
      expect(await sampleLines(registry)).toEqual([])
    },
  )
})

test.each([-1, Number.NaN, Infinity])('a counter refuses to grow by %d with an exemplar', async (value) => {
  const registry = create()
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'] })
  expect(() => counter.incWithExemplar({ a: 'b' }, value, TRACE)).toThrow(RangeError)
  expect(await sampleLines(registry)).toEqual([])
  expect(() => counter.labels({ a: 'b' }).incWithExemplar(value, TRACE)).toThrow(RangeError)
  expect(await sampleLines(registry)).toEqual(['x_total{a="b"} 0'])
})

test('a handle keeps an exemplar for a series that has begun anew', async () => {
  const registry = create()
  const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'] })
  const held = counter.labels({ a: 'b' })
  held.incWithExemplar(9, { trace_id: 'old' })
  counter.remove({ a: 'b' })
  held.incWithExemplar(2, TRACE)
  expect(await examples(registry)).toEqual(['x_total{a="b"} 2 # {trace_id="abc"} 2 5'])
})
