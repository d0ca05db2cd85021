import { CODES, PosternError } from '@postern/guard'
import { expect, test } from 'vitest'
import { ALL_CODES, COMMAND_CODES, commandError, exitStatus } from '../src/errors.ts'

test('the catalogue is the codes of guard and command, each once', () => {
  expect(Object.keys(ALL_CODES).toSorted()).toEqual([...Object.keys(CODES), ...Object.keys(COMMAND_CODES)].toSorted())
  for (const { exit, title } of Object.values(ALL_CODES))
    expect([exit === 1 || exit === 2, /^[A-Z].*[^.]$/.test(title)]).toEqual([true, true])
})

test.each([
  { name: 'a fault of usage', error: commandError('ERR_POSTERN_USAGE', 'x', { fix: 'Y.' }), status: 2 },
  { name: 'a fault of the environment', error: commandError('ERR_POSTERN_DIRECTORY', 'x', { fix: 'Y.' }), status: 1 },
  { name: 'a fault of the policy', error: new PosternError('ERR_POSTERN_HASH', 'x', { fix: 'Y.' }), status: 2 },
  { name: 'a port that is taken', error: new PosternError('ERR_POSTERN_LISTEN', 'x', { fix: 'Y.' }), status: 1 },
  { name: 'a code that the catalogue does not have', error: new PosternError('ERR_POSTERN_NEW', 'x', { fix: 'Y.' }), status: 1 },
  { name: 'a code that every object has', error: new PosternError('constructor', 'x', { fix: 'Y.' }), status: 1 },
  { name: 'a fault that nobody foresaw', error: new TypeError('x'), status: 1 },
  { name: 'what is no error', error: undefined, status: 1 },
])('a process ends after $name with $status', ({ error, status }) => {
  expect(exitStatus(error)).toBe(status)
})
