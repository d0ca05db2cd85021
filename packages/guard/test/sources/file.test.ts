import { chmod, mkdir, open, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { faultOf, temporaryFolder } from '@postern/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readSourceFile } from '../../src/sources/file.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('a file that can be read', () => {
  test.each([
    { mode: 0o600, readableByOthers: false },
    { mode: 0o400, readableByOthers: false },
    { mode: 0o622, readableByOthers: false },
    { mode: 0o640, readableByOthers: true },
    { mode: 0o604, readableByOthers: true },
    { mode: 0o644, readableByOthers: true },
  ])('of mode $mode: others may read it: $readableByOthers', async ({ mode, readableByOthers }) => {
    await using folder = await temporaryFolder()
    const file = await folder.write('users', 'zoë:$2b$…\n')
    await chmod(file, mode)
    const text = 'zoë:$2b$…\n'
    expect(readSourceFile(file, [])).toEqual({ text, bytes: Buffer.from(text), readableByOthers })
  })

  test('has no such mode on Windows', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('users', '')
    await chmod(file, 0o644)
    vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }) as NodeJS.Process)
    expect(readSourceFile(file, []).readableByOthers).toBe(false)
  })

  test('may be a link, as Kubernetes mounts a secret', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, '..data'))
    await folder.write('..data/token', 'text')
    await symlink('..data/token', join(folder.path, 'token'))
    expect(readSourceFile(join(folder.path, 'token'), []).text).toBe('text')
  })
})

describe('a file that is refused', () => {
  const readable = 'Name a file that this user can read.'
  test.each([
    {
      name: 'one that is missing',
      make: (folder: string) => Promise.resolve(join(folder, 'missing')),
      why: 'does not exist',
      fix: 'Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one.',
    },
    { name: 'a folder', make: (folder: string) => Promise.resolve(folder), why: 'is not a file', fix: 'Name a regular file.' },
    { name: 'a device', make: () => Promise.resolve('/dev/zero'), why: 'is not a file', fix: 'Name a regular file.' },
    {
      name: 'one that is too large',
      make: async (folder: string) => {
        // Sparse: its size is said and not written.
        await using file = await open(join(folder, 'large'), 'w')
        await file.truncate(16 * 1024 * 1024 + 1)
        return join(folder, 'large')
      },
      why: 'is larger than 16 MiB',
      fix: 'Name the file that was meant.',
    },
    {
      name: 'a link to itself',
      make: async (folder: string) => {
        await symlink('loop', join(folder, 'loop'))
        return join(folder, 'loop')
      },
      why: 'cannot be read (ELOOP)',
      fix: readable,
    },
    { name: 'one inside a file', make: () => Promise.resolve('/dev/null/users'), why: 'cannot be read (ENOTDIR)', fix: readable },
    {
      name: 'a name with a NUL byte',
      make: () => Promise.resolve('users\0'),
      why: 'cannot be read (ERR_INVALID_ARG_VALUE)',
      fix: readable,
    },
  ])('$name', async ({ make, why, fix }) => {
    await using folder = await temporaryFolder()
    const file = await make(folder.path)
    expect(faultOf(() => readSourceFile(file, ['credentials', 0, 'usersFile']))).toEqual({
      code: 'ERR_POSTERN_FILE',
      path: ['credentials', 0, 'usersFile'],
      message: `"${file}" ${why}`,
      fix,
    })
  })

  test('one that this user may not read', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('secret', 'text', 0o000)
    await chmod(folder.path, 0o755)
    // The kernel lets root read everything; for a moment this process is somebody else.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(faultOf(() => readSourceFile(file, ['certFile']))).toEqual({
        code: 'ERR_POSTERN_FILE',
        path: ['certFile'],
        message: `"${file}" may not be read by this user`,
        fix: 'Give this user the right to read it, or run as one that has it.',
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })
})
