/**
 * Checks passwords within a budget: what was right before at once, everything else few at a time, off the event loop where the kind of
 * hash allows, equal attempts once, and every wrong one at the same price.
 */
import { AttemptWork } from './attempt-work.ts'
import type { HashQueue } from './hash-queue.ts'
import type { Users } from './htpasswd.ts'
import type { PasswordHash } from './password-hash.ts'
import type { VerifiedPair, VerifiedPairs } from './verified-pairs.ts'

export interface PasswordCheckerOptions {
  readonly users: Users
  /** Outlives this checker, and may be shared with others. */
  readonly pairs: VerifiedPairs
  /** As `pairs`: the bound on hashing is that of the process and not of a policy. */
  readonly queue: HashQueue
  /** Milliseconds, monotonic. */
  readonly now: () => number
  /** How long after its last use a pair that was right is not hashed again; 0 hashes each time. */
  readonly rememberMilliseconds: number
}

export interface Attempt {
  /** User and password in one text, as they were sent: what is equal here must be equal there. */
  readonly text: string
  readonly user: string
  readonly password: string
  /** Who shares a turn in the queue. */
  readonly client: string
}

export type PasswordVerdict = 'right' | 'wrong' | 'overloaded'

export interface PasswordChecker {
  /** The user of a pair that was right before and still is; undefined when it must be checked. Costs one keyed digest. */
  recall(text: string): string | undefined
  /** Costs what {@link AttemptWork} says, whoever is named, unless it is right. */
  check(attempt: Attempt): Promise<PasswordVerdict>
}

/** @throws {PosternError} ERR_POSTERN_HASH when an attempt would cost too much, see {@link AttemptWork} */
export function createPasswordChecker({ users, pairs, queue, now, rememberMilliseconds }: PasswordCheckerOptions): PasswordChecker {
  const work = new AttemptWork(users)
  const running = new Map<string, Promise<PasswordVerdict>>()
  const remembers = rememberMilliseconds > 0

  /** Whether the policy still has the hash that the pair matched, for the same user. */
  const isCurrent = ({ user, hash }: VerifiedPair): boolean => users.get(user)?.some(({ text }) => text === hash) ?? false

  /** The hash that the password made. */
  const match = async ({ user, password }: Attempt): Promise<PasswordHash | 'none'> => {
    const hashes = users.get(user) ?? []
    for (const hash of hashes) if (await hash.verify(password)) return hash
    for (const decoy of work.missing(hashes)) await decoy.verify(password)
    return 'none'
  }

  const judge = async (attempt: Attempt, digest: string): Promise<PasswordVerdict> => {
    // A pair that was not used for its life has no verdict any more, but still its place before all those who never were right.
    const before = remembers ? pairs.get(digest) : undefined
    const isKnown = before !== undefined && isCurrent(before)
    const matched = await queue.run({ isKnown, client: attempt.client }, () => match(attempt))
    if (matched === undefined) return 'overloaded'
    if (matched === 'none') return 'wrong'
    if (remembers) pairs.add(digest, { user: attempt.user, hash: matched.text, lastUsed: now() })
    return 'right'
  }

  return {
    recall(text) {
      if (!remembers) return undefined
      const pair = pairs.get(pairs.digestOf(text))
      if (pair === undefined) return undefined
      const time = now()
      if (time - pair.lastUsed >= rememberMilliseconds || !isCurrent(pair)) return undefined
      pair.lastUsed = time
      return pair.user
    },
    check(attempt) {
      // Attempts are equal by what was sent, never by what is known of the user: that would tell (CVE-2026-88010).
      const digest = pairs.digestOf(attempt.text)
      const known = running.get(digest)
      if (known) return known
      const verdict = judge(attempt, digest).finally(() => running.delete(digest))
      running.set(digest, verdict)
      return verdict
    },
  }
}
