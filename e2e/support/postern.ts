/** The built command, run as a user runs it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunningProcess, startProcess } from './process.ts'

const MAIN = fileURLToPath(new URL('../../packages/postern/dist/main.js', import.meta.url))
if (!existsSync(MAIN)) throw new Error('The end-to-end tests run the built command: npm run build')

export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command that ends by itself. */
export function postern(args: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { cwd: options.cwd, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ status: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout, stderr })
    })
    child.stdin?.end(options.input ?? '')
  })
}

/** Starts one that serves: the caller awaits its ready line. */
export function startPostern(args: readonly string[], options: { cwd?: string } = {}): RunningProcess {
  return startProcess(process.execPath, [MAIN, ...args], options)
}

/** A folder for one test, gone afterwards. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'postern-e2e-'))
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
    },
  }
}
