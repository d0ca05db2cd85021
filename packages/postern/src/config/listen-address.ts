/** An address to serve as people write it: `localhost:9843`, `[::1]:9843`, `:9843`, `unix:/run/postern.sock`. Pure. */
import { formatAddress, parseAddress } from '@postern/guard'
import { commandError } from '../errors.ts'

export interface ListenAddress {
  /** A name, an address in its shortest form without brackets, or empty for every address of the machine. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

/** A unix socket of this machine. */
export interface SocketAddress {
  /** Whole, from the root on. */
  readonly socketPath: string
}

/** What `listen` of a policy may hold. */
export type ServedAddress = ListenAddress | SocketAddress

export const isSocketAddress = (address: ServedAddress): address is SocketAddress => 'socketPath' in address
export const hasPort = (address: ServedAddress): address is ListenAddress => 'port' in address

const SOCKET = 'unix:'

/**
 * Reads a unix socket, or what {@link parseListenAddress} reads.
 * @throws {PosternError} ERR_POSTERN_LISTEN_ADDRESS
 */
export function parseServedAddress(text: string, path: readonly (string | number)[]): ServedAddress {
  if (!text.startsWith(SOCKET)) return parseListenAddress(text, path)
  const socketPath = text.slice(SOCKET.length)
  if (/^\/[^\0]*[^\0/]$/.test(socketPath)) return { socketPath }
  throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${JSON.stringify(text)} does not name a file by its whole path`, {
    path,
    fix: 'Write it like unix:/run/postern.sock.',
  })
}

const FORM = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/
const NAME = /^(?!-)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i
/** A name whose last label is a number (256.0.0.1, 127.1, 0x7f.1) is an address to some programs and a name to others. */
const NUMERIC = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/i
const FIX = 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.'

/**
 * @param path where it stands: `['listen', 0]` in a file, `['--listen']` on a command line
 * @throws {PosternError} ERR_POSTERN_LISTEN_ADDRESS
 */
export function parseListenAddress(text: string, path: readonly (string | number)[]): ListenAddress {
  const [, bracketed, plain = '', digits] = FORM.exec(text) ?? []
  const port = Number(digits)
  const host = digits === undefined ? undefined : bracketed === undefined ? readHost(plain) : readIpv6(bracketed)
  if (host === undefined) {
    throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${JSON.stringify(text)} is neither HOST:PORT nor [IPV6]:PORT nor :PORT`, {
      path,
      fix: FIX,
    })
  }
  if (parseAddress(host) === undefined && NUMERIC.test(host)) {
    throw commandError(
      'ERR_POSTERN_LISTEN_ADDRESS',
      `${JSON.stringify(text)} starts with neither a DNS name nor an IP address that others can dial`,
      { path, fix: FIX },
    )
  }
  if (port > 65_535) {
    throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${JSON.stringify(text)} has port ${port}, and ports end at 65535`, {
      path,
      fix: 'Write a port like 9843.',
    })
  }
  return { host, port }
}

/** Brackets are for IPv6, and IPv6 needs them: [localhost]:1 and ::1:1 are read by nobody else. */
function readHost(text: string): string | undefined {
  const address = parseAddress(text)
  if (address) return formatAddress(address)
  return text === '' || NAME.test(text) ? text.toLowerCase() : undefined
}

/** A zone stays: a link-local address says nothing without its interface. */
function readIpv6(text: string): string | undefined {
  const [, zone = ''] = /(%.*)$/.exec(text) ?? []
  const address = text.includes(':') ? parseAddress(text) : undefined
  return address && `${formatAddress(address)}${zone}`
}

/** `[::1]:9843`, `unix:/run/postern.sock`: as a policy writes it. */
export function formatServedAddress(address: ServedAddress): string {
  return isSocketAddress(address) ? `${SOCKET}${address.socketPath}` : formatHostPort(address.host, address.port)
}

/** `[::1]:9843`, `localhost:9843`, `:9843`. */
export function formatHostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
