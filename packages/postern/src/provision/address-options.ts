/** The options that are addresses (--listen, --host, --upstream): text in, canonical form out, or the fault in full. Pure. */
import { commandError } from '../errors.ts'
import { formatHostPort, type ListenAddress } from '../generate/model.ts'
import { isWildcardHost, mayReach, parseHost } from './hosts.ts'

/** `[IPV6]:PORT` or `HOST:PORT`; the host may be missing. */
const HOST_PORT = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`.
 * @throws {PosternError} ERR_POSTERN_USAGE when it has another form or the port is not 1 to 65535.
 */
export function parseListen(text: string): ListenAddress {
  const match = HOST_PORT.exec(text)
  const [, bracketed, plain = '', digits = ''] = match ?? []
  const host = bracketed === undefined ? (plain === '' ? '' : parseHost(plain)) : parseHost(bracketed)
  // Brackets are for IPv6 alone: [localhost]:9843 would be read by nobody else.
  if (!match || host === undefined || (bracketed !== undefined && !bracketed.includes(':'))) {
    throw commandError('ERR_POSTERN_USAGE', `--listen ${quote(text)} is neither HOST:PORT nor [IPV6]:PORT nor :PORT`, {
      fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
    })
  }
  const port = Number(digits)
  if (port < 1 || port > 65_535) {
    throw commandError('ERR_POSTERN_USAGE', `--listen ${quote(text)} has port ${port}, and ports go from 1 to 65535`, {
      fix: 'Write a port like 9843.',
    })
  }
  return { host, port }
}

/**
 * Reads a name or address for the server certificate.
 * @throws {PosternError} ERR_POSTERN_USAGE when it is neither, or stands for more than one host.
 */
export function parseDialledHost(text: string): string {
  if (text.includes('*') || isWildcardHost(text)) {
    throw commandError('ERR_POSTERN_USAGE', `--host ${quote(text)} stands for many hosts, and Prometheus dials one`, {
      fix: 'Write each name or address in full, with a --host of its own.',
    })
  }
  const host = parseHost(text)
  if (host === undefined) {
    throw commandError('ERR_POSTERN_USAGE', `--host ${quote(text)} is neither a DNS name nor an IP address`, {
      fix: 'Write it like metrics.example.org, 192.0.2.10 or 2001:db8::10, without scheme, port or brackets.',
    })
  }
  return host
}

/**
 * Reads the address of the exporter. A URL without any path means `/metrics` there.
 * @throws {PosternError} ERR_POSTERN_UPSTREAM_URL when it is no plain http or https URL, or leads back to `listen`;
 * the message never holds credentials or a query.
 */
export function parseUpstream(text: string, listen: ListenAddress): string {
  const shown = quote(withoutSecrets(text))
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw commandError('ERR_POSTERN_UPSTREAM_URL', `--upstream ${shown} is not an http or https URL`, {
      fix: 'Write it like http://127.0.0.1:8080/metrics.',
    })
  }
  if (url.username !== '' || url.password !== '') {
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `--upstream ${shown} has credentials in it, and a URL is shown in logs and lists of processes`,
      {
        fix: 'Take them out, and bind the exporter to loopback instead.',
      },
    )
  }
  if (/[?#]/.test(text)) {
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `--upstream ${shown} has a query or a fragment, which is not part of the address of an exporter`,
      {
        fix: 'Leave out everything from ? or # on.',
      },
    )
  }
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port)
  if (port === listen.port && mayReach(hostOf(url), listen.host)) {
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `--upstream ${shown} is the gateway itself, which listens on ${formatHostPort(listen.host, listen.port)}`,
      {
        fix: 'Give the address of the exporter, or another --listen.',
      },
    )
  }
  return url.pathname === '/' && !text.endsWith('/') ? new URL('/metrics', url).href : url.href
}

/** Without the brackets of IPv6 and the dot that may end a name. */
function hostOf(url: URL): string {
  const host = url.hostname.replace(/^\[|[\].]$/g, '')
  return parseHost(host) ?? host
}

/** What may be shown of a URL that was refused: a password may hold `?`, `#` and even `@`, so the last `@` ends it. */
function withoutSecrets(text: string): string {
  const at = text.lastIndexOf('@')
  const scheme = /^[a-z][a-z0-9+.-]*:\/*/i.exec(text)?.[0] ?? ''
  const shown = at < 0 ? text : `${scheme}…@${text.slice(at + 1)}`
  return shown.replace(/[?#].*$/s, (rest) => `${rest.slice(0, 1)}…`)
}

/** What was read, on one line and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
