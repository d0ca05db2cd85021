/** Runs one command as the command line does, with streams of its own. */
import { PassThrough, Readable, Writable } from 'node:stream'
import { Command, CommanderError } from 'commander'
import type { CommandContext } from '../../src/commands/context.ts'

export interface Ending {
  readonly stdout: string
  readonly stderr: string
  readonly error: unknown
}

export interface RunOptions {
  readonly cwd?: string
  readonly stdin?: CommandContext['stdin']
  /** Sees everything that is written to standard error, as it comes. */
  readonly onStderr?: (text: string) => void
}

export async function runCommand(
  register: (program: Command, context: CommandContext) => void,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Ending> {
  const written = { stdout: '', stderr: '' }
  const sink = (name: keyof typeof written) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString()
        if (name === 'stderr') options.onStderr?.(written.stderr)
        done()
      },
    })
  const context: CommandContext = {
    stdin: options.stdin ?? Readable.from([]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: {},
    cwd: options.cwd ?? '/',
    signal: new AbortController().signal,
  }
  const program = new Command('postern').exitOverride().configureOutput({
    writeOut: (text) => void context.stdout.write(text),
    writeErr: (text) => void context.stderr.write(text),
  })
  register(program, context)
  let error: unknown
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError && thrown.exitCode === 0)) error = thrown
  }
  return { ...written, error }
}

/** A terminal without a person: {@link CommandContext.stdin} that a prompt believes in. */
export interface FakeTerminal extends PassThrough {
  readonly isTTY: true
}

export function fakeTerminal(): FakeTerminal {
  return Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => undefined })
}
