/** curl, the second client beside Prometheus: it can choose the address it comes from. */
import { execFile } from 'node:child_process'
import { binary } from './binaries.ts'

export interface CurlAnswer {
  /** 0 when the connection ended without a status. */
  readonly status: number
  readonly body: string
  /** curl's own exit status: 7 could not connect, 35 and 56 ended handshakes. */
  readonly exit: number
}

export function curl(...args: string[]): Promise<CurlAnswer> {
  return new Promise((resolve) => {
    execFile(
      binary('curl'),
      ['--silent', '--max-time', '15', '--write-out', '\n%{http_code}', ...args],
      { maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        const end = stdout.lastIndexOf('\n')
        resolve({
          status: Number(stdout.slice(end + 1)),
          body: stdout.slice(0, end),
          exit: error ? (typeof error.code === 'number' ? error.code : -1) : 0,
        })
      },
    )
  })
}
