import { describe, expect, test } from 'vitest'
import { FORMATS, type Format } from '../../src/exposition/negotiate.ts'
import { Renderer } from '../../src/scrape/renderer.ts'
import { readText, SharedBody } from '../../src/scrape/shared-body.ts'
import type { Family } from '../../src/series/family.ts'
import { createFamily, decode } from '../support/family.ts'

const TEXT = FORMATS.find(({ syntax }) => syntax === 'text') as Format
const OPENMETRICS = FORMATS.find(({ syntax }) => syntax === 'openmetrics') as Format

function rendererOf(imageBytes = Infinity) {
  const clock = { now: 0 }
  const renderer = new Renderer({ now: () => clock.now, wallClock: () => 0, imageBytes, sliceMilliseconds: Infinity })
  const bodyOf = (lasting: readonly Family[], format = TEXT, passing: readonly Family[] = []) =>
    new SharedBody(renderer.produce(lasting, passing, format), () => {}).join(() => {})
  const render = (lasting: readonly Family[], format = TEXT, passing: readonly Family[] = []) => readText(bodyOf(lasting, format, passing))
  return { renderer, clock, bodyOf, render }
}

function familyOf(series: number, name = 'x'): Family {
  const family = createFamily({ name })
  for (let i = 0; i < series; i += 1) family.store.slotOfTexts([`${i}`])
  return family
}

/** How many marks a family still has: each format that keeps something of it has taken one. */
function marksTaken({ store }: Family): number {
  const free: number[] = []
  for (let mark = store.takeMark(); mark !== undefined; mark = store.takeMark()) free.push(mark)
  for (const mark of free) store.returnMark(mark)
  return 7 - free.length
}

describe('a renderer', () => {
  test('shows families in their order, those that pass last, and the end of OpenMetrics', async () => {
    const { render } = rendererOf()
    const all = [familyOf(1, 'a'), familyOf(0, 'b')]
    const passing = [familyOf(1, 'c')]
    expect(await render(all, TEXT, passing)).toBe(
      '# HELP a X.\n# TYPE a gauge\na{a="0"} 0\n# HELP b X.\n# TYPE b gauge\n# HELP c X.\n# TYPE c gauge\nc{a="0"} 0\n',
    )
    expect(await render(all, OPENMETRICS, passing)).toMatch(/^# TYPE a gauge\n[^]*\nc\{a="0"\} 0\n# EOF\n$/)
    expect([await render([]), await render([], OPENMETRICS)]).toEqual(['', '# EOF\n'])
  })

  test('is a reader of its stores until all is written', async () => {
    const { bodyOf } = rendererOf()
    const family = familyOf(1)
    const body = bodyOf([family])
    expect(family.store.readers).toBe(1)
    await body.read()
    expect(family.store.readers).toBe(0)
    body.leave()
    expect(family.store.readers).toBe(0)
    const other = bodyOf([family])
    other.leave()
    expect(family.store.readers).toBe(0)
  })

  test('keeps what it has rendered by format, and lets go of it when the family goes', async () => {
    const { renderer, render } = rendererOf()
    const family = familyOf(300)
    await render([family])
    await render([family], OPENMETRICS)
    expect(marksTaken(family)).toBe(2)
    renderer.forget(family)
    expect(marksTaken(family)).toBe(0)
  })

  test('keeps nothing of families that pass', async () => {
    const { render } = rendererOf()
    const family = familyOf(300)
    await render([], TEXT, [family])
    expect(marksTaken(family)).toBe(0)
  })

  test('keeps nothing of a family that goes before its turn, or in the middle of it', async () => {
    const { renderer, bodyOf } = rendererOf()
    const [first, second] = [familyOf(20_000, 'a'), familyOf(300, 'b')]
    const body = bodyOf([first, second])
    await body.read()
    for (const family of [first, second]) renderer.forget(family)
    const rest = await readText(body)
    expect(rest).toMatch(/\na\{a="19999"\} 0\n# HELP b/)
    expect(rest).toMatch(/\nb\{a="299"\} 0\n$/)
    expect([marksTaken(first), marksTaken(second)]).toEqual([0, 0])
  })

  test('gives up what is kept for a format that nobody has asked for in ten minutes, under a scrape in flight too', async () => {
    const { clock, render, bodyOf } = rendererOf()
    const [first, second] = [familyOf(20_000, 'a'), familyOf(300, 'b')]
    const slow = bodyOf([first, second])
    await slow.read()
    clock.now = 599_999
    await render([second], OPENMETRICS)
    expect([marksTaken(first), marksTaken(second)]).toEqual([1, 1])
    clock.now = 600_000
    await render([second], OPENMETRICS)
    expect([marksTaken(first), marksTaken(second)]).toEqual([0, 1])
    expect(await readText(slow)).toMatch(/\nb\{a="299"\} 0\n$/)
    expect([marksTaken(first), marksTaken(second)]).toEqual([0, 1])
  })

  test('does not change what somebody still reads when its families go', async () => {
    const { renderer, bodyOf } = rendererOf()
    const family = familyOf(300)
    const body = bodyOf([family])
    const chunks: Uint8Array[] = []
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk)
    const text = chunks.map(decode).join('')
    renderer.forget(family)
    body.leave({ bytesInUse: true })
    expect(chunks.map(decode).join('')).toBe(text)
  })
})
