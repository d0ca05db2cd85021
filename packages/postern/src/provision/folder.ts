/**
 * What a folder is to `postern init`, judged before anything in it is touched. The policy is written last, so that its presence marks
 * a complete folder; without it, a folder that holds nothing but our own names is one where an earlier run was interrupted.
 */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { commandError } from '../errors.ts'
import { FILES } from '../generate/model.ts'
import { quote } from './address-options.ts'
import { hasCode, naming, temporaryFor } from './write.ts'

export interface Folder {
  /** `fresh` is missing, empty, or left by an interrupted run. */
  readonly state: 'fresh' | 'complete'
  /** Our own files and leftovers in it, relative, with `/`. */
  readonly own: readonly string[]
}

/** Where a forced run keeps the policy that it replaces: somebody may have edited it. */
export const PREVIOUS_POLICY = 'postern.yaml.previous'

/** Both are made before any file is written. */
export const SUBFOLDERS = ['secrets', 'tls'] as const

const OWN_FILES: ReadonlySet<string> = new Set([PREVIOUS_POLICY, ...Object.values(FILES).map((file) => file.path)])
const OWN_FOLDERS: ReadonlySet<string> = new Set(SUBFOLDERS)
const SHOWN = 3

/**
 * Looks at `dir`, and into its `tls` and `secrets`.
 * @param willWrite false when a complete folder will be left as it is; only then may it hold links under our names.
 * @throws {PosternError} ERR_POSTERN_OCCUPIED when it is no folder, holds anything that is not ours before it is complete, or holds
 * a link where a file or folder of ours would be: a run as root must not write where somebody else points.
 * ERR_POSTERN_DIRECTORY when it cannot be read.
 */
export async function inspectFolder(dir: string, willWrite: boolean): Promise<Folder> {
  const top = await list(dir)
  const entries = [...top]
  for (const entry of top) {
    if (OWN_FOLDERS.has(entry.name) && entry.isDirectory()) entries.push(...(await list(join(dir, entry.name), `${entry.name}/`)))
  }
  const own = entries.filter((entry) => isOwn(entry))
  const complete = top.some((entry) => entry.name === FILES.policy.path)
  if (complete && !willWrite) return { state: 'complete', own: filesOf(own) }

  const planted = entries.filter((entry) => !isOwn(entry) && hasOwnName(entry))
  if (planted.length > 0) {
    throw commandError(
      'ERR_POSTERN_OCCUPIED',
      `${quote(dir)} holds ${shorten(planted)} as a link or as another kind of file, which postern init does not follow`,
      {
        fix: 'Remove it, or give an empty or new folder with --dir.',
      },
    )
  }
  const strangers = entries.filter((entry) => !isOwn(entry))
  // A forced run was interrupted in a folder that its owner had put more into.
  const replacing = top.some((entry) => entry.name === PREVIOUS_POLICY)
  if (!complete && !replacing) {
    // An interrupted run has made both folders before its first file: a lone prometheus.yml or tls/server.key is somebody's work.
    const foreign =
      strangers.length > 0 || SUBFOLDERS.every((name) => top.some((entry) => entry.name === name)) ? strangers : own.filter(isFile)
    if (foreign.length > 0) {
      throw commandError(
        'ERR_POSTERN_OCCUPIED',
        `${quote(dir)} holds ${shorten(foreign)}, and no postern.yaml that would mark it as set up by postern init`,
        {
          fix: 'Give an empty or new folder with --dir.',
        },
      )
    }
  }
  return { state: complete ? 'complete' : 'fresh', own: filesOf(own) }
}

/** An entry with its name relative to the provisioned folder. */
type Entry = Pick<Dirent, 'name' | 'isFile' | 'isDirectory'>

async function list(folder: string, prefix = ''): Promise<readonly Entry[]> {
  return naming(folder, async () => {
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      return entries.map((entry) => ({
        name: `${prefix}${entry.name}`,
        isFile: () => entry.isFile(),
        isDirectory: () => entry.isDirectory(),
      }))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return []
      if (!hasCode(error, 'ENOTDIR')) throw error
      throw commandError('ERR_POSTERN_OCCUPIED', `${quote(folder)} is a file or lies below one, and postern init writes a folder`, {
        fix: 'Give an empty or new folder with --dir.',
      })
    }
  })
}

function isOwn(entry: Entry): boolean {
  return hasOwnName(entry) && (OWN_FOLDERS.has(entry.name) ? entry.isDirectory() : entry.isFile())
}

function hasOwnName({ name }: Entry): boolean {
  if (OWN_FILES.has(name) || OWN_FOLDERS.has(name)) return true
  const slash = name.lastIndexOf('/') + 1
  const target = temporaryFor(name.slice(slash))
  return target !== undefined && OWN_FILES.has(`${name.slice(0, slash)}${target}`)
}

function isFile(entry: Entry): boolean {
  return entry.isFile()
}

function filesOf(entries: readonly Entry[]): readonly string[] {
  return entries.filter(isFile).map(({ name }) => name)
}

function shorten(entries: readonly Entry[]): string {
  const names = entries.map(({ name }) => quote(name)).sort()
  const rest = names.length - SHOWN
  return names.slice(0, SHOWN).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
