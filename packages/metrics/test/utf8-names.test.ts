import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { parseOpenMetrics, parseText } from '../src/parser/index.ts'
import { scrapeProtobuf } from './support/protobuf-reader.ts'

const TEXT_1 = 'text/plain;version=1.0.0;escaping=allow-utf-8'
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8'

function createOdd(): Registry {
  const registry = createRegistry({ names: 'utf-8', defaultLabels: { 'k8s.pod': 'p' } })
  registry
    .counter({ name: 'http.requests_total', help: 'Requests.', labelNames: ['http.method', 'ok'] })
    .inc({ 'http.method': 'GET', ok: 1 })
  registry.histogram({ name: 'größe 😀', help: 'Sizes.', buckets: [1] }).observe(0.5)
  registry.gauge({ name: 'plain', help: 'Plain.' }).set(2)
  return registry
}

const samples = (body: string): string[] => body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('names in UTF-8', () => {
  test('are quoted where the scraper takes them', async () => {
    const { body, contentType } = await createOdd().render({ accept: TEXT_1 })
    expect(contentType).toBe('text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8')
    expect(body.split('\n').slice(0, 2)).toEqual(['# HELP "http.requests_total" Requests.', '# TYPE "http.requests_total" counter'])
    expect(samples(body)).toEqual([
      '{"http.requests_total","http.method"="GET",ok="1","k8s.pod"="p"} 1',
      '{"größe 😀_bucket","k8s.pod"="p",le="1"} 1',
      '{"größe 😀_bucket","k8s.pod"="p",le="+Inf"} 1',
      '{"größe 😀_sum","k8s.pod"="p"} 0.5',
      '{"größe 😀_count","k8s.pod"="p"} 1',
      'plain{"k8s.pod"="p"} 2',
    ])
    expect(parseText(body).families.map(({ name }) => name)).toEqual(['http.requests_total', 'größe 😀', 'plain'])
  })

  test('are quoted in OpenMetrics', async () => {
    const { body } = await createOdd().render({ accept: OPENMETRICS })
    expect(parseOpenMetrics(body).families.map(({ name, samples: [first] }) => [name, first?.name])).toEqual([
      ['http.requests', 'http.requests_total'],
      ['größe 😀', 'größe 😀_bucket'],
      ['plain', 'plain'],
    ])
  })

  test.each([
    ['', ['http_requests_total', 'gr__e___bucket', 'plain'], 'http_method', 'k8s_pod'],
    [';escaping=underscores', ['http_requests_total', 'gr__e___bucket', 'plain'], 'http_method', 'k8s_pod'],
    [';escaping=dots', ['http_dot_requests__total', 'gr____e_____bucket', 'plain'], 'http_dot_method', 'k8s_dot_pod'],
    [';escaping=values', ['U__http_2e_requests__total', 'U__gr_f6__df_e_20__1f600__bucket', 'plain'], 'U__http_2e_method', 'U__k8s_2e_pod'],
  ])('are escaped for a scraper that says %j', async (escaping, names, method, pod) => {
    const { body } = await createOdd().render({ accept: `text/plain;version=0.0.4${escaping}` })
    const lines = samples(body)
    expect(lines[0]).toBe(`${names[0]}{${method}="GET",ok="1",${pod}="p"} 1`)
    expect(parseText(body).families.map(({ samples: [first] }) => first?.name)).toEqual(names)
  })

  test('are plain in protobuf, or escaped', async () => {
    const accept = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'
    const names = async (escaping: string): Promise<unknown> =>
      (await scrapeProtobuf(createOdd(), accept + escaping)).families.map(({ name }) => name)
    expect(await names(';escaping=allow-utf-8')).toEqual(['http.requests_total', 'größe 😀', 'plain'])
    expect(await names('')).toEqual(['http_requests_total', 'gr__e__', 'plain'])
  })

  test('are refused unless the registry says so', () => {
    expect(() => createRegistry().gauge({ name: 'a.b', help: 'A.' })).toThrow(TypeError)
    expect(() => createRegistry({ defaultLabels: { 'a.b': 1 } })).toThrow(TypeError)
  })

  test.each(['', '\ud800', 7])('may not be %j', (name) => {
    expect(() => createRegistry({ names: 'utf-8' }).gauge({ name: name as string, help: 'A.' })).toThrow(
      new TypeError(`The metric is called ${JSON.stringify(name)}, which is no text that has a UTF-8 form. Write one or more characters.`),
    )
    expect(() => createRegistry({ names: 'utf-8' }).gauge({ name: 'a', help: 'A.', labelNames: [name as string] })).toThrow(TypeError)
  })

  test.each([
    ['a.b', 'a_b'],
    ['a_b', 'a.b'],
    ['a.b', 'a-b'],
    ['a.b', 'a_dot_b'],
    ['a.b', 'U__a_2e_b'],
  ])('that some server would be told alike are refused: %s beside %s', (first, second) => {
    const registry = createRegistry({ names: 'utf-8' })
    registry.gauge({ name: first, help: 'A.' })
    expect(() => registry.gauge({ name: second, help: 'B.' })).toThrow(TypeError)
    expect(() => registry.gauge({ name: 'c', help: 'C.', labelNames: [first, second] })).toThrow(/Rename one of them/)
  })

  test.each([
    ['legacy' as const, '_name_'],
    ['utf-8' as const, '_name_'],
    ['utf-8' as const, '.-name--'],
    ['utf-8' as const, '-name-'],
  ])('that some server would take for the metric name are refused: among %s names %s', (names, label) => {
    expect(() => createRegistry({ names }).gauge({ name: 'x', help: 'X.', labelNames: [label] })).toThrow(
      new TypeError(
        `Gauge "x" has the label ${JSON.stringify(label)}, which some servers are told as "__name__", the label of the metric name itself. Rename it.`,
      ),
    )
  })

  test('of another alphabet become underscores for servers before 3.0, which read those', async () => {
    const registry = createRegistry({ names: 'utf-8' })
    registry.gauge({ name: 'запросы', help: 'Requests.', labelNames: ['регион'] }).set({ регион: 'x' }, 1)
    const { body } = await registry.render({ accept: 'application/openmetrics-text;version=1.0.0' })
    expect(parseOpenMetrics(body).families.map(({ samples: [first] }) => first)).toMatchObject([
      {
        name: '_______',
        labels: new Map([['______', 'x']]),
      },
    ])
  })
})
