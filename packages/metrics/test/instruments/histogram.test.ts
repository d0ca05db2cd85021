import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

describe('a histogram', () => {
  test('counts a value on a bound in that bucket, and cumulates upwards', async () => {
    const registry = createRegistry()
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [1, 2, 5] })
    for (const value of [0.5, 1, 1.5, 2, 7]) histogram.observe(value)
    expect(await sampleLines(registry)).toEqual([
      'h_bucket{le="1"} 2',
      'h_bucket{le="2"} 4',
      'h_bucket{le="5"} 4',
      'h_bucket{le="+Inf"} 5',
      'h_sum 12',
      'h_count 5',
    ])
  })

  test('puts le after the labels, and sum and count after the buckets', async () => {
    const registry = createRegistry()
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['route'], buckets: [1] })
    histogram.observe({ route: '/' }, 2)
    histogram.labels({ route: '/' }).observe(0.5)
    expect(await sampleLines(registry)).toEqual([
      'h_bucket{route="/",le="1"} 1',
      'h_bucket{route="/",le="+Inf"} 2',
      'h_sum{route="/"} 2.5',
      'h_count{route="/"} 2',
    ])
  })

  test.each([
    { value: Number.NaN, lines: ['h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 1', 'h_sum NaN', 'h_count 1'] },
    { value: Infinity, lines: ['h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 1', 'h_sum +Inf', 'h_count 1'] },
    { value: -Infinity, lines: ['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum -Inf', 'h_count 1'] },
  ])('counts $value as client_golang does', async ({ value, lines }) => {
    const registry = createRegistry()
    registry.histogram({ name: 'h', help: 'H.', buckets: [1] }).observe(value)
    expect(await sampleLines(registry)).toEqual(lines)
  })

  test.each(['1', undefined, null, 1n])('refuses to observe %s, which is not a number', (value) => {
    const histogram = createRegistry().histogram({ name: 'h', help: 'H.' })
    expect(() => histogram.labels({}).observe(value as never)).toThrow(
      /^Histogram "h" was given .*, which is not a number\. Pass a number\.$/,
    )
  })
})

describe('a timer', () => {
  test('observes seconds, with labels from both of its ends', async () => {
    let milliseconds = 1000
    const registry = createRegistry({ now: () => milliseconds })
    const histogram = registry.histogram({ name: 'h', help: 'H.', labelNames: ['method', 'status'], buckets: [] })
    const known = { method: 'GET' }
    const stop = histogram.startTimer(known)
    known.method = 'POST'
    milliseconds += 250
    expect(stop({ status: 200 })).toBe(0.25)
    expect((await sampleLines(registry))[1]).toBe('h_sum{method="GET",status="200"} 0.25')
  })

  test('observes by a handle, and without labels', async () => {
    let milliseconds = 0
    const registry = createRegistry({ now: () => milliseconds })
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [] })
    const stops = [histogram.startTimer(), histogram.labels({}).startTimer()]
    milliseconds = 500
    expect(stops.map((stop) => stop())).toEqual([0.5, 0.5])
    expect(await sampleLines(registry)).toEqual(['h_bucket{le="+Inf"} 2', 'h_sum 1', 'h_count 2'])
  })

  test('reads a clock that never goes back unless told otherwise', () => {
    const stop = createRegistry().histogram({ name: 'h', help: 'H.' }).startTimer()
    expect(stop()).toBeGreaterThanOrEqual(0)
  })
})
