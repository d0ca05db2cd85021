import { describe, expect, test } from 'vitest'
import { type Chunk, ChunkSink } from '../../src/scrape/chunks.ts'
import { FamilyView } from '../../src/scrape/family-view.ts'
import type { QuantileSource } from '../../src/series/family.ts'
import { composeAll, createFamily, createWriter, decode, type FamilyPlan } from '../support/family.ts'

function viewOf(series: number, limit = Infinity, plan: FamilyPlan = {}) {
  const family = createFamily(plan)
  for (let i = 0; i < series; i += 1) family.store.slotOfTexts([`${i}`])
  const writer = createWriter(family)
  const budget = { limit, used: 0 }
  const view = new FamilyView(family, writer, budget)
  const render = (size = family.store.size) => {
    const chunks: Chunk[] = []
    const sink = new ChunkSink((chunk) => void chunks.push(chunk))
    let steps = 1
    for (const _ of view.render(sink, size)) steps += 1
    sink.flush()
    return { text: chunks.map(({ bytes }) => decode(bytes)).join(''), steps }
  }
  return { family, writer, budget, view, render }
}

describe('a family in one format', () => {
  test.each([0, 1, 31, 32, 255, 256, 257, 1_000])('of %i series is every series, in steps of segments', (series) => {
    const { family, writer, render } = viewOf(series)
    for (let round = 0; round < 3; round += 1) {
      const { text, steps } = render()
      expect(text).toBe(composeAll(family, writer))
      expect(steps).toBe(Math.max(Math.ceil(series / 256), 1))
    }
  })

  test('is cut off where it was when the scrape began', () => {
    const { render, family } = viewOf(300)
    family.store.slotOfTexts(['later'])
    expect(render(300).text).not.toContain('later')
    expect(render().text).toContain('later')
    expect(render(300).text).not.toContain('later')
    expect(render(300).text.split('\n')).toHaveLength(301)
  })

  test('keeps nothing where it has few series, or where there is no room', () => {
    for (const { budget, render, family } of [viewOf(31), viewOf(1_000, 0), viewOf(1_000, 4_000)]) {
      render()
      expect(budget.used).toBe(0)
      family.store.slotOfTexts(['more'])
      expect(render().text).toContain('more')
    }
  })

  test('keeps nothing where all marks are taken', () => {
    const { budget, render, family, writer } = viewOf(300)
    while (family.store.takeMark() !== undefined);
    expect(render().text).toBe(composeAll(family, writer))
    expect(budget.used).toBe(0)
  })

  test('gives back what it has taken, once', () => {
    const { budget, render, family, view } = viewOf(300)
    render()
    expect(budget.used).toBeGreaterThan(0)
    expect(family.store.takeMark()).toBe(2)
    view.dispose()
    view.dispose()
    expect([budget.used, family.store.takeMark()]).toEqual([0, 1])
    viewOf(3).view.dispose()
  })

  test('keeps nothing more once it was disposed of in the middle of a rendering', () => {
    const { budget, view, family, writer } = viewOf(600)
    const chunks: Chunk[] = []
    const sink = new ChunkSink((chunk) => void chunks.push(chunk))
    const rendering = view.render(sink, 600)
    rendering.next()
    view.dispose()
    for (const _ of rendering);
    sink.flush()
    expect(chunks.map(({ bytes }) => decode(bytes)).join('')).toBe(composeAll(family, writer))
    expect([budget.used, family.store.takeMark()]).toEqual([0, 1])
  })

  test('is not kept when it is a summary, whose window slides although nothing is written', () => {
    let quantile = 1
    const createExtra = (): QuantileSource => ({ sum: 0, count: 0, quantiles: () => Float64Array.of(quantile) })
    const { render } = viewOf(100, Infinity, { kind: 'summary', quantiles: [0.5], createExtra })
    render()
    quantile = 2
    const { text } = render()
    expect(text).toContain('x{a="0",quantile="0.5"} 2\n')
    expect(text).not.toContain('"} 1\n')
  })
})
