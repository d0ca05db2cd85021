/** scrypt (RFC 7914) in PHC form, `$scrypt$ln=14,r=8,p=1$salt$digest`, by what is built into Node.js, off the main thread. */
import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type HashPlace, hashError, type PasswordHash } from './password-hash.ts'
import { DEFAULTS, decodePhc, encodePhc, excessOf } from './phc.ts'

const FORM = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt)

interface ScryptParameters {
  /** Base-2 logarithm of N. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

class ScryptHash implements PasswordHash {
  readonly kind = 'scrypt'
  readonly weakness = undefined
  readonly text: string
  readonly work: string
  readonly milliseconds: number
  readonly #parameters: ScryptParameters
  readonly #salt: Uint8Array
  readonly #digest: Uint8Array

  constructor(parameters: ScryptParameters, salt: Uint8Array, digest: Uint8Array) {
    const { ln, r, p } = parameters
    this.work = `scrypt ln=${ln},r=${r},p=${p}`
    this.text = `$scrypt$ln=${ln},r=${r},p=${p}$${encodePhc(salt)}$${encodePhc(digest)}`
    this.milliseconds = millisecondsOf(parameters)
    this.#parameters = parameters
    this.#salt = salt
    this.#digest = digest
  }

  decoy(): PasswordHash {
    return new ScryptHash(this.#parameters, new Uint8Array(this.#salt.length), new Uint8Array(this.#digest.length))
  }

  /**
   * Its HMAC fills a short password up with NUL bytes, so that one with some at its end would pass for one without: none matches, at
   * the cost of any other attempt.
   */
  async verify(password: string): Promise<boolean> {
    const { ln, r, p } = this.#parameters
    // What is allowed at most, and again as much for what OpenSSL counts besides: the real bound was held when the hash was read.
    const options = { N: 2 ** ln, r, p, maxmem: DEFAULTS.maxMemoryMebibytes * 2 ** 21 }
    const derived = await derive(password, this.#salt, this.#digest.length, options)
    return timingSafeEqual(derived, this.#digest) && !password.includes('\0')
  }
}

/** @throws {PosternError} ERR_POSTERN_HASH when `text`, which starts with `$scrypt$`, is damaged or costs too much. */
export function parseScrypt(text: string, place: HashPlace = {}): PasswordHash {
  const [, ln, r, p, encodedSalt = '', encodedDigest = ''] = FORM.exec(text) ?? []
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) }
  const salt = decodePhc(encodedSalt, DEFAULTS.saltBytes)
  const digest = decodePhc(encodedDigest, DEFAULTS.digestBytes)
  // RFC 7914, 2: N is less than 2^(128 * r / 8).
  if (!salt || !digest || parameters.ln >= 16 * parameters.r) {
    throw hashError(
      place,
      'is not a scrypt hash but a damaged one',
      'A whole one is written like $scrypt$ln=14,r=8,p=1$SALT$DIGEST, with 8 to 64 bytes of salt and 16 to 64 of digest in base64 without padding.',
    )
  }
  const excess =
    parameters.p > DEFAULTS.maxParallelism
      ? `${parameters.p} lanes`
      : excessOf((2 ** parameters.ln * parameters.r) / 8192, millisecondsOf(parameters))
  if (excess !== undefined) {
    throw hashError(place, `is a scrypt hash, and each attempt would take ${excess}`, 'Use ln=15,r=8,p=1; at most ln=17,r=8,p=4.')
  }
  return new ScryptHash(parameters, salt, digest)
}

/** ln=14,r=8,p=1 takes about 32. */
const millisecondsOf = ({ ln, r, p }: ScryptParameters): number => (2 ** ln * r * p) / 4096
