/** argv in, exit status out, nothing else. */
import { run } from './program.ts'

const ending = new AbortController()
const end = (): void => ending.abort()
process.once('SIGINT', end)
process.once('SIGTERM', end)

// A reader that has seen enough (`postern … | head -1`) is no fault of the command.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: ending.signal,
}).then(
  (status) => {
    process.exitCode = status
    process.removeListener('SIGINT', end)
    process.removeListener('SIGTERM', end)
  },
  (error: unknown) => {
    process.stderr.write(`postern: ${String(error)}\n`)
    process.exitCode = 1
  },
)
