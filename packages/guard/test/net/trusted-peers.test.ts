import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../src/net/address.ts'
import { isTrustedPeer, parseTrustedPeers } from '../../src/net/trusted-peers.ts'

describe('a peer is trusted', () => {
  const loopback = ['127.0.0.0/8', '::1']
  test.each([
    { list: ['10.0.0.0/8'], peer: { address: '10.1.2.3' }, is: true },
    { list: ['10.0.0.0/8'], peer: { address: '::ffff:10.1.2.3' }, is: true },
    { list: ['10.0.0.0/8'], peer: { address: '11.0.0.1' }, is: false },
    { list: ['10.0.0.0/8'], peer: { address: '127.0.0.1' }, is: false },
    { list: ['10.0.0.0/8'], peer: { address: '::1' }, is: false },
    { list: loopback, peer: { address: '::1' }, is: true },
    { list: [...loopback, 'unix'], peer: { address: '127.0.0.1' }, is: true },
    { list: loopback, peer: { unixSocket: true }, is: false },
    { list: ['unix'], peer: { unixSocket: true }, is: true },
    { list: ['unix'], peer: { unixSocket: false }, is: false },
    { list: ['unix'], peer: {}, is: false },
    { list: ['unix'], peer: { address: '127.0.0.1' }, is: false },
    { list: loopback, peer: {}, is: false },
  ])('$peer by $list: $is', ({ list, peer: { address, ...rest }, is }) => {
    expect(isTrustedPeer(parseTrustedPeers(list), { address: address === undefined ? undefined : parseAddress(address), ...rest })).toBe(is)
  })
})

describe('lists that are refused', () => {
  const empty = {
    code: 'ERR_POSTERN_POLICY',
    path: [],
    message: 'no peer is listed whose word is believed',
    fix: 'List the addresses of your proxies.',
  }
  const wide = (text: string, width: string): object => ({
    code: 'ERR_POSTERN_POLICY',
    path: [1],
    message: `"${text}" is ${width}, and whoever is trusted chooses the address that is judged`,
    fix: 'List the addresses of your proxies alone.',
  })
  test.each([
    { name: 'an empty one', list: [], fault: empty },
    { name: 'one that came out as null', list: null as never, fault: empty },
    { name: 'one that is a text', list: 'unix' as never, fault: empty },
    {
      name: 'a host name',
      list: ['10.0.0.1', 'proxy'],
      fault: {
        code: 'ERR_POSTERN_CIDR',
        path: [1],
        message: '"proxy" is not an address or CIDR block',
        fix: 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.',
      },
    },
    ...['0.0.0.0/0', '::ffff:0.0.0.0/96', '::/1'].map((text) => ({
      name: text,
      list: ['unix', text],
      fault: wide(text, 'every IPv4 address'),
    })),
    { name: '::/0', list: ['10.0.0.1', '::/0'], fault: wide('::/0', 'every address') },
  ])('$name', ({ list, fault }) => {
    expect(faultOf(() => parseTrustedPeers(list))).toEqual(fault)
  })
})
