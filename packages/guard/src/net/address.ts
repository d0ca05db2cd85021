/** One host address as four 32-bit words, so that both spellings of an IPv4 host are one value. Pure: text in, value out. */

/** 128 bits, most significant word first; IPv4 lives at `::ffff:0:0/96` (RFC 4291, 2.5.5.2). A zone (`%eth0`) is not part of it. */
export interface Address {
  readonly words: Words
  /** Width of the notation that was read: decides what a prefix length counts. */
  readonly bits: 32 | 128
}

export type Words = readonly [number, number, number, number]

/** Four decimal numbers without leading zeros: `010` is 8 to some programs and 10 to others, so it is no number here. */
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const GROUP = /^[0-9a-f]{1,4}$/i
/** RFC 4007: a zone names an interface of this machine, never a host. */
const ZONE = /^[0-9a-z._~-]+$/i

/** Reads `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1` or `fe80::1%eth0`; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseIpv4(text)
  if (v4 !== undefined) return { words: [0, 0, 0xffff, v4], bits: 32 }
  const percent = text.indexOf('%')
  if (percent >= 0 && !ZONE.test(text.slice(percent + 1))) return undefined
  const words = parseIpv6(percent >= 0 ? text.slice(0, percent) : text)
  return words && { words, bits: 128 }
}

function parseIpv4(text: string): number | undefined {
  const match = IPV4.exec(text)
  if (!match) return undefined
  let value = 0
  for (const part of match.slice(1)) {
    const byte = Number(part)
    if (byte > 255) return undefined
    value = value * 256 + byte
  }
  return value
}

function parseIpv6(text: string): Words | undefined {
  // A second gap would end up in the tail, where its empty group is none.
  const gap = text.indexOf('::')
  const head = parseGroups(gap < 0 ? text : text.slice(0, gap), gap < 0)
  const tail = gap < 0 ? [] : parseGroups(text.slice(gap + 2), true)
  if (!head || !tail) return undefined
  const missing = 8 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail]
  const word = (index: number): number => groups.slice(index * 2, index * 2 + 2).reduce((value, group) => value * 65536 + group, 0)
  return [word(0), word(1), word(2), word(3)]
}

/** Colon-separated groups; dotted decimals may only end the address. */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
      continue
    }
    const v4 = endsAddress && index === parts.length - 1 ? parseIpv4(part) : undefined
    if (v4 === undefined) return undefined
    groups.push(Math.floor(v4 / 65536), v4 % 65536)
  }
  return groups
}

const isIpv4 = ({ words }: Address): boolean => words[0] === 0 && words[1] === 0 && words[2] === 0xffff

/** The text to show and to log: dotted for every IPv4 host, RFC 5952 for the rest. */
export function formatAddress(address: Address): string {
  const low = address.words[3]
  if (isIpv4(address)) return [low >>> 24, (low >>> 16) & 255, (low >>> 8) & 255, low & 255].join('.')
  const groups = address.words.flatMap((word) => [Math.floor(word / 65536), word % 65536])
  const run = longestZeroRun(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (run.length < 2) return hex(groups)
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: index - length + 1, length }
  }
  return best
}

/** True for 127.0.0.0/8 in either coat and for ::1. */
export function isLoopback(address: Address): boolean {
  const [first, second, third, low] = address.words
  if (isIpv4(address)) return low >>> 24 === 127
  return first === 0 && second === 0 && third === 0 && low === 1
}
