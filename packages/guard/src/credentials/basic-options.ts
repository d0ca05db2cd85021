/** Basic authentication as a policy writes it, and its compilation. */
import { policyError, withPath } from '../errors.ts'
import { HashQueue } from '../hashes/hash-queue.ts'
import { parseHtpasswd, weaknessOf } from '../hashes/htpasswd.ts'
import { parseHash } from '../hashes/parse-hash.ts'
import { createPasswordChecker } from '../hashes/password-checker.ts'
import type { PasswordHash } from '../hashes/password-hash.ts'
import { VerifiedPairs } from '../hashes/verified-pairs.ts'
import { Faults } from '../options/faults.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'
import { compileName } from '../options/part-name.ts'
import { createBasicCredential } from './basic.ts'
import type { CompiledCredential, CompilerEnvironment } from './compiled.ts'
import { compileRealm } from './realm.ts'

export interface BasicOptions {
  readonly type: 'basic'
  /** What rules call it, and events. Default: its type. */
  readonly name?: string
  /** Shown in the challenge; printable ASCII, at most 64 characters. Default `metrics`. Null: none, as the exporters' toolkit sends it. */
  readonly realm?: string | null
  /**
   * User to hash, or to several while one is rotated: bcrypt (cost 4 to 16), argon2id (needs the package `@node-rs/argon2`) or scrypt,
   * each attempt within 256 MiB and about 5 seconds. apr1 and `{SHA}` are accepted with a warning, anything else is a fault.
   */
  readonly users?: Readonly<Record<string, string | readonly string[]>>
  /** An htpasswd file with such hashes, beside or instead of `users`: the hashes of one user add up. */
  readonly usersFile?: string
  /**
   * Seconds after its last use for which a password that was right is not hashed again, from 0 (hash each time: a flood of wrong
   * passwords then delays the right ones too) to 86400. Default 300. A changed hash or a removed user counts at once all the same.
   */
  readonly rememberSeconds?: number
}

export const DEFAULTS = {
  rememberSeconds: 300,
} as const

const MAX_REMEMBER_SECONDS = 86_400

/** @throws {PosternError} the first fault, its `others` the rest: ERR_POSTERN_POLICY, ERR_POSTERN_HASH or ERR_POSTERN_FILE. */
export function compileBasic(options: BasicOptions, environment: CompilerEnvironment): CompiledCredential {
  const faults = new Faults()
  faults.attempt([], () => refuseUnknownKeys(options, ['type', 'name', 'realm', 'users', 'usersFile', 'rememberSeconds']))
  const name = faults.attempt([], () => compileName(options.name, 'credential', options.type)) ?? ''
  const realm = options.realm === null ? null : (faults.attempt([], () => compileRealm(options.realm ?? undefined)) ?? '')
  const rememberSeconds = faults.attempt([], () => compileRememberSeconds(options.rememberSeconds)) ?? 0
  const users = new Map<string, readonly PasswordHash[]>()
  const warnings: string[] = []
  for (const [user, hashes] of Object.entries(options.users ?? {})) {
    const parsed = faults.attempt(['users'], () => compileUser(user, hashes)) ?? []
    users.set(user, parsed)
    for (const { weakness } of parsed) if (weakness !== undefined) warnings.push(weaknessOf(user, weakness, 'users'))
  }
  const { usersFile } = options
  if (usersFile !== undefined) {
    faults.attempt(['usersFile'], () => {
      const { text, readableByOthers } = environment.readFile(usersFile, [])
      const file = parseHtpasswd(text, usersFile)
      for (const [user, hashes] of file.users) users.set(user, [...(users.get(user) ?? []), ...hashes])
      if (readableByOthers) warnings.push(`"${usersFile}" can be read by other users of this machine: chmod 600 it`)
      warnings.push(...file.warnings)
    })
  } else if (users.size === 0) faults.attempt(['users'], refuseNobody)
  faults.throwIfAny()
  const { elapsed, randomBytes, keep } = environment
  const passwords = createPasswordChecker({
    users,
    pairs: keep('verified-passwords', () => new VerifiedPairs(randomBytes(32))),
    queue: keep('password-queue', () => new HashQueue()),
    now: elapsed,
    rememberMilliseconds: rememberSeconds * 1000,
  })
  return { credential: createBasicCredential({ name, realm, users: users.keys(), passwords }), clientAuthorities: [], warnings }
}

function compileUser(user: string, hashes: string | readonly string[]): readonly PasswordHash[] {
  if (user === '' || user.includes(':')) {
    throw policyError(
      'ERR_POSTERN_POLICY',
      `the user name "${user}" ${user === '' ? 'is empty' : 'holds a colon, where basic authentication ends it'}`,
      { fix: 'Use another name.' },
    )
  }
  const texts = [hashes].flat()
  if (texts.length > 0) return withPath([user], () => texts.map((text) => parseHash(text)))
  throw policyError('ERR_POSTERN_POLICY', `the user "${user}" has no hash, and no password could ever be right`, {
    path: [user],
    fix: 'Give the user a hash made with: postern hash; or leave the user out.',
  })
}

function compileRememberSeconds(seconds: number | undefined): number {
  if (seconds === undefined) return DEFAULTS.rememberSeconds
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_REMEMBER_SECONDS) return seconds
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(seconds)} is not a number of seconds from 0 to ${MAX_REMEMBER_SECONDS}`, {
    path: ['rememberSeconds'],
    fix: `Leave it out for ${DEFAULTS.rememberSeconds}, or write 0 to hash every password anew.`,
  })
}

function refuseNobody(): never {
  throw policyError('ERR_POSTERN_POLICY', 'this credential names no user', {
    fix: 'Name one, inline or in a file; make a hash with: postern hash',
  })
}
