import { describe, expect, test } from 'vitest'
import { checkErrors } from '../check-errors.ts'
import { createTree } from './tree.ts'

const ERRORS = `# Errors

The catalogue has 2 codes.

| code | exit | when | message | what to do |
|---|---|---|---|---|
| \`ERR_A\` | 2 | a | \`"a\\|b" is bad\` | b |
| \`ERR_B\` | 1 | a | b | c |

| other | table |
|---|---|
`
const REASONS = '1 reasons\n\n| reason | status | when | what to do |\n|---|---|---|---|\n| `lost` | 401 | a | b |\n'

const HOUSE = {
  'packages/guard/package.json': '{ "type": "module" }',
  'packages/guard/src/errors.ts': 'export const CODES = { ERR_A: { exit: 2 } }',
  'packages/guard/src/decision.ts': 'export const REASONS = { lost: { status: 401 } }',
  'packages/guard/src/guard.ts': `if (1) throw policyError('ERR_A', 'a'); else deny("lost") // not 'ERR_B'`,
  'packages/postern/package.json': '{ "type": "module" }',
  'packages/postern/src/errors.ts': 'export const COMMAND_CODES = { ERR_B: { exit: 1 } }',
  'packages/postern/src/main.ts': `throw commandError('ERR_B')`,
  'docs/reference/errors.md': ERRORS,
  'docs/reference/reasons.md': REASONS,
}

test('holds when pages and code are one', async () => {
  using house = createTree(HOUSE)
  expect(await checkErrors(house.root)).toEqual({
    holds: '2 codes and 1 reasons, each thrown or answered somewhere and explained in docs/reference',
    faults: [],
  })
})

describe('finds', () => {
  const page = 'docs/reference/errors.md'
  test.each([
    ['a code without a row', page, ERRORS.replace(/.*ERR_B.*\n/, ''), page, 'the code ERR_B of packages/postern/src/errors.ts has no row'],
    [
      'a row without a code',
      page,
      `${ERRORS.replace(/\n\n\| other(.|\n)*/, '')}\n| \`ERR_C\` | 1 | a | b | c |\n`,
      page,
      '"ERR_C" is no code of the code',
    ],
    [
      'another exit status',
      page,
      ERRORS.replace('`ERR_B` | 1', '`ERR_B` | 2'),
      page,
      'ERR_B has "2" where packages/postern/src/errors.ts has 1',
    ],
    ['an empty cell', page, ERRORS.replace('| b | c |', '| b | |'), page, 'the row of ERR_B lacks a cell'],
    ['another count', page, ERRORS.replace('2 codes', '3 codes'), page, 'the page speaks of "3 codes"'],
    ['no count', page, ERRORS.replace('2 codes', 'two'), page, 'the page speaks of "no codes"'],
    [
      'a code that only a comment names',
      'packages/postern/src/main.ts',
      '// ERR_B',
      'packages/postern/src/errors.ts',
      'the code ERR_B is used nowhere',
    ],
    [
      'a reason that nobody answers',
      'packages/guard/src/guard.ts',
      `policyError('ERR_A')`,
      'packages/guard/src/decision.ts',
      'the reason lost is used nowhere',
    ],
    [
      'another status',
      'docs/reference/reasons.md',
      REASONS.replace('401', '403'),
      'docs/reference/reasons.md',
      'lost has "403" where packages/guard/src/decision.ts has 401',
    ],
  ])('%s', async (_name, file, contents, place, message) => {
    using house = createTree({ ...HOUSE, [file]: contents })
    expect((await checkErrors(house.root)).faults.map((fault) => [fault.place, fault.message])).toEqual([[place, message]])
  })
})
