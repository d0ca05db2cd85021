import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensurePrivateFolder, naming, temporaryFor, writeFileWhole } from '../../src/provision/write.ts'
import { temporaryFolder } from './oracle.ts'

const modeOf = async (file: string) => ((await stat(file)).mode & 0o7777).toString(8)

test.each([0o600, 0o644])('a file has mode %o whatever the umask says', async (mode) => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  const before = process.umask(mode === 0o600 ? 0o000 : 0o777)
  try {
    await writeFileWhole(file, 'text', mode)
  } finally {
    process.umask(before)
  }
  expect([await readFile(file, 'utf8'), await modeOf(file), await readdir(folder.path)]).toEqual(['text', mode.toString(8), ['a']])
})

test('a file that was there is replaced whole, and a link is replaced instead of followed', async () => {
  await using folder = await temporaryFolder()
  const [file, elsewhere] = [join(folder.path, 'a'), join(folder.path, 'elsewhere')]
  await writeFile(elsewhere, 'precious')
  await symlink(elsewhere, file)
  await writeFileWhole(file, Buffer.from('new'), 0o600)
  expect([await readFile(file, 'utf8'), await readFile(elsewhere, 'utf8')]).toEqual(['new', 'precious'])
})

test('a file that cannot be put in its place leaves nothing behind', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  await mkdir(file)
  await expect(writeFileWhole(file, 'text', 0o600)).rejects.toMatchObject({
    code: 'ERR_POSTERN_DIRECTORY',
    message: `"${file}" cannot be written: illegal operation on a directory (EISDIR)`,
    fix: 'Give --dir a folder that this user may write.',
  })
  expect(await readdir(folder.path)).toEqual(['a'])
})

test('a file in a folder that is not there is refused', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'no', 'a')
  await expect(writeFileWhole(file, 'text', 0o600)).rejects.toMatchObject({
    code: 'ERR_POSTERN_DIRECTORY',
    message: `"${file}" cannot be written: no such file or directory (ENOENT)`,
  })
})

test('a folder is closed to everybody else, also one that was open', async () => {
  await using folder = await temporaryFolder()
  const [fresh, open] = [join(folder.path, 'parent', 'fresh'), join(folder.path, 'open')]
  await mkdir(open, { mode: 0o777 })
  const before = process.umask(0o000)
  try {
    await ensurePrivateFolder(fresh)
    await ensurePrivateFolder(open)
  } finally {
    process.umask(before)
  }
  expect([await modeOf(fresh), await modeOf(open)]).toEqual(['700', '700'])
})

test('a folder below a file is refused', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a')
  await writeFile(file, '')
  await expect(ensurePrivateFolder(join(file, 'b', 'c'))).rejects.toMatchObject({
    code: 'ERR_POSTERN_DIRECTORY',
    message: `"${join(file, 'b', 'c')}" cannot be written: not a directory (ENOTDIR)`,
  })
})

test('only faults of the file system are told as such', async () => {
  const bug = new TypeError('a bug')
  await expect(naming('/a', () => Promise.reject(bug))).rejects.toBe(bug)
  const odd = Object.assign(new Error('odd'), { syscall: 'open', code: 'EODD' })
  await expect(naming('/a', () => Promise.reject(odd))).rejects.toMatchObject({
    message: '"/a" cannot be written: unknown fault (EODD)',
    cause: odd,
  })
})

test.each([
  ['.postern.yaml.0123456789ab.tmp', 'postern.yaml'],
  ['.a.0123456789AB.tmp', undefined],
  ['..0123456789ab.tmp', undefined],
  ['a.0123456789ab.tmp', undefined],
])('%s is the leftover of %s', (name, target) => {
  expect(temporaryFor(name)).toBe(target)
})
