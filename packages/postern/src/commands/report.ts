/** A fault as the last line of a terminal: where, what was read and why it is wrong, what to write instead, and the code to look up. */
import { formatPath, PosternError } from '@postern/guard'
import { showPath } from '../show-path.ts'

/**
 * `postern.yaml:12:9 guard.addresses.allow[1]: "10.0.0.1/8" has bits set below /8. Clear the host bits. (ERR_POSTERN_CIDR)`
 * One line for each fault.
 * @param cwd files below it are named as one would type them there; left out, every file is named whole
 */
export function formatError(error: unknown, cwd?: string): string {
  if (!(error instanceof PosternError)) {
    // Nobody foresaw it: the stack is for whoever reports the bug. It goes to the terminal of the operator, never to a client.
    return `postern: unexpected fault, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  return [error, ...error.others].map((fault) => formatFault(fault, cwd)).join('\n')
}

function formatFault(error: PosternError, cwd: string | undefined): string {
  const { source } = error
  const file = source && (cwd === undefined ? source.file : showPath(source.file, cwd))
  const place = [file, source?.line, source?.column].filter((part) => part !== undefined).join(':')
  const path = formatPath(error.path)
  const where = [place, path].filter((part) => part !== '').join(' ')
  return `${where === '' ? 'postern' : where}: ${error.message}. ${error.fix} (${error.code})`
}

/** The same for `--json`: one object, the same words. */
export function errorToJson(error: unknown): Record<string, unknown> {
  if (!(error instanceof PosternError))
    return { error: { code: 'ERR_POSTERN_UNEXPECTED', message: error instanceof Error ? error.message : String(error) } }
  const others = error.others.map(faultToJson)
  return { error: { ...faultToJson(error), ...(others.length > 0 ? { others } : {}) } }
}

const faultToJson = ({ code, message, fix, path, source }: PosternError): Record<string, unknown> => ({
  code,
  message,
  fix,
  ...(path.length > 0 ? { path: formatPath(path) } : {}),
  ...source,
})

/** `error` with its file named as one would type it in `cwd`, for `--json`. */
export function asTyped(error: unknown, cwd: string): unknown {
  return error instanceof PosternError ? faultAsTyped(error, cwd) : error
}

function faultAsTyped(error: PosternError, cwd: string): PosternError {
  const source = error.source && { ...error.source, file: showPath(error.source.file, cwd) }
  return error.with({ source, others: error.others.map((other) => faultAsTyped(other, cwd)) })
}
