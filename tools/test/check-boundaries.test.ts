import { describe, expect, test } from 'vitest'
import { checkBoundaries } from '../check-boundaries.ts'
import { createTree } from './tree.ts'

/** A small house in which every rule holds; each row below breaks one. */
const HOUSE = {
  'packages/metrics/package.json': '{}',
  'packages/metrics/src/index.ts': `export { a } from './registry.ts'`,
  'packages/metrics/src/registry.ts': `import { hrtime } from 'node:process'\nexport const a = process.memoryUsage`,
  'packages/metrics/src/runtime/process.ts': `import { readFileSync } from 'node:fs'`,
  'packages/guard/package.json': '{ "dependencies": { "@node-rs/bcrypt": "1" }, "peerDependencies": { "express": "5" } }',
  'packages/guard/src/errors.ts': '',
  'packages/guard/src/policy/policy.ts': `import { compile } from '../credentials/basic.ts'`,
  'packages/guard/src/net/address.ts': `import { error } from '../errors.ts'\nimport { isIP } from 'node:net'`,
  'packages/guard/src/hashes/bcrypt.ts': `import { verify } from '@node-rs/bcrypt'`,
  'packages/guard/src/credentials/basic.ts': `import { b } from '../hashes/bcrypt.ts'`,
  'packages/guard/src/adapters/express.ts': `import type { Request } from 'express'\nimport type { Decision } from '../decision.ts'`,
  'packages/guard/src/decide/decide.ts': '',
  'packages/guard/src/sources/file.ts': `import { readFile } from 'node:fs/promises'`,
  'packages/postern/package.json': '{ "dependencies": { "yaml": "2", "@postern/guard": "1", "@postern/metrics": "1" } }',
  'packages/postern/src/main.ts': `import './program.ts'\nconst a = process.argv`,
  'packages/postern/src/program.ts': `import './commands/serve.ts'`,
  'packages/postern/src/commands/serve.ts': `import { g } from '../gateway/gateway.ts'`,
  'packages/postern/src/gateway/gateway.ts': `import '@postern/guard/tls'\nimport '@postern/metrics'\nimport 'yaml'\nimport 'node:fs'`,
  'packages/testkit/src/index.ts': `import '@postern/guard'\nimport '@postern/testkit'`,
  'packages/guard/test/decide/decide.test.ts': `import '@postern/testkit'\nimport '../../src/decide/decide.ts'\nconst a = process.env`,
  'e2e/demo.test.ts': `import '@postern/testkit'`,
}

test('finds nothing in a house that keeps the rules', () => {
  using house = createTree(HOUSE)
  expect(checkBoundaries(house.root)).toEqual({ holds: '18 files, every import points the right way', faults: [] })
})

describe('finds', () => {
  test.each([
    ['metrics using a library', 'packages/metrics/src/a.ts', `import 'yaml'`, 'metrics imports "yaml"'],
    ['metrics knowing the guard', 'packages/metrics/src/a.ts', `import '@postern/guard'`, '@postern/metrics must not know @postern/guard'],
    [
      'guard knowing metrics',
      'packages/guard/src/a.ts',
      `export * from '@postern/metrics'`,
      '@postern/guard must not know @postern/metrics',
    ],
    [
      'guard knowing the gateway by a type',
      'packages/guard/src/a.ts',
      `import type { A } from 'postern/src/a.ts'`,
      '@postern/guard must not know postern',
    ],
    [
      'metrics reading files outside runtime',
      'packages/metrics/src/a.ts',
      `import 'node:fs'`,
      'metrics/a.ts imports "node:fs", and in metrics only runtime/ reads files',
    ],
    [
      'guard reading files outside sources',
      'packages/guard/src/tls/a.ts',
      `await import('node:fs/promises')`,
      'guard/tls imports "node:fs/promises", and in guard only sources/ reads files',
    ],
    ['a built-in module without its prefix', 'packages/guard/src/a.ts', `import 'fs/promises'`, '"fs/promises" lacks its prefix'],
    [
      'a library that is not declared',
      'packages/guard/src/a.ts',
      `import { parse } from 'yaml'`,
      '"yaml" is not a dependency of packages/guard/package.json',
    ],
    [
      'net knowing the policy',
      'packages/guard/src/net/a.ts',
      `import type { P } from '../policy/policy.ts'`,
      'guard/net imports guard/policy: it knows no policy',
    ],
    [
      'hashes knowing net',
      'packages/guard/src/hashes/a.ts',
      `import '../net/address.ts'`,
      'guard/hashes imports guard/net: it knows no policy',
    ],
    [
      'limits knowing decide',
      'packages/guard/src/limits/a.ts',
      `import '../decide/decide.ts'`,
      'guard/limits imports guard/decide: it knows no policy',
    ],
    [
      'credentials combining',
      'packages/guard/src/credentials/a.ts',
      `import '../decide/decide.ts'`,
      'guard/credentials imports guard/decide: credentials turn facts into findings and do not combine them',
    ],
    [
      'an adapter that checks passwords',
      'packages/guard/src/adapters/a.ts',
      `import '../hashes/bcrypt.ts'`,
      'guard/adapters imports guard/hashes: an adapter knows facts and decisions and nothing else',
    ],
    [
      'an adapter that knows credentials',
      'packages/guard/src/adapters/a.ts',
      `import '../credentials/basic.ts'`,
      'guard/adapters imports guard/credentials: an adapter knows facts and decisions and nothing else',
    ],
    [
      'the core knowing an adapter',
      'packages/guard/src/policy/a.ts',
      `import '../adapters/express.ts'`,
      'guard/policy imports guard/adapters: the core does not know its adapters',
    ],
    [
      'an arrow back to the commands',
      'packages/postern/src/gateway/a.ts',
      `import '../commands/serve.ts'`,
      'postern/gateway imports postern/commands: arrows point down: commands → gateway → guard',
    ],
    ['the environment read outside postern', 'packages/guard/src/a.ts', 'const a = process.env.HOME', 'process.env is read'],
    ['the environment read by a quoted key', 'packages/metrics/src/a.ts', `const a = process?.['env']`, 'process.env is read'],
    ['the environment taken apart', 'packages/metrics/src/a.ts', 'const { pid, env: world } = process', 'process.env is read'],
    ['arguments imported', 'packages/guard/src/a.ts', `import { argv as a } from 'node:process'`, 'process.argv is imported'],
    ['the testkit in a source', 'packages/postern/src/a.ts', `import '@postern/testkit'`, '"@postern/testkit" is for tests alone'],
    ['the testkit in an example', 'examples/a.ts', `import '@postern/testkit'`, '"@postern/testkit" is for tests alone'],
    [
      'another package reached by path',
      'packages/postern/test/a.test.ts',
      `import '../../guard/src/decide/decide.ts'`,
      '"../../guard/src/decide/decide.ts" reaches into packages/guard by path',
    ],
    [
      'a package reached by path from outside',
      'e2e/a.ts',
      `import '../packages/guard/src/decide/decide.ts'`,
      '"../packages/guard/src/decide/decide.ts" reaches into packages/guard by path',
    ],
    [
      'a source that leaves src',
      'packages/guard/src/a.ts',
      `import '../test/decide.test.ts'`,
      '"../test/decide.test.ts" leaves packages/guard/src/',
    ],
    [
      'an import that nobody can read',
      'packages/postern/src/a.ts',
      'await import(name)',
      'import() computes its target, so no rule can be checked',
    ],
  ])('%s', (_name, file, source, message) => {
    using house = createTree({ ...HOUSE, [file]: `\n${source}\n` })
    const { faults } = checkBoundaries(house.root)
    expect(faults.map((fault) => [fault.place, fault.message])).toEqual([[`${file}:2`, message]])
    expect(faults[0]?.fix).toMatch(/^\S.*\.$/)
  })
})

test('tells a circle as the shortest walk, once', () => {
  using house = createTree({
    ...HOUSE,
    'packages/guard/src/tls/a.ts': `import './b.ts'\nimport './c.ts'`,
    'packages/guard/src/tls/b.ts': `import './c.ts'`,
    'packages/guard/src/tls/c.ts': `import type { A } from './a.ts'`,
  })
  expect(checkBoundaries(house.root).faults).toEqual([
    {
      place: 'packages/guard/src/tls/a.ts',
      message: 'imports run in a circle: packages/guard/src/tls/a.ts → packages/guard/src/tls/c.ts → packages/guard/src/tls/a.ts',
      fix: 'Move what both need into a third file below them.',
    },
  ])
})

test.each(['packages/guard/src/utils.ts', 'packages/guard/src/util/text.ts', 'tools/utils.test.ts'])('finds the name %s', (file) => {
  using house = createTree({ ...HOUSE, [file]: '' })
  expect(checkBoundaries(house.root).faults).toEqual([
    { place: file, message: 'a file or folder is called utils', fix: 'Name it after what it is for.' },
  ])
})

test('finds an empty room', () => {
  using house = createTree({ ...HOUSE, 'packages/guard/src/views/deep/': '' })
  expect(checkBoundaries(house.root).faults.map(({ place, message }) => [place, message])).toEqual([
    ['packages/guard/src/views', 'the room is empty'],
  ])
})
