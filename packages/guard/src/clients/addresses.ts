/** Which client addresses may speak at all: a denied network wins, and where networks are allowed all others are denied. */
import { policyError, withPath } from '../errors.ts'
import type { Address } from '../net/address.ts'
import { containsAny, type Network, parseNetwork, widthOf } from '../net/network.ts'
import { refuseUnknownKeys } from '../options/known-keys.ts'

export interface AddressOptions {
  /** Networks or lone addresses. Absent: every address that is not denied. */
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  /** Whether a peer on a unix socket, which has no address, may speak. Absent: it may where no network is listed. */
  readonly unixSockets?: boolean
}

export interface AddressList {
  readonly allow: readonly Network[] | undefined
  readonly deny: readonly Network[]
  readonly unixSockets: boolean
}

/**
 * @throws {PosternError} ERR_POSTERN_CIDR for a network that cannot be read; ERR_POSTERN_POLICY for an empty `allow`,
 * which reads like "nobody" and like "no restriction", and for a network of everyone.
 */
export function compileAddresses(from: AddressOptions | undefined): AddressList {
  const options = from ?? {}
  refuseUnknownKeys(options, ['allow', 'deny', 'unixSockets'])
  // `?? []` for callers without types: a key left empty in YAML or JSON is null and must not come to mean "no restriction".
  if (options.allow !== undefined && (options.allow ?? []).length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'the list of allowed networks is empty, so that no address could ever be allowed', {
      path: ['allow'],
      fix: 'List a network, or leave "allow" out to allow every address that is not denied.',
    })
  }
  const allow = options.allow && parseNetworks(options.allow, 'allow')
  const deny = parseNetworks(options.deny ?? [], 'deny')
  const { unixSockets = allow === undefined && deny.length === 0 } = options
  if (typeof unixSockets !== 'boolean') {
    throw policyError('ERR_POSTERN_POLICY', `${JSON.stringify(unixSockets)} is not true or false`, {
      path: ['unixSockets'],
      fix: 'Write true to let peers on unix sockets speak beside the networks, or false to let none.',
    })
  }
  return { allow, deny, unixSockets }
}

/** What to write instead of a network that is everyone. */
const MENDS = {
  allow: 'Leave "allow" out to allow every address that is not denied, or list the networks that may speak.',
  deny: 'List the networks that may not speak, or in "allow" the few that may.',
} as const

function parseNetworks(list: readonly string[], key: keyof typeof MENDS): Network[] {
  return list.map((text, index) =>
    withPath([key, index], () => {
      const network = parseNetwork(text)
      const width = widthOf(network)
      if (width === undefined) return network
      throw policyError('ERR_POSTERN_POLICY', `"${text}" is ${width}, which is no restriction anybody means`, { fix: MENDS[key] })
    }),
  )
}

/** A client without an address is in no network: it passes where none is listed, or on a unix socket that the policy speaks of. */
export function isAddressAllowed(list: AddressList, address: Address | undefined, unixSocket = false): boolean {
  if (address === undefined) return unixSocket ? list.unixSockets : list.allow === undefined && list.deny.length === 0
  if (containsAny(list.deny, address)) return false
  return list.allow === undefined || containsAny(list.allow, address)
}
