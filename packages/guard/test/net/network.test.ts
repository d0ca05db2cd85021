import { BlockList } from 'node:net'
import { faultOf } from '@postern/testkit'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/net/address.ts'
import { contains, containsAny, parseNetwork } from '../../src/net/network.ts'

const TIME_BOX = { interruptAfterTimeLimit: 800, numRuns: 3_000 }
const inside = (network: string, address: string): boolean => contains(parseNetwork(network), parseAddress(address)!)

describe('reading a network', () => {
  test.each([
    { text: '10.0.0.0/8', mask: [~0 >>> 0, ~0 >>> 0, ~0 >>> 0, 0xff000000] },
    { text: '10.0.0.5', mask: [~0 >>> 0, ~0 >>> 0, ~0 >>> 0, ~0 >>> 0] },
    { text: '0.0.0.0/0', mask: [~0 >>> 0, ~0 >>> 0, ~0 >>> 0, 0] },
    { text: 'fd00::/8', mask: [0xff000000, 0, 0, 0] },
    { text: '2001:db8::1', mask: [~0 >>> 0, ~0 >>> 0, ~0 >>> 0, ~0 >>> 0] },
    { text: '::/0', mask: [0, 0, 0, 0] },
    { text: '::ffff:10.0.0.0/104', mask: [~0 >>> 0, ~0 >>> 0, ~0 >>> 0, 0xff000000] },
  ])('$text', ({ text, mask }) => {
    expect(parseNetwork(text)).toEqual({ base: parseAddress(text.split('/')[0]!)?.words, mask, text })
  })

  const form = 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.'
  test.each([
    '',
    '/',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    '10.0.0.0/255.0.0.0',
    '10.0.0/8',
    '10.*',
    '010.0.0.1',
    '0x7f.1',
    'fd00::/129',
    'fd00::/1e2',
    'fe80::1%eth0',
    'fe80::%eth0/10',
    'localhost',
    'all',
  ])('refuses "%s"', (text) => {
    expect(faultOf(() => parseNetwork(text))).toEqual({
      code: 'ERR_POSTERN_CIDR',
      path: [],
      message: `"${text}" is not an address or CIDR block`,
      fix: form,
    })
  })

  test.each([
    { text: '10.0.0.5/8', length: 8, network: '10.0.0.0/8', host: '10.0.0.5/32' },
    { text: '0.0.0.1/0', length: 0, network: '0.0.0.0/0', host: '0.0.0.1/32' },
    { text: '255.255.255.255/31', length: 31, network: '255.255.255.254/31', host: '255.255.255.255/32' },
    { text: 'fd00::1/8', length: 8, network: 'fd00::/8', host: 'fd00::1/128' },
    { text: '::ffff:10.0.0.5/104', length: 104, network: '10.0.0.0/8', host: '::ffff:10.0.0.5/128' },
    { text: '::ffff:10.0.0.5/90', length: 90, network: '::ffc0:0:0/90', host: '::ffff:10.0.0.5/128' },
  ])('refuses $text, whose mends are networks of the same hosts', ({ text, length, network, host }) => {
    expect(faultOf(() => parseNetwork(text))).toEqual({
      code: 'ERR_POSTERN_CIDR',
      path: [],
      message: `"${text}" has bits set below /${length}`,
      fix: `Write ${network} for the network, or ${host} for the one host.`,
    })
    for (const mend of [network, host]) expect(inside(mend, text.split('/')[0]!)).toBe(true)
  })
})

describe('what lies inside', () => {
  test.each([
    { network: '10.0.0.0/8', address: '10.255.255.255', is: true },
    { network: '10.0.0.0/8', address: '11.0.0.0', is: false },
    { network: '10.0.0.0/8', address: '::ffff:10.1.2.3', is: true },
    { network: '::ffff:10.0.0.0/104', address: '10.1.2.3', is: true },
    { network: '::ffff:10.1.2.3', address: '10.1.2.3', is: true },
    { network: '10.0.0.0/8', address: '::10.0.0.1', is: false },
    { network: '10.0.0.0/8', address: '64:ff9b::a00:1', is: false },
    { network: '10.0.0.0/8', address: '2002:a00:1::', is: false },
    { network: '64:ff9b::/96', address: '64:ff9b::a00:1', is: true },
    { network: '64:ff9b::/96', address: '10.0.0.1', is: false },
    { network: '2002:a00:1::/48', address: '10.0.0.1', is: false },
    { network: '192.168.128.0/17', address: '192.168.200.1', is: true },
    { network: '224.0.0.0/4', address: '239.255.255.250', is: true },
    { network: '0.0.0.0/0', address: '255.255.255.255', is: true },
    { network: '0.0.0.0/0', address: '::1', is: false },
    { network: '0.0.0.0/0', address: '2001:db8::1', is: false },
    { network: 'fe80::/10', address: 'fe80::1%eth0', is: true },
    { network: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', is: true },
    { network: '::/0', address: '2001:db8::1', is: true },
    { network: '::/0', address: '10.0.0.1', is: true },
  ])('$address in $network: $is', ({ network, address, is }) => {
    expect(inside(network, address)).toBe(is)
  })

  test('any of several is enough, and none of none', () => {
    const networks = ['10.0.0.0/8', 'fd00::/8'].map(parseNetwork)
    expect([
      containsAny(networks, parseAddress('fd00::1')!),
      containsAny(networks, parseAddress('11.0.0.1')!),
      containsAny([], parseAddress('::1')!),
    ]).toEqual([true, false, false])
  })

  /** A host, and one that shares a random number of its first bits. */
  const hostsOf = (bits: 32 | 128): fc.Arbitrary<{ host: bigint; near: bigint }> => {
    const any = fc.bigInt(0n, (1n << BigInt(bits)) - 1n)
    return fc.tuple(any, fc.nat({ max: bits }), any).map(([host, shared, other]) => {
      const differing = (1n << BigInt(bits - shared)) - 1n
      return { host, near: (host & ~differing) | (other & differing) }
    })
  }
  const baseOf = (host: bigint, length: number, bits: 32 | 128): string => textOf(host & ~((1n << BigInt(bits - length)) - 1n), bits)

  test.each([{ bits: 32 as const }, { bits: 128 as const }])(
    'is what ipaddr.js and BlockList say, for every prefix length of $bits bits',
    ({ bits }) => {
      const family = bits === 32 ? 'ipv4' : 'ipv6'
      fc.assert(
        fc.property(hostsOf(bits), ({ host, near }) => {
          const address = textOf(near, bits)
          for (let length = 0; length <= bits; length += 1) {
            const base = baseOf(host, length, bits)
            const list = new BlockList()
            list.addSubnet(base, length, family)
            const is = inside(`${base}/${length}`, address)
            expect({ is, base, length, address }).toEqual({ is: list.check(address, family), base, length, address })
            expect(is).toBe(ipaddr.parse(address).match(ipaddr.parse(base), length))
          }
        }),
        { ...TIME_BOX, numRuns: 200 },
      )
    },
  )

  test.each(Array.from({ length: 129 }, (_, length) => ({ length })))('a network of /$length ends at its last bit', ({ length }) => {
    const all = (1n << 128n) - 1n
    const low = (1n << BigInt(128 - length)) - 1n
    const network = `${textOf(all & ~low, 128)}/${length}`
    expect([inside(network, textOf(all, 128)), inside(network, textOf(all & ~low, 128))]).toEqual([true, true])
    if (length > 0) expect(inside(network, textOf((all & ~low) ^ (1n << BigInt(128 - length)), 128))).toBe(false)
  })

  test('a mapped host is judged as the host it maps', () => {
    fc.assert(
      fc.property(hostsOf(32), fc.nat({ max: 32 }), ({ host, near }, length) => {
        const network = `${baseOf(host, length, 32)}/${length}`
        expect(inside(network, `::ffff:${textOf(near, 32)}`)).toBe(inside(network, textOf(near, 32)))
      }),
      TIME_BOX,
    )
  })
})

/** All groups written out, so that no short form is taken for granted. */
function textOf(value: bigint, bits: 32 | 128): string {
  const part = (width: number, index: number): number =>
    Number((value >> BigInt(bits - width * (index + 1))) & ((1n << BigInt(width)) - 1n))
  if (bits === 32) return [0, 1, 2, 3].map((index) => part(8, index)).join('.')
  return [0, 1, 2, 3, 4, 5, 6, 7].map((index) => part(16, index).toString(16)).join(':')
}
