/** The command line as data: which commands there are, how faults of usage are told, what a fault does to the exit status. */
import { Command, CommanderError } from 'commander'
import type { CommandContext } from './commands/context.ts'
import { registerDemo } from './commands/demo.ts'
import { registerHash } from './commands/hash.ts'
import { registerInit } from './commands/init.ts'
import { errorToJson, formatError } from './commands/report.ts'
import { registerServe } from './commands/serve.ts'
import { registerValidate } from './commands/validate.ts'
import { exitStatus } from './errors.ts'
import { VERSION } from './version.ts'

/** Runs one command line (without node and script) and returns the exit status: 0, 1 (environment) or 2 (configuration or usage). */
export async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const program = new Command('postern')
    .description('Sets up Prometheus metrics endpoints and secures them.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(postern --help lists the commands, postern COMMAND --help its options and examples)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void context.stdout.write(text), writeErr: (text) => void context.stderr.write(text) })
  registerInit(program, context)
  registerServe(program, context)
  registerDemo(program, context)
  registerValidate(program, context)
  registerHash(program, context)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    // Commander has already written its message; its own statuses do not tell usage (2) from environment (1).
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (argv.includes('--json')) context.stdout.write(`${JSON.stringify(errorToJson(error))}\n`)
    else context.stderr.write(`${formatError(error, context.cwd)}\n`)
    return exitStatus(error)
  }
}
