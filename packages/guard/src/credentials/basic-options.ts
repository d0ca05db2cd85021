/** Basic authentication as a policy writes it, and its compilation. */
import { policyError, withPath } from '../errors.ts'
import { type BcryptHash, parseBcrypt } from '../hashes/bcrypt.ts'
import { parseHtpasswd } from '../hashes/htpasswd.ts'
import { createPasswordChecker } from '../hashes/password-checker.ts'
import { refuseUnknownKeys } from '../known-keys.ts'
import { compileName } from '../part-name.ts'
import { createBasicCredential } from './basic.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { compileRealm } from './realm.ts'

export interface BasicOptions {
  readonly type: 'basic'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** Shown in the challenge; printable ASCII, at most 64 characters. Default `metrics`. Null: none, as the exporters' toolkit sends it. */
  readonly realm?: string | null
  /** User to bcrypt hash, or to several while one is rotated. */
  readonly users?: Readonly<Record<string, string | readonly string[]>>
  /** An htpasswd file with bcrypt hashes, beside or instead of `users`. */
  readonly usersFile?: string
}

/** @throws {PosternError} for the first fault: ERR_POSTERN_POLICY, ERR_POSTERN_HASH or ERR_POSTERN_FILE. */
export function compileBasic(options: BasicOptions, environment: CompilerEnvironment): CompiledCredential {
  refuseUnknownKeys(options, ['type', 'name', 'realm', 'users', 'usersFile'])
  const name = compileName(options.name, 'credential', options.type)
  const realm = options.realm === null ? null : compileRealm(options.realm)
  const users = new Map<string, readonly BcryptHash[]>()
  for (const [user, hashes] of Object.entries(options.users ?? {})) {
    if (user === '' || user.includes(':')) {
      throw policyError(
        'ERR_POSTERN_POLICY',
        `the user name "${user}" ${user === '' ? 'is empty' : 'holds a colon, where basic authentication ends it'}`,
        {
          path: ['users'],
          fix: 'Use another name.',
        },
      )
    }
    const parsed = withPath(['users', user], () => [hashes].flat().map((hash) => parseBcrypt(hash)))
    if (parsed.length === 0) {
      throw policyError('ERR_POSTERN_POLICY', `the user "${user}" has no hash, and no password could ever be right`, {
        path: ['users', user],
        fix: 'Give the user a hash made with: postern hash; or leave the user out.',
      })
    }
    users.set(user, parsed)
  }
  const warnings: string[] = []
  const { usersFile } = options
  if (usersFile !== undefined) {
    const file = environment.readFile(usersFile, ['usersFile'])
    const read = withPath(['usersFile'], () => parseHtpasswd(file.text, usersFile))
    for (const [user, hashes] of read) users.set(user, [...(users.get(user) ?? []), ...hashes])
    if (file.readableByOthers) warnings.push(`"${usersFile}" can be read by other users of this machine: chmod 600 it`)
  }
  if (users.size === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'this credential names no user', {
      path: ['users'],
      fix: 'Name one, inline or in a file; make a hash with: postern hash',
    })
  }
  const passwords = createPasswordChecker({ users, key: environment.randomBytes(32), now: environment.elapsed })
  return { credential: createBasicCredential({ name, realm, passwords }), clientAuthorities: [], warnings }
}
