import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, test } from 'vitest'
import { formatAddress, isLoopback, parseAddress } from '../../src/net/address.ts'

const TIME_BOX = { interruptAfterTimeLimit: 500, numRuns: 2_000 }

/** Every spelling of an address that is unlike another in form: compressed or not, upper case, dotted tail. */
const ipv6Text = fc.oneof(
  fc.ipV6(),
  fc
    .array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.map((group) => group.toString(16)).join(':')),
  fc.ipV4().map((text) => `::ffff:${text}`),
)

describe('reading an address', () => {
  test.each([
    { text: '0.0.0.0', words: [0, 0, 0xffff, 0], bits: 32 },
    { text: '10.0.0.1', words: [0, 0, 0xffff, 0x0a000001], bits: 32 },
    { text: '255.255.255.255', words: [0, 0, 0xffff, 0xffffffff], bits: 32 },
    { text: '::', words: [0, 0, 0, 0], bits: 128 },
    { text: '::1', words: [0, 0, 0, 1], bits: 128 },
    { text: '2001:DB8::A', words: [0x20010db8, 0, 0, 10], bits: 128 },
    { text: '1:2:3:4:5:6:7:8', words: [0x10002, 0x30004, 0x50006, 0x70008], bits: 128 },
    { text: '1::8', words: [0x10000, 0, 0, 8], bits: 128 },
    { text: '1:2:3:4:5:6:7::', words: [0x10002, 0x30004, 0x50006, 0x70000], bits: 128 },
    { text: 'fe80::1%eth0', words: [0xfe800000, 0, 0, 1], bits: 128 },
    { text: '::ffff:10.0.0.1', words: [0, 0, 0xffff, 0x0a000001], bits: 128 },
    { text: '::FFFF:a00:1', words: [0, 0, 0xffff, 0x0a000001], bits: 128 },
    { text: '::10.0.0.1', words: [0, 0, 0, 0x0a000001], bits: 128 },
    { text: '64:ff9b::10.0.0.1', words: [0x64ff9b, 0, 0, 0x0a000001], bits: 128 },
    { text: '2002:a00:1::', words: [0x20020a00, 0x10000, 0, 0], bits: 128 },
  ])('$text is $words', ({ text, words, bits }) => {
    expect(parseAddress(text)).toEqual({ words, bits })
  })

  test.each([
    { text: '', because: 'nothing was written' },
    { text: ' 10.0.0.1', because: 'a space begins it' },
    { text: '10.0.0.1\n', because: 'a line end ends it' },
    { text: '010.0.0.1', because: 'a leading zero is octal to some programs' },
    { text: '10.0.0.01', because: 'a leading zero is octal to some programs' },
    { text: '0x7f.1', because: 'it is hexadecimal and short' },
    { text: '127.1', because: 'it is short' },
    { text: '2130706433', because: 'it is one number' },
    { text: '10.0.0.256', because: 'a byte ends at 255' },
    { text: '10.0.0', because: 'it has three parts' },
    { text: '10.0.0.1.1', because: 'it has five parts' },
    { text: '10.0.0.-1', because: 'it has a sign' },
    { text: '１０.0.0.1', because: 'its digits are not ASCII' },
    { text: '10.0.0.1%eth0', because: 'IPv4 has no zones' },
    { text: '10.0.0.1/32', because: 'a prefix length makes it a network' },
    { text: ':', because: 'one colon is no gap' },
    { text: ':::', because: 'three colons are no gap' },
    { text: '1::2::3', because: 'a second gap has no length' },
    { text: '1:2:3:4:5:6:7', because: 'a group is missing' },
    { text: '1:2:3:4:5:6:7:8:9', because: 'a group is too many' },
    { text: '1:2:3:4::5:6:7:8', because: 'the gap stands for nothing' },
    { text: '1:2:3:4:5:6:7:8::', because: 'the gap stands for nothing' },
    { text: '12345::', because: 'a group has four digits' },
    { text: 'g::', because: 'g is no digit' },
    { text: '1.2.3.4::', because: 'dotted decimals only end an address' },
    { text: '::1.2.3.4:5', because: 'dotted decimals only end an address' },
    { text: '::ffff:010.0.0.1', because: 'a leading zero is octal to some programs' },
    { text: '::ffff:10.0.0.256', because: 'a byte ends at 255' },
    { text: '1:2:3:4:5:6:7:1.2.3.4', because: 'dotted decimals are two groups' },
    { text: 'fe80::1%', because: 'the zone is empty' },
    { text: 'fe80::1%eth0%1', because: 'a zone has no percent sign' },
    { text: 'fe80::1%a b', because: 'a zone has no space' },
    { text: '%eth0', because: 'a zone is no address' },
    { text: '[::1]', because: 'brackets belong to URLs' },
    { text: 'localhost', because: 'a name is no address' },
  ])('refuses "$text": $because', ({ text }) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('reads a mapped IPv4 host and its dotted spelling as one value', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseAddress(`::ffff:${text}`)?.words).toEqual(parseAddress(text)?.words)
      }),
      TIME_BOX,
    )
  })

  test('reads what ipaddr.js reads, to the same bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), ipv6Text), (text) => {
        // The compatible form is long retired (RFC 4291, 2.5.5.1), and ipaddr.js takes it for the mapped one.
        fc.pre(!/^::[\d.]+$/.test(text))
        const parsed = ipaddr.parse(text)
        const bytes = (parsed instanceof ipaddr.IPv4 ? parsed.toIPv4MappedAddress() : parsed).toByteArray()
        const words = parseAddress(text)?.words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
        expect(words).toEqual(bytes)
      }),
      TIME_BOX,
    )
  })

  test('accepts exactly the text without a zone that Node takes for an address', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'0123456789abfF:./ x'.split('')), maxLength: 24 })
    const nearly = fc
      .tuple(fc.oneof(fc.ipV4(), ipv6Text), fc.nat({ max: 40 }), fc.constantFrom('', ':', '.', '0', '1', '::', 'f'))
      .map(([text, at, extra]) => text.slice(0, at) + extra + text.slice(at + 1))
    fc.assert(
      fc.property(fc.oneof(noise, nearly), (text) => {
        expect(parseAddress(text)?.bits).toBe(isIPv4(text) ? 32 : isIPv6(text) ? 128 : undefined)
      }),
      { ...TIME_BOX, numRuns: 10_000 },
    )
  })
})

describe('writing an address', () => {
  test.each([
    { text: '10.0.0.1', shown: '10.0.0.1' },
    { text: '255.255.255.255', shown: '255.255.255.255' },
    { text: '::ffff:255.0.0.1', shown: '255.0.0.1' },
    { text: '::', shown: '::' },
    { text: '::1', shown: '::1' },
    { text: '1::', shown: '1::' },
    { text: '2001:DB8:0:0:1:0:0:1', shown: '2001:db8::1:0:0:1' },
    { text: '1:0:0:2:0:0:0:3', shown: '1:0:0:2::3' },
    { text: '1:0:2:3:4:5:6:7', shown: '1:0:2:3:4:5:6:7' },
    { text: '1:2:3:4:5:6:7:8', shown: '1:2:3:4:5:6:7:8' },
    { text: 'fe80::1%eth0', shown: 'fe80::1' },
  ])('shows $text as $shown (RFC 5952)', ({ text, shown }) => {
    expect(formatAddress(parseAddress(text)!)).toBe(shown)
  })

  test('shows what it reads back as the same host', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), ipv6Text), (text) => {
        const address = parseAddress(text)!
        expect(parseAddress(formatAddress(address))?.words).toEqual(address.words)
      }),
      TIME_BOX,
    )
  })

  test('spells IPv6 as ipaddr.js does', () => {
    fc.assert(
      fc.property(ipv6Text, (text) => {
        const parsed = ipaddr.IPv6.parse(text)
        fc.pre(!parsed.isIPv4MappedAddress())
        expect(formatAddress(parseAddress(text)!)).toBe(parsed.toRFC5952String())
      }),
      TIME_BOX,
    )
  })
})

describe('loopback', () => {
  test.each([
    { text: '127.0.0.1', loopback: true },
    { text: '127.255.255.255', loopback: true },
    { text: '::ffff:127.0.0.1', loopback: true },
    { text: '::1', loopback: true },
    { text: '::1%lo', loopback: true },
    { text: '126.255.255.255', loopback: false },
    { text: '128.0.0.1', loopback: false },
    { text: '0.0.0.0', loopback: false },
    { text: '::', loopback: false },
    { text: '::2', loopback: false },
    { text: '::127.0.0.1', loopback: false },
    { text: '1::1', loopback: false },
    { text: '0:0:1::1', loopback: false },
    { text: '::1:0:0:1', loopback: false },
    { text: '64:ff9b::127.0.0.1', loopback: false },
  ])('$text: $loopback', ({ text, loopback }) => {
    expect(isLoopback(parseAddress(text)!)).toBe(loopback)
  })
})
