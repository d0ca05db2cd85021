/**
 * The first bytes of a connection that a proxy hands on: PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt, 2020).
 * Pure: bytes in, a header out, or that more are needed, or that it is none.
 */
import { type Address, parseAddress, type Words } from './address.ts'

export type ProxyHeader =
  | { readonly state: 'incomplete' }
  | { readonly state: 'malformed' }
  | {
      readonly state: 'read'
      /** Bytes of the header; what follows belongs to the connection. */
      readonly length: number
      /** `local`: the proxy speaks for itself, to see whether somebody is there. */
      readonly command: 'local' | 'proxy'
      /** Undefined where the proxy does not know it, or where its client came over a unix socket of the proxy's machine. */
      readonly source: Address | undefined
      readonly destination: Address | undefined
    }

const INCOMPLETE: ProxyHeader = { state: 'incomplete' }
const MALFORMED: ProxyHeader = { state: 'malformed' }

const PREFIX_1 = Buffer.from('PROXY ', 'latin1')
const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Version 1: the whole line with its end. */
const MAX_LINE = 107
/** Version 2: what follows the first 16 bytes. Addresses of unix sockets take 216; the rest is for additions, none of which is used here. */
const MAX_BLOCK = 536

/**
 * Reads the header at the start of `bytes`, which holds all that came so far. A header in which anything is not as the specification
 * says is malformed: the proxy is ours, so it is no proxy that wrote it.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsLike(bytes, PREFIX_1)) return readVersion1(bytes)
  return beginsLike(bytes, SIGNATURE_2) ? readVersion2(bytes) : MALFORMED
}

function beginsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}

const LINE = /^PROXY TCP([46]) ([^ ]+) ([^ ]+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/
/** What follows the word is to be passed over. */
const UNKNOWN_LINE = /^PROXY UNKNOWN(?: [^\r\n]*)?$/

function readVersion1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_LINE).indexOf('\r\n')
  if (end < 0) return bytes.length < MAX_LINE ? INCOMPLETE : MALFORMED
  const line = bytes.toString('latin1', 0, end)
  const length = end + 2
  // Some would take the address of the proxy here. That one is often allowed more than its clients.
  if (UNKNOWN_LINE.test(line)) return { state: 'read', length, command: 'proxy', source: undefined, destination: undefined }
  const [, family, from = '', to = '', ...ports] = LINE.exec(line) ?? []
  const [source, destination] = [from, to].map((text) => (text.includes('%') ? undefined : parseAddress(text)))
  const bits = family === '4' ? 32 : 128
  if (source?.bits !== bits || destination?.bits !== bits || ports.some((port) => Number(port) > 65_535)) return MALFORMED
  return { state: 'read', length, command: 'proxy', source, destination }
}

/** Bytes of the addresses by family and transport; a stream is all that this connection can be. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // not known
  [0x11, 12], // TCP over IPv4
  [0x21, 36], // TCP over IPv6
  [0x31, 216], // a unix socket
])

function readVersion2(bytes: Buffer): ProxyHeader {
  if (bytes.length < 16) return INCOMPLETE
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13)
  const size = bytes.readUInt16BE(14)
  if ((command !== 0x20 && command !== 0x21) || size > MAX_BLOCK) return MALFORMED
  const length = 16 + size
  if (bytes.length < length) return INCOMPLETE
  // The block of a local connection is to be passed over, whatever is in it.
  if (command === 0x20) return { state: 'read', length, command: 'local', source: undefined, destination: undefined }
  const block = bytes.subarray(16, length)
  const addressBytes = ADDRESS_BYTES.get(family)
  if (addressBytes === undefined || !endsWithWholeAdditions(block, addressBytes)) return MALFORMED
  const read = family === 0x11 ? readIpv4 : family === 0x21 ? readIpv6 : () => undefined
  return { state: 'read', length, command: 'proxy', source: read(block, 0), destination: read(block, 1) }
}

/** From `start` to the end: a type, a length of two bytes, a value, and again. */
function endsWithWholeAdditions(block: Buffer, start: number): boolean {
  let at = start
  while (at + 3 <= block.length) at += 3 + block.readUInt16BE(at + 1)
  return at === block.length
}

const readIpv4 = (block: Buffer, index: number): Address => ({ words: [0, 0, 0xffff, block.readUInt32BE(index * 4)], bits: 32 })

function readIpv6(block: Buffer, index: number): Address {
  const word = (place: number): number => block.readUInt32BE(index * 16 + place * 4)
  const words: Words = [word(0), word(1), word(2), word(3)]
  return { words, bits: 128 }
}
