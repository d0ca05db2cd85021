import { describe, expect, test } from 'vitest'
import { dependencyFaults, manifestFaults, promClientVersion, unusedFaults } from '../check-dependencies.ts'
import { createTree } from './tree.ts'

const tree = (dependencies: Record<string, object>): object => ({ version: '1.0.0', dependencies })
const list = { direct: ['a', 'b'], transitive: ['c'] }
const messages = (faults: readonly { message: string }[]): string[] => faults.map(({ message }) => message)

describe('installed dependencies', () => {
  test('agree with the list, one that is both direct and below counts as direct', () => {
    expect(dependencyFaults('p', list, tree({ a: tree({ c: tree({}), b: {} }), b: {} }))).toEqual([])
  })

  test('may have a native build for the platform at hand', () => {
    expect(
      dependencyFaults(
        'p',
        { direct: ['@node-rs/bcrypt'], transitive: [] },
        tree({ '@node-rs/bcrypt': tree({ '@node-rs/bcrypt-linux-x64-gnu': {} }) }),
      ),
    ).toEqual([])
  })

  test.each([
    ['a new one', tree({ a: tree({ c: {} }), b: {}, d: {} }), ['p brings "d" (direct), which is not listed']],
    ['a new one below', tree({ a: tree({ c: tree({ d: {} }) }), b: {} }), ['p brings "d" (transitive), which is not listed']],
    ['one that is gone', tree({ a: tree({ c: {} }) }), ['p lists "b" (direct), which is not installed']],
    ['one that is gone below', tree({ a: {}, b: {} }), ['p lists "c" (transitive), which is not installed']],
    ['a package that npm does not know', { missing: true }, ['npm ls does not know it']],
  ])('show %s', (_name, installed, expected) => {
    expect(messages(dependencyFaults('p', list, installed))).toEqual(expected)
  })
})

describe('versions', () => {
  test('are one', () => {
    expect(
      manifestFaults(
        'package.json',
        { name: 'postern', version: '1.0.0', dependencies: { '@postern/guard': '1.0.0', zod: '^4' } },
        '1.0.0',
      ),
    ).toEqual([])
  })

  test.each([
    ['of a package', { name: 'p', version: '1.0.1' }, 'the version is "1.0.1" and VERSION is "1.0.0"'],
    [
      'of a sister, also as a range',
      { name: 'p', version: '1.0.0', dependencies: { '@postern/guard': '^1.0.0' } },
      'it asks for @postern/guard "^1.0.0"',
    ],
    ['of the command', { name: 'p', version: '1.0.0', dependencies: { postern: '0.9.0' } }, 'it asks for postern "0.9.0"'],
  ])('differ: %s', (_name, manifest, message) => {
    expect(messages(manifestFaults('package.json', manifest, '1.0.0'))).toEqual([message])
  })
})

test('a dependency that no source imports is found', () => {
  using house = createTree({
    'packages/a/package.json': '{ "dependencies": { "@x/y": "1", "zod": "1", "yaml": "1", "pino": "1" } }',
    'packages/a/src/a.ts': `import '@x/y/deep'\nconst z = await import('zod')\n// import 'yaml'`,
    'packages/a/test/a.test.ts': `import 'pino'`,
    'packages/b/package.json': '{ "private": true, "dependencies": { "zod": "1" } }',
    'packages/b/src/b.ts': '',
  })
  expect(messages(unusedFaults(house.root))).toEqual([
    '"yaml" is a dependency and no source imports it',
    '"pino" is a dependency and no source imports it',
  ])
})

test.each([
  ['0.1.0', '15.1.100'],
  ['0.1.1', '15.1.101'],
  ['1.2.3', '15.1.10203'],
])('version %s of the house is %s of the package that stands in for prom-client', (version, own) => {
  expect(promClientVersion(version)).toBe(own)
})
