/** `run` as main.ts calls it, with streams of its own, so that a test sees what a person or a program would. */
import { Readable, Writable } from 'node:stream'
import { run } from '../../src/program.ts'

export interface Running {
  /** What it ended with. */
  readonly status: Promise<number>
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** The first line of `stream` that has come, or will, and matches. */
  line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>
  /** What SIGTERM does. */
  end(): void
}

export function start(argv: readonly string[], cwd = '/'): Running {
  const output = { stdout: '', stderr: '' }
  const ending = new AbortController()
  const waiting = new Set<() => void>()
  const sink = (stream: keyof typeof output): Writable =>
    new Writable({
      decodeStrings: false,
      write(chunk: string | Buffer, _, done) {
        output[stream] += chunk.toString()
        for (const look of waiting) look()
        done()
      },
    })
  const status = run(argv, {
    stdin: Readable.from([]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: {},
    cwd,
    signal: ending.signal,
  })
  return {
    status,
    output,
    line: (stream, pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = output[stream]
            .split('\n')
            .slice(0, -1)
            .find((line) => pattern.test(line))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        void status.then((code) => reject(new Error(`ended with ${code} before ${pattern}: ${output.stdout}${output.stderr}`)))
        look()
      }),
    end: () => ending.abort(),
  }
}

export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export async function finish(running: Running): Promise<Ended> {
  return { status: await running.status, ...running.output }
}
