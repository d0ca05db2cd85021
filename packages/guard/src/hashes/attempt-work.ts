/**
 * What a wrong attempt costs, whoever is named, so that time tells nobody whether a user exists or how dear its hashes are.
 *
 * Hashes of different kinds or parameters cannot be weighed against each other: how long scrypt takes in units of bcrypt depends on the
 * processor, its caches and what else runs, and an estimate that is off by a few percent is what an attacker measures. Even within one
 * kind a sum that comes out right (two of cost 10 for one of cost 11) goes to the thread pool more often. So nothing is weighed. For
 * each work, which is a kind with all its parameters, the policy's user with most hashes of it says how many an attempt runs; whoever
 * is named, the own hashes run first and decoys of the same works make up for what is missing. Every failed attempt is thus the same
 * multiset of verifications, and differs in salts alone.
 *
 * That is never less than the dearest user's whole list. It is more where users differ: 10, 12 and 14 cost a third more than 14 alone,
 * and a user with argon2 beside one with bcrypt makes everyone pay both. A policy of one kind and cost pays nothing extra.
 */
import { policyError } from '../errors.ts'
import type { Users } from './htpasswd.ts'
import type { PasswordHash } from './password-hash.ts'

/** Of one core, roughly. More is an attempt that nobody waits for, and a denial of service by configuration. */
export const MAX_MILLISECONDS = 60_000

interface Share {
  readonly count: number
  readonly decoy: PasswordHash
}

export class AttemptWork {
  readonly #shares: ReadonlyMap<string, Share>

  /** @throws {PosternError} ERR_POSTERN_HASH when an attempt would take longer than a minute */
  constructor(users: Users) {
    const shares = new Map<string, Share>()
    for (const hashes of users.values()) {
      for (const [work, count] of countWorks(hashes)) {
        const share = shares.get(work)
        if (count > (share?.count ?? 0)) shares.set(work, { count, decoy: share?.decoy ?? decoyOf(hashes, work) })
      }
    }
    this.#shares = shares
    const total = [...shares.values()].reduce((sum, { count, decoy }) => sum + count * decoy.milliseconds, 0)
    if (total > MAX_MILLISECONDS) {
      throw policyError(
        'ERR_POSTERN_HASH',
        `each wrong password would take about ${Math.round(total / 1000)} seconds, since it costs as much as the hashes of all kinds and costs together`,
        { fix: 'Use hashes of one kind and cost, and fewer for each user.' },
      )
    }
  }

  /** What a failed attempt runs besides `hashes`, which are those of the user who was named; none for a user who does not exist. */
  missing(hashes: readonly PasswordHash[]): PasswordHash[] {
    const own = countWorks(hashes)
    return [...this.#shares].flatMap(([work, { count, decoy }]) => Array.from({ length: count - (own.get(work) ?? 0) }, () => decoy))
  }
}

function countWorks(hashes: readonly PasswordHash[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { work } of hashes) counts.set(work, (counts.get(work) ?? 0) + 1)
  return counts
}

const decoyOf = (hashes: readonly PasswordHash[], work: string): PasswordHash =>
  (hashes.find((hash) => hash.work === work) as PasswordHash).decoy()
