import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileServerNames } from '../../src/tls/server-names.ts'

const pick = compileServerNames([
  'DNS:first.example',
  'DNS:*.example, DNS:b.example, IP Address:10.0.0.1',
  'DNS:a.example, DNS:*.deep.example, DNS:B.Example',
  undefined,
  'DNS:*.example',
])

describe('the certificate for a server name', () => {
  test.each([
    { name: 'first.example', index: 0, because: 'it is its own' },
    { name: 'a.example', index: 2, because: 'exactly is better than by a wildcard, whichever comes first' },
    { name: 'A.EXAMPLE', index: 2, because: 'letters have no case' },
    { name: 'b.example', index: 1, because: 'of equals the first counts' },
    { name: 'c.example', index: 1, because: 'a wildcard stands for a label' },
    { name: 'x.deep.example', index: 2, because: 'a wildcard stands for a label below' },
    { name: 'x.y.example', index: 0, because: 'a wildcard stands for one label alone' },
    { name: 'example', index: 0, because: 'a wildcard stands for a label and not for none' },
    { name: '.example', index: 0, because: 'an empty label is none' },
    { name: '10.0.0.1', index: 0, because: 'an address is no server name' },
    { name: '*.example', index: 1, because: 'a star is a label like others' },
    { name: 'other', index: 0, because: 'no certificate has it' },
    { name: '', index: 0, because: 'it is empty' },
    { name: '__proto__', index: 0, because: 'no certificate has it' },
  ])('$name is number $index: $because', ({ name, index }) => {
    expect(pick(name)).toBe(index)
  })

  test('is one of them for any name at all (34)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        expect([0, 1, 2]).toContain(pick(name))
      }),
      { interruptAfterTimeLimit: 1_000, numRuns: 1_000 },
    )
  })
})
