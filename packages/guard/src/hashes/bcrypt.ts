/** bcrypt: reading the form of a hash, making one, checking a password against one. The work runs off the main thread. */
import { hash, verify } from '@node-rs/bcrypt'
import { policyError } from '../errors.ts'
import { type HashPlace, hashError, MAKE_ONE, type PasswordHash } from './password-hash.ts'

/**
 * What exporter-toolkit, htpasswd and Prometheus write; `$2x$` marks hashes of a buggy implementation and is not read.
 * The last character of salt and of digest has bits to spare, which are zero: the library answers `false` at once where they are
 * not, which would lock a user out without a word and tell that the user exists.
 */
const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/

export const DEFAULTS = {
  cost: 10, // 2^10 rounds, about 60 ms of one core: what Prometheus' own documentation uses
  maxCost: 16, // about 4 s of one core for each attempt; more would be a denial of service by configuration
  maxPasswordBytes: 72, // bcrypt reads no further
} as const

class BcryptHash implements PasswordHash {
  readonly kind = 'bcrypt'
  readonly weakness = undefined
  readonly text: string
  /** Base-2 logarithm of the rounds: the time for one check doubles with each step. */
  readonly cost: number

  constructor(text: string, cost: number) {
    this.text = text
    this.cost = cost
  }

  get work(): string {
    return `bcrypt ${this.cost}`
  }

  get milliseconds(): number {
    return 2 ** (this.cost - 4)
  }

  decoy(): PasswordHash {
    return new BcryptHash(`$2b$${String(this.cost).padStart(2, '0')}$${'postern'.repeat(3)}.${'decoy'.repeat(6)}.`, this.cost)
  }

  /**
   * Bytes that bcrypt would not look at never match, and cost what any other attempt costs: a 73-byte password must not pass for its
   * first 72 bytes.
   */
  async verify(password: string): Promise<boolean> {
    const matches = await verify(password, this.text)
    return matches && Buffer.byteLength(password) <= DEFAULTS.maxPasswordBytes && !password.includes('\0')
  }
}

/**
 * Reads the form of a bcrypt hash. A library answers `false` for a malformed one, which would lock a user out without a word.
 * @throws {PosternError} ERR_POSTERN_HASH when `text`, which starts with `$2`, is no bcrypt hash or costs too much.
 */
export function parseBcrypt(text: string, place: HashPlace = {}): PasswordHash {
  const match = FORM.exec(text)
  const cost = Number(match?.[1])
  if (!match || cost < 4) throw hashError(place, `is not a bcrypt hash but ${describeForm(text)}`, MAKE_ONE)
  if (cost > DEFAULTS.maxCost) {
    throw hashError(
      place,
      `is a bcrypt hash of cost ${cost}, and each attempt would take minutes or more`,
      `Use a cost from ${DEFAULTS.cost} to 12, at most ${DEFAULTS.maxCost}.`,
    )
  }
  return new BcryptHash(text, cost)
}

/** Names what was read without showing any of it beyond its well-known prefix. */
const describeForm = (text: string): string =>
  /^\$2[aby]\$/.test(text) && text.length === 60
    ? 'a damaged one (60 characters, some of which bcrypt does not write there)'
    : `a damaged or unknown kind of one (${text.length} characters; a whole one has 60 and starts with $2a$, $2b$ or $2y$)`

/**
 * Makes a `$2b$` hash of `password`.
 * @param cost 10 (default) to 16; each step doubles the time of every check.
 * @throws {PosternError} ERR_POSTERN_PASSWORD when the password is empty, longer than 72 bytes in UTF-8, or holds a NUL byte.
 */
export async function hashPassword(password: string, cost: number = DEFAULTS.cost): Promise<string> {
  const bytes = Buffer.byteLength(password)
  if (bytes === 0)
    throw policyError('ERR_POSTERN_PASSWORD', 'the password is empty', { fix: 'Give at least one character, better twenty.' })
  if (bytes > DEFAULTS.maxPasswordBytes) {
    throw policyError(
      'ERR_POSTERN_PASSWORD',
      `the password has ${bytes} bytes, and bcrypt reads no more than ${DEFAULTS.maxPasswordBytes}`,
      {
        fix: 'Use a shorter one.',
      },
    )
  }
  if (password.includes('\0')) {
    throw policyError('ERR_POSTERN_PASSWORD', 'the password holds a NUL byte, where bcrypt stops reading', { fix: 'Use one without.' })
  }
  if (!Number.isInteger(cost) || cost < DEFAULTS.cost || cost > DEFAULTS.maxCost) {
    throw policyError('ERR_POSTERN_PASSWORD', `the cost ${cost} is not a whole number from ${DEFAULTS.cost} to ${DEFAULTS.maxCost}`, {
      fix: `Use ${DEFAULTS.cost} to 12.`,
    })
  }
  return hash(password, cost)
}
