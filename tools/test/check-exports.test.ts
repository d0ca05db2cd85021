import { expect, test } from 'vitest'
import { archiveFaults } from '../check-exports.ts'

const pack = (...paths: string[]) => ({ name: 'p', filename: 'p-1.tgz', files: paths.map((path) => ({ path })) })
const NEEDED = ['LICENSE', 'README.md', 'package.json', 'bin/postern.mjs', 'dist/index.js', 'dist/tls/index.d.ts', 'dist/index.js.map']

test('an archive may hold what runs, its types and its papers', () => {
  expect(archiveFaults(pack(...NEEDED))).toEqual([])
})

test.each(['dist/.tsbuildinfo', 'src/index.ts', 'test/a.test.ts', 'tsconfig.json', '.env'])('%s stays out of an archive', (path) => {
  expect(archiveFaults(pack(...NEEDED, path)).map(({ message }) => message)).toEqual([`the archive holds ${path}, which no user needs`])
})

test('an archive without its licence is not given away', () => {
  expect(archiveFaults(pack('package.json')).map(({ message }) => message)).toEqual(['the archive holds no LICENSE'])
})
