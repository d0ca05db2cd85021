import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SegmentImage } from '../../src/scrape/image.ts'
import { CHANGED } from '../../src/series/segment.ts'
import { composeAll, createFamily, createWriter, decode } from '../support/family.ts'

const BIT = 2

function imageOf() {
  const family = createFamily()
  const { store } = family
  const budget = { limit: Infinity, used: 0 }
  const image = new SegmentImage(budget)
  const writer = createWriter(family)
  const set = (slot: number, value: number): void => {
    const segment = store.segmentOf(slot)
    segment.values[slot] = value
    segment.dirty[slot] = CHANGED
  }
  const add = (text: string): number => store.slotOfTexts([text])
  const update = (count = store.size): string => {
    image.update(writer, store.segmentOf(0), count, BIT)
    return decode(image.view(count))
  }
  return { family, store, budget, image, writer, set, add, update }
}

describe('an image', () => {
  test('shows numbers that changed, series that came and series that went', () => {
    const { add, set, update, store } = imageOf()
    for (const text of ['x', 'y', 'z']) add(text)
    expect(update()).toBe('x{a="x"} 0\nx{a="y"} 0\nx{a="z"} 0\n')
    set(1, 7)
    expect(update()).toBe('x{a="x"} 0\nx{a="y"} 7\nx{a="z"} 0\n')
    set(0, 10)
    set(2, 3)
    expect(update()).toBe('x{a="x"} 10\nx{a="y"} 7\nx{a="z"} 3\n')
    store.remove(1)
    expect(update()).toBe('x{a="x"} 10\nx{a="z"} 3\n')
    add('w')
    expect(update()).toBe('x{a="x"} 10\nx{a="w"} 0\nx{a="z"} 3\n')
    add('v')
    expect(update()).toBe('x{a="x"} 10\nx{a="w"} 0\nx{a="z"} 3\nx{a="v"} 0\n')
    expect(update()).toBe('x{a="x"} 10\nx{a="w"} 0\nx{a="z"} 3\nx{a="v"} 0\n')
  })

  test('takes back its own mark and no other', () => {
    const { add, set, update, store } = imageOf()
    add('x')
    update()
    set(0, 1)
    update()
    expect(store.segmentOf(0).dirty[0]).toBe(CHANGED & ~BIT)
  })

  test('shows a shorter piece to whoever began earlier, and forgets nothing of the rest', () => {
    const { add, set, update } = imageOf()
    for (const text of ['x', 'y', 'z']) add(text)
    expect(update(2)).toBe('x{a="x"} 0\nx{a="y"} 0\n')
    expect(update(3)).toBe('x{a="x"} 0\nx{a="y"} 0\nx{a="z"} 0\n')
    for (const slot of [0, 1, 2]) set(slot, 100)
    expect(update(2)).toBe('x{a="x"} 100\nx{a="y"} 100\n')
    expect(update(3)).toBe('x{a="x"} 100\nx{a="y"} 100\nx{a="z"} 100\n')
  })

  test('leaves bytes that are lent as they are, and writes to its own again once they are back', () => {
    const { add, set, update, image } = imageOf()
    add('x')
    add('y')
    update()
    const lent = image.view(2)
    const lease = image.lend()
    set(0, 5)
    expect(update()).toBe('x{a="x"} 5\nx{a="y"} 0\n')
    set(1, 100)
    expect(update()).toBe('x{a="x"} 5\nx{a="y"} 100\n')
    expect(decode(lent)).toBe('x{a="x"} 0\nx{a="y"} 0\n')
    lease.holders -= 1
    const own = image.view(2)
    set(0, 6)
    update()
    expect(decode(own)).toBe('x{a="x"} 6\nx{a="y"} 100\n')
  })

  test('counts its bytes in the budget, and gives them back', () => {
    const { add, update, budget, image } = imageOf()
    for (let i = 0; i < 100; i += 1) add(`series ${i}`)
    const length = update().length
    expect(budget.used).toBeGreaterThanOrEqual(length)
    expect(budget.used).toBeLessThan(length * 1.03 + 2)
    image.dispose()
    expect([budget.used, image.view(100).length]).toEqual([0, 0])
    expect(update()).toHaveLength(length)
  })

  test('is whole again after a composition that has thrown', () => {
    const { add, set, update, image, writer, store } = imageOf()
    for (let i = 0; i < 5; i += 1) add(`${i}`)
    update()
    for (const slot of [1, 2, 3]) set(slot, 1_000)
    const broken = {
      ...writer,
      patch: () => false,
      rewrite: () => false,
      compose: (...[to, segment, index]: Parameters<typeof writer.compose>) => {
        if (index === 2) throw new Error('broken')
        writer.compose(to, segment, index)
      },
    }
    expect(() => image.update(broken, store.segmentOf(0), 5, BIT)).toThrow('broken')
    expect(update()).toBe('x{a="0"} 0\nx{a="1"} 1000\nx{a="2"} 1000\nx{a="3"} 1000\nx{a="4"} 0\n')
  })
})

test('an image is what composing anew would be, whatever happens, and what is lent never changes', () => {
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ action: fc.constant('set' as const), slot: fc.nat(40), value: fc.constantFrom(0, 1, 9, 10, 100, -1, 0.25) }),
    },
    { weight: 3, arbitrary: fc.record({ action: fc.constant('add' as const), slot: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ action: fc.constant('remove' as const), slot: fc.nat(40) }) },
    {
      weight: 4,
      arbitrary: fc.record({ action: fc.constantFrom('update' as const, 'lend' as const, 'return' as const, 'dispose' as const) }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const { family, store, image, set, add, update, writer } = imageOf()
      const lent: { view: Uint8Array; text: string; lease: { holders: number } }[] = []
      add('first')
      for (const one of steps) {
        if (one.action === 'set') set(Math.min(one.slot, store.size - 1), one.value)
        else if (one.action === 'add') add(`series ${one.slot}`)
        else if (one.action === 'remove') store.remove(Math.min(one.slot, store.size - 1))
        else if (one.action === 'dispose') image.dispose()
        else if (one.action === 'return') {
          const back = lent.shift()
          if (back) back.lease.holders -= 1
        } else {
          const text = update()
          expect(text).toBe(composeAll(family, writer))
          if (one.action === 'lend') lent.push({ view: image.view(store.size), text, lease: image.lend() })
        }
        for (const { view, text } of lent) expect(decode(view)).toBe(text)
      }
      expect(update()).toBe(composeAll(family, writer))
    }),
    { numRuns: 100, interruptAfterTimeLimit: 2_000 },
  )
})
