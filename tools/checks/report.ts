/** What every check gives back and how it is told: one line when the promise holds, otherwise each fault with its mend. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Fault {
  /** `path` or `path:line`, relative to the root. */
  readonly place: string
  /** What was read and why it is wrong; no full stop. */
  readonly message: string
  /** One imperative sentence. */
  readonly fix: string
}

export interface CheckResult {
  /** What holds, with its count; said only when there are no faults. */
  readonly holds: string
  readonly faults: readonly Fault[]
}

/** The folder that holds package.json, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** Runs `check` when `file` is the program that was started, and not when a test imports it. */
export function runAsProgram(file: string, name: string, check: (root: string) => CheckResult | Promise<CheckResult>): void {
  if (file !== process.argv[1]) return
  Promise.resolve(check(ROOT)).then(
    ({ holds, faults }) => {
      for (const { place, message, fix } of faults) console.error(`${name}: ${place}: ${message}. ${fix}`)
      if (faults.length === 0) console.log(`${name}: ${holds}`)
      process.exitCode = faults.length === 0 ? 0 : 1
    },
    (error: unknown) => {
      console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      process.exitCode = 1
    },
  )
}

export function relativeTo(root: string, file: string): string {
  return relative(root, file).replaceAll('\\', '/')
}
