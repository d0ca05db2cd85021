/** The guard as others hold it: a compiled policy that decides and tells. */
import { randomBytes } from 'node:crypto'
import type { CompilerEnvironment } from './credentials/compiled.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { policyError } from './errors.ts'
import type { GuardEvent } from './events.ts'
import { Keeper } from './keeper.ts'
import { formatAddress } from './net/address.ts'
import { compilePolicy, type GuardOptions, type Policy } from './policy.ts'
import type { RequestFacts } from './request.ts'
import { readSourceFile } from './sources/file.ts'

export interface Guard {
  /** Answers every request and never rejects. Costs microseconds; a password not seen before costs its hash, off the event loop. */
  decide(facts: RequestFacts): Promise<Decision>
  /** False when the policy says `credentials: 'none'`. */
  readonly authenticates: boolean
  /**
   * To spread into `https.createServer` beside its own `key` and `cert`. Asks for a client certificate where the policy takes one and
   * verifies it against the policy's authorities alone; a connection without one goes on, since another credential may do.
   */
  readonly tlsOptions: GuardTlsOptions
  /** Faults that do not keep the policy from working, also told as events: a secret file that others can read, say. */
  readonly warnings: readonly string[]
  /**
   * Compiles the policy anew, its files read again, and puts it in force at once; requests under way end under the old one. What was
   * learnt (verified passwords, failures, fetched keys) stays.
   * @param options instead of those of before
   * @throws {PosternError} as `createGuard`, and ERR_POSTERN_OPEN for options that would end authentication: the old policy stays then.
   */
  reload(options?: GuardOptions): void
  /** Ends connections and timers. What the guard is asked afterwards it answers from what it knows. */
  close(): Promise<void>
}

export interface GuardTlsOptions {
  readonly requestCert: boolean
  readonly rejectUnauthorized: false
  readonly ca: string[]
}

export interface GuardSettings {
  /** Hears everything the guard has to tell, in order. What it throws becomes a process warning and changes no decision. */
  readonly onEvent?: (event: GuardEvent) => void
  /** Files, clocks and randomness; the system's own unless a test says otherwise. */
  readonly environment?: GuardEnvironment
}

export type GuardEnvironment = Omit<CompilerEnvironment, 'keep' | 'tell'>

/**
 * Compiles a policy.
 * @throws {PosternError} for a policy that cannot be compiled, see `compilePolicy`; files are read here, blocking.
 */
export function createGuard(options: GuardOptions, { onEvent, environment = SYSTEM }: GuardSettings = {}): Guard {
  const tell = (event: GuardEvent): void => {
    try {
      onEvent?.(event)
    } catch (error) {
      process.emitWarning(`What hears the guard's events threw: ${String(error)}`, 'PosternWarning')
    }
  }
  const keeper = new Keeper()
  const compile = (from: GuardOptions): Policy => {
    const compiled = keeper.renew((keep) => compilePolicy(from, { ...environment, keep, tell }))
    for (const message of compiled.warnings) tell({ type: 'warning', message })
    return compiled
  }
  let current = options
  let policy = compile(options)
  return {
    async decide(facts) {
      const decision = await decide(policy, facts, (error) => tell({ type: 'fault', error }))
      tell({
        type: 'decision',
        decision,
        address: facts.address && formatAddress(facts.address),
        method: facts.method,
        path: facts.target?.path,
      })
      return decision
    },
    get authenticates() {
      return policy.credentials.length > 0
    },
    get tlsOptions() {
      return { requestCert: policy.clientAuthorities.length > 0, rejectUnauthorized: false as const, ca: [...policy.clientAuthorities] }
    },
    get warnings() {
      return policy.warnings
    },
    reload(next = current) {
      refuseDowngrade(policy, next)
      policy = compile(next)
      current = next
    },
    close: () => keeper.close(),
  }
}

/** Whoever wants an open endpoint says so where the process starts: a file that was emptied or overwritten must not. */
function refuseDowngrade(policy: Policy, next: GuardOptions): void {
  if (policy.credentials.length === 0 || next.credentials !== 'none') return
  throw policyError('ERR_POSTERN_OPEN', "the new policy says credentials: 'none', and the one in force asks for credentials", {
    path: ['credentials'],
    fix: 'Start anew with it, if the endpoint is to be open from now on.',
  })
}

const SYSTEM: GuardEnvironment = { readFile: readSourceFile, now: Date.now, elapsed: () => performance.now(), randomBytes }
