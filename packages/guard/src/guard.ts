/** The guard as others hold it: a compiled policy that decides and tells. */
import { randomBytes } from 'node:crypto'
import { resolveClient } from './clients/proxies.ts'
import type { CompilerEnvironment } from './credentials/compiled.ts'
import { decide } from './decide/decide.ts'
import { describeDecision, MAX } from './decide/decision-event.ts'
import { safeText } from './decide/safe-text.ts'
import type { Decision } from './decision.ts'
import { faultText, policyError } from './errors.ts'
import type { GuardEvent } from './events.ts'
import { Keeper } from './keeper.ts'
import { compilePolicy, type GuardOptions, type Policy } from './policy/policy.ts'
import type { RequestFacts } from './request.ts'
import { type FileReader, readSourceFile } from './sources/file.ts'
import { recordReads, type WatchTimes, watchFiles } from './sources/watch.ts'
import { reporting } from './views/view.ts'

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
  /** For every answer but those that say 429 or 500. */
  readonly responseHeaders: Readonly<Record<string, string>>
  /** Faults that do not keep the policy from working, also told as events: a secret file that others can read, say. */
  readonly warnings: readonly string[]
  /**
   * Compiles the policy anew, its files read again, and puts it in force at once; requests under way end under the old one. What was
   * learnt (verified passwords, failures, fetched keys) stays.
   * @param options instead of those of before
   * @throws {PosternError} as `createGuard`, and ERR_POSTERN_OPEN for options that would end authentication: the old policy stays then.
   */
  reload(options?: GuardOptions | GuardOptionsReader): void
  /** Calls `listener` after each reload that succeeded: `tlsOptions` may be others. The answer ends that. */
  onReload(listener: () => void): () => void
  /** Ends connections, timers and the watch on files. What the guard is asked afterwards it answers from what it knows. */
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
  /**
   * Whether every file that the policy names is watched, and the policy reloaded when one changes; a fault is told as an event and leaves
   * the old policy in force. No process is kept alive by it. Default true.
   */
  readonly watch?: boolean | WatchTimes
}

/**
 * Options that come from a file: it is read with `readFile`, which has it watched, again at each reload.
 * @throws {PosternError} for a file that cannot be read or used
 */
export type GuardOptionsReader = (readFile: FileReader) => GuardOptions

export type GuardEnvironment = Omit<CompilerEnvironment, 'keep' | 'tell'>

/**
 * Compiles a policy.
 * @throws {PosternError} for a policy that cannot be compiled, see `compilePolicy`; files are read here, blocking.
 */
export function createGuard(
  options: GuardOptions | GuardOptionsReader,
  { onEvent, environment = SYSTEM, watch = true }: GuardSettings = {},
): Guard {
  const tell = (event: GuardEvent): void => {
    try {
      onEvent?.(event)
    } catch (error) {
      process.emitWarning(`What hears the guard's events threw: ${String(error)}`, 'PosternWarning')
    }
  }
  const keeper = new Keeper()
  const reader = recordReads(environment.readFile)
  const read = (from: GuardOptions | GuardOptionsReader): GuardOptions => (typeof from === 'function' ? from(reader.readFile) : from)
  const compile = (from: GuardOptions): Policy => {
    const compiled = keeper.renew((keep) => compilePolicy(from, { ...environment, readFile: reader.readFile, keep, tell }))
    for (const message of compiled.warnings) tell({ type: 'warning', message })
    return compiled
  }
  let current = options
  let policy = compile(read(options))
  let followed = reader.take()
  const listeners = new Set<() => void>()
  const reload = (next: GuardOptions | GuardOptionsReader): void => {
    try {
      const asked = read(next)
      refuseDowngrade(policy, asked)
      policy = compile(asked)
      current = next
      followed = reader.take()
    } catch (error) {
      tell({ type: 'reload', what: 'policy', ok: false, message: faultText(error) })
      // The mend may lie in a file that the old policy did not read.
      followed = new Map([...followed, ...reader.take()])
      throw error
    } finally {
      files?.follow(followed)
    }
    tell({ type: 'reload', what: 'policy', ok: true, message: 'the policy and its files were read again' })
    for (const listener of listeners) call(listener)
  }
  const files = watch === false ? undefined : watchFiles(() => attempt(() => reload(current)), watch === true ? undefined : watch)
  files?.follow(followed)
  return {
    async decide(facts) {
      const since = environment.elapsed()
      const client = resolveClient(policy.proxies, facts)
      const decision = await decide(policy, facts, (error) => tell({ type: 'fault', error }), client)
      if (onEvent) tell(describeDecision(decision, facts, client, environment.elapsed() - since))
      if (!decision.allow || decision.view === undefined) return decision
      const { principal, view } = decision
      const name = safeText(principal.name, MAX.name)
      return { ...decision, view: reporting(view, (counts) => tell({ type: 'view', view: view.name, principal: name, ...counts })) }
    },
    get authenticates() {
      return policy.credentials.length > 0
    },
    get tlsOptions() {
      return { requestCert: policy.clientAuthorities.length > 0, rejectUnauthorized: false as const, ca: [...policy.clientAuthorities] }
    },
    get responseHeaders() {
      return policy.responseHeaders
    },
    get warnings() {
      return policy.warnings
    },
    reload: (next = current) => reload(next),
    onReload(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      files?.close()
      await keeper.close()
    },
  }
}

/** The policy is in force already, whatever those who hear of it do. */
function call(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    process.emitWarning(`What hears of the guard's reload threw: ${String(error)}`, 'PosternWarning')
  }
}

/** Runs what tells its own faults. */
function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // Told.
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

/** Files, clocks and randomness of the machine. @internal */
export const SYSTEM: GuardEnvironment = { readFile: readSourceFile, now: Date.now, elapsed: () => performance.now(), randomBytes }
