import { readFileSync } from 'node:fs'
import { CODES, formatPath, PosternError, REASONS, withPath } from '@postern/guard'
import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { faultText, policyError } from '../src/errors.ts'

test('a fault holds its code, place, mend and cause', () => {
  const cause = new Error('inner')
  const error = policyError('ERR_POSTERN_FILE', 'message', { path: ['a', 0], fix: 'Mend it.', source: { file: 'f', line: 2 }, cause })
  expect([error.name, error.code, error.message, error.path, error.fix, error.source, error.cause]).toEqual([
    'PosternError',
    'ERR_POSTERN_FILE',
    'message',
    ['a', 0],
    'Mend it.',
    { file: 'f', line: 2 },
    cause,
  ])
})

test('a fault without a place has an empty path and no cause', () => {
  const error = new PosternError('X', 'message', { fix: 'Mend it.' })
  expect([error.path, error.source, 'cause' in error]).toEqual([[], undefined, false])
})

describe('seen from one level further out', () => {
  test('a value passes', () => {
    expect(withPath(['outer'], () => 7)).toBe(7)
  })

  test.each([{ source: { file: 'f', line: 2, column: 3 } }, {}])('a fault keeps all but the start of its path', (init) => {
    const inner = (): never => {
      throw policyError('ERR_POSTERN_CIDR', 'message', { path: ['inner', 1], fix: 'Mend it.', ...init })
    }
    expect(faultOf(() => withPath(['outer', 0], inner))).toEqual({
      code: 'ERR_POSTERN_CIDR',
      path: ['outer', 0, 'inner', 1],
      message: 'message',
      fix: 'Mend it.',
      ...init,
    })
  })

  test("a programmer's mistake passes as it is", () => {
    const mistake = new TypeError('mistake')
    const act = (): never => {
      throw mistake
    }
    expect(() => withPath(['outer'], act)).toThrow(mistake)
  })
})

test.each([
  { path: [], text: '' },
  { path: ['credentials'], text: 'credentials' },
  { path: ['credentials', 0, 'users', 'prom'], text: 'credentials[0].users.prom' },
  { path: ['a', 0, 1], text: 'a[0][1]' },
])('a path is written $text', ({ path, text }) => {
  expect(formatPath(path)).toBe(text)
})

test('every code and reason that the sources write is in its catalogue, and every one of the catalogue is written', () => {
  const sources = [
    'errors',
    'decision',
    'exposure',
    'policy/policy',
    'server',
    'decide/decide',
    'decide/limited',
    'credentials/compile',
    'credentials/finding',
    'credentials/client-certificate',
    'credentials/basic',
    'hashes/bcrypt',
    'hashes/password-hash',
    'net/network',
    'sources/file',
    'tls/options',
    'web-configuration/yaml-reader',
  ]
  const text = sources.map((name) => readFileSync(new URL(`../src/${name}.ts`, import.meta.url), 'utf8')).join('\n')
  const used = (form: RegExp): string[] => [...new Set(text.match(form))].toSorted()
  expect(used(/\bERR_POSTERN_[A-Z_]+\b/g)).toEqual(Object.keys(CODES).toSorted())
  for (const reason of Object.keys(REASONS)) expect(text.split(`'${reason}'`).length).toBeGreaterThan(1)
})

test('an error that nobody catches shows where, why and what to write', () => {
  const error = new PosternError('ERR_POSTERN_CIDR', '"x" is no network', { path: ['addresses', 'allow', 1], fix: 'Write 10.0.0.0/8.' })
  expect(error.stack).toContain('PosternError: addresses.allow[1]: "x" is no network. Write 10.0.0.0/8. (ERR_POSTERN_CIDR)\n')
  const bare = new PosternError('ERR_POSTERN_LISTEN', 'no port', { fix: 'Free it.' })
  expect(bare.stack).toContain('PosternError: no port. Free it. (ERR_POSTERN_LISTEN)\n')
})

describe('a fault in one line, for an event', () => {
  test.each([
    { error: new PosternError('ERR_X', 'it is wrong', { path: ['a', 0], fix: 'Mend it.' }), text: 'a[0]: it is wrong. Mend it. (ERR_X)' },
    { error: new PosternError('ERR_X', 'it is wrong', { fix: 'Mend it.' }), text: 'it is wrong. Mend it. (ERR_X)' },
    {
      error: new PosternError('ERR_X', 'it is wrong', { fix: 'Mend it.', source: { file: 'users', line: 3, column: 7 } }),
      text: 'it is wrong. Mend it. (ERR_X, users:3:7)',
    },
    {
      error: new PosternError('ERR_X', 'it is wrong', { fix: 'Mend it.', source: { file: 'users', line: 3 } }),
      text: 'it is wrong. Mend it. (ERR_X, users:3:1)',
    },
    {
      error: new PosternError('ERR_X', 'it is wrong', { fix: 'Mend it.', source: { file: 'users' } }),
      text: 'it is wrong. Mend it. (ERR_X)',
    },
    { error: new Error('no memory'), text: 'Error: no memory' },
    { error: 'thrown', text: 'thrown' },
  ])('$text', ({ error, text }) => {
    expect(faultText(error)).toBe(text)
  })
})
