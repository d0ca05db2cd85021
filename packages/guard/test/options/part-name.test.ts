import { faultOf } from '@postern/testkit'
import { expect, test } from 'vitest'
import { compileName } from '../../src/options/part-name.ts'

test('a credential is called by its name, or else by its type', () => {
  expect([compileName('team-a.v1', 'credential', 'basic'), compileName(undefined, 'credential', 'basic')]).toEqual(['team-a.v1', 'basic'])
})

test.each(['', 'a b', 'a"b', 'x'.repeat(65), 7])('a name is refused that would not fit into an event: %o', (name) => {
  expect(faultOf(() => compileName(name as string, 'credential', 'basic'))).toMatchObject({
    code: 'ERR_POSTERN_POLICY',
    path: ['name'],
    message: `${JSON.stringify(name)} is not a name for a credential`,
  })
})
