/**
 * argon2id (RFC 9106) in PHC form, `$argon2id$v=19$m=19456,t=2,p=1$salt$digest`, off the main thread. The package that does it is an
 * optional peer: it is looked for when a policy has such a hash, and its absence is a fault of that policy.
 */
import { createRequire } from 'node:module'
import { type HashPlace, hashError, MAKE_ONE, type PasswordHash } from './password-hash.ts'
import { DEFAULTS, decodePhc, encodePhc, excessOf } from './phc.ts'

/** What is used of `@node-rs/argon2`. */
interface Argon2 {
  verify(hashed: string, password: string): Promise<boolean>
}

const FORM = /^\$argon2id\$v=19\$m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

class Argon2Hash implements PasswordHash {
  readonly kind = 'argon2id'
  readonly weakness = undefined
  readonly text: string
  readonly work: string
  readonly milliseconds: number
  readonly #library: Argon2

  constructor(library: Argon2, text: string, work: string, milliseconds: number) {
    this.#library = library
    this.text = text
    this.work = work
    this.milliseconds = milliseconds
  }

  decoy(): PasswordHash {
    const parameters = this.text.slice(0, this.text.lastIndexOf('$', this.text.lastIndexOf('$') - 1))
    const text = `${parameters}$${encodePhc(new Uint8Array(16))}$${encodePhc(new Uint8Array(32))}`
    return new Argon2Hash(this.#library, text, this.work, this.milliseconds)
  }

  verify(password: string): Promise<boolean> {
    return this.#library.verify(this.text, password)
  }
}

/**
 * @param require finds `@node-rs/argon2`: by default from where this package is installed. Takes milliseconds the first time.
 * @throws {PosternError} ERR_POSTERN_HASH when `text`, which starts with `$argon2`, is of another kind of argon2, damaged or too
 * costly, or when the package is not installed.
 */
export function parseArgon2(
  text: string,
  place: HashPlace = {},
  require: (id: string) => unknown = createRequire(import.meta.url),
): PasswordHash {
  if (/^\$argon2[id]\$/.test(text)) {
    throw hashError(place, `is an ${text.slice(1, 8)} hash, and only argon2id withstands both kinds of attack`, MAKE_ONE)
  }
  const [, m, t, p, salt = '', digest = ''] = FORM.exec(text) ?? []
  const memory = Number(m)
  const lanes = Number(p)
  // RFC 9106, 3.1: eight blocks of memory for each lane at least.
  if (!decodePhc(salt, DEFAULTS.saltBytes) || !decodePhc(digest, DEFAULTS.digestBytes) || memory < 8 * lanes) {
    throw hashError(
      place,
      'is not an argon2id hash but a damaged one',
      'A whole one is written like $argon2id$v=19$m=19456,t=2,p=1$SALT$DIGEST, with 8 to 64 bytes of salt and 16 to 64 of digest in base64 without padding.',
    )
  }
  const milliseconds = (memory * Number(t)) / 1500 // 64 MiB three times take about 130
  const excess = lanes > DEFAULTS.maxParallelism ? `${lanes} threads` : excessOf(memory / 1024, milliseconds)
  if (excess !== undefined) {
    throw hashError(place, `is an argon2id hash, and each attempt would take ${excess}`, 'Use m=65536,t=3,p=1; at most m=262144 and p=16.')
  }
  return new Argon2Hash(load(require, place), text, `argon2id m=${m},t=${t},p=${p}`, milliseconds)
}

function load(require: (id: string) => unknown, place: HashPlace): Argon2 {
  try {
    return require('@node-rs/argon2') as Argon2
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    throw hashError(
      place,
      `is an argon2id hash, and the package that checks those ${isMissing ? 'is not installed' : 'cannot be loaded'}`,
      `Run: npm install @node-rs/argon2${isMissing ? '' : ' on this machine, which may be of another kind than where it was installed'}`,
    ).with({ cause })
  }
}
