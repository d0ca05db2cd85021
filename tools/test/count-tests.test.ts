import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createTree } from './tree.ts'

const PROGRAM = fileURLToPath(new URL('../count-tests.mjs', import.meta.url))
const counts = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] }
const file = (status: string, ...tests: string[]) => ({ status, assertionResults: tests.map((one) => ({ status: one })) })

test.each([
  ['passed tests', counts, '3 passed, 0 failed\n'],
  ['skipped and planned ones', { ...counts, numPendingTests: 2, numTodoTests: 1 }, '3 passed, 0 failed, 3 skipped\n'],
  ['a failed test once', { ...counts, numFailedTests: 1, testResults: [file('failed', 'failed', 'passed')] }, '3 passed, 1 failed\n'],
  [
    'a file that could not be read as a failure',
    { ...counts, testResults: [file('failed'), file('passed', 'passed')] },
    '3 passed, 1 failed\n',
  ],
])('counts %s', (_name, report, line) => {
  using folder = createTree({ 'tests.json': JSON.stringify(report) })
  const { stdout, status } = spawnSync(process.execPath, [PROGRAM, join(folder.root, 'tests.json')], { encoding: 'utf8' })
  expect([stdout, status]).toEqual([line, 0])
})

test('counts a missing report as a failure', () => {
  const { stdout, status } = spawnSync(process.execPath, [PROGRAM, 'nowhere.json'], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['0 passed, 1 failed\n', 1])
})
