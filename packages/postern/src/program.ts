/** The command line as data: which commands there are, how faults of usage are told, what a fault does to the exit status. */
import type { PosternError } from '@postern/guard'
import { Command, CommanderError } from 'commander'
import { type CommandContext, printJson } from './commands/context.ts'
import { registerDemo } from './commands/demo.ts'
import { registerHash } from './commands/hash.ts'
import { registerInit } from './commands/init.ts'
import { errorToJson, formatError } from './commands/report.ts'
import { registerServe } from './commands/serve.ts'
import { registerValidate } from './commands/validate.ts'
import { type CommandErrorCode, commandError, exitStatus } from './errors.ts'
import { VERSION } from './version.ts'

/** Runs one command line (without node and script) and returns the exit status: 0, 1 (environment) or 2 (configuration or usage). */
export async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const json = argv.includes('--json')
  // Held back: with --json a fault of usage is told as an object and by nobody else.
  let complaint = ''
  const program = new Command('postern')
    .description('Sets up Prometheus metrics endpoints and secures them.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError(`(${HELP})`)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void context.stdout.write(text), writeErr: (text) => void (complaint += text) })
  registerInit(program, context)
  registerServe(program, context)
  registerDemo(program, context)
  registerValidate(program, context)
  registerHash(program, context)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      const advice = adviceFor(error, program, argv)
      if (json) printJson(context, errorToJson(usageError(error, advice)))
      else
        context.stderr.write(
          advice === '' ? complaint : complaint.replace(error.message, (told) => `${told.replace(/\.$/, '')}. ${advice}`),
        )
      // Commander's own statuses do not tell usage (2) from environment (1).
      return 2
    }
    if (json) printJson(context, errorToJson(error))
    else context.stderr.write(`${formatError(error, context.cwd)}\n`)
    return exitStatus(error)
  }
}

const HELP = 'postern --help lists the commands, postern COMMAND --help its options and examples'

/** Commands that take their one file or folder as an option, since it has a default or companions. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['serve', 'Write the policy as --config FILE.'],
  ['init', 'Write the folder as --dir DIR.'],
  ['demo', 'Write the folder as --dir DIR.'],
])

const STRAY: ReadonlySet<string> = new Set(['commander.excessArguments', 'commander.missingMandatoryOptionValue'])

/** What to write instead of an argument that no option announces; empty where there is none. */
function adviceFor({ code }: CommanderError, program: Command, argv: readonly string[]): string {
  const command = program.commands.find((one) => one.name() === argv[0])
  const isStray = command !== undefined && STRAY.has(code) && command.args.length > 0
  return isStray ? (NAMED.get(command.name()) ?? '') : ''
}

function usageError({ message }: CommanderError, advice: string): PosternError<CommandErrorCode> {
  const words =
    message === '(outputHelp)'
      ? 'no command was given'
      : message
          .replace(/^error: /, '')
          .replaceAll('\n', ' ')
          .replace(/\.$/, '')
  return commandError('ERR_POSTERN_USAGE', words, { fix: advice === '' ? `${HELP}.` : advice })
}
