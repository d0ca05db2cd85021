/** What the compiler of each kind of credential is given and what it gives. */
import type { GuardEvent } from '../events.ts'
import type { Keep } from '../keeper.ts'
import type { FileReader } from '../sources/file.ts'
import type { Credential } from './finding.ts'
import type { RuleMention } from './rule-mentions.ts'

/** What compilation needs of the world; a test gives its own. */
export interface CompilerEnvironment {
  readonly readFile: FileReader
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds, monotonic. */
  readonly elapsed: () => number
  readonly randomBytes: (size: number) => Uint8Array
  /** For what outlives a reload of the policy. */
  readonly keep: Keep
  /** For what happens between requests: an authority that goes away, a list that is past its day. Once for each change. Never throws. */
  readonly tell: (event: GuardEvent) => void
}

export interface CompiledCredential {
  readonly credential: Credential
  readonly clientAuthorities: readonly string[]
  /** Rules that it names, which must exist. Left out: none. */
  readonly ruleMentions?: readonly RuleMention[]
  readonly warnings: readonly string[]
}
