/** A program under test: its output kept, its ready line awaited, and its end certain, as an `await using` resource. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

export interface RunningProcess extends AsyncDisposable {
  readonly child: ChildProcess
  /** Both streams so far. */
  output(): string
  /** Resolves with the match as soon as the output holds one; rejects when the program ends first or the time is over. */
  printed(pattern: RegExp, milliseconds?: number): Promise<RegExpExecArray>
  /** Sends a signal and answers the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export function startProcess(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): RunningProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  const onText = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const look of onText) look()
    })
  }
  const exited = once(child, 'close').then(() => child.exitCode)
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    const status = await exited
    clearTimeout(timer)
    return status
  }
  return {
    child,
    output: () => text,
    end,
    printed(pattern, milliseconds = 20_000) {
      return new Promise((resolve, reject) => {
        const stop = (act: () => void): void => {
          onText.delete(look)
          clearTimeout(timer)
          act()
        }
        const look = (): void => {
          const match = pattern.exec(text)
          if (match) stop(() => resolve(match))
        }
        const timer = setTimeout(
          () => stop(() => reject(new Error(`no ${String(pattern)} within ${milliseconds} ms in:\n${text}`))),
          milliseconds,
        )
        onText.add(look)
        void exited.then((status) =>
          stop(() => reject(new Error(`${command} ended with ${String(status)} before ${String(pattern)}:\n${text}`))),
        )
        look()
      })
    },
    async [Symbol.asyncDispose]() {
      await end()
    },
  }
}

/** A port that was free a moment ago, for programs that cannot take port 0 and say which they got. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address')
  return address.port
}
