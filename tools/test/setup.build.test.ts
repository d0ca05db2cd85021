import { existsSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { build, buildState, stampBuild } from '../setup/build.mjs'
import { createTree, type Tree } from './tree.ts'

/** Two packages, built. */
function createBuilt(): Tree {
  const tree = createTree({
    'tsconfig.json': '{ "files": [], "references": [{ "path": "packages/a" }, { "path": "packages/b" }] }',
    'tsconfig.base.json': '{}',
    'node_modules/typescript/package.json': '{ "version": "1" }',
    'packages/a/tsconfig.json': '{}',
    'packages/a/package.json': '{}',
    'packages/a/src/index.ts': 'export const a = 1',
    'packages/a/src/deep/room.ts': 'export const b = 1',
    'packages/a/dist/index.js': '',
    'packages/a/dist/index.d.ts': '',
    'packages/a/dist/deep/room.js': '',
    'packages/b/tsconfig.json': '{}',
    'packages/b/src/index.ts': 'export const c = 1',
    'packages/b/dist/index.js': '',
  })
  stampBuild(tree.root, buildState(tree.root).inputs)
  return tree
}

describe('a build is good', () => {
  test('when nothing has changed', () => {
    using tree = createBuilt()
    expect(buildState(tree.root).fault).toBeUndefined()
  })

  test('when a checkout touched every file and changed none', () => {
    using tree = createBuilt()
    const later = Date.now() / 1000 + 60
    for (const file of ['packages/a/src/index.ts', 'packages/b/src/index.ts', 'tsconfig.base.json'])
      utimesSync(join(tree.root, file), later, later)
    expect(buildState(tree.root).fault).toBeUndefined()
  })
})

describe('a build is stale', () => {
  test.each<[string, (tree: Tree) => void, string, string[]]>([
    [
      'when a source has changed',
      (tree) => tree.write('packages/a/src/index.ts', 'export const a = 2'),
      'packages/a/src/index.ts has changed',
      [],
    ],
    ['when a setting has changed', (tree) => tree.write('tsconfig.base.json', '{ }'), 'tsconfig.base.json has changed', []],
    [
      'when the compiler has changed',
      (tree) => tree.write('node_modules/typescript/package.json', '{ "version": "2" }'),
      'node_modules/typescript/package.json has changed',
      [],
    ],
    ['when a setting is gone', (tree) => rmSync(join(tree.root, 'packages/a/package.json')), 'packages/a/package.json is gone', []],
    ['when a source is new', (tree) => tree.write('packages/b/src/new.ts'), 'packages/b/dist does not match its sources', ['packages/b']],
    [
      'when a source is gone',
      (tree) => rmSync(join(tree.root, 'packages/a/src/deep/room.ts')),
      'packages/a/dist does not match its sources',
      ['packages/a'],
    ],
    [
      'when an output is gone',
      (tree) => rmSync(join(tree.root, 'packages/b/dist/index.js')),
      'packages/b/dist does not match its sources',
      ['packages/b'],
    ],
    ['when a dist is gone', (tree) => rmSync(join(tree.root, 'packages/b/dist'), { recursive: true }), 'packages/b/dist is missing', []],
    ['when nobody recorded it', (tree) => rmSync(join(tree.root, 'node_modules/.postern-build.json')), 'no build is on record', []],
    ['when its record cannot be read', (tree) => tree.write('node_modules/.postern-build.json', '{'), 'no build is on record', []],
  ])('%s', (_name, change, fault, unclean) => {
    using tree = createBuilt()
    change(tree)
    expect(buildState(tree.root)).toMatchObject({ fault, unclean })
  })
})

describe('with the real compiler', () => {
  const settings = JSON.stringify({
    compilerOptions: {
      composite: true,
      module: 'nodenext',
      rootDir: 'src',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      types: [],
    },
    include: ['src'],
  })
  const createSources = (): Tree => {
    const tree = createTree({
      'package.json': '{ "type": "module" }',
      'tsconfig.json': '{ "files": [], "references": [{ "path": "packages/a" }] }',
      'tsconfig.base.json': '{}',
      'packages/a/tsconfig.json': settings,
      'packages/a/src/index.ts': 'export const a = 1\n',
      'packages/a/src/other.ts': 'export const b = 1\n',
      'node_modules/': '',
    })
    symlinkSync(fileURLToPath(new URL('../../node_modules/typescript', import.meta.url)), join(tree.root, 'node_modules/typescript'))
    return tree
  }

  test('builds, and then has nothing to do', async () => {
    using tree = createSources()
    const state = buildState(tree.root)
    expect(state.fault).toBe('packages/a/dist is missing')
    await build(tree.root, state)
    expect(buildState(tree.root).fault).toBeUndefined()
  })

  test('leaves no output of a source that is gone, and makes an output that was deleted', async () => {
    using tree = createSources()
    await build(tree.root, buildState(tree.root))
    rmSync(join(tree.root, 'packages/a/src/other.ts'))
    rmSync(join(tree.root, 'packages/a/dist/index.js'))
    await build(tree.root, buildState(tree.root))
    expect(['index.js', 'other.js', 'other.d.ts'].map((file) => existsSync(join(tree.root, 'packages/a/dist', file)))).toEqual([
      true,
      false,
      false,
    ])
    expect(buildState(tree.root).fault).toBeUndefined()
  })

  test('shows what the compiler said, and tries again next time', async () => {
    using tree = createSources()
    tree.write('packages/a/src/index.ts', 'export const a: string = 1\n')
    await expect(build(tree.root, buildState(tree.root))).rejects.toThrow(
      /^The sources do not compile:\n.*index\.ts\(1,14\): error TS2322/s,
    )
    expect(buildState(tree.root).fault).toBeDefined()
  })
})
