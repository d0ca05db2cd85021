/** The files of the project as the checks see them: what git would keep, without asking git. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Folders that are made, fetched or private to a machine; .gitignore names the same. */
const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.postern', '.cache'])

/** Paths relative to `root` with forward slashes, sorted; empty when `folder` does not exist. */
export function listFiles(root: string, folder = ''): string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .flatMap((entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : listFiles(root, name)
      return entry.isFile() ? [name] : []
    })
    .sort()
}

/** Folders under `folder`, itself not included, that hold no file at any depth. */
export function listEmptyFolders(root: string, folder: string): string[] {
  const path = join(root, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_OURS.has(entry.name))
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`
      return listFiles(root, name).length === 0 ? [name] : listEmptyFolders(root, name)
    })
}
