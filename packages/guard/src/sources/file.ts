/** Files a policy names, read as text. The only room of the guard that touches a file system. */
import { readFileSync, statSync } from 'node:fs'
import { policyError } from '../errors.ts'

export interface SourceFile {
  readonly text: string
  /** As they are in the file, for what is no text. */
  readonly bytes?: Uint8Array
  /** True when group or others may read it: a warning where the file holds a secret. Always false on Windows. */
  readonly readableByOthers: boolean
}

/** @param path where in the options the file is named, for the error */
export type FileReader = (file: string, path: readonly (string | number)[]) => SourceFile

/** Policies and certificates are kilobytes; something else was named. */
export const MAX_BYTES: number = 16 * 1024 * 1024

/**
 * Reads a file while a policy is compiled: blocking, at start only.
 * @throws {PosternError} ERR_POSTERN_FILE when it is missing, not a file, too large or not readable by this user.
 */
export const readSourceFile: FileReader = (file, path) => {
  try {
    const stat = statSync(file)
    if (!stat.isFile()) throw new NotAFile()
    if (stat.size > MAX_BYTES) throw new TooLarge()
    const bytes = readFileSync(file)
    return { text: bytes.toString('utf8'), bytes, readableByOthers: process.platform !== 'win32' && (stat.mode & 0o044) !== 0 }
  } catch (cause) {
    const { why, fix } = explain(cause)
    throw policyError('ERR_POSTERN_FILE', `"${file}" ${why}`, { path, fix, cause })
  }
}

class NotAFile extends Error {}
class TooLarge extends Error {}

function explain(cause: unknown): { why: string; fix: string } {
  if (cause instanceof NotAFile) return { why: 'is not a file', fix: 'Name a regular file.' }
  if (cause instanceof TooLarge) return { why: 'is larger than 16 MiB', fix: 'Name the file that was meant.' }
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT')
    return {
      why: 'does not exist',
      fix: 'Name an existing file; a relative path starts at the folder of the configuration file, and in code at the current one.',
    }
  if (code === 'EACCES')
    return { why: 'may not be read by this user', fix: 'Give this user the right to read it, or run as one that has it.' }
  return { why: `cannot be read (${code})`, fix: 'Name a file that this user can read.' }
}
