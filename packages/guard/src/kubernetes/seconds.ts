/** How long an answer of the API server is believed, as a policy writes it. */
import { policyError } from '../errors.ts'

export interface LifeOptions {
  /** How long a granted answer is not asked for again, in seconds. */
  readonly rememberSeconds?: number
  /**
   * How long, from its asking, the last granted answer counts while the API server cannot be asked, in seconds; 0 for not at all.
   * Default 600, at most 3600: so long a revocation may go unnoticed then.
   */
  readonly staleSeconds?: number
}

export const LIFE_KEYS = ['rememberSeconds', 'staleSeconds'] as const

const DEFAULT_STALE_SECONDS = 600
const MAX_REMEMBER_SECONDS = 600
const MAX_STALE_SECONDS = 3_600

export interface Life {
  readonly rememberMilliseconds: number
  readonly staleMilliseconds: number
}

/** @throws {PosternError} ERR_POSTERN_POLICY for what is no number of seconds, or too long */
export function compileLife(options: LifeOptions, defaultRememberSeconds: number): Life {
  const { rememberSeconds = defaultRememberSeconds, staleSeconds = DEFAULT_STALE_SECONDS } = options
  refuseOutside('rememberSeconds', rememberSeconds, 1, MAX_REMEMBER_SECONDS)
  refuseOutside('staleSeconds', staleSeconds, 0, MAX_STALE_SECONDS)
  return { rememberMilliseconds: rememberSeconds * 1_000, staleMilliseconds: staleSeconds * 1_000 }
}

function refuseOutside(key: string, seconds: number, least: number, most: number): void {
  if (Number.isInteger(seconds) && seconds >= least && seconds <= most) return
  throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(seconds)} is not a number of seconds from ${least} to ${most}`, {
    path: [key],
    fix: 'Write a whole number without a unit, or leave the key out.',
  })
}
