/** `{SHA}`, the SHA-1 of `htpasswd -s`: checked, since files have it, and never made. Takes microseconds. */
import { hash, timingSafeEqual } from 'node:crypto'
import { type HashPlace, hashError, MAKE_ONE, type PasswordHash } from './password-hash.ts'

/** 20 bytes in base64; the last character has two bits to spare, which are zero. */
const FORM = /^\{SHA\}[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/

class Sha1Hash implements PasswordHash {
  readonly kind = 'sha1'
  readonly work = 'sha1'
  readonly milliseconds = 0
  readonly weakness = 'an unsalted SHA-1 hash, of which one graphics card tries billions of passwords a second'
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  decoy(): PasswordHash {
    return new Sha1Hash(`{SHA}${'A'.repeat(27)}=`)
  }

  verify(password: string): Promise<boolean> {
    const digest = hash('sha1', password, 'buffer')
    return Promise.resolve(timingSafeEqual(digest, Buffer.from(this.text.slice('{SHA}'.length), 'base64')))
  }
}

/** @throws {PosternError} ERR_POSTERN_HASH when `text`, which starts with `{SHA}`, is damaged. */
export function parseSha1(text: string, place: HashPlace = {}): PasswordHash {
  if (FORM.test(text)) return new Sha1Hash(text)
  throw hashError(place, `is not a SHA-1 hash but a damaged one (${text.length} characters; a whole one has 33)`, MAKE_ONE)
}
