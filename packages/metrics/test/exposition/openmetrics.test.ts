import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { scrapeOpenMetrics, scrapeText } from '../support/scrape.ts'

test('writes each family whole: TYPE, HELP, then its samples, counters under their family name, and the end', async () => {
  const registry = createRegistry()
  registry.counter({ name: 'a_total', help: 'A "quoted" \\ help\nin two lines.' }).inc()
  registry.counter({ name: 'b', help: 'B.', labelNames: ['x'] }).inc({ x: 'y' })
  registry.gauge({ name: 'g_total', help: 'A gauge keeps its name.' }).set(1)
  registry.histogram({ name: 'h', help: 'H.', buckets: [0, 1, 1e6] }).observe(0.5)
  expect(await scrapeOpenMetrics(registry)).toBe(
    [
      '# TYPE a counter',
      '# HELP a A \\"quoted\\" \\\\ help\\nin two lines.',
      'a_total 1',
      '# TYPE b counter',
      '# HELP b B.',
      'b_total{x="y"} 1',
      '# TYPE g_total gauge',
      '# HELP g_total A gauge keeps its name.',
      'g_total 1',
      '# TYPE h histogram',
      '# HELP h H.',
      'h_bucket{le="0.0"} 0',
      'h_bucket{le="1.0"} 1',
      'h_bucket{le="1e+06"} 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum 0.5',
      'h_count 1',
      '# EOF',
      '',
    ].join('\n'),
  )
})

describe('a sum that is no counter', () => {
  test.each([
    { name: 'below zero', observed: [-5] },
    { name: 'below zero after all', observed: [1, -5] },
    { name: 'minus infinity', observed: [-Infinity] },
    { name: 'NaN', observed: [Number.NaN] },
    { name: 'NaN for good', observed: [Infinity, -Infinity, 1] },
  ])('is left out with its count while it is $name, and other series keep theirs', async ({ observed }) => {
    const registry = createRegistry()
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['a'], buckets: [] })
    for (const value of observed) histogram.observe({ a: 'bad' }, value)
    histogram.observe({ a: 'good' }, 2)
    const bad = `h_bucket{a="bad",le="+Inf"} ${observed.length}\n`
    const good = 'h_bucket{a="good",le="+Inf"} 1\nh_sum{a="good"} 2\nh_count{a="good"} 1\n'
    expect(await scrapeOpenMetrics(registry)).toBe(`# TYPE h histogram\n# HELP h H.\n${bad}${good}# EOF\n`)
    expect(await scrapeText(registry)).toContain(`\nh_count{a="bad"} ${observed.length}\n`)
  })

  test('is back as soon as it is zero or more', async () => {
    const registry = createRegistry()
    const histogram = registry.histogram({ name: 'h', help: 'H.' })
    histogram.observe(-5)
    expect(await scrapeOpenMetrics(registry)).not.toMatch(/^h_(?:sum|count)/m)
    histogram.observe(5)
    expect(await scrapeOpenMetrics(registry)).toContain('\nh_sum 0\nh_count 2\n')
  })
})

test('leaves sum and count out where bounds are below zero, because that sum may fall', async () => {
  const registry = createRegistry()
  registry.histogram({ name: 'h', help: 'H.', buckets: [-1, 1] }).observe(-5)
  expect(await scrapeOpenMetrics(registry)).toBe(
    '# TYPE h histogram\n# HELP h H.\nh_bucket{le="-1.0"} 1\nh_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n',
  )
})
