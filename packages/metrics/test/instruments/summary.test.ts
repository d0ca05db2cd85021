import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { scrapeProtobuf } from '../support/protobuf-reader.ts'
import { sampleLines, scrapeOpenMetrics } from '../support/scrape.ts'

describe('a summary', () => {
  test('tells its quantiles, sum and count in every format', async () => {
    const registry = createRegistry()
    const summary = registry.summary({ name: 's', help: 'S.', quantiles: [0, 0.5, 1] })
    for (const value of [1, 2, 4]) summary.observe(value)
    expect(await sampleLines(registry)).toEqual(['s{quantile="0"} 1', 's{quantile="0.5"} 2', 's{quantile="1"} 4', 's_sum 7', 's_count 3'])
    expect(await scrapeOpenMetrics(registry)).toBe(
      '# TYPE s summary\n# HELP s S.\ns{quantile="0.0"} 1\ns{quantile="0.5"} 2\ns{quantile="1.0"} 4\ns_sum 7\ns_count 3\n# EOF\n',
    )
    const [family] = (await scrapeProtobuf(registry)).families
    expect(family).toMatchObject({
      type: 'SUMMARY',
      metric: [
        {
          summary: {
            sample_count: 3,
            sample_sum: 7,
            quantile: [
              { quantile: 0, value: 1 },
              { quantile: 0.5, value: 2 },
              { quantile: 1, value: 4 },
            ],
          },
        },
      ],
    })
  })

  test('forgets what is older than its window, although nothing is observed and the series are many', async () => {
    let now = 0
    const registry = createRegistry({ wallClock: () => now })
    const summary = registry.summary({ name: 's', help: 'S.', labelNames: ['i'], quantiles: [0.5], maxAgeSeconds: 10 })
    for (let i = 0; i < 100; i += 1) summary.observe({ i }, 7)
    const first = async (): Promise<string[]> => (await sampleLines(registry)).slice(0, 3)
    expect(await first()).toEqual(['s{i="0",quantile="0.5"} 7', 's_sum{i="0"} 7', 's_count{i="0"} 1'])
    now = 60_000
    expect(await first()).toEqual(['s{i="0",quantile="0.5"} NaN', 's_sum{i="0"} 7', 's_count{i="0"} 1'])
  })

  test('has the quantiles 0.5, 0.9 and 0.99 unless it says otherwise, and none before an observation', async () => {
    const registry = createRegistry()
    registry.summary({ name: 's', help: 'S.' })
    expect(await sampleLines(registry)).toEqual([
      's{quantile="0.5"} NaN',
      's{quantile="0.9"} NaN',
      's{quantile="0.99"} NaN',
      's_sum 0',
      's_count 0',
    ])
  })

  test('times, by handle and by labels, and goes on after removal', async () => {
    let now = 0
    const registry = createRegistry({ now: () => now })
    const summary = registry.summary({ name: 's', help: 'S.', labelNames: ['a', 'b'], quantiles: [] })
    const handle = summary.labels({ a: '1', b: '2' })
    const end = summary.startTimer({ a: '1' })
    const endHandle = handle.startTimer()
    now = 500
    expect([end({ b: '2' }), endHandle()]).toEqual([0.5, 0.5])
    expect(await sampleLines(registry)).toEqual(['s_sum{a="1",b="2"} 1', 's_count{a="1",b="2"} 2'])
    summary.clear()
    handle.observe(3)
    expect(await sampleLines(registry)).toEqual(['s_sum{a="1",b="2"} 3', 's_count{a="1",b="2"} 1'])
  })

  test('refuses quantiles out of range, the label that marks them, and what is no number', () => {
    const registry = createRegistry()
    expect(() => registry.summary({ name: 's', help: 'S.', quantiles: [2] })).toThrow(RangeError)
    expect(() => registry.summary({ name: 's', help: 'S.', labelNames: ['quantile'] })).toThrow(TypeError)
    const summary = registry.summary({ name: 's', help: 'S.' })
    const message = 'Summary "s" was given "1", which is not a number. Pass a number.'
    expect(() => summary.observe('1' as unknown as number)).toThrow(new TypeError(message))
    expect(() => summary.labels().observe('1' as unknown as number)).toThrow(new TypeError(message))
  })

  test('survives as a snapshot, native histograms too', async () => {
    const theirs = createRegistry()
    theirs.summary({ name: 's', help: 'S.', quantiles: [0.5] }).observe(2)
    theirs.nativeHistogram({ name: 'h', help: 'H.' }).observe(3)
    const ours = createRegistry()
    const families = structuredClone(await theirs.snapshot())
    ours.include({ name: 'theirs', collect: () => families })
    expect(await sampleLines(ours)).toEqual(await sampleLines(theirs))
    expect((await scrapeProtobuf(ours)).families).toEqual((await scrapeProtobuf(theirs)).families)
  })
})
