/** The file of a unix socket: taken only where nobody listens, never open to more than it should be, gone at the end. */
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'

export interface SocketFile {
  /** Deletes it, unless another program has put its own in its place. */
  remove(): void
}

/** Bytes of a path that every system reads whole (Linux has 108 with the end, macOS 104); a longer one would be cut off in silence. */
const MAX_PATH_BYTES = 103

/**
 * Binds in a folder that is this user's alone, sets the mode there and moves the file to `path`: at no time can anybody connect whom
 * `mode` keeps out. A file of before is replaced where it is a socket that nobody listens on.
 * @param bind listens on the path it is given
 * @throws {SocketFileFault | NodeJS.ErrnoException}
 */
export async function createSocketFile(path: string, mode: number, bind: (path: string) => Promise<void>): Promise<SocketFile> {
  const before = lstatSync(path, { throwIfNoEntry: false })
  if (before && !before.isSocket()) throw new SocketFileFault('a file lies there that is no socket')
  if (before && (await isListenedOn(path))) throw new SocketFileFault('another program listens there')
  const folder = mkdtempSync(join(dirname(path), '.p-'))
  try {
    const inner = join(folder, 's')
    if (Math.max(Buffer.byteLength(path), Buffer.byteLength(inner)) > MAX_PATH_BYTES) {
      throw new SocketFileFault(`the path is longer than ${MAX_PATH_BYTES} bytes, or than ${MAX_PATH_BYTES - 11} for its folder`)
    }
    await bind(inner)
    chmodSync(inner, mode)
    renameSync(inner, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const { ino, dev } = lstatSync(path)
  return {
    remove() {
      const now = lstatSync(path, { throwIfNoEntry: false })
      if (now?.ino === ino && now.dev === dev) unlinkSync(path)
    },
  }
}

/** Why a path cannot be had that the system itself would not refuse. */
export class SocketFileFault extends Error {}

/** Only a refusal says that nobody is there: a full queue, or a file of another user, does not. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const answer = (is: boolean): void => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => answer(true)).once('error', (error: NodeJS.ErrnoException) => answer(error.code !== 'ECONNREFUSED'))
  })
}
