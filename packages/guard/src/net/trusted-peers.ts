/** Peers whose word about somebody else's address is believed. Pure: text in, matcher out. */
import { policyError, withPath } from '../errors.ts'
import type { Address } from './address.ts'
import { containsAny, type Network, parseNetwork, widthOf } from './network.ts'

/** The other end of a connection, or whom it is said to speak for. */
export interface Peer {
  /** Undefined for one that has none (a unix socket) and for one of whom nobody can tell it: no network holds either. */
  readonly address: Address | undefined
  /** True for one that came over a unix socket of this machine. */
  readonly unixSocket?: boolean
}

export interface TrustedPeers {
  readonly networks: readonly Network[]
  readonly unixSocket: boolean
}

/** What stands in a list of networks for whoever connects over a unix socket: the mode of its file says who that may be. */
const UNIX_SOCKET = 'unix'

/**
 * @throws {PosternError} ERR_POSTERN_CIDR for a network that cannot be read; ERR_POSTERN_POLICY for a list that is empty, and for a network
 * of everyone: whoever is trusted chooses the address that is judged.
 */
export function parseTrustedPeers(list: readonly string[]): TrustedPeers {
  if (!Array.isArray(list) || list.length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'no peer is listed whose word is believed', {
      fix: 'List the addresses of your proxies.',
    })
  }
  const networks = list.flatMap((text: string, index) => (text === UNIX_SOCKET ? [] : [withPath([index], () => parseTrusted(text))]))
  return { networks, unixSocket: networks.length < list.length }
}

function parseTrusted(text: string): Network {
  const network = parseNetwork(text)
  const width = widthOf(network)
  if (width === undefined) return network
  throw policyError('ERR_POSTERN_POLICY', `"${text}" is ${width}, and whoever is trusted chooses the address that is judged`, {
    fix: 'List the addresses of your proxies alone.',
  })
}

/** A peer of whom nobody knows the address is trusted by nobody. */
export function isTrustedPeer(trusted: TrustedPeers, { address, unixSocket = false }: Peer): boolean {
  return address === undefined ? unixSocket && trusted.unixSocket : containsAny(trusted.networks, address)
}
