/** Lookups by labels, in a table where each combination of values has a place and in one where places are hashed. */
import { describe, expect, test } from 'vitest'
import type { UncheckedLabels } from '../../src/series/labels.ts'
import { Segment } from '../../src/series/segment.ts'
import { SlotFinder } from '../../src/series/slot-finder.ts'

const TWO = ['a', 'b']
/** More labels than a table has places for. */
const NINE = [...TWO, 'c', 'd', 'e', 'f', 'g', 'h', 'i']

describe.each([
  { table: 'with places', names: TWO },
  { table: 'that is hashed', names: NINE },
])('in a table $table', ({ names }) => {
  const rest = Object.fromEntries(names.slice(2).map((name) => [name, '0']))
  const texts = (a: string, b: string | undefined): (string | undefined)[] => [a, b, ...Object.values(rest)]
  const createFinder = (): SlotFinder => {
    const segments = [new Segment({ stride: 1, labelCount: names.length, capacity: 4, keepsCreated: false })]
    const finder = new SlotFinder(names, segments)
    finder.enter(0, texts('1', '1'))
    finder.enter(1, texts('1', '2'))
    finder.enter(2, texts('2', undefined))
    finder.enter(3, texts('2', '1'))
    return finder
  }

  type Way = 'inOrder' | 'inAnyOrder' | 'byName'
  test.each<{ name: string; labels: UncheckedLabels; found: Record<Way, number> }>([
    { name: 'texts in declared order', labels: { a: '1', b: '2', ...rest }, found: { inOrder: 1, inAnyOrder: 1, byName: 1 } },
    { name: 'numbers', labels: { a: 1, b: 2, ...rest }, found: { inOrder: 1, inAnyOrder: 1, byName: 1 } },
    { name: 'another order', labels: { ...rest, b: '2', a: '1' }, found: { inOrder: -1, inAnyOrder: 1, byName: 1 } },
    { name: 'objects with a text', labels: { a: '1', b: ['2'], ...rest } as never, found: { inOrder: -1, inAnyOrder: 1, byName: -1 } },
    { name: 'a value not seen before', labels: { a: '1', b: '3', ...rest }, found: { inOrder: -1, inAnyOrder: -1, byName: -1 } },
    { name: 'values not seen together', labels: { a: '2', b: '2', ...rest }, found: { inOrder: -1, inAnyOrder: -1, byName: -1 } },
    { name: 'a label missing', labels: { a: '2', ...rest }, found: { inOrder: -1, inAnyOrder: -1, byName: 2 } },
    { name: 'a label undefined', labels: { a: '2', b: undefined, ...rest }, found: { inOrder: -1, inAnyOrder: -1, byName: 2 } },
    { name: 'a label null', labels: { a: '2', b: null, ...rest }, found: { inOrder: -1, inAnyOrder: -1, byName: -1 } },
    { name: 'a label too many', labels: { a: '1', b: '2', ...rest, z: '1' }, found: { inOrder: -1, inAnyOrder: -1, byName: -1 } },
    { name: 'none', labels: {}, found: { inOrder: -1, inAnyOrder: -1, byName: -1 } },
  ])('finds by labels with $name what each way may', ({ labels, found }) => {
    const finder = createFinder()
    const answers = { inOrder: finder.inOrder(labels), inAnyOrder: finder.inAnyOrder(labels), byName: finder.byName(labels) }
    expect(answers).toEqual(found)
  })

  test('finds by texts, of which some are missing', () => {
    const finder = createFinder()
    const answers = [texts('1', '2'), texts('2', undefined), texts('2', '2'), texts('3', '1')].map((one) => finder.byTexts(one))
    expect(answers).toEqual([1, 2, -1, -1])
  })

  test('finds no more what has left', () => {
    const finder = createFinder()
    finder.leave(1)
    expect([finder.byTexts(texts('1', '1')), finder.byTexts(texts('1', '2'))]).toEqual([0, -1])
  })

  test('finds what is left by its new numbers after others were forgotten', () => {
    const finder = createFinder()
    finder.leave(0)
    finder.leave(2)
    finder.leave(3)
    finder.compact([1])
    expect([finder.inOrder({ a: '1', b: '2', ...rest }), finder.dictionaries[0]?.size, finder.dictionaries[1]?.size]).toEqual([1, 2, 2])
    expect(finder.inOrder({ a: '2', b: '2', ...rest })).toBe(-1)
  })

  test('writes that a series has none of the labels whose texts are left out, whatever stood there before', () => {
    const finder = createFinder()
    finder.leave(1)
    finder.enter(1, [])
    expect([finder.byTexts([]), finder.byName({})]).toEqual([1, 1])
  })

  test.each<{ way: Way }>([{ way: 'inOrder' }, { way: 'inAnyOrder' }, { way: 'byName' }])(
    'does not mix, $way, the labels of two calls, one of which is made while the other is read',
    ({ way }) => {
      const finder = createFinder()
      const labels = Object.defineProperty({ a: '1', b: '', ...rest }, 'b', {
        get: () => {
          finder.byTexts(texts('2', undefined))
          finder.compact([0, 1, 2, 3])
          return '1'
        },
      })
      expect([-1, 0]).toContain(finder[way](labels))
    },
  )
})
