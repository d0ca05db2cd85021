/** A policy compiled without a guard around it: its clock stands where a test puts it, and what it tells is kept. */
import { randomBytes } from 'node:crypto'
import type { GuardEvent, GuardOptions } from '@postern/guard'
import type { CompilerEnvironment } from '../../src/credentials/compiled.ts'
import { compilePolicy, type Policy } from '../../src/policy/policy.ts'
import { readSourceFile } from '../../src/sources/file.ts'

export interface Bench {
  readonly environment: CompilerEnvironment
  /** Milliseconds since the epoch, and monotonic ones; tests move them. */
  readonly clock: { now: number; elapsed: number }
  readonly events: GuardEvent[]
  /** Compiles what has no type, as a file has none. */
  compile(options: unknown): Policy
}

/** @param files by name, before those of the disk */
export function createBench(files: Readonly<Record<string, string>> = {}): Bench {
  const clock = { now: Date.now(), elapsed: 0 }
  const events: GuardEvent[] = []
  const kept = new Map<string, object>()
  const environment: CompilerEnvironment = {
    readFile: (file, path) => (Object.hasOwn(files, file) ? { text: files[file]!, readableByOthers: false } : readSourceFile(file, path)),
    now: () => clock.now,
    elapsed: () => clock.elapsed,
    randomBytes,
    keep<Kept extends object>(key: string, create: () => Kept) {
      const one = (kept.get(key) as Kept | undefined) ?? create()
      kept.set(key, one)
      return one
    },
    tell: (event) => events.push(event),
  }
  return { environment, clock, events, compile: (options) => compilePolicy(options as GuardOptions, environment) }
}
