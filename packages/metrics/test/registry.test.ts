import { createRegistry, type Registry, type RegistryOptions } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines, scrapeOpenMetrics, scrapeText } from './support/scrape.ts'

const ERRORS = 'postern_metrics_collect_errors_total'

describe('rendering', () => {
  test.each([
    { accept: undefined, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: '# HELP x X.\n# TYPE x counter\nx 0\n' },
    {
      accept: 'application/openmetrics-text;version=1.0.0',
      contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      body: '# TYPE x counter\n# HELP x X.\nx_total 0\n# EOF\n',
    },
    {
      accept: 'application/openmetrics-text;version=0.0.1',
      contentType: 'application/openmetrics-text; version=0.0.1; charset=utf-8',
      body: '# TYPE x counter\n# HELP x X.\nx_total 0\n# EOF\n',
    },
  ])('answers Accept: $accept with $contentType', async ({ accept, contentType, body }) => {
    const registry = createRegistry()
    registry.counter({ name: 'x', help: 'X.' })
    expect(await registry.render({ accept })).toEqual({ contentType, body })
  })

  test('keeps the order of registration', async () => {
    const registry = createRegistry()
    for (const name of ['zebra', 'ant', 'mole']) registry.gauge({ name, help: 'Animal.' }).set(1)
    expect(await sampleLines(registry)).toEqual(['zebra 1', 'ant 1', 'mole 1'])
  })

  test('has the shape that a guard serves', async () => {
    const source: {
      render(request: { readonly accept: string | undefined }): Promise<{ readonly contentType: string; readonly body: string }>
    } = createRegistry()
    expect((await source.render({ accept: undefined })).body).toBe('')
  })
})

describe('default labels', () => {
  test('come after the labels of the series, and on every kind', async () => {
    const registry = createRegistry({ defaultLabels: { app: 'shop "x"', zone: 3 } })
    registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] }).inc({ a: '1' })
    registry.gauge({ name: 'g', help: 'G.' })
    registry.histogram({ name: 'h', help: 'H.', buckets: [] })
    const app = 'app="shop \\"x\\"",zone="3"'
    expect(await sampleLines(registry)).toEqual([
      `c_total{a="1",${app}} 1`,
      `g{${app}} 0`,
      `h_bucket{${app},le="+Inf"} 0`,
      `h_sum{${app}} 0`,
      `h_count{${app}} 0`,
    ])
  })

  test('give way to a label of the family, and are read once', async () => {
    const defaultLabels = { app: 'shop', zone: 'a' }
    const registry = createRegistry({ defaultLabels })
    defaultLabels.zone = 'b'
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['app'] }).set({ app: 'own' }, 1)
    expect(await sampleLines(registry)).toEqual(['g{app="own",zone="a"} 1'])
  })
})

describe('collect', () => {
  test('runs before anything is rendered, once per scrape, asynchronous or not', async () => {
    const registry = createRegistry()
    const depth = registry.gauge({ name: 'depth', help: 'Depth.' })
    registry.gauge({
      name: 'late',
      help: 'Late.',
      collect: async (gauge) => {
        await Promise.resolve()
        gauge.inc()
        depth.inc()
      },
    })
    registry.counter({ name: 'scrapes_total', help: 'Scrapes.', collect: (counter) => counter.inc() })
    registry.histogram({ name: 'h', help: 'H.', buckets: [], collect: (histogram) => histogram.observe(1) })
    await scrapeText(registry)
    expect(await sampleLines(registry)).toEqual(['depth 2', 'late 2', 'scrapes_total 2', 'h_bucket{le="+Inf"} 2', 'h_sum 2', 'h_count 2'])
  })

  test.each<{ name: string; collect: (gauge: { set(value: number): void }) => void | Promise<void> }>([
    {
      name: 'throws',
      collect: () => {
        throw new Error('no')
      },
    },
    { name: 'rejects', collect: () => Promise.reject(new Error('no')) },
    { name: 'sets what is no number', collect: (gauge: { set(value: number): void }) => gauge.set('x' as never) },
  ])('costs its own family alone when it $name, and is counted', async ({ collect }) => {
    const registry = createRegistry({ defaultLabels: { app: 'x' } })
    registry.gauge({ name: 'bad', help: 'Bad.', collect })
    registry.gauge({ name: 'good', help: 'Good.', collect: (gauge) => gauge.set(1) })
    expect(await sampleLines(registry)).toEqual(['good{app="x"} 1', `${ERRORS}{family="bad",app="x"} 1`])
    expect(await sampleLines(registry)).toEqual(['good{app="x"} 1', `${ERRORS}{family="bad",app="x"} 2`])
    expect(await scrapeOpenMetrics(registry)).toContain(`# TYPE postern_metrics_collect_errors counter`)
    expect(registry.unregister(ERRORS)).toBe(false)
  })

  test('shows its family again as soon as it succeeds', async () => {
    let healthy = false
    const registry = createRegistry()
    registry.gauge({
      name: 'flaky',
      help: 'Flaky.',
      collect: (gauge) => {
        if (!healthy) throw new Error('no')
        gauge.set(1)
      },
    })
    await scrapeText(registry)
    healthy = true
    expect(await sampleLines(registry)).toEqual(['flaky 1', `${ERRORS}{family="flaky"} 1`])
  })
})

describe('the handler of failed collects', () => {
  const failing = (options: RegistryOptions): Registry => {
    const registry = createRegistry(options)
    registry.gauge({
      name: 'throws',
      help: 'T.',
      collect: () => {
        throw new Error('thrown')
      },
    })
    registry.counter({ name: 'rejects_total', help: 'R.', collect: () => Promise.reject(new Error('rejected')) })
    registry.gauge({ name: 'good', help: 'G.', collect: (gauge) => gauge.set(1) })
    return registry
  }
  const lines = ['good 1', `${ERRORS}{family="throws"} 1`, `${ERRORS}{family="rejects_total"} 1`]

  test('is told what was thrown and by which family, once per failure', async () => {
    const told: [error: unknown, family: string][] = []
    const registry = failing({ onCollectError: (...args) => void told.push(args) })
    expect(await sampleLines(registry)).toEqual(lines)
    const both = [
      [new Error('thrown'), 'throws'],
      [new Error('rejected'), 'rejects_total'],
    ]
    expect(told).toEqual(both)
    await scrapeText(registry)
    expect(told).toEqual([...both, ...both])
  })

  test.each<{ name: string; onCollectError: () => unknown }>([
    {
      name: 'throws itself',
      onCollectError: () => {
        throw new Error('no log')
      },
    },
    // Unhandled, the rejection would fail the run.
    { name: 'rejects itself', onCollectError: () => Promise.reject(new Error('no log')) },
    { name: 'never ends', onCollectError: () => new Promise(() => {}) },
  ])('costs the scrape nothing when it $name', async ({ onCollectError }) => {
    expect(await sampleLines(failing({ onCollectError }))).toEqual(lines)
  })
})

describe('taking families out', () => {
  test('frees every name of one family', async () => {
    const registry = createRegistry()
    const old = registry.histogram({ name: 'h', help: 'H.' })
    expect(registry.unregister('h')).toBe(true)
    expect(registry.unregister('h')).toBe(false)
    expect(await scrapeText(registry)).toBe('')
    registry.gauge({ name: 'h_count', help: 'H.' })
    expect(() => old.observe(1)).not.toThrow()
    expect(await sampleLines(registry)).toEqual(['h_count 0'])
  })

  test('clears all, counts failures anew and keeps the default labels', async () => {
    const registry = createRegistry({ defaultLabels: { app: 'x' } })
    const collect = (): void => {
      throw new Error('no')
    }
    registry.gauge({ name: 'bad', help: 'Bad.', collect })
    await scrapeText(registry)
    registry.clear()
    expect(await scrapeText(registry)).toBe('')
    expect(() => registry.gauge({ name: ERRORS, help: 'Mine.' })).toThrow(TypeError)
    registry.gauge({ name: 'bad', help: 'Bad.', collect })
    expect(await sampleLines(registry)).toEqual([`${ERRORS}{family="bad",app="x"} 1`])
  })
})
