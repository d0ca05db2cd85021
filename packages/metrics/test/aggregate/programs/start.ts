/** Programs of this folder, run from their sources in processes of their own. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const SOURCES: readonly string[] = ['--conditions=@postern/source']

/** Node 20 reads no TypeScript by itself. */
export const FROM_SOURCES: readonly string[] = [...SOURCES, '--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]

export function programPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess
  /** The first match in what it prints. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
}

export function startProgram(name: string, args: readonly string[] = []): Program {
  const child = fork(programPath(name), args, { execArgv: [...FROM_SOURCES], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const exited = once(child, 'exit')
  return {
    child,
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(text)
        if (match) return match
        await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), exited])
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} after printing ${JSON.stringify(text)}`)
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
