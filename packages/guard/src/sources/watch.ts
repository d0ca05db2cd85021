/**
 * Files that are in use, watched: whatever way they are changed (written in place, renamed over, a symbolic link turned as Kubernetes
 * turns `..data`), the owner is told once, when the change is whole.
 * Directories are watched and not files: a watch on a file ends with the first rename over it. What the kernel does not tell (network
 * file systems, a mount in a container, a directory that came anew) a slow poll finds.
 */
import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile, readlink, stat } from 'node:fs/promises'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { type FileReader, MAX_BYTES, type SourceFile } from './file.ts'

export interface WatchTimes {
  /** From what the kernel tells to the first reading, and from it to the second. */
  readonly settle: number
  /** From one look to the next when nothing is told. */
  readonly poll: number
}

/** Milliseconds. */
export const DEFAULTS: WatchTimes = { settle: 100, poll: 5_000 }

/** Readings in a row of what does not stand still; then it waits for the next poll, or for what the kernel tells. */
const MAX_READINGS = 50

/** A file's content as it was read, in a form to compare: what is in use is never held twice. */
export type Digests = ReadonlyMap<string, string>

export interface FileWatch {
  /** Watches these files from now on and no others. @param inUse what of each is in use: anything else is a change */
  follow(inUse: Digests): void
  close(): void
}

/**
 * Tells `onChange` when a file is another one than is in use, and has been read twice the same: one that is half-written, or a pair of
 * which one half is new, mostly is not. It is told once for each change, and must say by `follow` what is in use then. Never throws,
 * keeps no process alive, holds one handle for each directory.
 */
export function watchFiles(onChange: () => void, times: WatchTimes = DEFAULTS): FileWatch {
  let inUse: Digests = new Map()
  let pending: Digests | undefined
  let readings = 0
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let due = Number.POSITIVE_INFINITY
  let isLooking = false
  let isAskedAgain = false
  let isClosed = false

  const lookIn = (milliseconds: number): void => {
    const at = performance.now() + milliseconds
    if (isLooking) isAskedAgain = true
    if (isLooking || isClosed || inUse.size === 0 || at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(() => void look(), milliseconds).unref()
  }
  const stopWatching = (): void => {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const look = async (): Promise<void> => {
    due = Number.POSITIVE_INFINITY
    isLooking = true
    isAskedAgain = false
    const before = inUse
    const places = await placesOf(before.keys())
    // Watchers are made anew with each look: a directory may have been deleted and made again, or a link may lead elsewhere.
    stopWatching()
    if (before === inUse)
      watchers = [...places].flatMap(([directory, names]) => watchDirectory(directory, names, () => lookIn(times.settle)))
    const read = new Map(await Promise.all([...before.keys()].map(async (file) => [file, await digestOfFile(file)] as const)))
    isLooking = false
    // Where something else is followed since, what was read says nothing of it.
    if (before === inUse) judge(read)
    lookIn(isAskedAgain || readings > 0 ? times.settle : times.poll)
  }
  const judge = (read: Digests): void => {
    const isSettled = pending !== undefined && isSame(read, pending)
    const isChanged = !isSame(read, inUse)
    pending = isChanged && !isSettled ? read : undefined
    readings = pending === undefined ? 0 : (readings + 1) % MAX_READINGS
    if (isChanged && isSettled) {
      inUse = read
      onChange()
    }
  }
  return {
    follow(next) {
      inUse = next
      pending = undefined
      if (next.size === 0) stopWatching()
      // At once: a file may have changed since it was read.
      lookIn(0)
    },
    close() {
      isClosed = true
      inUse = new Map()
      clearTimeout(timer)
      stopWatching()
    },
  }
}

/** A reader that remembers what it has answered, to be followed afterwards. */
export interface RecordingReader {
  readonly readFile: FileReader
  /** What was read since the last call, by whole path; a file that could not be read counts as read. */
  take(): Digests
}

export function recordReads(readFile: FileReader): RecordingReader {
  let seen = new Map<string, string>()
  return {
    readFile(file, path) {
      const name = resolve(file)
      seen.set(name, UNREADABLE)
      const source = readFile(file, path)
      seen.set(name, digestOf(source))
      return source
    },
    take() {
      const taken = seen
      seen = new Map()
      return taken
    },
  }
}

const UNREADABLE = 'unreadable'

const digestOf = ({ bytes, text }: SourceFile): string => hash(bytes ?? text)

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('base64')

async function digestOfFile(file: string): Promise<string> {
  try {
    const found = await stat(file)
    // Neither a pipe, which would be waited for, nor what no policy is.
    return found.isFile() && found.size <= MAX_BYTES ? hash(await readFile(file)) : UNREADABLE
  } catch {
    return UNREADABLE
  }
}

function isSame(one: Digests, other: Digests): boolean {
  return one.size === other.size && [...one].every(([file, digest]) => other.get(file) === digest)
}

/** @param names what is of interest in it: a busy directory tells much else */
function watchDirectory(directory: string, names: ReadonlySet<string>, onEvent: () => void): FSWatcher[] {
  try {
    const watcher = watch(directory, { persistent: false }, (_kind, name) => {
      if (name === null || names.has(name)) onEvent()
    })
    // An error ends this watcher; the next look makes another.
    return [watcher.on('error', onEvent)]
  } catch {
    // The directory is not there, or the kernel has no more handles: the poll remains.
    return []
  }
}

/** Longer chains of links than this the kernel does not follow either. */
const MAX_LINKS = 40

/** Where something must change for one of the files to change: by directory the name of the file, or of a link on the way to it. */
async function placesOf(files: Iterable<string>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const places = new Map<string, Set<string>>()
  const add = (path: string): void => {
    const directory = dirname(path)
    const names = places.get(directory) ?? new Set()
    places.set(directory, names.add(basename(path)))
  }
  for (const file of files) {
    let path = file
    for (let links = 0; links < MAX_LINKS; links += 1) {
      const link = await firstLink(path)
      if (link === undefined) break
      add(link.from)
      path = link.to
    }
    add(path)
  }
  return places
}

/** The first symbolic link on a path, and the path with it followed. */
async function firstLink(path: string): Promise<{ readonly from: string; readonly to: string } | undefined> {
  const { root } = parse(path)
  const parts = path.slice(root.length).split(sep)
  for (const index of parts.keys()) {
    const from = join(root, ...parts.slice(0, index + 1))
    // What is no link, or not there, leads nowhere else.
    const target = await readlink(from).catch(() => undefined)
    if (target !== undefined) return { from, to: resolve(dirname(from), target, ...parts.slice(index + 1)) }
  }
  return undefined
}
