/** Series that go: what is left of them, of the memory they took, and of the numbers that stood for their labels. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UncheckedLabels } from '../../src/series/labels.ts'
import { OVERFLOW, type SeriesStore } from '../../src/series/store.ts'
import { createStore, labelSets } from '../support/store.ts'

const valueOf = (store: SeriesStore, slot: number): number => store.segmentOf(slot).values[slot & 255] as number
const set = (store: SeriesStore, labels: UncheckedLabels, value: number): void => {
  const slot = store.slotOf(labels)
  store.segmentOf(slot).values[slot & 255] = value
}
/** Bytes of all dictionaries. */
const dictionaryBytes = (store: SeriesStore): number =>
  store.dictionaries.reduce((sum, { bytes, starts }) => sum + bytes.byteLength + starts.byteLength, 0)

describe('a removed series', () => {
  test('is found no more, and its numbers are gone when it comes again', () => {
    const store = createStore({ labelNames: ['a'] })
    set(store, { a: 'x' }, 7)
    set(store, { a: 'y' }, 8)
    store.remove(0)
    store.remove(0)
    expect([store.findSlot({ a: 'x' }), store.findSlot({ a: 'y' }), store.live, store.isLive(0)]).toEqual([-1, 1, 1, false])
    expect([store.slotOf({ a: 'x' }), valueOf(store, 0), store.live]).toEqual([0, 0, 2])
  })

  test('leaves its slot to the next, unless somebody reads', () => {
    const store = createStore({ labelNames: ['a'] })
    for (const a of ['x', 'y', 'z']) store.slotOf({ a })
    store.remove(1)
    store.readers += 1
    expect([store.slotOf({ a: 'y' }), store.size]).toEqual([3, 4])
    store.readers -= 1
    expect([store.slotOf({ a: 'w' }), store.size]).toEqual([1, 4])
    expect(labelSets(store)).toEqual([['x'], ['w'], ['z'], ['y']])
  })

  test('takes its extras along, and a new life gets new ones', () => {
    let made = 0
    const store = createStore({ labelNames: ['a'], createExtra: () => (made += 1) })
    store.slotOf({ a: 'x' })
    expect(store.segmentOf(0).extras).toEqual([1])
    store.remove(0)
    expect(store.segmentOf(0).extras).toEqual([undefined])
    store.slotOf({ a: 'y' })
    expect(store.segmentOf(0).extras).toEqual([2])
  })

  test('is born at another time when it comes again', () => {
    let now = 1_000
    const store = createStore({ labelNames: ['a'], now: () => now })
    store.slotOf({ a: 'x' })
    store.remove(0)
    now = 2_000
    store.slotOf({ a: 'x' })
    expect(store.segmentOf(0).created?.[0]).toBe(2_000)
  })

  test('of a family without labels is the same one, in another life', () => {
    const budget = { limit: Infinity, used: 0 }
    const store = createStore({ budget })
    store.segmentOf(0).values[0] = 5
    store.segmentOf(0).extras = ['extra']
    const before = store.segmentOf(0).generations[0] as number
    store.clear()
    expect([
      store.isLive(0),
      valueOf(store, 0),
      store.segmentOf(0).generations[0],
      store.segmentOf(0).extras,
      budget.used,
      store.live,
    ]).toEqual([true, 0, before + 2, [undefined], 1, 1])
    expect(store.findSlot(undefined)).toBe(0)
  })
})

describe('removing by some labels', () => {
  const three = (): SeriesStore => {
    const store = createStore({ labelNames: ['a', 'b'] })
    for (const [a, b] of [
      ['1', 'x'],
      ['1', 'y'],
      ['2', 'x'],
    ]) {
      store.slotOf({ a, b })
    }
    return store
  }

  test.each([
    { partial: [[0, '1']], removed: 2, left: [['2', 'x']] },
    { partial: [[1, 'x']], removed: 2, left: [['1', 'y']] },
    {
      partial: [
        [0, '1'],
        [1, 'x'],
      ],
      removed: 1,
      left: [
        ['1', 'y'],
        ['2', 'x'],
      ],
    },
    {
      partial: [
        [0, '2'],
        [1, 'y'],
      ],
      removed: 0,
      left: [
        ['1', 'x'],
        ['1', 'y'],
        ['2', 'x'],
      ],
    },
    {
      partial: [[0, 'never seen']],
      removed: 0,
      left: [
        ['1', 'x'],
        ['1', 'y'],
        ['2', 'x'],
      ],
    },
  ] as { partial: [number, string][]; removed: number; left: string[][] }[])(
    'removes those with $partial',
    ({ partial, removed, left }) => {
      const store = three()
      expect([store.removeWhere(new Map(partial)), labelSets(store)]).toEqual([removed, left])
    },
  )

  test('removes these and no others, however many', () => {
    const store = createStore({ labelNames: ['a', 'i'] })
    for (let i = 0; i < 6_000; i += 1) store.slotOf({ a: ['gone', 'kept', 'old'][i % 3], i })
    expect(store.removeWhere(new Map([[0, 'old']]))).toBe(2_000)
    expect(store.removeWhere(new Map([[0, 'gone']]))).toBe(2_000)
    expect([store.live, new Set(labelSets(store).map(([a]) => a))]).toEqual([2_000, new Set(['kept'])])
    for (let i = 1; i < 6_000; i += 3) expect(store.findSlot({ a: 'kept', i })).toBe(i)
  })
})

describe('the memory of values', () => {
  test('shrinks after most series have gone, and those left keep their labels and numbers', () => {
    const store = createStore({ labelNames: ['a', 'i'] })
    for (let i = 0; i < 10_000; i += 1) set(store, { a: `a ${i % 7}`, i }, i)
    const before = dictionaryBytes(store)
    for (let i = 0; i < 10_000; i += 1) {
      if (i % 10 === 0) continue
      store.remove(store.findSlot({ a: `a ${i % 7}`, i }))
      store.tidy()
    }
    expect(dictionaryBytes(store)).toBeLessThan(before / 3)
    for (let i = 0; i < 10_000; i += 10) {
      const slot = store.findSlot({ a: `a ${i % 7}`, i })
      expect([valueOf(store, slot), store.textsOf(slot)]).toEqual([i, [`a ${i % 7}`, String(i)]])
    }
    expect(store.findSlot({ a: 'a 1', i: 1 })).toBe(-1)
  })

  test('stays while somebody reads, because what is read are its numbers', () => {
    const store = createStore({ labelNames: ['i'] })
    for (let i = 0; i < 3_000; i += 1) store.slotOf({ i })
    const before = dictionaryBytes(store)
    store.readers += 1
    store.clear()
    expect([store.live, dictionaryBytes(store)]).toEqual([0, before])
    store.readers -= 1
    store.tidy()
    expect(dictionaryBytes(store)).toBeLessThan(before / 10)
    expect(store.slotOf({ i: 5 })).toBeGreaterThan(-1)
    expect(labelSets(store)).toEqual([['5']])
  })

  test('does not grow with values that come and go', () => {
    const store = createStore({ labelNames: ['i'] })
    for (let i = 0; i < 20_000; i += 1) {
      store.remove(store.slotOf({ i }))
      store.tidy()
    }
    expect(store.size).toBe(1)
    expect(dictionaryBytes(store)).toBeLessThan(40_000)
  })
})

describe('too many series', () => {
  const capped = (maxSeries: number, limit = Infinity) => {
    const heard = { count: 0 }
    const budget = { limit, used: 0 }
    const store = createStore({ labelNames: ['a', 'b'], maxSeries, budget, onOverflow: () => (heard.count += 1) })
    return { store, heard, budget }
  }

  test('share one, which is heard of at each lookup, and those known before are found as ever', () => {
    const { store, heard, budget } = capped(2)
    const slots = ['x', 'y', 'z', 'w', 'x', 'z'].map((a) => store.slotOf({ a, b: 1 }))
    expect([slots, heard.count, store.live, budget.used]).toEqual([[0, 1, 2, 2, 0, 2], 3, 3, 3])
    expect(labelSets(store)).toEqual([
      ['x', '1'],
      ['y', '1'],
      [OVERFLOW, OVERFLOW],
    ])
    expect(store.dictionaries[0]?.idOf('z')).toBeUndefined()
    expect(store.slotOf({ a: OVERFLOW, b: OVERFLOW })).toBe(2)
    expect(heard.count).toBe(3)
  })

  test('may come once there is room again', () => {
    const { store } = capped(2)
    for (const a of ['x', 'y', 'z']) store.slotOf({ a, b: 1 })
    store.remove(0)
    for (const a of ['z', 'w']) store.slotOf({ a, b: 1 })
    expect(labelSets(store)).toEqual([
      ['z', '1'],
      ['y', '1'],
      [OVERFLOW, OVERFLOW],
    ])
  })

  test('of all families together are counted together, and given back', () => {
    const { store, heard, budget } = capped(Infinity, 3)
    const other = createStore({ labelNames: ['a'], budget })
    for (const a of ['1', '2']) other.slotOf({ a })
    store.slotOf({ a: 'x', b: 1 })
    store.slotOf({ a: 'y', b: 1 })
    expect([labelSets(store).at(-1), heard.count, budget.used]).toEqual([[OVERFLOW, OVERFLOW], 1, 4])
    other.leaveBudget()
    expect(budget.used).toBe(2)
    other.clear()
    other.slotOf({ a: '3' })
    expect(budget.used).toBe(2)
    store.slotOf({ a: 'y', b: 1 })
    expect([labelSets(store).at(-1), heard.count]).toEqual([['y', '1'], 1])
    store.clear()
    expect(budget.used).toBe(0)
  })

  test('with texts that are left out find the same series', () => {
    const store = createStore({ labelNames: ['a', 'b'] })
    const slots = [[undefined, 'x'], ['x', undefined], [undefined, undefined], ['undefined', 'x'], [undefined, 'x'], []].map((texts) =>
      store.slotOfTexts(texts),
    )
    expect(slots).toEqual([0, 1, 2, 3, 0, 2])
    expect(store.textsOf(0)).toEqual([undefined, 'x'])
    expect(createStore().slotOfTexts([])).toBe(0)
    expect(() => store.slotOf({ b: 'x' })).toThrow(TypeError)
  })
})

describe('marks', () => {
  test('are seven, and those that come back are given again', () => {
    const store = createStore()
    const marks = Array.from({ length: 8 }, () => store.takeMark())
    expect(marks).toEqual([1, 2, 4, 8, 16, 32, 64, undefined])
    store.returnMark(4)
    expect([store.takeMark(), store.takeMark()]).toEqual([4, undefined])
  })
})

test('a store is a map from labels to numbers, whatever comes and goes', () => {
  const a = fc.constantFrom('', 'x', 'y', '"', '\ud800', '\ufffd')
  const b = fc.nat({ max: 9 })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ action: fc.constant('set' as const), a, b, value: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ action: fc.constant('remove' as const), a, b }) },
    { weight: 1, arbitrary: fc.record({ action: fc.constant('removeWhere' as const), a }) },
    { weight: 1, arbitrary: fc.record({ action: fc.constantFrom('clear' as const, 'read' as const, 'done' as const, 'tidy' as const) }) },
  )
  const textOf = (value: string): string => value.replace('\ud800', '\ufffd')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const store = createStore({ labelNames: ['a', 'b'] })
      const model = new Map<string, number>()
      for (const one of steps) {
        if (one.action === 'set') {
          set(store, { a: one.a, b: one.b }, one.value)
          model.set(JSON.stringify([textOf(one.a), String(one.b)]), one.value)
        } else if (one.action === 'remove') {
          const slot = store.findSlot({ b: one.b, a: one.a })
          if (slot !== -1) store.remove(slot)
          expect(model.delete(JSON.stringify([textOf(one.a), String(one.b)]))).toBe(slot !== -1)
        } else if (one.action === 'removeWhere') {
          const gone = [...model.keys()].filter((key) => (JSON.parse(key) as string[])[0] === textOf(one.a))
          for (const key of gone) model.delete(key)
          expect(store.removeWhere(new Map([[0, textOf(one.a)]]))).toBe(gone.length)
        } else if (one.action === 'clear') {
          store.clear()
          model.clear()
        } else if (one.action === 'tidy') store.tidy()
        else store.readers = one.action === 'read' ? 1 : 0
      }
      const found = Array.from(store.slots(), (slot) => [JSON.stringify(store.textsOf(slot)), valueOf(store, slot)] as const)
      expect(found).toHaveLength(model.size)
      expect(new Map(found)).toEqual(model)
      expect(store.live).toBe(model.size)
    }),
    { numRuns: 100, interruptAfterTimeLimit: 2_000 },
  )
})
