/** Limits as a policy writes them, and their compilation. */
import type { CompilerEnvironment } from './credentials/compiled.ts'
import { policyError, withPath } from './errors.ts'
import { Limiter, type LimitNumbers } from './limits/limiter.ts'
import { type LockoutNumbers, MAX_FAILURES } from './limits/lockouts.ts'
import { LimitMemory } from './limits/memory.ts'
import { type Rate, TokenBucket } from './limits/rate.ts'
import { Faults } from './options/faults.ts'
import { refuseUnknownKeys } from './options/known-keys.ts'
import { compileNumber } from './options/numbers.ts'
import { compileStore, type StoreOptions } from './policy/store-options.ts'

export interface LimitOptions {
  /** How often one client may ask: an IPv4 address, a /64 of IPv6, or all peers of unix sockets together. Left out: as often as it likes. */
  readonly perClient?: RateOptions
  /** How often all together may ask. Half of its burst is kept for clients that have proven themselves within an hour. */
  readonly total?: RateOptions | TokenBucket
  /** Scrapes that are being answered at one time. */
  readonly inFlight?: {
    readonly perClient?: number
    readonly total?: number
  }
  /** Whom wrong credentials lock out. Left out: {@link DEFAULTS}; `false`: nobody. */
  readonly lockout?: LockoutOptions | false
  /** Where several instances count together. Left out: each counts for itself. */
  readonly store?: StoreOptions
}

export interface RateOptions {
  readonly requests: number
  readonly perSeconds: number
  /** How many may come at once after a pause. Default: `requests`. */
  readonly burst?: number
}

export interface LockoutOptions {
  /** Wrong credentials of one client, counted from the first; at most 1000. */
  readonly failures?: number
  readonly withinSeconds?: number
  readonly forSeconds?: number
}

export const DEFAULTS = {
  failures: 30, // a scraper with a wrong password fails 20 times in five minutes, once every 15 seconds
  withinSeconds: 300,
  forSeconds: 300,
} as const

const DAY_SECONDS = 86_400
const MILLION = 1_000_000

/**
 * Undefined where nothing is limited.
 * @param authenticates false where nobody is asked who they are, so that nobody could be locked out or proven
 * @throws {PosternError} the first fault, its `others` the rest: ERR_POSTERN_POLICY or ERR_POSTERN_FILE.
 */
export function compileLimits(options: LimitOptions | undefined, environment: CompilerEnvironment, authenticates: boolean): CompiledLimits {
  const { perClient, total, inFlight, lockout, store } = options ?? {}
  const faults = new Faults()
  faults.attempt([], () => refuseUnknownKeys(options ?? {}, ['perClient', 'total', 'inFlight', 'lockout', 'store']))
  const clientRate = faults.attempt(['perClient'], () => compileRate(perClient))
  const totalRate = faults.attempt(['total'], () => compileRate(total))
  const places = faults.attempt(['inFlight'], () => compileInFlight(inFlight))
  const lockoutNumbers = faults.attempt(['lockout'], () => compileLockout(lockout))
  const compiledStore = faults.attempt(['store'], () => (store === undefined ? undefined : compileStore(store, environment)))
  faults.throwIfAny()
  const numbers: LimitNumbers = {
    perClient: clientRate,
    total: totalRate,
    strangersBurst: totalRate === undefined ? 0 : strangersPart(totalRate, authenticates),
    inFlight: places,
    lockout: authenticates ? lockoutNumbers : undefined,
  }
  const warnings = compiledStore?.warnings ?? []
  if (Object.values(numbers).every((number) => number === undefined || number === 0)) return { limiter: undefined, warnings }
  const { elapsed: now, keep, randomBytes } = environment
  const memory = keep('limits', () => new LimitMemory(randomBytes))
  return { limiter: new Limiter({ numbers, memory, store: compiledStore?.open(), now }), warnings }
}

export interface CompiledLimits {
  readonly limiter: Limiter | undefined
  readonly warnings: readonly string[]
}

/** Nobody is a stranger where nobody is asked, and none where one bucket is for all alike. */
const strangersPart = (total: Rate, authenticates: boolean): number =>
  authenticates && !(total instanceof TokenBucket) ? Math.max(1, total.burst / 2) : total.burst

function compileRate(options: RateOptions | TokenBucket | undefined): Rate | undefined {
  if (options === undefined || options instanceof TokenBucket) return options
  refuseUnknownKeys(options ?? {}, ['requests', 'perSeconds', 'burst'])
  const { requests, perSeconds, burst = requests } = options ?? {}
  const count = withPath(['requests'], () => compileNumber(requests, 'a number of requests', MILLION))
  const seconds = withPath(['perSeconds'], () => compileNumber(perSeconds, 'a number of seconds', DAY_SECONDS))
  return { intervalMilliseconds: (seconds * 1_000) / count, burst: withPath(['burst'], () => compileNumber(burst, 'a burst', MILLION)) }
}

function compileInFlight(options: LimitOptions['inFlight']): LimitNumbers['inFlight'] {
  if (options === undefined) return undefined
  refuseUnknownKeys(options ?? {}, ['perClient', 'total'])
  const { perClient, total } = options ?? {}
  if (perClient === undefined && total === undefined) {
    throw policyError('ERR_POSTERN_POLICY', 'this limits nothing', { fix: 'Write perClient, total or both; or leave inFlight out.' })
  }
  const compile = (count: number | undefined, key: string): number =>
    count === undefined ? Number.POSITIVE_INFINITY : withPath([key], () => compileNumber(count, 'a number of scrapes', MILLION))
  return { perClient: compile(perClient, 'perClient'), total: compile(total, 'total') }
}

function compileLockout(options: LimitOptions['lockout']): LockoutNumbers | undefined {
  if (options === false) return undefined
  refuseUnknownKeys(options ?? {}, ['failures', 'withinSeconds', 'forSeconds'])
  const { failures, withinSeconds, forSeconds } = { ...DEFAULTS, ...options }
  return {
    failures: withPath(['failures'], () => compileNumber(failures, 'a number of failures', MAX_FAILURES)),
    withinMilliseconds: withPath(['withinSeconds'], () => compileNumber(withinSeconds, 'a number of seconds', DAY_SECONDS)) * 1_000,
    forMilliseconds: withPath(['forSeconds'], () => compileNumber(forSeconds, 'a number of seconds', DAY_SECONDS)) * 1_000,
  }
}
