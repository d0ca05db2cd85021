/** The codes of the command and the gateway, beside the guard's own; together they are the catalogue of docs/reference/errors.md. */
import { type CodeRow, CODES as GUARD_CODES, type GuardErrorCode, PosternError, type PosternErrorInit } from '@postern/guard'

export const COMMAND_CODES = {
  ERR_POSTERN_USAGE: { exit: 2, title: 'The command line cannot be understood' },
  ERR_POSTERN_CONFIG: { exit: 2, title: 'The configuration file cannot be understood' },
  ERR_POSTERN_LISTEN_ADDRESS: { exit: 2, title: 'An address to listen on cannot be read' },
  ERR_POSTERN_UPSTREAM_URL: { exit: 2, title: 'The address of the upstream cannot be used' },
  ERR_POSTERN_OCCUPIED: { exit: 2, title: 'The folder to provision holds or serves something else' },
  ERR_POSTERN_DIRECTORY: { exit: 1, title: 'A folder or file cannot be written' },
  ERR_POSTERN_DEMO: { exit: 1, title: 'The demo could not prove itself' },
} as const

export type CommandErrorCode = keyof typeof COMMAND_CODES

export const ALL_CODES: Readonly<Record<CommandErrorCode | GuardErrorCode, CodeRow>> = { ...GUARD_CODES, ...COMMAND_CODES }

/** The command's own throw: `code` is checked against {@link COMMAND_CODES}. */
export function commandError(code: CommandErrorCode, message: string, init: PosternErrorInit): PosternError<CommandErrorCode> {
  return new PosternError(code, message, init)
}

/** The status a process ends with after `error`: what the catalogue says, 1 for a fault nobody foresaw. */
export function exitStatus(error: unknown): number {
  if (!(error instanceof PosternError)) return 1
  return Object.hasOwn(ALL_CODES, error.code) ? ALL_CODES[error.code as keyof typeof ALL_CODES].exit : 1
}
