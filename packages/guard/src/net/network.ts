/** Networks as text ("10.0.0.0/8") turned into a matcher. Pure: reads no socket, header or file. */
import { policyError } from '../errors.ts'
import { type Address, formatAddress, parseAddress, type Words } from './address.ts'

/** Compared word by word: four integer operations for each network that does not match. */
export interface Network {
  readonly base: Words
  readonly mask: Words
  /** As written, for the audit. */
  readonly text: string
}

/**
 * Reads a CIDR block, or a lone address as /32 or /128.
 * @throws {PosternError} ERR_POSTERN_CIDR when the address or prefix is malformed, names a zone, or a bit below the prefix is set.
 */
export function parseNetwork(text: string): Network {
  const [host = '', prefix, ...rest] = text.split('/')
  const address = parseAddress(host)
  const length = prefix === undefined ? address?.bits : /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : -1
  if (!address || host.includes('%') || length === undefined || length < 0 || length > address.bits || rest.length > 0) {
    throw policyError('ERR_POSTERN_CIDR', `"${text}" is not an address or CIDR block`, {
      fix: 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.',
    })
  }
  const mask = maskOf(length + 128 - address.bits)
  const base = and(address.words, mask)
  if (!equal(base, address.words)) {
    const network = formatAddress({ words: base, bits: address.bits })
    // An IPv4 network in its IPv6 coat is shown, and so counted, without it.
    const shownLength = network.includes(':') ? length : length - address.bits + 32
    throw policyError('ERR_POSTERN_CIDR', `"${text}" has bits set below /${length}`, {
      fix: `Write ${network}/${shownLength} for the network, or ${host}/${address.bits} for the one host.`,
    })
  }
  return { base, mask, text }
}

/** True when `address` lies inside `network`. */
export function contains(network: Network, address: Address): boolean {
  const { base, mask } = network
  const { words } = address
  // `>>> 0` because JavaScript's `&` answers signed and `base` is unsigned.
  return (
    (words[3] & mask[3]) >>> 0 === base[3] &&
    (words[2] & mask[2]) >>> 0 === base[2] &&
    (words[1] & mask[1]) >>> 0 === base[1] &&
    (words[0] & mask[0]) >>> 0 === base[0]
  )
}

/** True when `address` lies inside any of `networks`. */
export function containsAny(networks: readonly Network[], address: Address): boolean {
  for (const network of networks) if (contains(network, address)) return true
  return false
}

/** In words, where a network is every host there is or every one of IPv4: nobody who writes a list of networks means that. */
export function widthOf(network: Network): 'every address' | 'every IPv4 address' | undefined {
  if (network.mask.every((word) => word === 0)) return 'every address'
  return network.mask[3] === 0 && contains(network, FIRST_IPV4) ? 'every IPv4 address' : undefined
}

const FIRST_IPV4: Address = { words: [0, 0, 0xffff, 0], bits: 32 }

/** The first `length` of 128 bits set. A shift by 32 would be a shift by 0, hence the two ends. */
function maskOf(length: number): Words {
  const word = (index: number): number => {
    const set = Math.min(Math.max(length - index * 32, 0), 32)
    return set === 0 ? 0 : (0xffffffff << (32 - set)) >>> 0
  }
  return [word(0), word(1), word(2), word(3)]
}

const and = (a: Words, b: Words): Words => [(a[0] & b[0]) >>> 0, (a[1] & b[1]) >>> 0, (a[2] & b[2]) >>> 0, (a[3] & b[3]) >>> 0]
const equal = (a: Words, b: Words): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
