/** What a command may touch of its process: passed in, so that a test gives its own streams and folder. */
import type { Readable, Writable } from 'node:stream'

export interface CommandContext {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute; relative paths of arguments are read from here. */
  readonly cwd: string
  /** Aborted by SIGINT or SIGTERM: a long-running command ends its work and returns. */
  readonly signal: AbortSignal
}

/** Writes one line of result for a person. */
export function printLine(context: CommandContext, line = ''): void {
  context.stdout.write(`${line}\n`)
}

/** Writes one JSON document on a line of its own: the form that `--json` asks for. */
export function printJson(context: CommandContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Writes one line beside the results: a warning, or progress that a script does not want in its pipe. */
export function printNote(context: CommandContext, line: string): void {
  context.stderr.write(`${line}\n`)
}

/** Resolves when the process was asked to end. */
export async function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
