import { PosternError } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import { asTyped, errorToJson, formatError } from '../../src/commands/report.ts'

const fault = (init: object = {}): PosternError =>
  new PosternError('ERR_POSTERN_CIDR', '"10.0.0.1/8" has bits set below /8', { fix: 'Clear them.', ...init })
const SAYS = '"10.0.0.1/8" has bits set below /8. Clear them. (ERR_POSTERN_CIDR)'

describe('a fault in a terminal', () => {
  test.each([
    { name: 'without a place', init: {}, cwd: '/etc', says: `postern: ${SAYS}` },
    { name: 'with a path', init: { path: ['guard', 'addresses', 'allow', 1] }, cwd: '/etc', says: `guard.addresses.allow[1]: ${SAYS}` },
    { name: 'with a file below', init: { source: { file: '/etc/postern.yaml' } }, cwd: '/etc', says: `postern.yaml: ${SAYS}` },
    {
      name: 'with a file elsewhere',
      init: { source: { file: '/etc/postern.yaml', line: 3 } },
      cwd: '/root',
      says: `/etc/postern.yaml:3: ${SAYS}`,
    },
    {
      name: 'with a file named whole',
      init: { source: { file: '/etc/postern.yaml', line: 3, column: 9 } },
      cwd: undefined,
      says: `/etc/postern.yaml:3:9: ${SAYS}`,
    },
    {
      name: 'with all of it',
      init: { path: ['listen', 0], source: { file: '/etc/a/postern.yaml', line: 3, column: 9 } },
      cwd: '/etc',
      says: `a/postern.yaml:3:9 listen[0]: ${SAYS}`,
    },
  ])('$name', ({ init, cwd, says }) => {
    expect(formatError(fault(init), cwd)).toBe(says)
  })

  test('shows its stack when nobody foresaw it', () => {
    const error = new TypeError('x is not a function')
    expect(formatError(error)).toBe(`postern: unexpected fault, please report it: ${error.stack}`)
    expect(formatError('text')).toBe('postern: unexpected fault, please report it: text')
    delete error.stack
    expect(formatError(error)).toBe('postern: unexpected fault, please report it: x is not a function')
  })
})

test('several faults of one policy are a line each, and objects beside the first', () => {
  const source = { file: '/etc/postern.yaml', line: 4 }
  const both = fault({ path: ['listen', 0], others: [fault({ path: ['routes', 1], source })] })
  expect(formatError(both, '/etc')).toBe(`listen[0]: ${SAYS}\npostern.yaml:4 routes[1]: ${SAYS}`)
  expect(errorToJson(asTyped(both, '/etc'))).toMatchObject({
    error: { path: 'listen[0]', others: [{ path: 'routes[1]', file: 'postern.yaml', line: 4 }] },
  })
})

describe('a fault for a program', () => {
  test('has the same words', () => {
    const source = { file: '/etc/postern.yaml', line: 3, column: 9 }
    expect(errorToJson(fault({ path: ['listen', 0], source, cause: new Error('canary') }))).toEqual({
      error: { code: 'ERR_POSTERN_CIDR', message: '"10.0.0.1/8" has bits set below /8', fix: 'Clear them.', path: 'listen[0]', ...source },
    })
    expect(errorToJson(fault())).toEqual({
      error: { code: 'ERR_POSTERN_CIDR', message: '"10.0.0.1/8" has bits set below /8', fix: 'Clear them.' },
    })
  })

  test('has a code of its own when nobody foresaw it, and no stack', () => {
    expect([errorToJson(new TypeError('x')), errorToJson(5)]).toEqual([
      { error: { code: 'ERR_POSTERN_UNEXPECTED', message: 'x' } },
      { error: { code: 'ERR_POSTERN_UNEXPECTED', message: '5' } },
    ])
  })
})

describe('a file as one would type it', () => {
  test.each([
    { name: 'below', cwd: '/etc', file: 'a/postern.yaml' },
    { name: 'elsewhere', cwd: '/root', file: '/etc/a/postern.yaml' },
  ])('$name', ({ cwd, file }) => {
    const error = fault({ path: ['listen', 0], source: { file: '/etc/a/postern.yaml', line: 3, column: 9 } })
    expect(errorToJson(asTyped(error, cwd))).toEqual({
      error: { ...(errorToJson(error)['error'] as object), file },
    })
  })

  test('changes nothing else', () => {
    const [placeless, unforeseen] = [fault(), new TypeError('x')]
    expect([asTyped(placeless, '/etc'), asTyped(unforeseen, '/etc')]).toEqual([placeless, unforeseen])
  })
})
