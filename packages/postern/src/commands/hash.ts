/** `postern hash`: a password becomes a bcrypt line for users.htpasswd. It comes from a prompt or a pipe, never from an argument. */
import type { Command } from 'commander'
import { commandError } from '../errors.ts'
import { type CommandContext, printJson, printLine, printNote } from './context.ts'

interface HashFlags {
  readonly user?: string
  readonly cost: string
  readonly json?: true
}

const COST = { default: 10, min: 10, max: 14 } as const

/** Far more than any password; a larger input is a mistake, such as a file of another kind. */
const MAX_INPUT_BYTES = 4096

const EXAMPLES = `
The password comes from a hidden prompt or from standard input. It cannot be an argument: arguments are
visible to every user of the machine and stay in the history of the shell.

Each step of --cost doubles the time of every check. 10 takes about 60 ms of one core; below that, a stolen
file is guessed too quickly; above 14, one check takes more than a second and a scrape may time out.

Examples:
  Ask for a password, add a line to the file of users:
    postern hash --user prometheus >> .postern/secrets/users.htpasswd

  Hash a password that another program made:
    postern hash --user prometheus < .postern/secrets/prometheus.password.1
`

export function registerHash(program: Command, context: CommandContext): void {
  program
    .command('hash')
    .description('Turn a password into a bcrypt hash, from a prompt or from standard input.')
    .option('--user <name>', 'print NAME:HASH, a line for users.htpasswd')
    .option('--cost <n>', `${COST.min} to ${COST.max}`, String(COST.default))
    .option('--json', 'print one JSON object')
    .allowExcessArguments()
    .addHelpText('after', EXAMPLES)
    .action(async (flags: HashFlags, command: Command) => hash(flags, command.args.length > 0, context))
}

async function hash(flags: HashFlags, hasArgument: boolean, context: CommandContext): Promise<void> {
  if (hasArgument) {
    // The argument may be a password: it is not shown again.
    throw commandError(
      'ERR_POSTERN_USAGE',
      'an argument was given, and a password as an argument is visible to other users and kept in the history',
      {
        fix: 'Leave it out and type the password at the prompt, or send it through a pipe. If it was one, use another password from now on.',
      },
    )
  }
  const user = flags.user === undefined ? undefined : parseUser(flags.user)
  const cost = parseCost(flags.cost)
  const password = context.stdin.isTTY ? await askPassword(context) : await readPassword(context)
  const { hashPassword } = await import('@postern/guard')
  const hashed = await hashPassword(password, cost)
  if (password.trim() !== password) {
    printNote(
      context,
      'postern: the password starts or ends with white space, which Prometheus takes off what it reads from a password_file',
    )
  }
  if (flags.json) printJson(context, { ...(user !== undefined && { user }), cost, hash: hashed })
  else printLine(context, user === undefined ? hashed : `${user}:${hashed}`)
}

function parseUser(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters would end the line of the file or hide in it
  if (/^[^:\u0000-\u001F\u007F#\s][^:\u0000-\u001F\u007F]*$/.test(text)) return text
  throw commandError('ERR_POSTERN_USAGE', `${JSON.stringify(text)} cannot stand before the colon of a line of users`, {
    path: ['--user'],
    fix: 'Write a name without colon and control characters that does not start with # or a space, like prometheus.',
  })
}

function parseCost(text: string): number {
  const cost = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (cost >= COST.min && cost <= COST.max) return cost
  throw commandError('ERR_POSTERN_USAGE', `${JSON.stringify(text)} is not a whole number from ${COST.min} to ${COST.max}`, {
    path: ['--cost'],
    fix: `Use ${COST.default}; each step more doubles the time of every check.`,
  })
}

/** Asks twice, on standard error, so that standard output can go to a file. */
async function askPassword(context: CommandContext): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts')
  const streams = { input: context.stdin, output: context.stderr, signal: context.signal }
  const answers: string[] = []
  for (const message of ['Password', 'The same again']) {
    const answer = await password({ message, ...streams })
    if (isCancel(answer)) {
      throw commandError('ERR_POSTERN_USAGE', 'the prompt was left, so that there is no password to hash', {
        fix: 'Run postern hash again.',
      })
    }
    answers.push(answer)
  }
  const [first = '', second = ''] = answers
  if (first === second) return first
  throw commandError('ERR_POSTERN_USAGE', 'the two passwords differ', { fix: 'Run postern hash again and type the same password twice.' })
}

/** One line; the line feed that ends it is not part of the password. */
async function readPassword(context: CommandContext): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of context.stdin) {
    const part = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    bytes += part.length
    if (bytes > MAX_INPUT_BYTES) {
      throw commandError('ERR_POSTERN_USAGE', `standard input holds more than ${MAX_INPUT_BYTES} bytes, which is no password`, {
        fix: 'Send one line with the password.',
      })
    }
    chunks.push(part)
  }
  const line = decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(line)) {
    throw commandError('ERR_POSTERN_USAGE', 'standard input holds several lines, and only one can be the password', {
      fix: 'Send one line with the password.',
    })
  }
  return line
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw commandError('ERR_POSTERN_USAGE', 'standard input is not UTF-8 text', {
      fix: 'Send one line with the password, in UTF-8.',
      cause: error,
    })
  }
}
