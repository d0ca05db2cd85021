/**
 * The way a request came, as proxies wrote it down: X-Forwarded-For, and Forwarded (RFC 7239). Pure: header lines in, hops out.
 * A client writes whatever it likes to the left of what the first honest proxy adds, so the walk goes from right to left and ends at
 * the first hop that is not trusted.
 */
import { type Address, parseAddress } from './address.ts'
import { isTrustedPeer, type Peer, type TrustedPeers } from './trusted-peers.ts'

/** Undefined for a hop that cannot be read: garbage, `unknown`, a name that hides it (`_x`), or nothing at all. */
type Hop = Address | undefined

/** Longer ones are written by nobody who means well. */
const MAX_HOPS = 64
const MAX_CHARACTERS = 8_192
/** One hop that nobody can read: what a header comes to that breaks its bounds. */
const UNREADABLE: readonly Hop[] = [undefined]

export type HopReader = (lines: readonly string[]) => readonly Hop[]

/**
 * The client: `peer` itself unless it is trusted, then the rightmost hop that is not; where all are, the leftmost. A hop that cannot be
 * read is trusted by nobody and has no address, so that no network holds it: what is left of it may be the client's own invention.
 */
export function originOf(peer: Peer, hops: readonly Hop[], trusted: TrustedPeers): Peer {
  let origin = peer
  for (let index = hops.length - 1; index >= 0 && isTrustedPeer(trusted, origin); index -= 1) origin = { address: hops[index] }
  return origin
}

/** Hops of X-Forwarded-For, leftmost first: addresses, IPv6 with or without brackets, some proxies add the port. */
export const readXForwardedFor: HopReader = (lines) => readHops(lines, (line) => line.split(',').map((text) => readPlain(trim(text))))

/** Hops of Forwarded, leftmost first: the `for` of each element. A line that breaks the grammar is one hop that cannot be read. */
export const readForwarded: HopReader = (lines) => readHops(lines, (line) => readElements(line) ?? UNREADABLE)

/** Lines are read each by itself: a quote that a client left open must not reach into the line of a proxy. */
function readHops(lines: readonly string[], read: (line: string) => readonly Hop[]): readonly Hop[] {
  if (lines.reduce((sum, line) => sum + line.length, 0) > MAX_CHARACTERS) return UNREADABLE
  const hops = lines.flatMap(read)
  return hops.length > MAX_HOPS ? UNREADABLE : hops
}

/** Optional white space of RFC 9110, 5.6.3, which is less than what `trim` of JavaScript takes for such. */
const trim = (text: string): string => text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '')

/**
 * An empty element is a hop that somebody could not name, although RFC 9110, 5.6.1.2 would pass it over: a proxy that has no address for
 * its client appends nothing, and what the client itself wrote would be believed.
 */
function readPlain(text: string): Hop {
  const [, bracketed, plain = text] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? []
  return bracketed === undefined ? readHost(plain) : readIpv6(bracketed)
}

/** RFC 7239, 6: IPv6 only in brackets; a port in digits, or hidden like a name. */
function readNode(text: string): Hop {
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(text) ?? []
  return bracketed === undefined ? readHost(plain) : readIpv6(bracketed)
}

const readIpv6 = (text: string): Hop => (text.includes(':') ? readHost(text) : undefined)

/** A zone names an interface of the proxy's machine and would be read as one of ours. */
const readHost = (text: string): Hop => (text.includes('%') ? undefined : parseAddress(text))

/** RFC 7239, 4: `token=value`, the value a token or a quoted string (RFC 9110, 5.6.2 and 5.6.4); no white space around `=` and `;`. */
const PAIR = /([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*)")/y

/** Undefined where the line breaks the grammar: then nobody can tell where one element ends and the next begins. */
function readElements(line: string): Hop[] | undefined {
  const hops: Hop[] = []
  for (let at = 0; ; at += 1) {
    at = skipSpace(line, at)
    const nodes: string[] = []
    for (; ; at += 1) {
      PAIR.lastIndex = at
      const [pair = '', name = '', token, quoted = ''] = PAIR.exec(line) ?? []
      at += pair.length
      if (name.toLowerCase() === 'for') nodes.push(token ?? quoted.replace(/\\(.)/g, '$1'))
      if (line[at] !== ';') break
    }
    const [node, second] = nodes
    // Two of them in one element contradict each other (RFC 7239, 4), and the proxy that wrote none did not want to tell.
    hops.push(node === undefined || second !== undefined ? undefined : readNode(node))
    at = skipSpace(line, at)
    if (at >= line.length) return hops
    if (line[at] !== ',') return undefined
  }
}

function skipSpace(line: string, from: number): number {
  let at = from
  while (line[at] === ' ' || line[at] === '\t') at += 1
  return at
}
