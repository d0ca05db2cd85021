import { temporaryFolder } from '@postern/testkit'
import { describe, expect, test, vi } from 'vitest'
import { VERSION } from '../src/version.ts'
import { finish, start } from './support/command-line.ts'

const run = (argv: readonly string[], cwd?: string) => finish(start(argv, cwd))

describe('the command line', () => {
  test('lists its commands', async () => {
    const { status, stdout, stderr } = await run(['--help'])
    expect([status, stderr]).toEqual([0, ''])
    for (const command of ['init', 'serve', 'demo', 'validate', 'hash']) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  test.each(['--version', '-V'])('says its version for %s', async (flag) => {
    expect(await run([flag])).toEqual({ status: 0, stdout: `${VERSION}\n`, stderr: '' })
  })

  test.each(['init', 'serve', 'demo', 'validate', 'hash'])('explains %s with examples', async (command) => {
    const { status, stdout, stderr } = await run([command, '--help'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: postern ${command} `)
    expect(stdout).toContain('Examples:')
    expect(stdout).toContain(`postern ${command}`)
    expect(stdout).toContain('--json')
  })
})

describe('a command line that cannot be understood ends with 2 and says', () => {
  const HELP = '(postern --help lists the commands, postern COMMAND --help its options and examples)'
  test.each([
    { name: 'an unknown command', argv: ['sreve'], says: "error: unknown command 'sreve'" },
    { name: 'an unknown option', argv: ['serve', '--config', 'x', '--prot', '1'], says: "error: unknown option '--prot'" },
    { name: 'what is missing', argv: ['serve'], says: "error: required option '--config <file>' not specified" },
    { name: 'which argument is missing', argv: ['validate'], says: "error: missing required argument 'file'" },
    { name: 'which value is missing', argv: ['serve', '--config'], says: "error: option '--config <file>' argument missing" },
    { name: 'that there are too many arguments', argv: ['serve', '--config', 'x', 'y'], says: "error: too many arguments for 'serve'" },
    {
      name: 'which values there are',
      argv: ['serve', '--config', 'x', '--log-level', 'loud'],
      says: "error: option '--log-level <level>' argument 'loud' is invalid. It is debug, info, warn or error.",
    },
  ])('$name', async ({ argv, says }) => {
    const { status, stdout, stderr } = await run(argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).toContain(HELP)
  })

  test('which commands there are, where there is none', async () => {
    const { status, stdout, stderr } = await run([])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: postern [options] [command]')
  })
})

describe('a fault of usage', () => {
  const HELP = 'postern --help lists the commands, postern COMMAND --help its options and examples.'
  test.each([
    { argv: ['serve', '--json'], message: "required option '--config <file>' not specified" },
    {
      argv: ['serve', 'a.yaml', '--json'],
      message: "too many arguments for 'serve'. Expected 0 arguments but got 1",
      fix: 'Write the policy as --config FILE.',
    },
    { argv: ['init', '--json', '--dri', 'x'], message: "unknown option '--dri' (Did you mean --dir?)" },
    { argv: ['sreve', '--json'], message: "unknown command 'sreve' (Did you mean serve?)" },
  ])('is one object with --json: $argv', async ({ argv, message, fix = HELP }) => {
    const { status, stdout, stderr } = await run(argv)
    expect([status, stderr, stdout.indexOf('\n')]).toEqual([2, '', stdout.length - 1])
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'ERR_POSTERN_USAGE', message, fix } })
  })

  test.each([
    { argv: ['serve', 'a.yaml'], says: 'Write the policy as --config FILE.' },
    { argv: ['serve', '--config', 'a.yaml', 'b.yaml'], says: 'Write the policy as --config FILE.' },
    { argv: ['init', 'somewhere'], says: 'Write the folder as --dir DIR.' },
    { argv: ['demo', 'somewhere'], says: 'Write the folder as --dir DIR.' },
  ])('says which option wants the argument: $argv', async ({ argv, says }) => {
    const { status, stdout, stderr } = await run(argv)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(says)
    expect(stderr).toContain(HELP.slice(0, -1))
  })
})

describe('a fault', () => {
  test('is one line on standard error', async () => {
    await using folder = await temporaryFolder()
    expect(await run(['validate', 'nowhere.yaml'], folder.path)).toEqual({
      status: 2,
      stdout: '',
      stderr: `postern: the configuration file "${folder.path}/nowhere.yaml" does not exist. Name an existing file, or make one with: postern init (ERR_POSTERN_CONFIG)\n`,
    })
  })

  test('is one object on standard output with --json', async () => {
    await using folder = await temporaryFolder()
    const file = await folder.write('postern.yaml', 'listen: 5\n')
    const { status, stdout, stderr } = await run(['validate', '--json', file], folder.path)
    expect([status, stderr, stdout.indexOf('\n')]).toEqual([2, '', stdout.length - 1])
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'ERR_POSTERN_CONFIG',
        message: '5 is a number, and a list of addresses is wanted here (1 more fault after this one)',
        fix: 'Write it like: listen: [localhost:9843]',
        path: 'listen',
        file: 'postern.yaml',
        line: 1,
        column: 9,
      },
    })
  })

  test('that nobody foresaw is told with its stack, and ends with 1', async () => {
    const folder = await import('../src/config/load.ts')
    vi.spyOn(folder, 'loadConfig').mockImplementationOnce(() => {
      throw new RangeError('canary')
    })
    const { status, stdout, stderr } = await run(['validate', 'x'])
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^postern: unexpected fault, please report it: RangeError: canary\n {4}at /)
  })
})

vi.mock('../src/config/load.ts', { spy: true })
