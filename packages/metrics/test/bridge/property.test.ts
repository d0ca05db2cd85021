/** Whatever a program registers with either library, ours shows what theirs does. */
import { createRegistry } from '@postern/metrics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromPromClient } from '../../src/bridge/index.ts'
import { parseOpenMetrics, parseText } from '../../src/parser/index.ts'
import { scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'
import { CLIENTS, type Client, digest, OPENMETRICS } from './clients.ts'

const LABELS = ['a', 'b', 'c']
const text = fc
  .array(fc.oneof(fc.constantFrom('\\', '"', '\n', '{', '}', ',', '|', ':', '#', 'é', '😀'), fc.string({ maxLength: 4 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''))
  .filter((joined) => joined !== '')
const labelValue = fc.oneof(text, fc.integer(), fc.boolean())
const labels = fc.record({ a: labelValue, b: labelValue, c: labelValue }, { requiredKeys: [], noNullPrototype: true })
const amount = fc.double({ min: 0, max: 1e6, noNaN: true })
const level = fc.oneof(fc.double(), fc.integer())
const bounds = fc
  .uniqueArray(fc.double({ min: 1e-9, max: 1e6, noNaN: true }), { maxLength: 5 })
  .map((list) => list.toSorted((one, other) => one - other))
const help = fc.string({ minLength: 1 }).filter((given) => given.trim() === given && !given.includes('"') && !given.includes('\\'))
const named = { labelled: fc.boolean(), help }
const families = fc.array(
  fc.oneof(
    fc.record({ ...named, type: fc.constant('counter' as const), suffix: fc.constantFrom('', '_total'), writes: writes(amount) }),
    fc.record({ ...named, type: fc.constant('gauge' as const), writes: writes(level) }),
    fc.record({ ...named, type: fc.constant('histogram' as const), bounds, writes: writes(amount) }),
    fc.record({ ...named, type: fc.constant('summary' as const), ranks: ranks(), writes: writes(amount) }),
  ),
  // Without any, their OpenMetrics begins with an empty line, which it must not have.
  { minLength: 1, maxLength: 5 },
)

type Declared = typeof families extends fc.Arbitrary<infer F> ? (F extends readonly (infer One)[] ? One : never) : never

function writes(value: fc.Arbitrary<number>) {
  return fc.array(fc.record({ labels, value }), { maxLength: 8 })
}

function ranks() {
  return fc
    .uniqueArray(fc.constantFrom(0, 0.01, 0.5, 0.9, 0.999, 1), { maxLength: 4 })
    .map((list) => list.toSorted((one, other) => one - other))
}

function register(client: Client, registers: InstanceType<Client['Registry']>[], declared: Declared, at: number): void {
  const options = { help: declared.help, labelNames: declared.labelled ? LABELS : [], registers, name: `m${at}` }
  // Objects of their own, since both libraries keep those they are given.
  const given = declared.writes.map(({ labels: some, value }) => ({
    labels: (declared.labelled ? { ...some } : {}) as Record<string, string>,
    value,
  }))
  if (declared.type === 'counter') {
    const counter = new client.Counter({ ...options, name: `m${at}${declared.suffix}` })
    for (const write of given) counter.inc(write.labels, write.value)
  } else if (declared.type === 'gauge') {
    const gauge = new client.Gauge(options)
    for (const write of given) gauge.set(write.labels, write.value)
  } else if (declared.type === 'histogram') {
    const histogram = new client.Histogram({ ...options, buckets: [...declared.bounds] })
    for (const write of given) histogram.observe(write.labels, write.value)
  } else {
    const summary = new client.Summary({ ...options, percentiles: [...declared.ranks] })
    for (const write of given) summary.observe(write.labels, write.value)
  }
}

const defaults = fc.oneof(fc.constant({}), fc.record({ app: text, a: text }))

describe.each(CLIENTS)('a registry of $name', ({ client }) => {
  test.each(['text', 'openmetrics'] as const)('is shown in %s as it shows itself', async (format) => {
    await fc.assert(
      fc.asyncProperty(families, defaults, async (declared, defaultLabels) => {
        const registry = new client.Registry()
        if (format === 'openmetrics') registry.setContentType(OPENMETRICS as never)
        registry.setDefaultLabels(defaultLabels)
        for (const [at, one] of declared.entries()) register(client, [registry], one, at)
        const ours = createRegistry()
        ours.include(fromPromClient(registry))
        const scrape = format === 'text' ? scrapeText : scrapeOpenMetrics
        const shown = await scrape(ours)
        expect(digest(shown, format)).toEqual(digest(await registry.metrics(), format))
        // The first scrape of theirs takes `_total` off names, and must change nothing of ours.
        expect(await scrape(ours)).toBe(shown)
      }),
      { numRuns: 60, interruptAfterTimeLimit: 2000 },
    )
  })
})

const any = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const stem = any('x', 'y')
const name = fc.tuple(stem, any('', '_total', '_count', '_sum', '_created')).map((parts) => parts.join(''))
const loose = fc.array(
  fc.record(
    {
      name,
      type: any('counter', 'gauge', 'histogram', 'summary', 'untyped'),
      values: fc.array(
        fc.record(
          {
            labels: fc.record(
              { a: any<unknown>('', 'b', null, 0, '0'), le: any<unknown>(1, '1.0', '+Inf'), quantile: any<unknown>(0.5, '0.50') },
              { requiredKeys: [] },
            ),
            value: any<unknown>(0, 1, 2, -1, Number.NaN, '1'),
            metricName: fc.tuple(name, any('', '_bucket', '_sum', '_count')).map((parts) => parts.join('')),
          },
          { requiredKeys: ['value'] },
        ),
        { maxLength: 6 },
      ),
    },
    { requiredKeys: ['name', 'type'] },
  ),
  { maxLength: 4 },
)

test('whatever a registry answers, no parser finds a series twice or a sample in two families', async () => {
  await fc.assert(
    fc.asyncProperty(loose, async (given) => {
      const ours = createRegistry()
      ours.include(fromPromClient({ getMetricsAsJSON: () => Promise.resolve(given) }))
      parseText(await scrapeText(ours))
      const { families: shown } = parseOpenMetrics(await scrapeOpenMetrics(ours))
      expect(shown.length).toBeLessThanOrEqual(given.length + 1)
    }),
    { numRuns: 300, interruptAfterTimeLimit: 2500 },
  )
})
