import { createRegistry, type Registry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from './support/scrape.ts'

const OVERFLOW = 'postern_metrics_overflow_total'

describe('what a registry tells of itself', () => {
  test('is how many writes went to overflow series, by family, and nothing before the first', async () => {
    const registry = createRegistry({ maxSeries: 3 })
    const counter = registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'], maxSeries: 1 })
    const gauge = registry.gauge({ name: 'g', help: 'G.', labelNames: ['a', 'b'] })
    counter.inc({ a: '1' })
    gauge.set({ a: '1', b: '1' }, 1)
    expect(await sampleLines(registry)).toEqual(['x_total{a="1"} 1', 'g{a="1",b="1"} 1'])
    for (const a of ['2', '3', '2']) counter.inc({ a })
    gauge.set({ a: '2', b: '2' }, 2)
    gauge.set({ a: '3', b: '3' }, 3)
    expect(await sampleLines(registry)).toEqual([
      'x_total{a="1"} 1',
      'x_total{a="__overflow__"} 3',
      'g{a="1",b="1"} 1',
      'g{a="__overflow__",b="__overflow__"} 3',
      `${OVERFLOW}{family="x_total"} 3`,
      `${OVERFLOW}{family="g"} 2`,
    ])
  })

  test('counts anew after clear, and its names stay its own', async () => {
    const registry = createRegistry()
    const declare = () => registry.counter({ name: 'x_total', help: 'X.', labelNames: ['a'], maxSeries: 1 })
    for (const name of [
      OVERFLOW,
      'postern_metrics_overflow',
      'postern_metrics_collect_errors_created',
      'postern_metrics_stalled_scrapes',
    ]) {
      expect(() => registry.gauge({ name, help: 'Mine.' })).toThrow(/has taken/)
    }
    for (let round = 0; round < 2; round += 1) {
      const counter = declare()
      for (const a of ['1', '2', '3']) counter.inc({ a })
      expect((await sampleLines(registry)).at(-1)).toBe(`${OVERFLOW}{family="x_total"} 2`)
      expect(registry.unregister(OVERFLOW)).toBe(false)
      registry.clear()
    }
  })

  test.each<[string, (registry: Registry, count: number) => void]>([
    [
      'postern_metrics_collect_errors_total',
      (registry, count) => {
        const names = Array.from({ length: count }, (_, at) => `no name ${at}`)
        registry.include({
          name: 'hostile',
          collect: () => names.map((name) => ({ kind: 'counter', name, help: 'H.', labelNames: [], series: [] }) as never),
        })
      },
    ],
    [
      OVERFLOW,
      (registry, count) => {
        for (let at = 0; at < count; at += 1) {
          const gauge = registry.gauge({ name: `g${at}`, help: 'G.', labelNames: ['l'], maxSeries: 1 })
          for (const l of ['1', '2']) gauge.set({ l }, 1)
        }
      },
    ],
  ])('is told of a thousand families by name in %s, and of the others together', async (metric, fail) => {
    const registry = createRegistry()
    fail(registry, 1_003)
    await sampleLines(registry)
    const lines = (await sampleLines(registry)).filter((line) => line.startsWith(metric))
    expect(lines).toHaveLength(1_001)
    const rounds = metric === OVERFLOW ? 1 : 2
    expect(lines.slice(-1)).toEqual([`${metric}{family="__overflow__"} ${3 * rounds}`])
    expect((await sampleLines(registry)).filter((line) => line.includes('family="postern_metrics'))).toEqual([])
  })

  test('is told of a family whose name is longer than any together with those', async () => {
    const registry = createRegistry()
    for (const length of [1_024, 1_025]) {
      const gauge = registry.gauge({ name: 'g'.repeat(length), help: 'G.', labelNames: ['l'], maxSeries: 1 })
      for (const l of ['1', '2']) gauge.set({ l }, 1)
    }
    const lines = (await sampleLines(registry)).filter((line) => line.startsWith(OVERFLOW))
    expect(lines).toEqual([`${OVERFLOW}{family="${'g'.repeat(1_024)}"} 1`, `${OVERFLOW}{family="__overflow__"} 1`])
  })

  test('is outside the limit of series', async () => {
    const registry = createRegistry({ maxSeries: 1 })
    for (const name of ['a', 'b', 'c']) registry.gauge({ name, help: 'X.', labelNames: ['l'] }).set({ l: 1 }, 1)
    expect((await sampleLines(registry)).filter((line) => line.startsWith(OVERFLOW))).toEqual([
      `${OVERFLOW}{family="b"} 1`,
      `${OVERFLOW}{family="c"} 1`,
    ])
  })

  test('gives the room of a family that goes to the others', async () => {
    const registry = createRegistry({ maxSeries: 2 })
    const first = registry.gauge({ name: 'first', help: 'F.', labelNames: ['a'] })
    for (const a of ['1', '2']) first.set({ a }, 1)
    registry.unregister('first')
    const second = registry.gauge({ name: 'second', help: 'S.', labelNames: ['a'] })
    for (const a of ['1', '2']) second.set({ a }, 1)
    for (const a of ['3', '4']) first.set({ a }, 1)
    expect(await sampleLines(registry)).toEqual(['second{a="1"} 1', 'second{a="2"} 1'])
  })
})
