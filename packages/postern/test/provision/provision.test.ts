import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { createPlan, provision, writeFileWhole } from '../../src/provision/index.ts'
import { ask, describeWith, temporaryFolder } from './oracle.ts'

const BASIC = { auth: ['basic'] } as const
const LEFTOVER = '.ca.key.0123456789ab.tmp'
const FIX = 'Give an empty or new folder with --dir.'

/** Every file below `dir` with its mode and content: two trees are equal when these are. */
async function tree(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const mode = ((await lstat(path)).mode & 0o7777).toString(8)
    found[path.slice(dir.length + 1)] = entry.isFile() ? `${mode} ${await readFile(path, 'base64')}` : mode
  }
  return found
}

describe('a new folder', () => {
  test('holds everything with its mode, whatever the umask says', async () => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'new', 'postern')
    const before = process.umask(0o000)
    const result = await provision(dir).finally(() => process.umask(before))
    expect(result).toMatchObject({ status: 'created', dir, endpoint: { url: 'https://localhost:9843/metrics' } })
    const modes = Object.entries(await tree(dir)).map(([path, entry]) => `${entry.split(' ')[0]} ${path}`)
    expect(modes.sort()).toEqual([
      '600 secrets/prometheus.password.1',
      '600 secrets/prometheus.token.1',
      '600 secrets/tokens.yaml',
      '600 secrets/users.htpasswd',
      '600 tls/ca.key',
      '600 tls/prometheus.key',
      '600 tls/server.key',
      '644 postern.yaml',
      '644 prometheus.yml',
      '644 tls/ca.crt',
      '644 tls/prometheus.crt',
      '644 tls/server.crt',
      '700 secrets',
      '700 tls',
    ])
    expect((await stat(dir)).mode & 0o7777).toBe(0o700)
    expect(JSON.stringify(result)).not.toContain(await readFile(join(dir, 'secrets/prometheus.password.1'), 'utf8'))
  })

  test('may be there already, empty and open, or be a link to such a one', async () => {
    await using folder = await temporaryFolder()
    const [dir, link] = [join(folder.path, 'dir'), join(folder.path, 'link')]
    await mkdir(dir)
    await chmod(dir, 0o777)
    await symlink(dir, link)
    expect(await provision(link, BASIC)).toMatchObject({ status: 'created', dir: link })
    expect((await stat(dir)).mode & 0o7777).toBe(0o700)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
  })

  test('has certificates only for what was asked', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, BASIC)
    expect((await readdir(join(folder.path, 'tls'))).sort()).toEqual(['ca.crt', 'ca.key', 'server.crt', 'server.key'])
    expect((await readdir(join(folder.path, 'secrets'))).sort()).toEqual(['prometheus.password.1', 'users.htpasswd'])
  })
})

describe('a folder that is set up', () => {
  test('stays as it is, to the byte', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path)
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    const before = await tree(folder.path)
    const second = await provision(folder.path, { listen: 'localhost:1' })
    expect(second).toMatchObject({ status: 'unchanged', missing: [], dir: folder.path })
    expect(second.files).toHaveLength(12)
    expect(Object.keys(second.notAfter)).toEqual(['authority', 'server', 'client'])
    expect(await tree(folder.path)).toEqual(before)
  })

  test('is judged by what its policy names and not by the options of the second run', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, BASIC)
    expect(await provision(folder.path)).toMatchObject({ status: 'unchanged', missing: [] })
    await rm(join(folder.path, 'tls/ca.key')) // kept in a safe place
    expect(await provision(folder.path)).toMatchObject({ missing: [] })
  })

  test('has its missing files told', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path)
    const policy = join(folder.path, 'postern.yaml')
    await writeFile(policy, (await readFile(policy, 'utf8')).replace('tls/server.key', '/nowhere/server.key'))
    for (const name of ['secrets/tokens.yaml', 'tls/ca.crt', 'tls/prometheus.key']) await rm(join(folder.path, name))
    const before = await tree(folder.path)
    expect(await provision(folder.path)).toMatchObject({
      status: 'unchanged',
      missing: ['/nowhere/server.key', 'secrets/tokens.yaml', 'tls/ca.crt', 'tls/prometheus.key'],
    })
    expect(await tree(folder.path)).toEqual(before)
  })

  test.each(['', 'listen: [', '- 1', 'null'])('is left alone when its policy is "%s"', async (text) => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'postern.yaml'), text)
    expect(await provision(folder.path)).toEqual({
      status: 'unchanged',
      dir: folder.path,
      files: [expect.objectContaining({ path: 'postern.yaml' })],
      missing: ['prometheus.yml'],
      notAfter: {},
    })
    expect(await readdir(folder.path)).toEqual(['postern.yaml'])
  })
})

describe('--force', () => {
  test('makes everything new, and keeps the policy that was there and what is not ours', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path)
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    await writeFile(join(folder.path, 'tls', LEFTOVER), 'half a key')
    const before = await tree(folder.path)
    expect(await provision(folder.path, { force: true, ...BASIC })).toMatchObject({ status: 'replaced' })
    const after = await tree(folder.path)
    expect(after['postern.yaml.previous']).toBe(before['postern.yaml'])
    expect(after['notes.txt']).toBe(before['notes.txt'])
    for (const name of ['tls/ca.key', 'tls/server.crt', 'secrets/prometheus.password.1', 'secrets/users.htpasswd'])
      expect(after[name]).not.toBe(before[name])
    // Of the kinds that were not asked for again, nothing is left.
    expect(Object.keys(after).filter((name) => /token|prometheus\.(crt|key)|tmp/.test(name))).toEqual([])
  })

  test('on a new folder is the same as none', async () => {
    await using folder = await temporaryFolder()
    expect(await provision(folder.path, { force: true, ...BASIC })).toMatchObject({ status: 'created' })
    expect(await readdir(folder.path)).not.toContain('postern.yaml.previous')
  })

  test('that was interrupted is finished by the next run, also beside files of somebody else', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, BASIC)
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    await rename(join(folder.path, 'postern.yaml'), join(folder.path, 'postern.yaml.previous'))
    expect(await provision(folder.path, BASIC)).toMatchObject({ status: 'created' })
    expect((await readdir(folder.path)).sort()).toEqual([
      'notes.txt',
      'postern.yaml',
      'postern.yaml.previous',
      'prometheus.yml',
      'secrets',
      'tls',
    ])
  })

  test('does not write over a folder that it did not make', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'prometheus.yml'), 'mine')
    await expect(provision(folder.path, { force: true })).rejects.toMatchObject({ code: 'ERR_POSTERN_OCCUPIED' })
    expect(await tree(folder.path)).toEqual({ 'prometheus.yml': expect.stringMatching(/^644 /) })
  })
})

describe('an interrupted run', () => {
  const KINDS = ['basic', 'client-certificate'] as const

  test('is finished by the next one, whichever file was its last', async () => {
    const { files } = await createPlan({ auth: KINDS })
    for (const [written, next] of files.entries()) {
      await using folder = await temporaryFolder()
      for (const name of ['tls', 'secrets']) await mkdir(join(folder.path, name))
      for (const file of files.slice(0, written)) await writeFileWhole(join(folder.path, file.path), file.content, file.mode)
      await writeFile(
        join(
          folder.path,
          next.path.replace(/[^/]+$/, (name) => `.${name}.0123456789ab.tmp`),
        ),
        'half',
      )
      expect(await provision(folder.path, { auth: KINDS })).toMatchObject({ status: 'created' })
      const names = Object.keys(await tree(folder.path))
      expect(names.sort()).toEqual([...files.map(({ path }) => path), 'secrets', 'tls'].sort())
      for (const file of files.slice(0, written)) {
        if (file.path.includes('/')) expect(await readFile(join(folder.path, file.path), 'utf8')).not.toBe(file.content)
      }
    }
  })

  test.each(['tls', 'secrets'])('that had made only %s is finished', async (name) => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, name), { mode: 0o755 })
    expect(await provision(folder.path, BASIC)).toMatchObject({ status: 'created' })
    expect((await stat(join(folder.path, name))).mode & 0o7777).toBe(0o700)
  })
})

describe('a folder that is somebody else’s', () => {
  test.each([
    { name: 'one file', files: ['notes.txt'], holds: '"notes.txt"' },
    { name: 'many files', files: ['a', 'b', 'c', 'd', 'e'], holds: '"a", "b", "c" and 2 more' },
    { name: 'a file in tls', files: ['tls/ca.crt', 'tls/mine.key', 'secrets/tokens.yaml'], holds: '"tls/mine.key"' },
    { name: 'a configuration of Prometheus', files: ['prometheus.yml'], holds: '"prometheus.yml"' },
    { name: 'a key of the same name', files: ['tls/server.key', 'tls/server.crt'], holds: '"tls/server.crt", "tls/server.key"' },
    { name: 'a leftover of another program', files: ['.notes.0123456789ab.tmp'], holds: '".notes.0123456789ab.tmp"' },
  ])('with $name is refused and stays as it is', async ({ files, holds }) => {
    await using folder = await temporaryFolder()
    for (const file of files) {
      await mkdir(join(folder.path, file, '..'), { recursive: true })
      await writeFile(join(folder.path, file), 'mine')
    }
    await chmod(folder.path, 0o755)
    const before = await tree(folder.path)
    await expect(provision(folder.path)).rejects.toMatchObject({
      code: 'ERR_POSTERN_OCCUPIED',
      message: `"${folder.path}" holds ${holds}, and no postern.yaml that would mark it as set up by postern init`,
      fix: FIX,
    })
    expect(await tree(folder.path)).toEqual(before)
    expect((await stat(folder.path)).mode & 0o7777).toBe(0o755)
  })

  test.each([
    { name: 'secrets', force: false, complete: false },
    { name: 'tls', force: false, complete: false },
    { name: 'prometheus.yml', force: false, complete: false },
    { name: 'secrets', force: true, complete: true },
    { name: 'prometheus.yml', force: true, complete: true },
  ])('with $name as a link is refused (force: $force)', async ({ name, force, complete }) => {
    await using folder = await temporaryFolder()
    const [dir, elsewhere] = [join(folder.path, 'dir'), join(folder.path, 'elsewhere')]
    await mkdir(dir)
    await mkdir(elsewhere)
    if (complete) {
      await provision(dir, BASIC)
      await rm(join(dir, name), { recursive: true })
    }
    await symlink(elsewhere, join(dir, name))
    await expect(provision(dir, { force })).rejects.toMatchObject({
      code: 'ERR_POSTERN_OCCUPIED',
      message: `"${dir}" holds "${name}" as a link or as another kind of file, which postern init does not follow`,
      fix: 'Remove it, or give an empty or new folder with --dir.',
    })
    expect(await readdir(elsewhere)).toEqual([])
  })

  test('with a link inside secrets is refused', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['tls', 'secrets']) await mkdir(join(folder.path, name))
    await symlink('/etc/passwd', join(folder.path, 'secrets/users.htpasswd'))
    await expect(provision(folder.path)).rejects.toMatchObject({
      code: 'ERR_POSTERN_OCCUPIED',
      message: `"${folder.path}" holds "secrets/users.htpasswd" as a link or as another kind of file, which postern init does not follow`,
    })
  })

  test.each(['file', 'file/below'])('and is no folder (%s) is refused', async (name) => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'file'), 'mine')
    await expect(provision(join(folder.path, name))).rejects.toMatchObject({
      code: 'ERR_POSTERN_OCCUPIED',
      message: `"${join(folder.path, name)}" is a file or lies below one, and postern init writes a folder`,
      fix: FIX,
    })
    expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('mine')
  })
})

test('a folder that cannot be made is refused', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'x'.repeat(300))
  await expect(provision(dir)).rejects.toMatchObject({
    code: 'ERR_POSTERN_DIRECTORY',
    message: `"${dir}" cannot be written: name too long (ENAMETOOLONG)`,
    fix: 'Give --dir a folder that this user may write.',
  })
})

test('a folder that may not be written, not even by root, is refused', async () => {
  await expect(provision('/sys/postern')).rejects.toMatchObject({
    code: 'ERR_POSTERN_DIRECTORY',
    message: expect.stringMatching(/^"\/sys\/postern" cannot be written: [a-z -]+ \((EACCES|EPERM|EROFS)\)$/),
    fix: 'Give --dir a folder that this user may write.',
  })
})

test('a bad option touches nothing', async () => {
  await using folder = await temporaryFolder()
  await expect(provision(join(folder.path, 'new'), { listen: 'nonsense' })).rejects.toMatchObject({ code: 'ERR_POSTERN_LISTEN_ADDRESS' })
  expect(await readdir(folder.path)).toEqual([])
})

test.each([
  { name: 'on loopback', options: {} },
  { name: 'on every address', options: { listen: ':9843', hosts: ['app1'] } },
  { name: 'on an IPv6 address', options: { listen: '[2001:db8::10]:9843', auth: ['client-certificate'] } as const },
])('the policy of a gateway $name is one that it can serve', async ({ options }) => {
  await using folder = await temporaryFolder()
  await provision(folder.path, options)
  const config = loadConfig({ file: join(folder.path, 'postern.yaml') })
  expect(config.warnings).toEqual([])
  expect(config.guard.authenticates).toBe(true)
  expect(config.routes.map(({ path, upstream }) => [path, upstream.href])).toEqual([['/metrics', 'http://127.0.0.1:8080/metrics']])
})

describeWith('promtool', 'the configuration of Prometheus before promtool', () => {
  test.each([
    { name: 'every kind of credential', options: {} },
    { name: 'basic alone', options: BASIC },
    { name: 'an IPv6 target', options: { hosts: ['2001:db8::10'], listen: '[::]:9843' } },
  ])('holds with $name, and every file it names is there', async ({ options }) => {
    await using folder = await temporaryFolder()
    const dir = join(folder.path, 'a folder: with "quotes" #')
    await provision(dir, options)
    const { status, output } = ask('promtool', ['check', 'config', join(dir, 'prometheus.yml')])
    expect(output).toContain('SUCCESS')
    expect(status).toBe(0)
    expect(await provision(dir)).toMatchObject({ status: 'unchanged', missing: [] })
  })

  test('does not hold when one that promtool looks for is missing', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path)
    await rm(join(folder.path, 'tls/prometheus.key'))
    expect(ask('promtool', ['check', 'config', join(folder.path, 'prometheus.yml')])).toMatchObject({
      status: 1,
      output: expect.stringContaining('tls/prometheus.key'),
    })
  })
})
