/** Names and addresses of hosts as people write them, turned into their one canonical spelling; and what dials what. Pure. */
import { formatAddress, isLoopbackHost, parseAddress } from '@postern/guard'
import type { ListenAddress } from './listen-address.ts'

/** RFC 1123, and `_`, which container networks put into names and Prometheus dials. */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/** A DNS name in lower case or an IP address in its shortest form; undefined for anything else, also for a wildcard or a zone (`%eth0`). */
export function parseHost(text: string): string | undefined {
  const address = parseAddress(text)
  if (address) return text.includes('%') ? undefined : formatAddress(address)
  const name = text.toLowerCase()
  // A name whose last label is a number (256.1.1.1, 10.1) is an address to some programs and a name to others.
  if (name.length > 253 || /(^|\.)\d+$/.test(name)) return undefined
  return name.split('.').every((label) => LABEL.test(label)) ? name : undefined
}

/** True for hosts that mean every address of the machine: nothing that could be dialled or stand in a certificate. */
export function isWildcardHost(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}

/** True when a connection to `dialled` on the same port may reach a listener on `listening`. Names other than localhost are not resolved. */
export function mayReach(dialled: string, listening: string): boolean {
  // 0.0.0.0 and :: as a destination lead to the machine itself.
  const target = isWildcardHost(dialled) ? 'localhost' : dialled
  if (isWildcardHost(listening)) return isLoopbackHost(target)
  return addressesOf(target).some((address) => addressesOf(listening).includes(address))
}

function addressesOf(host: string): readonly string[] {
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host]
}

/** True when a request to `url`, http or https, may end at a listener on `listen`: a gateway that is its own upstream never answers. */
export function leadsTo(url: URL, listen: ListenAddress): boolean {
  const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port)
  return port === listen.port && mayReach(dialledHost(url), listen.host)
}

/** Without the brackets of IPv6 and the dot that may end a name. */
function dialledHost(url: URL): string {
  const host = url.hostname.replace(/^\[|[\].]$/g, '')
  return parseHost(host) ?? host
}
