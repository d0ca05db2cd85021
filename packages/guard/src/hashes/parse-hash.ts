/** A password hash as people write it: which kind it is, or why it cannot be used. */
import { parseApr1 } from './apr1.ts'
import { parseArgon2 } from './argon2.ts'
import { parseBcrypt } from './bcrypt.ts'
import { type HashPlace, hashError, MAKE_ONE, type PasswordHash } from './password-hash.ts'
import { parseScrypt } from './scrypt.ts'
import { parseSha1 } from './sha1.ts'

const KINDS: readonly { readonly prefix: string; readonly parse: (text: string, place: HashPlace) => PasswordHash }[] = [
  { prefix: '$2', parse: parseBcrypt },
  { prefix: '$argon2', parse: parseArgon2 },
  { prefix: '$scrypt$', parse: parseScrypt },
  { prefix: '$apr1$', parse: parseApr1 },
  { prefix: '{SHA}', parse: parseSha1 },
]

/** Forms that other programs accept and that nothing here checks, each with its reason. */
const REFUSED: readonly { readonly form: RegExp; readonly told: string }[] = [
  { form: /^$/, told: 'is not a password hash but empty' },
  { form: /^\$1\$/, told: 'is an MD5 crypt hash, which is guessed at millions a second' },
  { form: /^\$[56]\$/, told: 'is a SHA-2 crypt hash, which only some systems can check' },
  { form: /^\$(?:7|y|gy)\$/, told: 'is a yescrypt hash, which only some systems can check' },
  { form: /^\{SSHA\}/, told: 'is a salted SHA-1 hash, which is guessed at billions a second' },
  { form: /^\{PLAIN\}/, told: 'is not a password hash but the password itself, which everyone who can read it can use' },
  {
    form: /^[./0-9A-Za-z]{13}$/,
    told: 'is a DES crypt hash, of which eight characters count and every password can be tried, or is the password itself',
  },
  { form: /:(?:\$|\{SHA\})/, told: 'is not a password hash but a whole line of an htpasswd file, name and colon included' },
]

/**
 * Reads any hash that can be used.
 * @throws {PosternError} ERR_POSTERN_HASH for everything else, and for one whose check would take seconds or hundreds of MiB; the
 * message never holds the hash.
 */
export function parseHash(text: string, place: HashPlace = {}): PasswordHash {
  // Callers without types may have read a variable that is not set.
  const given = typeof text === 'string' ? text : ''
  const kind = KINDS.find(({ prefix }) => given.startsWith(prefix))
  if (kind !== undefined) return kind.parse(given, place)
  const refused = REFUSED.find(({ form }) => form.test(given))
  throw hashError(place, refused?.told ?? 'is not a password hash but something else', MAKE_ONE)
}
