/** Paths and words as a person types them into a shell. Pure. */
import { isAbsolute, relative } from 'node:path'

/** `path` as one would type it in `cwd`: relative when it lies below, never starting with a dash. */
export function showPath(path: string, cwd: string): string {
  const shown = relative(cwd, path)
  if (shown === '') return '.'
  if (shown === '..' || shown.startsWith('../') || isAbsolute(shown)) return path
  return shown.startsWith('-') ? `./${shown}` : shown
}

/** One word of a POSIX shell, quoted where a shell would read it otherwise. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
