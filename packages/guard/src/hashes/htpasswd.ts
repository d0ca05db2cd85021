/** The htpasswd file as nginx and Apache read it: `user:hash`, one a line. Pure: text in, users out. */
import { policyError } from '../errors.ts'
import { type BcryptHash, parseBcrypt } from './bcrypt.ts'

/** Several valid hashes for one user: a rotation keeps the old one until nobody uses it. */
export type Users = ReadonlyMap<string, readonly BcryptHash[]>

/**
 * Reads a whole file. Blank lines and lines that start with `#` are passed over; a user may stand on several lines.
 * @param file named in errors, with line and column counted from 1
 * @throws {PosternError} ERR_POSTERN_HASH for a line without a colon, without a user, or with a hash that cannot be used;
 * ERR_POSTERN_POLICY when no user is left, since an emptied file must close the door and not open it.
 */
export function parseHtpasswd(text: string, file: string): Users {
  const users = new Map<string, BcryptHash[]>()
  // Some editors begin a file with a mark, which would become part of the first name.
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const row = line.endsWith('\r') ? line.slice(0, -1) : line
    if (row.trim() === '' || row.startsWith('#')) continue
    const colon = row.indexOf(':')
    if (colon < 1) {
      throw policyError('ERR_POSTERN_HASH', colon === 0 ? 'this line has no user before its colon' : 'this line has no colon', {
        fix: 'Write it like prometheus:$2b$10$… (make one with: postern hash --user prometheus).',
        source: { file, line: index + 1, column: 1 },
      })
    }
    const name = row.slice(0, colon)
    const hash = parseBcrypt(row.slice(colon + 1), { file, line: index + 1, column: colon + 2 })
    users.set(name, [...(users.get(name) ?? []), hash])
  }
  if (users.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this file names no user, so that nobody could ever log in', {
      fix: 'Add a line made with: postern hash --user NAME',
      source: { file },
    })
  }
  return users
}
