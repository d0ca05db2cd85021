import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { registerHash } from '../../src/commands/hash.ts'
import { ask, describeWith, temporaryFolder } from '../provision/oracle.ts'
import { fakeTerminal, runCommand } from './run-command.ts'

/** A text or a buffer is one chunk of standard input, a list of them is several. */
const hash = (argv: readonly string[], input: Iterable<unknown> = 's3cret') =>
  runCommand(registerHash, ['hash', ...argv], { stdin: Readable.from(input) })

const HASH = String.raw`\$2b\$10\$[./A-Za-z0-9]{53}`

describe('postern hash', () => {
  test('prints the hash alone, or a line of users', async () => {
    expect((await hash([])).stdout).toMatch(new RegExp(`^${HASH}\n$`))
    expect((await hash(['--user', 'prometheus'])).stdout).toMatch(new RegExp(`^prometheus:${HASH}\n$`))
    expect((await hash(['--cost', '11'])).stdout).toMatch(/^\$2b\$11\$/)
  })

  test('prints one object for a program', async () => {
    const named = await hash(['--json', '--user', 'prometheus'])
    expect(JSON.parse(named.stdout)).toEqual({ user: 'prometheus', cost: 10, hash: expect.stringMatching(new RegExp(`^${HASH}$`)) })
    expect(JSON.parse((await hash(['--json'])).stdout)).toEqual({ cost: 10, hash: expect.any(String) })
    expect([named.stderr, named.error]).toEqual(['', undefined])
  })

  test('warns of white space that Prometheus would take off', async () => {
    const { stderr, error } = await hash([], ' s3cret')
    expect([stderr, error]).toEqual([
      'postern: the password starts or ends with white space, which Prometheus takes off what it reads from a password_file\n',
      undefined,
    ])
  })

  test('explains itself with examples', async () => {
    const { stdout, error } = await hash(['--help'])
    expect(error).toBeUndefined()
    for (const part of [
      'Usage: postern hash [options]',
      'It cannot be an argument',
      'Each step of --cost doubles',
      'postern hash --user prometheus <',
    ])
      expect(stdout).toContain(part)
  })
})

describe('postern hash refuses', () => {
  const ONE_LINE = 'Send one line with the password.'
  test.each([
    {
      name: 'nothing',
      input: '',
      code: 'ERR_POSTERN_PASSWORD',
      message: 'the password is empty',
      fix: 'Give at least one character, better twenty.',
    },
    {
      name: 'an empty line',
      input: '\n',
      code: 'ERR_POSTERN_PASSWORD',
      message: 'the password is empty',
      fix: 'Give at least one character, better twenty.',
    },
    {
      name: '73 bytes',
      input: 'x'.repeat(73),
      code: 'ERR_POSTERN_PASSWORD',
      message: 'the password has 73 bytes, and bcrypt reads no more than 72',
      fix: 'Use a shorter one.',
    },
    {
      name: 'a NUL byte',
      input: 'a\0b',
      code: 'ERR_POSTERN_PASSWORD',
      message: 'the password holds a NUL byte, where bcrypt stops reading',
      fix: 'Use one without.',
    },
    {
      name: 'several lines',
      input: 's3cret\nmore\n',
      code: 'ERR_POSTERN_USAGE',
      message: 'standard input holds several lines, and only one can be the password',
      fix: ONE_LINE,
    },
    {
      name: 'a line and an empty one',
      input: 's3cret\n\n',
      code: 'ERR_POSTERN_USAGE',
      message: 'standard input holds several lines, and only one can be the password',
      fix: ONE_LINE,
    },
    {
      name: 'a large file',
      input: ['x'.repeat(4096), 'y'],
      code: 'ERR_POSTERN_USAGE',
      message: 'standard input holds more than 4096 bytes, which is no password',
      fix: ONE_LINE,
    },
    {
      name: 'what is not text',
      input: Buffer.from([0x66, 0xff]),
      code: 'ERR_POSTERN_USAGE',
      message: 'standard input is not UTF-8 text',
      fix: 'Send one line with the password, in UTF-8.',
    },
  ])('$name on standard input', async ({ input, code, message, fix }) => {
    const { error, stdout } = await hash([], input)
    expect(error).toMatchObject({ code, message, fix })
    expect(stdout).toBe('')
  })

  test('a password as an argument, without showing it again', async () => {
    for (const argv of [['hunter2'], ['--user', 'joe', 'hunter2'], ['--', '-hunter2']]) {
      const { error, stdout, stderr } = await hash(argv)
      expect(error).toMatchObject({
        code: 'ERR_POSTERN_USAGE',
        message: 'an argument was given, and a password as an argument is visible to other users and kept in the history',
        fix: 'Leave it out and type the password at the prompt, or send it through a pipe. If it was one, use another password from now on.',
      })
      expect(String(error) + stdout + stderr).not.toContain('hunter2')
    }
  })

  test.each(['', ':', 'a:b', 'a\nb', '#a', ' a'])('the user %j', async (user) => {
    expect((await hash(['--user', user])).error).toMatchObject({
      code: 'ERR_POSTERN_USAGE',
      path: ['--user'],
      message: `${JSON.stringify(user)} cannot stand before the colon of a line of users`,
      fix: 'Write a name without colon and control characters that does not start with # or a space, like prometheus.',
    })
  })

  test.each(['9', '15', '4', 'x', '1e1', '10.5', '', '-1'])('the cost "%s"', async (cost) => {
    expect((await hash([`--cost=${cost}`])).error).toMatchObject({
      code: 'ERR_POSTERN_USAGE',
      path: ['--cost'],
      message: `"${cost}" is not a whole number from 10 to 14`,
      fix: 'Use 10; each step more doubles the time of every check.',
    })
  })
})

describe('the prompt of postern hash', () => {
  /** Types each answer when its question is on the screen. */
  const answer = (...answers: readonly string[]) => {
    const stdin = fakeTerminal()
    const questions = ['Password', 'The same again']
    return runCommand(registerHash, ['hash', '--user', 'joe'], {
      stdin,
      onStderr: (screen) => {
        if (questions[0] === undefined || !screen.includes(questions[0])) return
        const text = answers[2 - questions.length]
        questions.shift()
        setImmediate(() => stdin.write(text))
      },
    })
  }

  test('asks twice, shows nothing of it, and leaves standard output to the result', async () => {
    const { stdout, stderr, error } = await answer('hunter2\r', 'hunter2\r')
    expect(error).toBeUndefined()
    expect(stdout).toMatch(new RegExp(`^joe:${HASH}\n$`))
    expect(stderr).toContain('The same again')
    expect(stderr).not.toContain('hunter2')
  })

  test('refuses two passwords that differ', async () => {
    const { stdout, error } = await answer('hunter2\r', 'hunter3\r')
    expect([stdout, error]).toMatchObject([
      '',
      { code: 'ERR_POSTERN_USAGE', message: 'the two passwords differ', fix: 'Run postern hash again and type the same password twice.' },
    ])
  })

  test('can be left', async () => {
    const { stdout, error } = await answer('hunt\u0003')
    expect([stdout, error]).toMatchObject([
      '',
      { code: 'ERR_POSTERN_USAGE', message: 'the prompt was left, so that there is no password to hash', fix: 'Run postern hash again.' },
    ])
  })

  test('refuses an empty password', async () => {
    expect((await answer('\r', '\r')).error).toMatchObject({ code: 'ERR_POSTERN_PASSWORD', message: 'the password is empty' })
  })
})

describeWith('htpasswd', 'a line of postern hash before htpasswd', () => {
  test.each([
    { name: 'plain', input: 's3cret', password: 's3cret' },
    { name: 'with a line feed', input: 's3cret\n', password: 's3cret' },
    { name: 'with a line feed of Windows', input: 's3cret\r\n', password: 's3cret' },
    {
      name: 'beyond ASCII, in two parts',
      input: [Buffer.from('gr\u00FC\u00DF').subarray(0, 3), Buffer.from('gr\u00FC\u00DF').subarray(3)],
      password: 'gr\u00FC\u00DF',
    },
    { name: 'of 72 bytes', input: 'x'.repeat(72), password: 'x'.repeat(72) },
  ])('holds for a password $name', async ({ input, password }) => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'users.htpasswd')
    await writeFile(file, (await hash(['--user', 'prometheus'], input)).stdout)
    expect(ask('htpasswd', ['-vb', file, 'prometheus', password])).toMatchObject({ status: 0 })
  })
})
