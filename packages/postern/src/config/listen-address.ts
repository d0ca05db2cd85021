/** An address to serve as people write it: `localhost:9843`, `[::1]:9843`, `:9843`. Pure. */
import { formatAddress, parseAddress } from '@postern/guard'
import { commandError } from '../errors.ts'

export interface ListenAddress {
  /** A name, an address in its shortest form without brackets, or empty for every address of the machine. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

const FORM = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/
const NAME = /^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i

/**
 * @param path where it stands: `['listen', 0]` in a file, `['--listen']` on a command line
 * @throws {PosternError} ERR_POSTERN_LISTEN_ADDRESS
 */
export function parseListenAddress(text: string, path: readonly (string | number)[]): ListenAddress {
  const [, bracketed, plain = '', digits] = FORM.exec(text) ?? []
  const port = Number(digits)
  const address = parseAddress(bracketed ?? plain)
  // Brackets are for IPv6, and IPv6 needs them: [localhost]:1 and ::1:1 are read by nobody else.
  const host =
    bracketed === undefined
      ? address
        ? formatAddress(address)
        : NAME.test(plain)
          ? plain.toLowerCase()
          : plain
      : address && formatAddress(address)
  const isHost =
    host !== undefined && (host === '' || address !== undefined || NAME.test(host)) && (bracketed === undefined || bracketed.includes(':'))
  if (digits === undefined || !isHost) {
    throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${JSON.stringify(text)} is neither HOST:PORT nor [IPV6]:PORT nor :PORT`, {
      path,
      fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
    })
  }
  if (port > 65_535) {
    throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${JSON.stringify(text)} has port ${port}, and ports end at 65535`, {
      path,
      fix: 'Write a port like 9843.',
    })
  }
  return { host, port }
}

/** `[::1]:9843`, `localhost:9843`, `:9843`. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
