/** prom-client registers metrics whose samples cannot be told apart. Here the first of them is shown, whatever the format. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseOpenMetrics, parseText } from '../../src/parser/index.ts'
import { parseOpenMetrics as pythonReads, skipReason } from '../support/python-parser.ts'
import { type AnyClient, OPENMETRICS, ours, theirs } from './support/libraries.ts'

const ERRORS = 'postern_metrics_collect_errors_total'
const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const KINDS = { counter: 'Counter', gauge: 'Gauge', histogram: 'Histogram', summary: 'Summary' } as const

type Declared = readonly [kind: keyof typeof KINDS, name: string]

const warnings = vi.spyOn(process, 'emitWarning')
beforeEach(() => void warnings.mockImplementation(() => {}))
afterEach(() => void warnings.mockReset())

function declare(client: AnyClient, registry: AnyClient, metrics: readonly Declared[]): void {
  for (const [kind, name] of metrics) {
    const metric = new client[KINDS[kind]]({ name, help: 'H.', labelNames: ['a'], registers: [registry] })
    if (kind === 'counter' || kind === 'gauge') metric.inc({ a: 'x' })
    else metric.observe({ a: 'x' }, 1)
  }
}

function registryOf(contentType: string, metrics: readonly Declared[]): AnyClient {
  const registry = new ours.Registry(contentType)
  declare(ours, registry, metrics)
  return registry
}

const parse = (contentType: string): typeof parseText => (contentType === OPENMETRICS ? parseOpenMetrics : parseText)

/** The families of an exposition that a strict parser has read, but for what tells of those that are missing. */
const familiesOf = (contentType: string, body: string): string[] =>
  parse(contentType)(body)
    .families.map(({ name, type }) => `${type} ${name}`)
    .filter((family) => !family.includes('postern_'))

describe.each<{ first: Declared; second: Declared; text: readonly string[]; openMetrics: readonly string[] }>([
  {
    first: ['counter', 'foo'],
    second: ['counter', 'foo_total'],
    text: ['counter foo', 'counter foo_total'],
    openMetrics: ['counter foo'],
  },
  {
    first: ['counter', 'foo_total'],
    second: ['counter', 'foo'],
    text: ['counter foo_total', 'counter foo'],
    openMetrics: ['counter foo'],
  },
  { first: ['counter', 'foo'], second: ['gauge', 'foo_total'], text: ['counter foo', 'gauge foo_total'], openMetrics: ['counter foo'] },
  { first: ['gauge', 'foo_total'], second: ['counter', 'foo'], text: ['gauge foo_total', 'counter foo'], openMetrics: ['gauge foo_total'] },
  { first: ['counter', 'foo_total'], second: ['gauge', 'foo'], text: ['counter foo_total', 'gauge foo'], openMetrics: ['counter foo'] },
  {
    first: ['counter', 'foo'],
    second: ['gauge', 'foo_created'],
    text: ['counter foo', 'gauge foo_created'],
    openMetrics: ['counter foo'],
  },
  {
    first: ['histogram', 'foo'],
    second: ['gauge', 'foo_created'],
    text: ['histogram foo', 'gauge foo_created'],
    openMetrics: ['histogram foo'],
  },
  {
    first: ['summary', 'foo'],
    second: ['gauge', 'foo_created'],
    text: ['summary foo', 'gauge foo_created'],
    openMetrics: ['summary foo'],
  },
  { first: ['histogram', 'foo'], second: ['gauge', 'foo_count'], text: ['histogram foo'], openMetrics: ['histogram foo'] },
  { first: ['gauge', 'foo_count'], second: ['histogram', 'foo'], text: ['gauge foo_count'], openMetrics: ['gauge foo_count'] },
  { first: ['histogram', 'foo'], second: ['gauge', 'foo_sum'], text: ['histogram foo'], openMetrics: ['histogram foo'] },
  { first: ['histogram', 'foo'], second: ['gauge', 'foo_bucket'], text: ['histogram foo'], openMetrics: ['histogram foo'] },
  {
    first: ['histogram', 'foo'],
    second: ['counter', 'foo_count_total'],
    text: ['histogram foo', 'counter foo_count_total'],
    openMetrics: ['histogram foo'],
  },
  { first: ['summary', 'foo'], second: ['gauge', 'foo_sum'], text: ['summary foo'], openMetrics: ['summary foo'] },
  {
    first: ['summary', 'foo'],
    second: ['gauge', 'foo_bucket'],
    text: ['summary foo', 'gauge foo_bucket'],
    openMetrics: ['summary foo', 'gauge foo_bucket'],
  },
  {
    first: ['histogram', 'foo'],
    second: ['gauge', 'foo_total'],
    text: ['histogram foo', 'gauge foo_total'],
    openMetrics: ['histogram foo', 'gauge foo_total'],
  },
])('$first and then $second', ({ first, second, text, openMetrics }) => {
  test.each([
    { contentType: TEXT, shown: text },
    { contentType: OPENMETRICS, shown: openMetrics },
  ])('are both registered, and $shown shown in $contentType', async ({ contentType, shown }) => {
    const registry = registryOf(contentType, [first, second])
    const body: string = await registry.metrics()
    expect(familiesOf(contentType, body)).toEqual(shown)
    expect(body.includes(`${ERRORS}{family="${second[1]}"} 1\n`)).toBe(shown.length === 1)
    const described: AnyClient[] = await registry.getMetricsAsJSON()
    expect(described.map(({ name }) => name).filter((name) => name !== ERRORS)).toEqual([first[1], second[1]])
  })
})

test.each([
  {
    name: 'a counter beside its own total',
    metrics: [['counter', 'foo'] as const, ['counter', 'foo_total'] as const],
    reason: '"foo" has samples already, from line 3 on.',
  },
  {
    name: 'a histogram beside a gauge of its count',
    metrics: [['histogram', 'foo'] as const, ['gauge', 'foo_count'] as const],
    reason: '"foo_count" is already a name of the histogram "foo"',
  },
])('of $name prom-client makes what a strict parser refuses', async ({ metrics, reason }) => {
  const registry: AnyClient = new theirs.Registry()
  registry.setContentType(OPENMETRICS)
  declare(theirs, registry, metrics)
  const body = await registry.metrics()
  expect(() => parseOpenMetrics(body)).toThrow(reason)
})

test('tells once of what is left out, and counts each scrape', async () => {
  const metrics = [['histogram', 'told'] as const, ['gauge', 'told_count'] as const]
  const registry = registryOf(TEXT, metrics)
  await registry.metrics()
  expect(await registry.metrics()).toContain(`${ERRORS}{family="told_count"} 2\n`)
  await ours.Registry.merge([registryOf(TEXT, metrics)]).metrics()
  expect(warnings.mock.calls).toEqual([
    [
      'The gauge "told_count" is left out of the exposition: it has the name "told_count", which is one of the histogram "told". Rename one of the two.',
      'PosternWarning',
    ],
  ])
})

test('a single metric is shown whatever the names of others', async () => {
  const registry = registryOf(OPENMETRICS, [
    ['counter', 'foo'],
    ['gauge', 'foo_total'],
  ])
  expect(await registry.getSingleMetricAsString('foo_total')).toBe('# HELP foo_total H.\n# TYPE foo_total gauge\nfoo_total{a="x"} 1')
})

test('a metric has its names while its collect fails', async () => {
  const registry = new ours.Registry()
  const collect = (): never => {
    throw new Error('no database')
  }
  void new ours.Histogram({ name: 'foo', help: 'H.', registers: [registry], collect })
  registry.registerMetric({ name: 'bare', reset: () => {}, get: collect })
  registry.registerMetric({ type: 'counter', reset: () => {}, get: collect })
  declare(ours, registry, [
    ['gauge', 'foo_count'],
    ['gauge', 'bare_count'],
  ])
  const body: string = await registry.metrics()
  expect(familiesOf(TEXT, body)).toEqual(['gauge bare_count'])
})

test('a removed metric leaves its names to the others', async () => {
  const registry = registryOf(OPENMETRICS, [
    ['counter', 'foo'],
    ['gauge', 'foo_total'],
  ])
  registry.removeSingleMetric('foo')
  expect(familiesOf(OPENMETRICS, await registry.metrics())).toEqual(['gauge foo_total'])
})

test('a metric of others has the names of its samples too, whatever its type', async () => {
  const registry = new ours.Registry()
  const values = [{ value: 1, labels: {}, metricName: 'bar' }]
  registry.registerMetric({ name: 'odd', reset: () => {}, get: () => ({ name: 'odd', help: 'H.', type: 'untyped', values }) })
  declare(ours, registry, [
    ['gauge', 'bar'],
    ['gauge', 'baz'],
  ])
  const body: string = await registry.metrics()
  expect(body).toContain('bar 1\n')
  expect(body).not.toContain('# TYPE bar gauge')
  expect(body).toContain('# TYPE baz gauge')
})

test('a counter that is only a suffix has no name in OpenMetrics, and is left out there alone', async () => {
  const metrics = [['counter', '_total'] as const, ['gauge', 'foo'] as const]
  expect(familiesOf(TEXT, await registryOf(TEXT, metrics).metrics())).toEqual(['counter _total', 'gauge foo'])
  const body: string = await registryOf(OPENMETRICS, metrics).metrics()
  expect(familiesOf(OPENMETRICS, body)).toEqual(['gauge foo'])
  expect(body).toContain(`${ERRORS}{family="_total"} 1\n`)
})

test('what tells of the failures is not shown beside a family of its name', async () => {
  const registry = registryOf(OPENMETRICS, [
    ['gauge', ERRORS.slice(0, -'_total'.length)],
    ['counter', 'foo'],
    ['counter', 'foo_total'],
  ])
  const { families } = parseOpenMetrics(await registry.metrics())
  expect(families.map(({ type }) => type)).toEqual(['gauge', 'counter'])
})

const name = fc
  .tuple(fc.constantFrom('foo', 'bar'), fc.array(fc.constantFrom('_total', '_created', '_count', '_sum', '_bucket'), { maxLength: 2 }))
  .map(([stem, suffixes]) => stem + suffixes.join(''))
const metrics = fc.uniqueArray(fc.tuple(fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])), name), {
  selector: ([, one]) => one,
  maxLength: 8,
})

describe('whatever is registered beside what', () => {
  test.each([TEXT, OPENMETRICS])('a strict parser reads %s', async (contentType) => {
    await fc.assert(
      fc.asyncProperty(metrics, async (declared) => {
        const body: string = await registryOf(contentType, declared).metrics()
        expect(familiesOf(contentType, body).length > 0).toBe(declared.length > 0)
      }),
      { numRuns: 200, interruptAfterTimeLimit: 2500, markInterruptAsFailure: false },
    )
  })

  test.skipIf(skipReason !== undefined)('the Python parser reads OpenMetrics', async () => {
    const bodies = await Promise.all(fc.sample(metrics, 60).map((declared) => registryOf(OPENMETRICS, declared).metrics()))
    expect(pythonReads(bodies).map((families) => families.length)).toEqual(bodies.map((body) => parseOpenMetrics(body).families.length))
  })
})
