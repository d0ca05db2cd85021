/**
 * What a folder is to `postern init`, judged before anything in it is touched. The policy is written or put back last, so that its
 * presence marks a complete folder; without it, a folder that holds nothing but our own names is one where an earlier run was interrupted.
 */
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { commandError } from '../errors.ts'
import { FILES, PROMETHEUS_DATA } from '../generate/model.ts'
import { quote } from './address-options.ts'
import { hasCode, naming, temporaryFor } from './write.ts'

export interface Folder {
  /**
   * `fresh` is missing, empty, or left by an interrupted first run. Forced runs that were interrupted leave `renewing` (the policy waits
   * under {@link KEPT_POLICY}) or `replacing` (it is a previous one already).
   */
  readonly state: 'fresh' | 'complete' | 'renewing' | 'replacing'
  /** Our own files and leftovers in it, relative, with `/`. */
  readonly own: readonly string[]
}

/** Where a forced run keeps the policy that it replaces: somebody may have edited it. Later ones have a number, from 2. */
export const PREVIOUS_POLICY = 'postern.yaml.previous'

/** Where the policy waits while certificates and secrets beside it are renewed; it comes back under its own name. */
export const KEPT_POLICY = 'postern.yaml.kept'

const PREVIOUS = /^postern\.yaml\.previous(?:\.([2-9]|[1-9]\d{1,5}))?$/

/** The number of a previous policy, 1 for the first; 0 for any other name. */
function generationOf(name: string): number {
  const match = PREVIOUS.exec(name)
  return match ? Number(match[1] ?? 1) : 0
}

const previousPolicy = (generation: number): string => (generation === 1 ? PREVIOUS_POLICY : `${PREVIOUS_POLICY}.${generation}`)

const latestGeneration = (own: readonly string[]): number => Math.max(0, ...own.map(generationOf))

/** The previous policy that was put aside last; undefined where there is none. */
export function latestPreviousPolicy(own: readonly string[]): string | undefined {
  const latest = latestGeneration(own)
  return latest === 0 ? undefined : previousPolicy(latest)
}

/** A name for one more, which no file has. */
export function nextPreviousPolicy(own: readonly string[]): string {
  return previousPolicy(latestGeneration(own) + 1)
}

/** True for the half of a file that an interrupted run left. */
export function isLeftover(name: string): boolean {
  return temporaryFor(basename(name)) !== undefined
}

/** True for policies that a forced run put aside: no run removes them. */
export function isPutAside(name: string): boolean {
  return name === KEPT_POLICY || generationOf(name) > 0
}

/** Both are made before any file is written. */
export const SUBFOLDERS = ['secrets', 'tls'] as const

const OWN_FILES: ReadonlySet<string> = new Set([KEPT_POLICY, ...Object.values(FILES).map((file) => file.path)])
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
  const state = stateOf(top)
  if (state === 'fresh') {
    const strangers = entries.filter((entry) => !isOwn(entry) && entry.name !== PROMETHEUS_DATA)
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
  return { state, own: filesOf(own) }
}

/** A forced run may have been interrupted in a folder that its owner had put more into: only a fresh one is judged by that. */
function stateOf(top: readonly Entry[]): Folder['state'] {
  const holds = (name: string): boolean => top.some((entry) => entry.name === name)
  if (holds(FILES.policy.path)) return 'complete'
  if (holds(KEPT_POLICY)) return 'renewing'
  return top.some((entry) => generationOf(entry.name) > 0) ? 'replacing' : 'fresh'
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
  if (OWN_FILES.has(name) || OWN_FOLDERS.has(name) || generationOf(name) > 0) return true
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
