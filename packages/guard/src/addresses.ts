/** Which client addresses may speak at all: a denied network wins, and where networks are allowed all others are denied. */
import { policyError, withPath } from './errors.ts'
import type { Address } from './net/address.ts'
import { containsAny, type Network, parseNetwork } from './net/network.ts'

export interface AddressOptions {
  /** Networks or lone addresses. Absent: every address that is not denied. */
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

export interface AddressList {
  readonly allow: readonly Network[] | undefined
  readonly deny: readonly Network[]
}

/**
 * @throws {PosternError} ERR_POSTERN_CIDR for a network that cannot be read; ERR_POSTERN_POLICY for an empty `allow`,
 * which reads like "nobody" and like "no restriction".
 */
export function compileAddresses(options: AddressOptions | undefined): AddressList {
  // `?? []` for callers without types: a key left empty in YAML or JSON is null and must not come to mean "no restriction".
  if (options?.allow !== undefined && (options.allow ?? []).length === 0) {
    throw policyError('ERR_POSTERN_POLICY', 'the list of allowed networks is empty, so that no address could ever be allowed', {
      path: ['allow'],
      fix: 'List a network, or leave "allow" out to allow every address that is not denied.',
    })
  }
  const parse = (list: readonly string[], key: string): Network[] =>
    list.map((text, index) => withPath([key, index], () => parseNetwork(text)))
  return { allow: options?.allow && parse(options.allow, 'allow'), deny: parse(options?.deny ?? [], 'deny') }
}

/** A peer without an address (a unix socket) is in no network: it passes only where no network is asked for. */
export function isAddressAllowed(list: AddressList, address: Address | undefined): boolean {
  if (address === undefined) return list.allow === undefined && list.deny.length === 0
  if (containsAny(list.deny, address)) return false
  return list.allow === undefined || containsAny(list.allow, address)
}
