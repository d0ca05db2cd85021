import { expect, test } from 'vitest'
import { credentialsOf } from '../../src/credentials/authorization.ts'
import { withAuthorization } from '../support/facts.ts'

test.each([
  { header: 'Basic abc=', scheme: 'basic', rest: 'abc=' },
  { header: 'bAsIc abc', scheme: 'basic', rest: 'abc' },
  { header: 'BEARER a.b-c', scheme: 'bearer', rest: 'a.b-c' },
  { header: 'Basic   abc', scheme: 'basic', rest: 'abc' },
  { header: 'Basic a b', scheme: 'basic', rest: 'a b' },
  { header: 'Basic ', scheme: 'basic', rest: '' },
  { header: 'Bearer abc', scheme: 'basic', rest: undefined },
  { header: 'Basics abc', scheme: 'basic', rest: undefined },
  { header: 'Basic', scheme: 'basic', rest: undefined },
  { header: 'Basic\tabc', scheme: 'basic', rest: undefined },
  { header: 'Basic \tabc', scheme: 'basic', rest: undefined },
  { header: ' Basic abc', scheme: 'basic', rest: undefined },
  { header: 'Basic,abc', scheme: 'basic', rest: undefined },
  { header: '"Basic" abc', scheme: 'basic', rest: undefined },
  { header: '', scheme: 'basic', rest: undefined },
])('"$header" holds for $scheme: $rest', ({ header, scheme, rest }) => {
  expect(credentialsOf(withAuthorization(header), scheme)).toBe(rest)
})

test('no header holds nothing', () => {
  expect(credentialsOf(withAuthorization(), 'basic')).toBeUndefined()
})

test.each([' ', '\t', ' \t'])('a header of a million characters is read as quickly as it is long (%j)', (filling) => {
  // Where the time grew with the square of the length, this would not end.
  expect(credentialsOf(withAuthorization(`Basic${' '.repeat(1_000_000)}${filling}\tx`), 'basic')).toBeUndefined()
})
