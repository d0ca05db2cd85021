import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hashSync } from '@node-rs/bcrypt'
import { PosternError } from '@postern/guard'
import { faultOf, temporaryFolder } from '@postern/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHtpasswd } from '../../src/hashes/htpasswd.ts'

const first = hashSync('first', 4)
const second = hashSync('second', 5)
const apr1 = '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/'
const sha1 = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
const scrypt = '$scrypt$ln=4,r=8,p=1$U29kaXVtQ2hsb3JpZGU$AAAAAAAAAAAAAAAAAAAAAA'
const argon2 = '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
const FILE = '/etc/postern/users.htpasswd'

describe('the users of a file', () => {
  test.each<{ name: string; text: string; users: Record<string, string[]> }>([
    { name: 'one line', text: `prom:${first}`, users: { prom: [first] } },
    { name: 'the mark that some editors begin with', text: `\uFEFFprom:${first}`, users: { prom: [first] } },
    { name: 'a line end at the end', text: `prom:${first}\n`, users: { prom: [first] } },
    { name: 'line ends of Windows', text: `prom:${first}\r\nother:${second}\r\n`, users: { prom: [first], other: [second] } },
    { name: 'blank lines and comments', text: `# who may scrape\n\n  \nprom:${first}\n#old:${second}\n`, users: { prom: [first] } },
    {
      name: 'comments after a second colon',
      text: `prom:${first}:Prometheus, rack 3: left\nother:${second}:\r\n`,
      users: { prom: [first], other: [second] },
    },
    {
      name: 'two lines of one user',
      text: `prom:${first}\nother:${second}\nprom:${second}\n`,
      users: { prom: [first, second], other: [second] },
    },
    {
      name: 'every kind of hash',
      text: `a:${first}\nb:${argon2}:comment\nc:${scrypt}\nd:${apr1}\ne:${sha1}\n`,
      users: { a: [first], b: [argon2], c: [scrypt], d: [apr1], e: [sha1] },
    },
    { name: 'names beyond ASCII and with spaces', text: `zoë b:${first}\n`, users: { 'zoë b': [first] } },
    {
      name: 'names that every object has',
      text: `__proto__:${first}\nconstructor:${second}\n`,
      users: { ['__proto__']: [first], constructor: [second] },
    },
  ])('$name', ({ text, users }) => {
    const parsed = [...parseHtpasswd(text, FILE).users].map(([user, hashes]) => [user, hashes.map((hash) => hash.text)])
    expect(parsed).toEqual(Object.entries(users))
  })
})

describe('warnings', () => {
  const weakApr1 = 'an apr1 hash, 1000 rounds of MD5, of which one graphics card tries millions of passwords a second'
  const weakSha1 = 'an unsalted SHA-1 hash, of which one graphics card tries billions of passwords a second'
  test('name user, line, what is weak and what to write instead', () => {
    expect(parseHtpasswd(`# users\nprom:${first}\nold:${apr1}\na "b":${sha1}\n$apr1$x:${sha1}\n`, FILE).warnings).toEqual([
      `"${FILE}" line 3: the hash of "old" is ${weakApr1}. Write a new one: postern hash --user "old"`,
      `"${FILE}" line 4: the hash of "a \\"b\\"" is ${weakSha1}. Write a new one: postern hash --user "a \\"b\\""`,
      `"${FILE}" line 5: this is ${weakSha1}. Write a new one: postern hash`,
    ])
  })

  test('are none for hashes that are good today', () => {
    expect(parseHtpasswd(`a:${first}\nb:${argon2}\nc:${scrypt}\n`, FILE).warnings).toEqual([])
  })

  test('are ten at the most, and then their number', () => {
    const text = Array.from({ length: 200 }, (_, index) => `user${index}:${sha1}\n`).join('')
    const { warnings } = parseHtpasswd(text, FILE)
    expect([warnings.length, warnings[9], warnings[10]]).toEqual([
      11,
      `"${FILE}" line 10: the hash of "user9" is ${weakSha1}. Write a new one: postern hash --user "user9"`,
      `"${FILE}": 190 more hashes are as weak as those`,
    ])
  })
})

describe('files that are refused', () => {
  const form = 'Write it like prometheus:$2b$10$… (make one with: postern hash --user prometheus).'
  const mend = 'Make one with: postern hash, or htpasswd -B'
  test.each([
    {
      name: 'a line without a colon',
      text: `prom:${first}\n${second}\n`,
      fault: { code: 'ERR_POSTERN_HASH', message: 'this line has no colon', fix: form, source: { file: FILE, line: 2, column: 1 } },
    },
    {
      name: 'a line without a user',
      text: `\n:${first}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'this line has no user before its colon',
        fix: form,
        source: { file: FILE, line: 2, column: 1 },
      },
    },
    {
      name: 'a line without a hash',
      text: 'prom::comment\n',
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'the hash of "prom" is not a password hash but empty',
        fix: mend,
        source: { file: FILE, line: 1, column: 6 },
      },
    },
    {
      name: 'a password, at its place',
      text: `# users\r\nprom:${first}\r\nother:s3cret\r\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'the hash of "other" is not a password hash but something else',
        fix: mend,
        source: { file: FILE, line: 3, column: 7 },
      },
    },
    {
      name: 'a space after a hash',
      text: `prom:${first} \n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message:
          'the hash of "prom" is not a bcrypt hash but a damaged or unknown kind of one (61 characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)',
        fix: mend,
        source: { file: FILE, line: 1, column: 6 },
      },
    },
    {
      name: 'a truncated hash, with its user and line and without showing it (6.2 #15)',
      text: `a:${second}\nprom:${first.slice(0, 40)}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message:
          'the hash of "prom" is not a bcrypt hash but a damaged or unknown kind of one (40 characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)',
        fix: mend,
        source: { file: FILE, line: 2, column: 6 },
      },
    },
    {
      name: 'a hash that costs too much, with its user and line (6.2 #15)',
      text: `prom:${first.replace('$04$', '$31$')}\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'the hash of "prom" is a bcrypt hash of cost 31, and each attempt would take minutes or more',
        fix: 'Use a cost from 10 to 12, at most 16.',
        source: { file: FILE, line: 1, column: 6 },
      },
    },
    {
      name: 'a user and a hash the other way round, without showing it',
      text: `${first}:prom\n`,
      fault: {
        code: 'ERR_POSTERN_HASH',
        message: 'this is not a password hash but something else',
        fix: mend,
        source: { file: FILE, line: 1, column: first.length + 2 },
      },
    },
    ...['', '\n\n', '# nobody\n'].map((text) => ({
      name: `a file that names nobody (${JSON.stringify(text)})`,
      text,
      fault: {
        code: 'ERR_POSTERN_POLICY',
        message: 'this file names no user, so that nobody could ever log in',
        fix: 'Add a line made with: postern hash --user NAME',
        source: { file: FILE },
      },
    })),
  ])('$name', ({ text, fault }) => {
    const seen = faultOf(() => parseHtpasswd(text, FILE))
    expect(seen).toEqual({ path: [], ...fault })
    expect(JSON.stringify(seen)).not.toContain(first.slice(7, 40))
  })

  const othersOf = (text: string): readonly unknown[] => {
    try {
      parseHtpasswd(text, FILE)
    } catch (error) {
      if (error instanceof PosternError) return error.others.map(({ source, message }) => [source?.line, message])
    }
    return ['nothing was refused']
  }

  test('all lines at once, ten at the most', () => {
    expect(othersOf(`prom\na:${first}\n:x\nb:\n`)).toEqual([
      [3, 'this line has no user before its colon'],
      [4, 'the hash of "b" is not a password hash but empty'],
    ])
    expect(othersOf('x\n'.repeat(1_000))).toHaveLength(9)
  })

  test('whatever is in them, with the line that is wrong', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ':', '$', '2b', '{SHA}', '#', '\r', '\n', '\0', '\uFEFF', ' ', 'é'), maxLength: 60 }),
        (text) => {
          try {
            parseHtpasswd(text, FILE)
          } catch (error) {
            expect(error).toBeInstanceOf(PosternError)
          }
        },
      ),
      { interruptAfterTimeLimit: 1_000, numRuns: 500 },
    )
  })
})

describe.skipIf(spawnSync('htpasswd').error !== undefined)('a file that htpasswd made', () => {
  const users = [
    { user: 'bcrypt', flags: ['-B', '-C', '5'], kind: 'bcrypt' },
    { user: 'apr1', flags: ['-m'], kind: 'apr1' },
    { user: 'sha1', flags: ['-s'], kind: 'sha1' },
  ]
  const add = (file: string, flags: readonly string[], user: string): void => {
    const { status, stderr } = spawnSync('htpasswd', ['-b', ...flags, file, user, `pässwörd of ${user}`], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, expect.stringContaining(user)])
  }

  test('is read in each of its formats', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'users')
    for (const [index, { user, flags }] of users.entries()) add(file, index === 0 ? ['-c', ...flags] : flags, user)
    const parsed = parseHtpasswd(await readFile(file, 'utf8'), file).users
    const seen = await Promise.all(
      users.map(async ({ user }) => {
        const [hash] = parsed.get(user) ?? []
        return [user, hash?.kind, await hash?.verify(`pässwörd of ${user}`), await hash?.verify('guess')]
      }),
    )
    expect(seen).toEqual(users.map(({ user, kind }) => [user, kind, true, false]))
  })

  test.each([
    { flag: '-d', told: 'is a DES crypt hash, of which eight characters count and every password can be tried, or is the password itself' },
    { flag: '-p', told: 'is not a password hash but something else' },
    { flag: '-5', told: 'is a SHA-2 crypt hash, which only some systems can check' },
  ])('is refused with $flag, and its hash is not shown', async ({ flag, told }) => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'users')
    add(file, ['-c', flag], 'prom')
    const text = await readFile(file, 'utf8')
    const fault = faultOf(() => parseHtpasswd(text, file))
    expect(fault).toMatchObject({ message: `the hash of "prom" ${told}`, source: { line: 1, column: 6 } })
    expect(JSON.stringify(fault)).not.toContain(text.trim().slice('prom:'.length))
  })
})
