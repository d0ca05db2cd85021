/** The guard as others hold it: a compiled policy that decides and tells. */
import { randomBytes } from 'node:crypto'
import type { CompilerEnvironment } from './credentials/compiled.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import type { GuardEvent } from './events.ts'
import { formatAddress } from './net/address.ts'
import { compilePolicy, type GuardOptions } from './policy.ts'
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
  readonly environment?: CompilerEnvironment
}

/**
 * Compiles a policy.
 * @throws {PosternError} for a policy that cannot be compiled, see `compilePolicy`; files are read here, blocking.
 */
export function createGuard(options: GuardOptions, { onEvent, environment = SYSTEM }: GuardSettings = {}): Guard {
  const policy = compilePolicy(options, environment)
  const tell = (event: GuardEvent): void => {
    try {
      onEvent?.(event)
    } catch (error) {
      process.emitWarning(`What hears the guard's events threw: ${String(error)}`, 'PosternWarning')
    }
  }
  for (const message of policy.warnings) tell({ type: 'warning', message })
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
    authenticates: policy.credentials.length > 0,
    tlsOptions: { requestCert: policy.clientAuthorities.length > 0, rejectUnauthorized: false, ca: [...policy.clientAuthorities] },
    warnings: policy.warnings,
  }
}

const SYSTEM: CompilerEnvironment = { readFile: readSourceFile, now: Date.now, elapsed: () => performance.now(), randomBytes }
