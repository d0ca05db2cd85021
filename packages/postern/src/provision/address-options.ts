/** The options that are addresses (--listen, --host, --upstream): text in, canonical form out, or the fault in full. Pure. */

import { isWildcardHost, leadsTo, parseHost } from '../config/hosts.ts'
import { formatHostPort, type ListenAddress, parseListenAddress } from '../config/listen-address.ts'
import { parseUpstreamUrl } from '../config/upstream-url.ts'
import { commandError } from '../errors.ts'

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT` for a gateway that Prometheus is told of: the port must be known beforehand.
 * @throws {PosternError} ERR_POSTERN_LISTEN_ADDRESS when it has another form or the port is not 1 to 65535.
 */
export function parseListen(text: string): ListenAddress {
  const path = ['--listen']
  const { host, port } = parseListenAddress(text, path)
  if (port === 0) {
    throw commandError('ERR_POSTERN_LISTEN_ADDRESS', `${quote(text)} has port 0, and Prometheus must be told which port it is`, {
      path,
      fix: 'Write a port like 9843.',
    })
  }
  // A zone (fe80::1%eth0) means something on this machine alone.
  if (text.includes('%') || (!isWildcardHost(host) && parseHost(host) === undefined)) {
    throw commandError(
      'ERR_POSTERN_LISTEN_ADDRESS',
      `${quote(text)} starts with neither a DNS name nor an IP address that others can dial`,
      {
        path,
        fix: 'Write it like localhost:9843, [::1]:9843 or 0.0.0.0:9843.',
      },
    )
  }
  return { host, port }
}

/**
 * Reads a name or address for the server certificate.
 * @throws {PosternError} ERR_POSTERN_USAGE when it is neither, or stands for more than one host.
 */
export function parseDialledHost(text: string): string {
  const path = ['--host']
  const host = parseHost(text)
  if (text.includes('*') || (host !== undefined && isWildcardHost(host))) {
    throw commandError('ERR_POSTERN_USAGE', `${quote(text)} stands for many hosts, and Prometheus dials one`, {
      path,
      fix: 'Write each name or address in full, with a --host of its own.',
    })
  }
  if (host === undefined) {
    throw commandError('ERR_POSTERN_USAGE', `${quote(text)} is neither a DNS name nor an IP address`, {
      path,
      fix: 'Write it like metrics.example.org, 192.0.2.10 or 2001:db8::10, without scheme, port or brackets.',
    })
  }
  return host
}

/**
 * Reads the address of the exporter. A URL without any path means `defaultPath` there.
 * @throws {PosternError} ERR_POSTERN_UPSTREAM_URL when it is no plain http or https URL, or leads back to `listen`.
 */
export function parseUpstream(text: string, listen: ListenAddress, defaultPath: string): string {
  const path = ['--upstream']
  const url = parseUpstreamUrl(text, path, defaultPath)
  if (leadsTo(url, listen)) {
    throw commandError(
      'ERR_POSTERN_UPSTREAM_URL',
      `${quote(url.href)} is the gateway itself, which listens on ${formatHostPort(listen.host, listen.port)}`,
      {
        path,
        fix: 'Give the address of the exporter, or another --listen.',
      },
    )
  }
  return url.href
}

/** What was read, on one line and without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
