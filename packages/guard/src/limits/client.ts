/** Whom a request counts for: one IPv4 host, one IPv6 network of 64 bits, or all peers without an address together. */

/** 64 bits as two unsigned words. */
export interface Client {
  readonly high: number
  readonly low: number
}

/** `0:0:0:1::/64`, where no host is (RFC 4291, 2.4: `::/8` is reserved). */
const WITHOUT_ADDRESS: Client = { high: 0, low: 1 }

/** What an IPv4 host has before its address: the network `0:ffff::/32`, where no host is either. */
const IPV4 = 0xffff

/**
 * Whoever rents one machine has a /64 of IPv6 and would be a new client with each request, were the whole address to count.
 * @param words of the address, most significant first, IPv4 at `::ffff:0:0/96`; undefined for a unix socket
 */
export function clientOf(words: readonly [number, number, number, number] | undefined): Client {
  if (words === undefined) return WITHOUT_ADDRESS
  const [first, second, third, last] = words
  return first === 0 && second === 0 && third === 0xffff ? { high: IPV4, low: last } : { high: first, low: second }
}

/** 16 hex digits, for a store that wants text. */
export const clientName = ({ high, low }: Client): string => high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
