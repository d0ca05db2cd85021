import { X509Certificate } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { provision } from '../../src/provision/index.ts'
import { createPlan } from '../../src/provision/plan.ts'
import { writeFileWhole } from '../../src/provision/write.ts'
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
    const second = await provision(folder.path, { listen: 'localhost:1', existing: 'any' })
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

describe('an option for a folder that is set up', () => {
  test.each([
    { options: { listen: 'LOCALHOST:9843' } },
    { options: { upstream: 'http://127.0.0.1:8080' } },
    { options: { upstream: 'http://127.0.0.1:8080/metrics', listen: 'localhost:9843' } },
  ])('$options says what its policy says and changes nothing', async ({ options }) => {
    await using folder = await temporaryFolder()
    await provision(folder.path, BASIC)
    expect(await provision(folder.path, options)).toMatchObject({ status: 'unchanged' })
  })

  test.each([
    { policy: undefined, options: { upstream: 'http://b' }, serves: '"http://127.0.0.1:8080/metrics" and not "http://b/metrics"' },
    { policy: 'listen: [":1", 5, localhost:2]', options: { listen: ':3' }, serves: '":1", "localhost:2" and not ":3"' },
    {
      policy: 'routes: [{path: /a, upstream: "http://a"}, {upstream: "http://b"}, {upstream: 1}, {upstream: x}]',
      options: { upstream: 'http://b/a' },
      serves: '"http://a/a", "http://b/metrics" and not "http://b/a"',
    },
    { policy: 'listen: [', options: { listen: ':3' }, serves: 'nothing that can be read from its postern.yaml and not ":3"' },
  ])('$options is refused beside the policy $policy', async ({ policy, options, serves }) => {
    await using folder = await temporaryFolder()
    if (policy === undefined) await provision(folder.path, BASIC)
    else await writeFile(join(folder.path, 'postern.yaml'), policy)
    const before = await tree(folder.path)
    await expect(provision(folder.path, options)).rejects.toMatchObject({
      code: 'ERR_POSTERN_OCCUPIED',
      message: `"${folder.path}" serves ${serves}`,
      path: [`--${Object.keys(options)[0]}`],
      fix: `Change that line of ${folder.path}/postern.yaml, use another --dir, or add --force to make everything new.`,
    })
    expect(await tree(folder.path)).toEqual(before)
  })

  test('without a path means the path of the route', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'postern.yaml'), 'routes: [{path: /a, upstream: "http://a"}]')
    expect(await provision(folder.path, { upstream: 'http://a' })).toMatchObject({ status: 'unchanged' })
  })
})

describe('--force', () => {
  const CONFIGURATIONS = ['postern.yaml', 'prometheus.yml']
  const MADE = { listen: '0.0.0.0:1234', hosts: ['app1', '2001:db8::10'], upstream: 'http://127.0.0.1:9100', ...BASIC } as const

  test('alone makes new certificates and secrets for the names there were, and keeps both configurations to the byte', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, MADE)
    for (const name of CONFIGURATIONS) {
      await writeFile(join(folder.path, name), `${await readFile(join(folder.path, name), 'utf8')}# mine\n`)
      await chmod(join(folder.path, name), 0o640)
    }
    await writeFile(join(folder.path, 'tls', LEFTOVER), 'half a key')
    const before = await tree(folder.path)
    const result = await provision(folder.path, { force: true })
    expect(result).toMatchObject({ status: 'renewed', hosts: MADE.hosts, credentials: ['basic'], missing: [] })
    const after = await tree(folder.path)
    for (const name of CONFIGURATIONS) expect(after[name]).toBe(before[name])
    for (const name of Object.keys(after).filter((name) => /^(tls|secrets)\//.test(name))) expect(after[name]).not.toBe(before[name])
    expect(Object.keys(after).sort()).toEqual(
      Object.keys(before)
        .filter((name) => !name.includes(LEFTOVER))
        .sort(),
    )
    expect(new X509Certificate(await readFile(join(folder.path, 'tls/server.crt'))).subjectAltName).toBe(
      'DNS:app1, IP Address:2001:DB8:0:0:0:0:0:10',
    )
    expect(loadConfig({ file: join(folder.path, 'postern.yaml') }).warnings).toEqual([])
  })

  test('alone brings back what the configurations name and is lost', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path)
    await rm(join(folder.path, 'tls'), { recursive: true })
    await rm(join(folder.path, 'secrets/users.htpasswd'))
    expect(await provision(folder.path, { force: true })).toMatchObject({
      status: 'renewed',
      hosts: ['localhost', '127.0.0.1', '::1'],
      missing: [],
    })
  })

  test('alone asks for names where neither a certificate nor the policy has one', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, { ...MADE, hosts: ['app1'] })
    await rm(join(folder.path, 'tls/server.crt'))
    const before = await tree(folder.path)
    await expect(provision(folder.path, { force: true })).rejects.toMatchObject({
      code: 'ERR_POSTERN_USAGE',
      fix: 'Add --host with the name or address that Prometheus dials.',
    })
    expect(await tree(folder.path)).toEqual(before)
  })

  test('that was interrupted while it renewed is finished by the next run, also without force', async () => {
    for (const options of [{}, { force: true }, { upstream: 'http://127.0.0.1:9100' }]) {
      await using folder = await temporaryFolder()
      await provision(folder.path, MADE)
      await writeFile(join(folder.path, 'notes.txt'), 'mine')
      const before = await tree(folder.path)
      await rename(join(folder.path, 'postern.yaml'), join(folder.path, 'postern.yaml.kept'))
      expect(await provision(folder.path, options)).toMatchObject({ status: 'renewed', hosts: MADE.hosts })
      const after = await tree(folder.path)
      for (const name of [...CONFIGURATIONS, 'notes.txt']) expect(after[name]).toBe(before[name])
      expect(after['tls/server.key']).not.toBe(before['tls/server.key'])
      expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort())
    }
  })

  test('that was interrupted while it renewed does not hide a contradiction', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, MADE)
    await rename(join(folder.path, 'postern.yaml'), join(folder.path, 'postern.yaml.kept'))
    await expect(provision(folder.path, { upstream: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'ERR_POSTERN_OCCUPIED' })
    expect(await provision(folder.path, { force: true, upstream: 'http://127.0.0.1:1' })).toMatchObject({
      status: 'replaced',
      previous: 'postern.yaml.previous',
    })
    expect(await readdir(folder.path)).not.toContain('postern.yaml.kept')
  })

  test('loses no policy that somebody copied back by hand', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, BASIC)
    await writeFile(join(folder.path, 'postern.yaml.kept'), '# kept')
    expect(await provision(folder.path, { force: true })).toMatchObject({ status: 'renewed' })
    expect(await readFile(join(folder.path, 'postern.yaml.previous'), 'utf8')).toBe('# kept')
  })

  test('with an option makes everything new, takes the rest from the folder, and keeps every policy that was there', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, { ...MADE, auth: ['basic', 'bearer'] })
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    await writeFile(join(folder.path, 'tls', LEFTOVER), 'half a key')
    const before = await tree(folder.path)
    expect(await provision(folder.path, { force: true, ...BASIC })).toMatchObject({
      status: 'replaced',
      previous: 'postern.yaml.previous',
      endpoint: { url: 'https://app1:1234/metrics', upstream: 'http://127.0.0.1:9100/metrics', hosts: MADE.hosts },
    })
    const after = await tree(folder.path)
    expect(after['postern.yaml.previous']).toBe(before['postern.yaml'])
    expect(after['notes.txt']).toBe(before['notes.txt'])
    for (const name of ['tls/ca.key', 'tls/server.crt', 'secrets/prometheus.password.1', 'secrets/users.htpasswd'])
      expect(after[name]).not.toBe(before[name])
    // Of the kinds that were not asked for again, nothing is left.
    expect(Object.keys(after).filter((name) => /token|prometheus\.(crt|key)|tmp/.test(name))).toEqual([])

    for (const previous of ['postern.yaml.previous.2', 'postern.yaml.previous.3'])
      expect(await provision(folder.path, { force: true, upstream: 'http://127.0.0.1:1' })).toMatchObject({ previous })
    const last = await tree(folder.path)
    expect(last['postern.yaml.previous']).toBe(before['postern.yaml'])
    expect(last['postern.yaml.previous.2']).toBe(after['postern.yaml'])
  })

  test.each([
    { made: {}, listen: 'localhost:1234', hosts: ['localhost', '127.0.0.1', '::1'] },
    { made: {}, listen: '192.0.2.1:9843', hosts: ['192.0.2.1'] },
    { made: MADE, listen: '127.0.0.1:1234', hosts: ['127.0.0.1', 'localhost', '::1'] },
    { made: { listen: '192.0.2.1:1', hosts: ['app1'] }, listen: '192.0.2.2:1', hosts: ['app1', '192.0.2.2'] },
    { made: { listen: '192.0.2.1:1', hosts: ['app1'] }, listen: '192.0.2.1:2', hosts: ['app1', '192.0.2.1'] },
  ])('with --listen $listen takes only names along that lead there', async ({ made, listen, hosts }) => {
    await using folder = await temporaryFolder()
    await provision(folder.path, { ...made, ...BASIC })
    expect(await provision(folder.path, { force: true, listen })).toMatchObject({ endpoint: { hosts } })
  })

  test('with an option takes nothing from a folder that cannot be read', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'postern.yaml'), 'listen: ["localhost:0"]\nroutes: 5')
    expect(await provision(folder.path, { force: true, hosts: ['localhost'] })).toMatchObject({
      status: 'replaced',
      endpoint: { url: 'https://localhost:9843/metrics', credentials: ['basic', 'bearer', 'client-certificate'] },
    })
  })

  test('on a new folder is the same as none', async () => {
    await using folder = await temporaryFolder()
    expect(await provision(folder.path, { force: true, ...BASIC })).toMatchObject({ status: 'created' })
    expect(await readdir(folder.path)).not.toContain('postern.yaml.previous')
  })

  test('that was interrupted while it made everything new is finished by the next run, with what the last policy said', async () => {
    await using folder = await temporaryFolder()
    await provision(folder.path, MADE)
    await writeFile(join(folder.path, 'notes.txt'), 'mine')
    await writeFile(join(folder.path, 'postern.yaml.previous'), '# older')
    await rename(join(folder.path, 'postern.yaml'), join(folder.path, 'postern.yaml.previous.2'))
    expect(await provision(folder.path)).toMatchObject({
      status: 'created',
      previous: 'postern.yaml.previous.2',
      endpoint: { url: 'https://app1:1234/metrics', upstream: 'http://127.0.0.1:9100/metrics', credentials: ['basic'] },
    })
    expect((await readdir(folder.path)).sort()).toEqual([
      'notes.txt',
      'postern.yaml',
      'postern.yaml.previous',
      'postern.yaml.previous.2',
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

test('the data of Prometheus is nobody else’s work', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'prometheus-data/wal'), { recursive: true })
  expect(await provision(folder.path, BASIC)).toMatchObject({ status: 'created' })
  expect(await readdir(folder.path)).toContain('prometheus-data')
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
