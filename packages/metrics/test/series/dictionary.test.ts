import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeLabelValue, replaceLoneSurrogates } from '../../src/exposition/escape.ts'
import { ABSENT, LabelDictionary } from '../../src/series/dictionary.ts'

const bytesOf = (dictionary: LabelDictionary, id: number): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(dictionary.bytes.subarray(dictionary.starts[id], dictionary.starts[id + 1]))

describe('a dictionary', () => {
  test('gives numbers from one on, and keeps zero for what is absent', () => {
    const dictionary = new LabelDictionary()
    expect([ABSENT, dictionary.size, dictionary.idOf('a'), dictionary.intern('a'), dictionary.intern('b'), dictionary.intern('a')]).toEqual(
      [0, 1, undefined, 1, 2, 1],
    )
    expect([dictionary.idOf('a'), dictionary.idOf('a'), dictionary.idOf('b'), dictionary.idOf(''), dictionary.size]).toEqual([
      1,
      1,
      2,
      undefined,
      3,
    ])
  })

  test.each([
    { value: '', width: 0 },
    { value: 'GET', width: 3 },
    { value: '"', width: 2 },
    { value: '\\n', width: 3 },
    { value: '\n', width: 2 },
    { value: '\0\r\t', width: 3 },
    { value: '\ufeffmark', width: 7 },
    { value: '😀', width: 4 },
    { value: '__proto__', width: 9 },
    { value: 'constructor', width: 11 },
    { value: 'é'.repeat(500_000), width: 1_000_000 },
  ])('keeps a value as it is written, and gives it back', ({ value, width }) => {
    const dictionary = new LabelDictionary()
    const id = dictionary.intern(value)
    expect([bytesOf(dictionary, id), dictionary.widthOf(id), dictionary.valueOf(id)]).toEqual([escapeLabelValue(value), width, value])
  })

  test('does not take the last value of before for one it has forgotten', () => {
    const dictionary = new LabelDictionary()
    dictionary.intern('a')
    expect(dictionary.idOf('a')).toBe(1)
    dictionary.compact(() => false)
    expect([dictionary.idOf('a'), dictionary.size]).toEqual([undefined, 1])
  })

  test('is a map from values to numbers, whatever is forgotten in between', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', '\n', '\0', 'é', '😀', '\ud83d', '\ude00') }),
      fc.constantFrom('', '"', '\\', '\n', 'a"b', '__proto__', 'valueOf', '\ufeff'),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(value, fc.integer({ min: 1, max: 4 })), { maxLength: 40 }), (steps) => {
        const dictionary = new LabelDictionary()
        const model = new Map<string, number>()
        for (const step of steps) {
          if (typeof step === 'string') model.set(step, dictionary.intern(step))
          else {
            const isUsed = (id: number): boolean => id % step !== 0
            const moved = dictionary.compact(isUsed)
            for (const [known, id] of model) {
              if (isUsed(id)) model.set(known, moved[id] as number)
              else {
                expect(moved[id]).toBe(0)
                model.delete(known)
              }
            }
          }
        }
        expect(dictionary.size).toBe(model.size + 1)
        expect(new Set(model.values()).size).toBe(model.size)
        const found = Array.from(model, ([known, id]) => [dictionary.idOf(known), bytesOf(dictionary, id), dictionary.valueOf(id)])
        expect(found).toEqual(Array.from(model, ([known, id]) => [id, escapeLabelValue(known), replaceLoneSurrogates(known)]))
      }),
      { numRuns: 200, interruptAfterTimeLimit: 700 },
    )
  })

  test('gives its memory back', () => {
    const dictionary = new LabelDictionary()
    for (let i = 0; i < 10_000; i += 1) dictionary.intern(`value ${i}`)
    const before = dictionary.bytes.length + dictionary.starts.length * 4
    dictionary.compact((id) => id % 10 === 0)
    expect(dictionary.size).toBe(1_001)
    expect(dictionary.bytes.length + dictionary.starts.length * 4).toBeLessThan(before / 5)
  })
})
