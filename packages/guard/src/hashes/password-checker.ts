/**
 * Checks passwords against bcrypt hashes within a budget: few at a time, off the event loop, equal attempts once, verified ones
 * remembered. A flood of wrong passwords waits in its own short queue while a scraper that was right before passes at once.
 */
import { createHmac } from 'node:crypto'
import { type BcryptHash, decoyHash, verifyBcrypt } from './bcrypt.ts'
import type { Users } from './htpasswd.ts'

export const DEFAULTS = {
  concurrency: 2, // hashes at a time: libuv has four threads, and files and names need some
  maxQueued: 64, // attempts that wait; the next one is told to come back
  maxRemembered: 1024, // verified user-password pairs
  rememberMilliseconds: 300_000, // life of a verified pair after its last use
} as const

export interface PasswordCheckerOptions {
  readonly users: Users
  /** 32 random bytes that die with the process: without them the remembered digests say nothing. */
  readonly key: Uint8Array
  /** Milliseconds, monotonic. */
  readonly now: () => number
  readonly concurrency?: number
  readonly maxQueued?: number
  readonly maxRemembered?: number
  readonly rememberMilliseconds?: number
}

export type PasswordVerdict = 'right' | 'wrong' | 'overloaded'

export interface PasswordChecker {
  /** Costs a keyed digest when the pair was right before, else the dearest user's hashing time, whoever was named. */
  check(user: string, password: string): Promise<PasswordVerdict>
  /** True for a pair that was right before: costs a keyed digest, whatever the answer. */
  remembers(user: string, password: string): boolean
}

export function createPasswordChecker(options: PasswordCheckerOptions): PasswordChecker {
  const { users, key, now } = options
  const limits = { ...DEFAULTS, ...options }
  /** Rounds that every failed attempt costs: those of the dearest user, so that time does not tell users apart. */
  const budget = [...users.values()].reduce((most, hashes) => Math.max(most, roundsOf(hashes)), 0)
  const remembered = new Map<string, number>()
  const running = new Map<string, Promise<PasswordVerdict>>()
  const gate = createGate(limits.concurrency, limits.maxQueued)

  const attempt = async (user: string, password: string): Promise<boolean> => {
    const hashes = users.get(user) ?? []
    for (const hash of hashes) if (await verifyBcrypt(password, hash)) return true
    for (const cost of paddingCosts(budget - roundsOf(hashes))) await verifyBcrypt(password, decoyHash(cost))
    return false
  }

  const remember = (digest: string): void => {
    const oldest = remembered.size >= limits.maxRemembered ? remembered.keys().next().value : undefined
    if (oldest !== undefined) remembered.delete(oldest)
    remembered.set(digest, now() + limits.rememberMilliseconds)
  }

  const isRemembered = (digest: string): boolean => {
    const until = remembered.get(digest)
    if (until === undefined) return false
    remembered.delete(digest)
    if (until <= now()) return false
    // Each use starts its life anew and makes it the last to go: who scrapes through a flood never comes to stand in its queue.
    remember(digest)
    return true
  }

  return {
    async check(user, password) {
      const digest = digestOf(key, user, password)
      if (isRemembered(digest)) return 'right'
      const known = running.get(digest)
      if (known) return known
      const enter = gate.enter()
      if (!enter) return 'overloaded'
      const verdict = enter
        .then(() => attempt(user, password))
        .then((right): PasswordVerdict => {
          if (right) remember(digest)
          return right ? 'right' : 'wrong'
        })
        .finally(() => {
          running.delete(digest)
          gate.leave()
        })
      running.set(digest, verdict)
      return verdict
    },
    remembers: (user, password) => isRemembered(digestOf(key, user, password)),
  }
}

const roundsOf = (hashes: readonly BcryptHash[]): number => hashes.reduce((sum, hash) => sum + 2 ** hash.cost, 0)

/** Costs whose rounds add up to `rounds`: its binary digits. Every difference of sums of 2^cost, cost ≥ 4, has only such digits. */
export function paddingCosts(rounds: number): number[] {
  const costs: number[] = []
  for (let cost = 4; 2 ** cost <= rounds; cost += 1) if (Math.floor(rounds / 2 ** cost) % 2 === 1) costs.push(cost)
  return costs
}

/** Length-prefixed, so that no two pairs join to the same bytes (CVE-2022-46146 joined without separators). */
function digestOf(key: Uint8Array, user: string, password: string): string {
  return createHmac('sha256', key)
    .update(`${Buffer.byteLength(user)}:${user}${password}`)
    .digest('base64')
}

/** Lets `open` through at a time and `maxQueued` wait, first come first served. */
function createGate(open: number, maxQueued: number): { enter(): Promise<void> | undefined; leave(): void } {
  const waiting: (() => void)[] = []
  let free = open
  return {
    enter() {
      if (free > 0) {
        free -= 1
        return Promise.resolve()
      }
      if (waiting.length >= maxQueued) return undefined
      return new Promise((resolve) => waiting.push(resolve))
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}
