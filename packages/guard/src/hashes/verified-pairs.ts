/**
 * Pairs of user and password that were right, so that a scrape costs no hash. An entry says that one encoded pair names one user and
 * matches one hash. That is true whatever the policy says, now and later; whether it still lets anybody in is asked of the policy each
 * time, which must have that hash for that user. So entries outlive a reload, may be shared, and are worth nothing at once when the
 * hash is changed or the user removed.
 */
import { hash } from 'node:crypto'

export const DEFAULTS = {
  maxPairs: 1024,
} as const

export interface VerifiedPair {
  readonly user: string
  /** The text of the hash that the password matched. */
  readonly hash: string
  /** Milliseconds, monotonic. */
  lastUsed: number
}

export class VerifiedPairs {
  readonly #key: string
  readonly #maxPairs: number
  readonly #pairs = new Map<string, VerifiedPair>()

  /** @param key 32 random bytes that die with the process: without them the digests say nothing of passwords */
  constructor(key: Uint8Array, maxPairs: number = DEFAULTS.maxPairs) {
    this.#key = Buffer.from(key).toString('hex')
    this.#maxPairs = maxPairs
  }

  /**
   * A keyed digest of a pair in the one text that a client sent it in: nothing is joined here, so nothing can be joined to the pair of
   * another (CVE-2022-46146). One SHA-256 over key and text is enough, and half of an HMAC's time: what it lacks is that whoever knows a
   * digest and not the key can make that of a longer text, and no digest is ever shown to or taken from anybody. The key fills one
   * block of 64 bytes, and the text begins after it wherever it ends.
   */
  digestOf(text: string): string {
    return hash('sha256', this.#key + text, 'hex')
  }

  get(digest: string): VerifiedPair | undefined {
    return this.#pairs.get(digest)
  }

  /** Takes the place of the pair that was not used for longest when there is no room. */
  add(digest: string, pair: VerifiedPair): void {
    if (!this.#pairs.has(digest) && this.#pairs.size >= this.#maxPairs) this.#pairs.delete(this.#leastUsed())
    this.#pairs.set(digest, pair)
  }

  /** A walk through all of them, which a password that was hashed first has paid for; a use is one write. */
  #leastUsed(): string {
    let found = ''
    let lastUsed = Number.POSITIVE_INFINITY
    for (const [digest, pair] of this.#pairs) {
      if (pair.lastUsed < lastUsed) {
        found = digest
        lastUsed = pair.lastUsed
      }
    }
    return found
  }
}
