import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress } from '../../src/net/address.ts'
import { readProxyHeader } from '../../src/net/proxy-protocol.ts'

const TIME_BOX = { interruptAfterTimeLimit: 1_500, numRuns: 3_000 }
const SIGNATURE = '0d0a0d0a000d0a515549540a'

/** A header of version 2 from its parts in hexadecimal. */
function version2(command: string, family: string, block: string, length = block.length / 2): Buffer {
  return Buffer.from(`${SIGNATURE}${command}${family}${length.toString(16).padStart(4, '0')}${block}`, 'hex')
}
const IPV4 = 'cb0071070a000001126701bb' // 203.0.113.7:4711 to 10.0.0.1:443
const IPV6 = `20010db8${'0'.repeat(23)}1fd00${'0'.repeat(27)}2126701bb`
const UNIX = '00'.repeat(216)
const addition = (type: string, value: string): string => `${type}${(value.length / 2).toString(16).padStart(4, '0')}${value}`
const line = (text: string): Buffer => Buffer.from(text, 'latin1')

/** What is read, in one line. */
function shown(bytes: Buffer): string {
  const header = readProxyHeader(bytes)
  if (header.state !== 'read') return header.state
  const { command, source, destination, length } = header
  const text = (address: typeof source): string => (address ? formatAddress(address) : '?')
  return `${command} ${text(source)} to ${text(destination)}, ${length} of ${bytes.length}`
}

const LONGEST = `PROXY TCP6 ${'ffff:'.repeat(7)}ffff ${'ffff:'.repeat(7)}ffff 65535 65535\r\n`

describe('a header', () => {
  test.each([
    { name: 'of IPv4', bytes: line('PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n'), says: 'proxy 203.0.113.7 to 10.0.0.1, 42 of 42' },
    { name: 'of IPv6', bytes: line('PROXY TCP6 2001:db8::1 fd00::2 0 65535\r\n'), says: 'proxy 2001:db8::1 to fd00::2, 40 of 40' },
    { name: 'of mapped IPv4', bytes: line('PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n'), says: 'proxy 203.0.113.7 to ::1, 39 of 39' },
    {
      name: 'with a request behind it',
      bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\nGET / '),
      says: 'proxy 1.2.3.4 to 1.2.3.5, 32 of 38',
    },
    { name: 'of nobody known', bytes: line('PROXY UNKNOWN\r\n'), says: 'proxy ? to ?, 15 of 15' },
    {
      name: 'of nobody known, with what is to be passed over',
      bytes: line('PROXY UNKNOWN 10.0.0.1 x\0\xff\r\n'),
      says: 'proxy ? to ?, 28 of 28',
    },
    {
      name: 'of the greatest length',
      bytes: line(LONGEST),
      says: `proxy ${'ffff:'.repeat(7)}ffff to ${'ffff:'.repeat(7)}ffff, 104 of 104`,
    },
    { name: 'of nobody known and 107 bytes', bytes: line(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`), says: 'proxy ? to ?, 107 of 107' },
    { name: 'of version 2 and IPv4', bytes: version2('21', '11', IPV4), says: 'proxy 203.0.113.7 to 10.0.0.1, 28 of 28' },
    { name: 'of version 2 and IPv6', bytes: version2('21', '21', IPV6), says: 'proxy 2001:db8::1 to fd00::2, 52 of 52' },
    { name: 'of version 2 and a unix socket', bytes: version2('21', '31', UNIX), says: 'proxy ? to ?, 232 of 232' },
    { name: 'of version 2 and nobody known', bytes: version2('21', '00', ''), says: 'proxy ? to ?, 16 of 16' },
    { name: 'of a proxy that speaks for itself (#58)', bytes: version2('20', '00', ''), says: 'local ? to ?, 16 of 16' },
    {
      name: 'of a proxy that speaks for itself, whatever it adds (#58)',
      bytes: Buffer.concat([version2('20', '11', IPV4), Buffer.from('GET')]),
      says: 'local ? to ?, 28 of 31',
    },
    { name: 'of a proxy that speaks for itself in another family', bytes: version2('20', 'ff', 'abcdef'), says: 'local ? to ?, 19 of 19' },
    {
      name: 'with additions',
      bytes: version2('21', '11', IPV4 + addition('03', 'deadbeef') + addition('04', '') + addition('ea', '00'.repeat(16))),
      says: 'proxy 203.0.113.7 to 10.0.0.1, 57 of 57',
    },
    {
      name: 'with additions up to the bound',
      bytes: version2('21', '11', IPV4 + addition('04', '00'.repeat(521))),
      says: 'proxy 203.0.113.7 to 10.0.0.1, 552 of 552',
    },
  ])('$name', ({ bytes, says }) => {
    expect(shown(bytes)).toBe(says)
  })

  test.each([
    { name: 'nothing', bytes: Buffer.alloc(0) },
    { name: 'a letter', bytes: line('P') },
    { name: 'a line without an end', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r') },
    { name: '106 bytes without an end', bytes: line(`PROXY UNKNOWN ${'x'.repeat(92)}`) },
    { name: 'a part of the signature', bytes: Buffer.from(SIGNATURE.slice(0, 14), 'hex') },
    { name: 'the signature', bytes: Buffer.from(SIGNATURE, 'hex') },
    { name: 'all but the last byte', bytes: version2('21', '11', IPV4).subarray(0, -1) },
    { name: 'a length that has not come', bytes: version2('20', '00', '', 536) },
  ])('$name is not all of it', ({ bytes }) => {
    expect(shown(bytes)).toBe('incomplete')
  })

  test.each([
    { name: 'another protocol', bytes: line('GET / HTTP/1.1\r\n') },
    { name: 'the beginning of TLS', bytes: Buffer.from('1603010200', 'hex') },
    { name: 'the beginning of HTTP/2', bytes: line('PRI * HTTP/2.0\r\n\r\n') },
    { name: 'small letters', bytes: line('proxy TCP4 1.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'a tab', bytes: line('PROXY\tTCP4 1.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'two spaces', bytes: line('PROXY TCP4  1.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'a space at its end', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 2 \r\n') },
    { name: 'a bare LF', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 2\nGET / HTTP/1.1\r\n') },
    { name: 'a bare LF where all is passed over', bytes: line('PROXY UNKNOWN\nGET / HTTP/1.1\r\n') },
    { name: 'a bare CR where all is passed over', bytes: line('PROXY UNKNOWN \rGET / HTTP/1.1\r\n') },
    { name: 'a word that begins like UNKNOWN', bytes: line('PROXY UNKNOWNS\r\n') },
    { name: 'another protocol in it', bytes: line('PROXY UDP4 1.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'no addresses', bytes: line('PROXY TCP4\r\n') },
    { name: 'a port that is missing', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1\r\n') },
    { name: 'a port too many', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 2 3\r\n') },
    { name: 'IPv6 for IPv4', bytes: line('PROXY TCP4 ::ffff:1.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'IPv4 for IPv6', bytes: line('PROXY TCP6 ::1 1.2.3.5 1 2\r\n') },
    { name: 'an address with a leading zero', bytes: line('PROXY TCP4 010.2.3.4 1.2.3.5 1 2\r\n') },
    { name: 'an address with a zone', bytes: line('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n') },
    { name: 'a destination with a zone', bytes: line('PROXY TCP6 ::1 fe80::1%eth0 1 2\r\n') },
    { name: 'a port beyond 65535', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 1 65536\r\n') },
    { name: 'a first port beyond 65535', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 65536 1\r\n') },
    { name: 'a port with a leading zero', bytes: line('PROXY TCP4 1.2.3.4 1.2.3.5 01 2\r\n') },
    { name: '107 bytes without an end', bytes: line(`PROXY UNKNOWN ${'x'.repeat(93)}`) },
    { name: 'an end behind 107 bytes', bytes: line(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`) },
    { name: 'another signature', bytes: Buffer.from(SIGNATURE.replace('0a515549', '0a515548'), 'hex') },
    { name: 'version 1 in the form of 2', bytes: version2('11', '11', IPV4) },
    { name: 'another command', bytes: version2('22', '11', IPV4) },
    { name: 'datagrams', bytes: version2('21', '12', IPV4) },
    { name: 'an unknown family', bytes: version2('21', '41', IPV4) },
    { name: 'addresses that are cut off', bytes: version2('21', '11', IPV4.slice(0, -2)) },
    { name: 'addresses of IPv6 in the length of IPv4', bytes: version2('21', '21', IPV4) },
    { name: 'a unix socket that is cut off', bytes: version2('21', '31', UNIX.slice(2)) },
    { name: 'an addition that is longer than the rest (#58)', bytes: version2('21', '11', `${IPV4}04000501`) },
    { name: 'an addition without its length', bytes: version2('21', '11', `${IPV4}0400`) },
    { name: 'an addition of one byte', bytes: version2('21', '11', `${IPV4}04`) },
    { name: 'additions beyond the bound, at once (#58)', bytes: version2('21', '11', IPV4, 537) },
    { name: 'additions beyond the bound of one that speaks for itself (#58)', bytes: version2('20', '00', '', 65_535) },
  ])('$name is none', ({ bytes }) => {
    expect(shown(bytes)).toBe('malformed')
  })
})

const port = fc.nat({ max: 65_535 })
const block = (source: string, destination: string, ports: readonly number[]): string => {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const words = (text: string): readonly number[] => {
    const { words, bits } = parseAddress(text)!
    return bits === 32 ? words.slice(3) : words
  }
  return [...words(source), ...words(destination)].map((word) => hex(word, 8)).join('') + ports.map((value) => hex(value, 4)).join('')
}
const valid = fc.oneof(
  fc
    .tuple(fc.ipV4(), fc.ipV4(), port, port)
    .chain(([source, destination, from, to]) =>
      fc.constantFrom(
        { source, bytes: line(`PROXY TCP4 ${source} ${destination} ${from} ${to}\r\n`) },
        { source, bytes: version2('21', '11', block(source, destination, [from, to])) },
      ),
    ),
  fc
    .tuple(fc.ipV6(), fc.ipV6(), port, port)
    .chain(([source, destination, from, to]) =>
      fc.constantFrom(
        { source, bytes: line(`PROXY TCP6 ${source} ${destination} ${from} ${to}\r\n`) },
        { source, bytes: version2('21', '21', block(source, destination, [from, to])) },
      ),
    ),
)

describe('any bytes', () => {
  test('of a proper header are incomplete up to its last one, and what follows is left', () => {
    fc.assert(
      fc.property(valid, fc.uint8Array({ maxLength: 20 }), ({ source, bytes }, rest) => {
        for (let end = 0; end < bytes.length; end += 1) expect(readProxyHeader(bytes.subarray(0, end)).state).toBe('incomplete')
        expect(readProxyHeader(Buffer.concat([bytes, rest]))).toMatchObject({
          state: 'read',
          length: bytes.length,
          command: 'proxy',
          source: { words: parseAddress(source)!.words },
        })
      }),
      { ...TIME_BOX, numRuns: 300 },
    )
  })

  /** True for what the specification allows, told another way: whole text or whole fields, no expression and no table. */
  function isHeader(bytes: Buffer): boolean {
    const text = bytes.toString('latin1')
    if (text.startsWith('PROXY ')) {
      const end = text.indexOf('\r\n')
      if (end < 0 || end > 105) return false
      const words = text.slice(0, end).split(' ')
      if (words[1] === 'UNKNOWN') return !text.slice(0, end).includes('\r') && !text.slice(0, end).includes('\n')
      const isHost =
        words[1] === 'TCP4' ? isIPv4 : words[1] === 'TCP6' ? (host: string) => isIPv6(host) && !host.includes('%') : () => false
      const isPort = (word: string): boolean =>
        String(Number(word)) === word && Number.isInteger(Number(word)) && Number(word) >= 0 && Number(word) < 65_536
      return words.length === 6 && words.slice(2, 4).every(isHost) && words.slice(4).every(isPort)
    }
    if (bytes.length < 16 || bytes.subarray(0, 12).toString('hex') !== SIGNATURE) return false
    const size = bytes.readUInt16BE(14)
    if (bytes.length < 16 + size || size > 536) return false
    if (bytes[12] === 0x20) return true
    const needed = bytes[13] === 0x11 ? 12 : bytes[13] === 0x21 ? 36 : bytes[13] === 0x31 ? 216 : bytes[13] === 0 ? 0 : Number.NaN
    if (bytes[12] !== 0x21 || !(size >= needed)) return false
    let rest = bytes.subarray(16 + needed, 16 + size)
    while (rest.length >= 3 && rest.length >= 3 + rest.readUInt16BE(1)) rest = rest.subarray(3 + rest.readUInt16BE(1))
    return rest.length === 0
  }

  const mutated = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })), { maxLength: 2 }))
    .map(([{ bytes }, changes]) => {
      const changed = Buffer.from(bytes)
      for (const [at, value] of changes) changed[at % changed.length] = value
      return changed
    })
  const words = ['PROXY', 'TCP4', 'TCP6', 'UNKNOWN', '1.2.3.4', '::1', '010.0.0.1', '80', '65536', '-1', '', 'x', '\r', '\n', '\r\n']
  const wordy = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => line(`PROXY ${parts.join(' ')}\r\n`))
  const fields = fc
    .tuple(
      fc.constantFrom('20', '21', '2f'),
      fc.constantFrom('00', '11', '21', '31', '12'),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat({ max: 70 }),
    )
    .map(([command, family, bytes, length]) => version2(command, family, Buffer.from(bytes).toString('hex'), length))

  test('are read exactly where a naive reader finds a header', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          wordy,
          fields,
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          expect(readProxyHeader(bytes).state === 'read').toBe(isHeader(bytes))
        },
      ),
      TIME_BOX,
    )
  })
})
