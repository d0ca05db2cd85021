import { describe, expect, test } from 'vitest'
import { isExemplarTooLong } from '../../src/exposition/exemplar-length.ts'
import { parseOpenMetrics } from '../../src/parser/index.ts'
import { Exemplar } from '../../src/prom-client/parts.ts'
import { createExemplar } from '../../src/series/exemplar.ts'

describe.each([
  { name: 'letters', character: 'a' },
  { name: 'characters of two code units', character: '😀' },
  { name: 'characters that are made of several', character: 'e\u0301' },
])('an exemplar of $name', ({ character }) => {
  const width = Array.from(character).length
  const labels = (characters: number): Record<string, string> => ({
    id: character.repeat(Math.floor(characters / width)) + 'x'.repeat(characters % width),
  })

  test.each([
    { characters: 126, tooLong: false },
    { characters: 127, tooLong: true },
  ])('is too long with a name of 2 and a value of $characters: $tooLong, whoever asks', ({ characters, tooLong }) => {
    const given = labels(characters)
    const refuses = (act: () => unknown): boolean => {
      try {
        act()
        return false
      } catch {
        return true
      }
    }
    expect([
      isExemplarTooLong(Object.entries(given)),
      refuses(() => createExemplar('It', given, 1, 1)),
      refuses(() => new Exemplar().validateExemplarLabelSet(given)),
      refuses(() => parseOpenMetrics(`# TYPE a counter\na_total 1 # {id="${given['id']}"} 1\n# EOF\n`)),
    ]).toEqual([tooLong, tooLong, tooLong, tooLong])
  })
})

test('an exemplar is as long as all its labels', () => {
  const pair = (length: number): [string, string] => ['n', 'v'.repeat(length)]
  expect(isExemplarTooLong([])).toBe(false)
  expect(isExemplarTooLong([pair(63), pair(63)])).toBe(false)
  expect(isExemplarTooLong([pair(63), pair(63), ['n', '']])).toBe(true)
})
