/** Names and addresses of hosts as people write them, turned into their one canonical spelling. Pure. */
import { formatAddress, isLoopback, parseAddress } from '@postern/guard'

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

/** True for `localhost`, 127.0.0.0/8 and ::1, in canonical spelling. */
export function isLoopbackHost(host: string): boolean {
  const address = parseAddress(host)
  return address ? isLoopback(address) : host === 'localhost'
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
