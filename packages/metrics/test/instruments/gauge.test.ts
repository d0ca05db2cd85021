import { createRegistry } from '@postern/metrics'
import { describe, expect, test } from 'vitest'
import { sampleLines } from '../support/scrape.ts'

describe('a gauge', () => {
  test('is set, goes up and goes down, without labels', async () => {
    const registry = createRegistry()
    const gauge = registry.gauge({ name: 'depth', help: 'Depth.' })
    gauge.set(10)
    gauge.inc()
    gauge.inc(2)
    gauge.dec()
    gauge.dec(0.5)
    expect(await sampleLines(registry)).toEqual(['depth 11.5'])
  })

  test('is set, goes up and goes down, with labels and by a handle', async () => {
    const registry = createRegistry()
    const gauge = registry.gauge({ name: 'depth', help: 'Depth.', labelNames: ['queue'] })
    gauge.set({ queue: 'a' }, 10)
    gauge.inc({ queue: 'a' })
    gauge.dec({ queue: 'a' }, 3)
    const held = gauge.labels({ queue: 'b' })
    held.set(1)
    held.inc()
    held.dec(5)
    expect(await sampleLines(registry)).toEqual(['depth{queue="a"} 8', 'depth{queue="b"} -3'])
  })

  test.each([
    { value: Number.NaN, text: 'NaN' },
    { value: Infinity, text: '+Inf' },
    { value: -Infinity, text: '-Inf' },
    { value: -0, text: '0' },
  ])('takes $value and shows it as $text', async ({ value, text }) => {
    const registry = createRegistry()
    registry.gauge({ name: 'x', help: 'X.' }).set(value)
    expect(await sampleLines(registry)).toEqual([`x ${text}`])
  })

  test.each(['1', undefined, null, 1n, true])('refuses to be set to or moved by %s, which is not a number', (value) => {
    const gauge = createRegistry().gauge({ name: 'x', help: 'X.', labelNames: ['a'] })
    const held = gauge.labels({ a: 'b' })
    expect(() => held.set(value as never)).toThrow(/^Gauge "x" was given .*, which is not a number\. Pass a number\.$/)
    expect(() => gauge.set({ a: 'b' }, value as never)).toThrow(TypeError)
    if (value === undefined) return
    expect(() => held.inc(value as never)).toThrow(TypeError)
    expect(() => held.dec(value as never)).toThrow(TypeError)
    expect(() => gauge.dec({ a: 'b' }, value as never)).toThrow(TypeError)
  })
})
