/**
 * `$apr1$`, the MD5 of `htpasswd -m`: checked, since files have it, and never made. It is 1000 rounds of JavaScript and so on the main
 * thread: a few milliseconds in eight parts, between which others have their turn.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type HashPlace, hashError, MAKE_ONE, type PasswordHash } from './password-hash.ts'

/** The last character stands for two bits. */
const FORM = /^\$apr1\$([./0-9A-Za-z]{1,8})\$([./0-9A-Za-z]{21}[./01])$/

const ROUNDS = 1000
const ROUNDS_IN_A_TURN = 125

class Apr1Hash implements PasswordHash {
  readonly kind = 'apr1'
  readonly weakness = 'an apr1 hash, 1000 rounds of MD5, of which one graphics card tries millions of passwords a second'
  readonly milliseconds = 2
  readonly #salt: string
  readonly #digest: string

  constructor(salt: string, digest: string) {
    this.#salt = salt
    this.#digest = digest
  }

  get text(): string {
    return `$apr1$${this.#salt}$${this.#digest}`
  }

  /** A longer salt may need one more block of MD5 in every round. */
  get work(): string {
    return `apr1 ${this.#salt.length}`
  }

  decoy(): PasswordHash {
    return new Apr1Hash('.'.repeat(this.#salt.length), '.'.repeat(22))
  }

  async verify(password: string): Promise<boolean> {
    return timingSafeEqual(Buffer.from(await digestOf(Buffer.from(password), this.#salt)), Buffer.from(this.#digest))
  }
}

/** @throws {PosternError} ERR_POSTERN_HASH when `text`, which starts with `$apr1$`, is damaged. */
export function parseApr1(text: string, place: HashPlace = {}): PasswordHash {
  const [, salt, digest] = FORM.exec(text) ?? []
  if (salt !== undefined && digest !== undefined) return new Apr1Hash(salt, digest)
  throw hashError(place, 'is not an apr1 hash but a damaged one (a whole one is $apr1$, 1 to 8 characters, $ and 22 characters)', MAKE_ONE)
}

/** As FreeBSD's MD5 crypt of 1994 does it, with another prefix: every oddity is that of the original. */
async function digestOf(password: Buffer, saltText: string): Promise<string> {
  const salt = Buffer.from(saltText)
  const inner = md5([password, salt, password])
  const parts = [password, Buffer.from('$apr1$'), salt]
  for (let left = password.length; left > 0; left -= 16) parts.push(inner.subarray(0, Math.min(left, 16)))
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? ZERO : password.subarray(0, 1))
  let digest = md5(parts)
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % ROUNDS_IN_A_TURN === 0 && round > 0) await setImmediate()
    const isOdd = (round & 1) === 1
    digest = md5([isOdd ? password : digest, round % 3 === 0 ? EMPTY : salt, round % 7 === 0 ? EMPTY : password, isOdd ? digest : password])
  }
  return encode(digest)
}

const ZERO = Buffer.alloc(1)
const EMPTY = Buffer.alloc(0)

const md5 = (parts: readonly Buffer[]): Buffer => hash('md5', Buffer.concat(parts), 'buffer')

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Which bytes make four characters together; the last one makes two. */
const GROUPS: readonly (readonly [number, number, number])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
]

function encode(digest: Buffer): string {
  const characters = (value: number, count: number): string =>
    Array.from({ length: count }, (_, index) => ALPHABET.charAt((value >> (6 * index)) & 63)).join('')
  const groups = GROUPS.map(([high, middle, low]) =>
    characters((digest.readUInt8(high) << 16) | (digest.readUInt8(middle) << 8) | digest.readUInt8(low), 4),
  )
  return groups.join('') + characters(digest.readUInt8(11), 2)
}
