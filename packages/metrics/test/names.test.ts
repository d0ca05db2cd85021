import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'

describe('names', () => {
  test.each(['', '1x', 'a-b', 'a b', 'é', 'a\n', 'a{', undefined, 5])('refuses the metric name %j', (name) => {
    expect(() => createRegistry().gauge({ name: name as string, help: 'X.' })).toThrow(
      new TypeError(
        `${JSON.stringify(name)} is not a metric name: the alphabet is letters, digits, "_" and ":", and a digit cannot come first. Write it like http_requests_total.`,
      ),
    )
  })

  test('refuses a counter that is called by its suffix alone', () => {
    expect(() => createRegistry().counter({ name: '_total', help: 'X.' })).toThrow(
      new TypeError('"_total" is only the suffix of a counter: OpenMetrics would have no name left. Write it like http_requests_total.'),
    )
  })

  test.each(['', '  ', undefined])('refuses the help %j', (help) => {
    expect(() => createRegistry().gauge({ name: 'x', help: help as string })).toThrow(
      new TypeError(`Gauge "x" has the help ${JSON.stringify(help)}, which explains nothing. Write one sentence.`),
    )
  })

  test.each<[unknown, string]>([
    [
      ['a-b'],
      'Gauge "x" has the label "a-b": the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.',
    ],
    [
      ['a:b'],
      'Gauge "x" has the label "a:b": the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.',
    ],
    [[5], 'Gauge "x" has the label 5: the alphabet is letters, digits and "_", and a digit cannot come first. Write it like status_code.'],
    [['__name__'], 'Gauge "x" has the label "__name__": names in "__" belong to Prometheus itself. Write it without them.'],
    [['le'], 'Gauge "x" has the label "le": it marks the buckets of histograms. Write another name, such as limit.'],
    [['a', 'a'], 'Gauge "x" has the label "a" twice: a series has each label once. Write it once.'],
    ['a', `Gauge "x" has labelNames "a", which is not an array. Write them like ['method', 'status'].`],
  ])('refuses the label names %j', (labelNames, message) => {
    expect(() => createRegistry().gauge({ name: 'x', help: 'X.', labelNames: labelNames as string[] })).toThrow(new TypeError(message))
  })

  test.each(['le', '__x', 'a-b'])('refuses the default label %j', (name) => {
    expect(() => createRegistry({ defaultLabels: { [name]: 'x' } })).toThrow(TypeError)
  })
})

describe('clashes', () => {
  const kinds = {
    counter: (registry: Registry, name: string) => registry.counter({ name, help: 'X.' }),
    gauge: (registry: Registry, name: string) => registry.gauge({ name, help: 'X.' }),
    histogram: (registry: Registry, name: string) => registry.histogram({ name, help: 'X.' }),
  }
  type Kind = keyof typeof kinds
  const rows: [Kind, string, Kind, string, taken: string][] = [
    ['counter', 'x', 'counter', 'x', 'x'],
    ['counter', 'foo', 'gauge', 'foo_total', 'foo_total'],
    ['counter', 'foo_total', 'gauge', 'foo', 'foo'],
    ['counter', 'foo_total', 'counter', 'foo', 'foo'],
    ['counter', 'foo', 'gauge', 'foo_created', 'foo_created'],
    ['histogram', 'x', 'counter', 'x_count', 'x_count'],
    ['histogram', 'x', 'gauge', 'x_sum', 'x_sum'],
    ['histogram', 'x', 'gauge', 'x_bucket', 'x_bucket'],
    ['histogram', 'x', 'histogram', 'x_bucket', 'x_bucket'],
    ['histogram', 'x', 'gauge', 'x', 'x'],
    ['histogram', 'x', 'counter', 'x_total', 'x'],
  ]
  // Which of the two comes first must not matter.
  test.each(rows)('refuses %s %s beside %s %s, whichever comes first', (kindA, nameA, kindB, nameB, taken) => {
    const one = createRegistry()
    kinds[kindA](one, nameA)
    expect(() => kinds[kindB](one, nameB)).toThrow(
      new TypeError(
        `The ${kindB} "${nameB}" needs the name "${taken}", which "${nameA}" has taken. ${nameA === nameB ? 'Share its instrument, or call registry.getOrCreate where code runs again.' : 'Give one of them another name, or share one instrument.'}`,
      ),
    )
    const other = createRegistry()
    kinds[kindB](other, nameB)
    expect(() => kinds[kindA](other, nameA)).toThrow(TypeError)
  })

  test.each<[Kind, string, Kind, string]>([
    ['gauge', 'active', 'gauge', 'active_total'],
    ['gauge', 'x', 'gauge', 'x_count'],
    ['histogram', 'x', 'counter', 'y_count'],
  ])('lets %s %s stand beside %s %s', (kindA, nameA, kindB, nameB) => {
    const registry = createRegistry()
    kinds[kindA](registry, nameA)
    expect(() => kinds[kindB](registry, nameB)).not.toThrow()
  })

  test('leaves nothing behind when it refuses', async () => {
    const registry = createRegistry()
    kinds.gauge(registry, 'x_count')
    expect(() => kinds.histogram(registry, 'x')).toThrow(TypeError)
    expect(() => kinds.gauge(registry, 'x')).not.toThrow()
  })

  test.each(['postern_metrics_collect_errors', 'postern_metrics_collect_errors_total'])('keeps %s for the registry', (name) => {
    expect(() => kinds.gauge(createRegistry(), name)).toThrow(TypeError)
  })
})
