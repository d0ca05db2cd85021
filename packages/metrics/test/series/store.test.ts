import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { replaceLoneSurrogates } from '../../src/exposition/escape.ts'
import { readLabels, type UncheckedLabels } from '../../src/series/labels.ts'
import { SeriesStore } from '../../src/series/store.ts'
import { createStore, labelSets } from '../support/store.ts'

const store = (labelNames: string[], stride = 1): SeriesStore => createStore({ labelNames, stride })

describe('a store without labels', () => {
  test('has its one series from the start', () => {
    const only = store([])
    expect([only.soleSlot(), only.slotOf({}), labelSets(only)]).toEqual([0, 0, [[]]])
  })

  test('refuses labels', () => {
    expect(() => store([]).slotOf({ a: 'b' })).toThrow(
      new TypeError(
        'Gauge "x" was called with the labels [a], with the unknown [a]; it declares []. Pass every declared label and no other.',
      ),
    )
  })
})

describe('a store with labels', () => {
  test.each<{ name: string; labels: UncheckedLabels }>([
    { name: 'in declared order', labels: { a: '1', b: 'true' } },
    { name: 'in another order', labels: { b: 'true', a: '1' } },
    { name: 'as a number and a boolean', labels: { a: 1, b: true } },
    { name: 'as such in another order', labels: { b: true, a: 1 } },
    { name: 'as objects with a text', labels: { a: { toString: () => '1' }, b: ['true'] } as never },
    { name: 'without a prototype', labels: Object.assign(Object.create(null), { a: '1', b: 'true' }) },
    { name: 'inherited', labels: Object.create({ a: '1', b: 'true' }) },
  ])('finds the same series for labels $name', ({ labels }) => {
    const found = store(['a', 'b'])
    found.slotOf({ a: '0', b: 'true' })
    const slot = found.slotOf(labels)
    expect(found.slotOf({ a: '1', b: 'true' })).toBe(slot)
    expect(found.slotOf(labels)).toBe(slot)
    expect(labelSets(found)).toEqual([
      ['0', 'true'],
      ['1', 'true'],
    ])
  })

  test.each<{ name: string; labels: unknown; given: string; fault: string }>([
    { name: 'none', labels: {}, given: '', fault: 'without a value for [a, b]' },
    { name: 'one missing', labels: { a: '1' }, given: 'a', fault: 'without a value for [b]' },
    { name: 'one undefined', labels: { a: '1', b: undefined }, given: 'a, b', fault: 'without a value for [b]' },
    { name: 'one null, in another order', labels: { b: null, a: '1' }, given: 'b, a', fault: 'without a value for [b]' },
    { name: 'one too many', labels: { a: '1', b: '2', c: '3' }, given: 'a, b, c', fault: 'with the unknown [c]' },
    { name: 'one too many, in another order', labels: { b: '2', a: '1', c: '3' }, given: 'b, a, c', fault: 'with the unknown [c]' },
    { name: 'one misspelt', labels: { a: '1', B: '2' }, given: 'a, B', fault: 'without a value for [b] and with the unknown [B]' },
    {
      name: 'a key that is a trap',
      labels: JSON.parse('{"a":"1","b":"2","__proto__":"3"}'),
      given: 'a, b, __proto__',
      fault: 'with the unknown [__proto__]',
    },
  ])('refuses labels with $name, known series or not', ({ labels, given, fault }) => {
    const known = store(['a', 'b'])
    for (const value of ['2', 'undefined', 'null']) known.slotOf({ a: '1', b: value })
    expect(() => known.slotOf(labels as UncheckedLabels)).toThrow(
      new TypeError(
        `Gauge "x" was called with the labels [${given}], ${fault}; it declares [a, b]. Pass every declared label and no other.`,
      ),
    )
    expect(known.live).toBe(3)
  })

  test('refuses no labels at all', () => {
    expect(() => store(['a']).soleSlot()).toThrow(TypeError)
  })

  test('does not take what every object inherits for a label', () => {
    const odd = store(['constructor', 'toString'])
    expect(() => odd.slotOf({})).toThrow(TypeError)
    expect(() => odd.slotOf({ a: '1', b: '2' })).toThrow(TypeError)
    const own: object = { constructor: '1', toString: '2' }
    expect(odd.slotOf(own as UncheckedLabels)).toBe(0)
  })

  test('never gives two label sets one series, nor one set two', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('', ',', '|', '1,b:2', 'x|y', '__proto__', 'constructor', 'null', 'undefined'))
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text)), (sets) => {
        const three = store(['a', 'b', 'c'])
        const slots = new Map<string, number>()
        for (const [a, b, c] of sets) {
          const slot = three.slotOf({ a, b, c })
          const key = JSON.stringify([a, b, c])
          expect(slots.get(key) ?? slots.size).toBe(slot)
          slots.set(key, slot)
          expect(three.slotOf({ c, a, b })).toBe(slot)
        }
        expect(three.live).toBe(slots.size)
        expect(labelSets(three)).toEqual([...slots.keys()].map((key) => (JSON.parse(key) as string[]).map(replaceLoneSurrogates)))
      }),
    )
  })

  test('takes two values for one when neither has a UTF-8 form, because they would look the same', () => {
    const one = store(['a'])
    expect([one.slotOf({ a: '\ud800' }), one.slotOf({ a: '\udc00' }), one.slotOf({ a: '\ufffd' })]).toEqual([0, 0, 0])
    expect(labelSets(one)).toEqual([['\ufffd']])
  })

  test('keeps its values while it grows', () => {
    const grown = store(['i'], 3)
    const place = (i: number): [values: Float64Array, at: number] => {
      const slot = grown.slotOf({ i })
      return [grown.segmentOf(slot).values, (slot & 255) * 3 + 2]
    }
    for (let i = 0; i < 1000; i += 1) {
      const [values, at] = place(i)
      values[at] = i
    }
    expect(Array.from({ length: 1000 }, (_, i) => place(i)).map(([values, at]) => values[at])).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    )
  })

  test('does not mix the labels of two calls, one of which is made while the other is read', () => {
    const read = (kind: 'getter' | 'text', order: 'declared' | 'other'): void => {
      const two = store(['a', 'b'])
      for (const a of ['1', '2']) for (const b of ['1', '2']) two.slotOf({ a, b })
      const meddle = (): string => {
        two.slotOf({ a: '2', b: '2' })
        return '1'
      }
      const b = kind === 'text' ? { b: { toString: meddle } } : Object.defineProperty({}, 'b', { get: meddle, enumerable: true })
      const labels =
        order === 'declared' ? Object.defineProperties({ a: '1' }, Object.getOwnPropertyDescriptors(b)) : Object.assign(b, { a: '1' })
      expect(two.textsOf(two.slotOf(labels as never))).toEqual(['1', '1'])
    }
    for (const order of ['declared', 'other'] as const) {
      read('getter', order)
      read('text', order)
    }
  })

  test('does not take an unknown label beside a hidden one for that one', () => {
    const known = store(['a', 'b'])
    known.slotOf({ a: '1', b: '2' })
    const labels = Object.defineProperty({ a: '1', c: '2' }, 'b', { value: '2', enumerable: false })
    expect(() => known.slotOf(labels)).toThrow(/without a value for \[b\] and with the unknown \[c\]/)
  })

  test.each([
    {
      name: 'shows keys that it has not',
      labels: new Proxy({}, { ownKeys: () => ['a', 'b'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }),
    },
    { name: 'answers for everything', labels: new Proxy({ c: 1 }, { get: () => '1' }) },
  ])('refuses a proxy that $name', ({ labels }) => {
    const known = store(['a', 'b'])
    known.slotOf({ a: '1', b: '1' })
    expect(() => known.slotOf(labels as never)).toThrow(TypeError)
    expect(known.live).toBe(1)
  })

  test('lets an error of the caller pass, and is none the worse for it', () => {
    const known = store(['a', 'b'])
    known.slotOf({ a: '1', b: '1' })
    const trap = {
      a: '1',
      get b(): string {
        throw new Error('trap')
      },
    }
    expect(() => known.slotOf(trap)).toThrow('trap')
    expect(() => known.slotOf({ a: Object.create(null), b: '1' })).toThrow(TypeError)
    expect([known.slotOf({ a: '1', b: '1' }), known.live]).toEqual([0, 1])
  })

  test('reads a value once to decide what a new series is called, even when it answers differently each time', () => {
    let asked = 0
    const shifty = { toString: () => `answer ${(asked += 1)}` }
    const one = store(['a'])
    const slot = one.slotOf({ a: shifty } as never)
    const called = one.textsOf(slot)[0]
    expect(one.slotOf({ a: called })).toBe(slot)
  })
})

test('labels come as text, in declared order', () => {
  expect(readLabels('X', ['a', 'b'], { b: 2, a: false })).toEqual([
    ['a', 'false'],
    ['b', '2'],
  ])
})

describe('a series that is looked for without making it', () => {
  test.each<{ name: string; labels: object; found: boolean }>([
    { name: 'is found by texts and numbers in declared order', labels: { a: '1', b: 2 }, found: true },
    { name: 'is not found in another order', labels: { b: 2, a: '1' }, found: false },
    { name: 'is not found by values of other types', labels: { a: '1', b: { toString: () => '2' } }, found: false },
    { name: 'is not found when a label is missing', labels: { a: '1' }, found: false },
    { name: 'is not found when there are more labels', labels: { a: '1', b: 2, c: 3 }, found: false },
    { name: 'is not found by values not seen before', labels: { a: '1', b: 'other' }, found: false },
    { name: 'is not found without labels', labels: {}, found: false },
  ])('$name', ({ labels, found }) => {
    const both = store(['a', 'b'])
    const slot = both.slotOf({ a: 1, b: 2 })
    expect([both.peek(labels), both.live]).toEqual([found ? slot : -1, 1])
  })

  test.each<{ name: string; labels: object; texts: (string | undefined)[] | undefined }>([
    { name: 'finds it in any order', labels: { b: 2, a: '1' }, texts: ['1', '2'] },
    { name: 'finds the series that lacks what is missing', labels: { a: true }, texts: ['true', undefined] },
    { name: 'finds the series that lacks what is undefined', labels: { b: undefined, a: true }, texts: ['true', undefined] },
    { name: 'finds the series without labels', labels: {}, texts: [undefined, undefined] },
    { name: 'does not find objects', labels: { a: '1', b: ['2'] }, texts: undefined },
    { name: 'does not find null', labels: { a: 'null', b: null }, texts: undefined },
    { name: 'does not find what has more labels', labels: { a: '1', b: 2, c: undefined }, texts: undefined },
    { name: 'does not find values not seen before', labels: { a: '1', b: 'other' }, texts: undefined },
  ])('by name $name', ({ labels, texts }) => {
    const both = store(['a', 'b'])
    for (const known of [
      ['1', '2'],
      ['true', undefined],
      [undefined, undefined],
      ['null', 'null'],
    ])
      both.slotOfTexts(known)
    expect([both.peekByName(labels), both.live]).toEqual([texts === undefined ? -1 : both.findTexts(texts), 4])
  })
})

test('a store that was cleared gives its first places first', () => {
  const one = store(['a'])
  for (const a of ['x', 'y', 'z']) one.slotOf({ a })
  one.clear()
  expect(['u', 'v', 'w'].map((a) => one.slotOf({ a }))).toEqual([0, 1, 2])
})
