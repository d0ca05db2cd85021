/** Programs that are not ours and know better: found on the machine, or the suite that needs them says so. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'

/** A suite that needs `program`. Without it the suite is shown as skipped and why; with CI=true it fails. */
export function describeWith(program: string, name: string, suite: () => void): void {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0
  if (found || process.env['CI'] === 'true') describe(name, suite)
  else describe.skip(`${name} (skipped: ${program} is not installed)`, suite)
}

/** Runs `program` to its end; `output` is everything it said. */
export function ask(program: string, args: readonly string[], input = ''): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' })
  return { status, output: error ? String(error) : stdout + stderr }
}

/** An empty folder that goes away with its test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
