import { createRegistry } from '@postern/metrics'
import { expect, test } from 'vitest'
import { scrapeText } from '../support/scrape.ts'

test('writes each family whole: HELP, TYPE, then its samples, with the names as registered', async () => {
  const registry = createRegistry()
  const total = registry.counter({ name: 'a_total', help: 'A "quoted" \\ help\nin two lines.', labelNames: ['x'] })
  registry.counter({ name: 'b', help: 'B.' }).inc()
  registry.gauge({ name: 'none', help: 'No series yet.', labelNames: ['x'] })
  registry.histogram({ name: 'h', help: 'H.', buckets: [-1, 1, 1e6, 1e21] }).observe(-2)
  total.inc({ x: '1' })
  total.inc({ x: '2' })
  expect(await scrapeText(registry)).toBe(
    [
      '# HELP a_total A "quoted" \\\\ help\\nin two lines.',
      '# TYPE a_total counter',
      'a_total{x="1"} 1',
      'a_total{x="2"} 1',
      '# HELP b B.',
      '# TYPE b counter',
      'b 1',
      '# HELP none No series yet.',
      '# TYPE none gauge',
      '# HELP h H.',
      '# TYPE h histogram',
      'h_bucket{le="-1"} 1',
      'h_bucket{le="1"} 1',
      'h_bucket{le="1000000"} 1',
      'h_bucket{le="1e+21"} 1',
      'h_bucket{le="+Inf"} 1',
      'h_sum -2',
      'h_count 1',
      '',
    ].join('\n'),
  )
})
