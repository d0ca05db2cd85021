/** Tokens whose signature was verified before: a scrape costs a keyed digest and not a signature. Bounded in number and in time. */
import { hash } from 'node:crypto'
import type { KeySet } from '../keys/key-set.ts'
import type { Finding } from './finding.ts'

export interface VerifiedToken {
  readonly finding: Finding
  /** Milliseconds since the epoch: from then on it must be judged anew. */
  readonly until: number
  /** The set it was verified with: under another one it proves nothing. */
  readonly keys: KeySet
}

/** As many principals as scrape one endpoint, and more; only who holds a good token takes a place. */
const MAX_TOKENS = 1024

export class VerifiedTokens {
  readonly #key: string
  readonly #tokens = new Map<string, VerifiedToken>()

  /** @param key 32 random bytes that die with the process: without them the digests say nothing. */
  constructor(key: Uint8Array) {
    this.#key = Buffer.from(key).toString('hex')
  }

  /**
   * The key stands before the token, always as long. What HMAC adds to that is for digests that somebody sees and continues; these
   * never leave this map, and cost a small part of it.
   */
  digestOf(token: string): string {
    return hash('sha256', this.#key + token, 'hex')
  }

  /** @param keys the set in force. @param now milliseconds since the epoch */
  find(digest: string, keys: KeySet | undefined, now: number): Finding | undefined {
    const token = this.#tokens.get(digest)
    // Written so that a clock that fails (NaN) has nothing pass.
    return token !== undefined && token.keys === keys && now < token.until ? token.finding : undefined
  }

  remember(digest: string, token: VerifiedToken): void {
    this.#tokens.delete(digest)
    // Scrapers get new tokens all the time: the one that was new first goes first.
    const [oldest] = this.#tokens.size >= MAX_TOKENS ? this.#tokens.keys() : []
    if (oldest !== undefined) this.#tokens.delete(oldest)
    this.#tokens.set(digest, token)
  }
}
