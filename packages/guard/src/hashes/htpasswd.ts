/** The htpasswd file as nginx and Apache read it: `user:hash`, or `user:hash:comment`, one a line. Pure: text in, users out. */
import { type PosternError, policyError } from '../errors.ts'
import { parseHash } from './parse-hash.ts'
import { isShowable, type PasswordHash } from './password-hash.ts'

/** Several valid hashes for one user: a rotation keeps the old one until nobody uses it. */
export type Users = ReadonlyMap<string, readonly PasswordHash[]>

export interface HtpasswdFile {
  readonly users: Users
  /** One for each hash of a kind that is weak, up to {@link MAX_TOLD} and then one that counts the others. */
  readonly warnings: readonly string[]
}

/** A file of thousands of old hashes makes one point, not thousands. */
export const MAX_TOLD = 10

/**
 * Reads a whole file. Blank lines and lines that start with `#` are passed over; a user may stand on several lines. What follows a
 * second colon is a comment, since no hash holds one.
 * @param file named in errors, with line and column counted from 1
 * @throws {PosternError} the first fault, its `others` those of further lines: ERR_POSTERN_HASH for a line without a colon, without a
 * user, or with a hash that cannot be used; ERR_POSTERN_POLICY when no user is left, since an emptied file must close the door and not
 * open it.
 */
export function parseHtpasswd(text: string, file: string): HtpasswdFile {
  const users = new Map<string, PasswordHash[]>()
  const warnings: string[] = []
  const faults: PosternError[] = []
  for (const { row, line } of rowsOf(text)) {
    try {
      const { user, hash } = parseRow(row, file, line)
      const others = users.get(user)
      if (others === undefined) users.set(user, [hash])
      else others.push(hash)
      if (hash.weakness !== undefined) warnings.push(weaknessOf(user, hash.weakness, `"${file}" line ${line}`))
    } catch (error) {
      faults.push(error as PosternError)
      if (faults.length === MAX_TOLD) break
    }
  }
  const [first, ...others] = faults
  if (first !== undefined) throw first.with({ others })
  if (users.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this file names no user, so that nobody could ever log in', {
      fix: 'Add a line made with: postern hash --user NAME',
      source: { file },
    })
  }
  return { users, warnings: shorten(warnings, `"${file}"`) }
}

/** What is weak, where, and what to write instead. @param place where the hash stands, in words that start a sentence */
export const weaknessOf = (user: string, weakness: string, place: string): string =>
  isShowable(user)
    ? `${place}: the hash of ${JSON.stringify(user)} is ${weakness}. Write a new one: postern hash --user ${JSON.stringify(user)}`
    : `${place}: this is ${weakness}. Write a new one: postern hash`

function shorten(warnings: readonly string[], place: string): readonly string[] {
  if (warnings.length <= MAX_TOLD) return warnings
  return [...warnings.slice(0, MAX_TOLD), `${place}: ${warnings.length - MAX_TOLD} more hashes are as weak as those`]
}

function* rowsOf(text: string): Generator<{ readonly row: string; readonly line: number }> {
  // Some editors begin a file with a mark, which would become part of the first name.
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    const row = line.endsWith('\r') ? line.slice(0, -1) : line
    if (row.trim() !== '' && !row.startsWith('#')) yield { row, line: index + 1 }
  }
}

function parseRow(row: string, file: string, line: number): { readonly user: string; readonly hash: PasswordHash } {
  const colon = row.indexOf(':')
  if (colon < 1) {
    throw policyError('ERR_POSTERN_HASH', colon === 0 ? 'this line has no user before its colon' : 'this line has no colon', {
      fix: 'Write it like prometheus:$2b$10$… (make one with: postern hash --user prometheus).',
      source: { file, line, column: 1 },
    })
  }
  const user = row.slice(0, colon)
  const [text = ''] = row.slice(colon + 1).split(':', 1)
  return { user, hash: parseHash(text, { user, source: { file, line, column: colon + 2 } }) }
}
