/** Files that are there completely or not at all, with the mode they were given whatever the umask says. */
import { randomBytes } from 'node:crypto'
import { chmod, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import type { PosternError } from '@postern/guard'
import { type CommandErrorCode, commandError } from '../errors.ts'
import { quote } from './address-options.ts'

const TEMPORARY = /^\.(.+)\.[0-9a-f]{12}\.tmp$/

/** The name of the file that a leftover of {@link writeFileWhole} was to become; undefined for any other name. */
export function temporaryFor(name: string): string | undefined {
  return TEMPORARY.exec(name)?.[1]
}

/**
 * Writes a file beside `file` and moves it there when it is complete and on the disk; a link at `file` is replaced, not followed.
 * Nobody but the owner can read the content before it has its own mode.
 * @throws {PosternError} ERR_POSTERN_DIRECTORY when the file cannot be written; what was there before is then still there.
 */
export async function writeFileWhole(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  await naming(file, async () => {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await fill(handle, content, mode)
      await rename(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await syncFolder(dirname(file))
  })
}

async function fill(handle: FileHandle, content: string | Uint8Array, mode: number): Promise<void> {
  try {
    await handle.writeFile(content)
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Makes a folder that its owner alone may enter, or closes an existing one to everybody else. Missing parents get the usual mode.
 * @throws {PosternError} ERR_POSTERN_DIRECTORY when that cannot be done.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  await naming(folder, async () => {
    await mkdir(dirname(folder), { recursive: true })
    try {
      await mkdir(folder, { mode: 0o700 })
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    await chmod(folder, 0o700)
  })
}

/** A new name is on the disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Runs `work` on `path`; a fault of the file system becomes one that a person can mend. */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isSystemError(error) ? directoryError(path, error) : error
  }
}

function directoryError(path: string, error: NodeJS.ErrnoException): PosternError<CommandErrorCode> {
  const meaning = getSystemErrorMap().get(error.errno ?? 0)?.[1] ?? 'unknown fault'
  return commandError('ERR_POSTERN_DIRECTORY', `${quote(path)} cannot be written: ${meaning} (${error.code})`, {
    fix: 'Give --dir a folder that this user may write.',
    cause: error,
  })
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

/** True when `error` is a fault of the file system with this code (`ENOENT`). */
export function hasCode(error: unknown, code: string): boolean {
  return isSystemError(error) && error.code === code
}
