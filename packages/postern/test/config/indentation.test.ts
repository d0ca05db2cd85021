import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import { findMisindented } from '../../src/config/indentation.ts'

describe('a line fits', () => {
  test.each([
    { name: 'in a list in the column of its key', text: 'a:\n- b\n- c: d\n  e: f\ng: h\n' },
    { name: 'in a list of lists', text: 'a:\n  - - b\n    - c\n  - d\n' },
    { name: 'behind a key with a comment, an anchor or the sign of a block', text: 'a: # b\n  c: &d\n    e: |\n      f: g\nh: i\n' },
    { name: 'where a text or a list in brackets goes on', text: 'a: [b,\n      c,\n   d]\ne: f\n      g\nh: i\n' },
    { name: 'between comments and empty lines', text: 'a:\n # b: c\n\n  d: e\n# f: g\n  h: i\n' },
    { name: 'in an empty file', text: '' },
  ])('$name', ({ text }) => {
    expect(findMisindented(text)).toBeUndefined()
  })

  test('in whatever the library writes', () => {
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ depthSize: 'small' }, fc.constant('x'), tie('map'), tie('list')),
      map: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('node'), { minKeys: 1, maxKeys: 3 }),
      list: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    }))
    fc.assert(
      fc.property(tree.map, fc.boolean(), (value, indentSeq) => {
        expect(findMisindented(stringify(value, { indentSeq }))).toBeUndefined()
      }),
      { interruptAfterTimeLimit: 1000 },
    )
  })
})

test.each([
  { name: 'an item left of its list', text: 'a:\n  - b\n - c\n', found: [3, 2, 3] },
  { name: 'an item right of a list of its mappings', text: 'a:\n  - b: c\n     d: e\n', found: [3, 6, 5] },
  { name: 'a key left of its mapping', text: 'a:\n    b: c\n   d: e\n', found: [3, 4, 5] },
  { name: 'a key right of one that has a value', text: 'a: b\r\n c: d\r\n', found: [2, 2, 1] },
  { name: 'a first line right of the others', text: '\n  a: b\nc: d\n', found: [2, 3, 1] },
])('$name is found with its column and that of its neighbours', ({ text, found: [line, column, around] }) => {
  expect(parseDocument(text).errors.length).toBeGreaterThan(0)
  expect(findMisindented(text)).toEqual({ line, column, around })
})
