import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { type AddressOptions, compileAddresses, isAddressAllowed } from '../../src/clients/addresses.ts'
import { parseAddress } from '../../src/net/address.ts'

const isAllowed = (options: AddressOptions | undefined, address: string | undefined): boolean =>
  isAddressAllowed(compileAddresses(options), address === undefined ? undefined : parseAddress(address))

describe('which addresses may speak', () => {
  test.each([
    { name: 'everyone where no list is written', options: undefined, address: '203.0.113.1', allowed: true },
    { name: 'everyone where the lists are left out', options: {}, address: '203.0.113.1', allowed: true },
    { name: 'who is in an allowed network', options: { allow: ['fd00::/8', '10.0.0.0/8'] }, address: '10.1.2.3', allowed: true },
    { name: 'nobody outside the allowed networks', options: { allow: ['10.0.0.0/8'] }, address: '11.0.0.1', allowed: false },
    { name: 'who is in no denied network', options: { deny: ['10.0.0.0/8'] }, address: '11.0.0.1', allowed: true },
    { name: 'nobody in a denied network', options: { deny: ['10.0.0.0/8'] }, address: '10.1.2.3', allowed: false },
    { name: 'nobody in a denied network in another coat', options: { deny: ['10.0.0.0/8'] }, address: '::ffff:10.1.2.3', allowed: false },
    {
      name: 'nobody who is allowed and denied',
      options: { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] },
      address: '10.1.2.3',
      allowed: false,
    },
    {
      name: 'nobody who is denied by the wider network',
      options: { allow: ['10.1.2.3'], deny: ['10.0.0.0/8'] },
      address: '10.1.2.3',
      allowed: false,
    },
    {
      name: 'who is allowed beside a denied network',
      options: { allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'] },
      address: '10.2.0.1',
      allowed: true,
    },
    {
      name: 'who is allowed where the list of denied ones is empty',
      options: { allow: ['10.0.0.0/8'], deny: [] },
      address: '10.2.0.1',
      allowed: true,
    },
    { name: 'a peer without an address where no list is written', options: undefined, address: undefined, allowed: true },
    { name: 'a peer without an address where the denied list is empty', options: { deny: [] }, address: undefined, allowed: true },
    {
      name: 'no peer without an address where networks are allowed',
      options: { allow: ['0.0.0.0/1', '8000::/1'] },
      address: undefined,
      allowed: false,
    },
    { name: 'no peer without an address where networks are denied', options: { deny: ['10.0.0.0/8'] }, address: undefined, allowed: false },
  ])('$name', ({ options, address, allowed }) => {
    expect(isAllowed(options, address)).toBe(allowed)
  })
})

/** What a list of IPv4 networks says of addresses that hold 10.0.0.1 in one form or another (#55). */
describe('an IPv4 network, allowed or denied', () => {
  test.each([
    { address: '10.0.0.1', is: true, because: 'it is that host' },
    { address: '::ffff:10.0.0.1', is: true, because: 'a mapped address is that host' },
    { address: '::ffff:a00:1', is: true, because: 'a mapped address is that host' },
    { address: '::10.0.0.1', is: false, because: 'the compatible form is long retired (RFC 4291, 2.5.5.1)' },
    { address: '64:ff9b::a00:1', is: false, because: 'a translated address is whatever its translator says (RFC 6052)' },
    { address: '2002:a00:1::', is: false, because: '6to4 names a router, and anybody can send it (RFC 3056)' },
    { address: 'fe80::1%eth0', is: false, because: 'a zone is no part of an address' },
    { address: '::', is: false, because: 'nobody has it' },
  ])('holds $address: $is, $because (#55)', ({ address, is }) => {
    expect([isAllowed({ allow: ['10.0.0.0/8'] }, address), isAllowed({ deny: ['10.0.0.0/8'] }, address)]).toEqual([is, !is])
  })

  test('and a link-local network holds a peer on any of its interfaces (#55)', () => {
    expect([isAllowed({ allow: ['fe80::/10'] }, 'fe80::1%eth0'), isAllowed({ deny: ['fe80::/10'] }, 'fe80::1%eth1')]).toEqual([true, false])
  })
})

describe('a peer on a unix socket (#57)', () => {
  test.each([
    { options: undefined, allowed: true },
    { options: {}, allowed: true },
    { options: { unixSockets: true }, allowed: true },
    { options: { unixSockets: false }, allowed: false },
    { options: { allow: ['127.0.0.0/8'] }, allowed: false },
    { options: { deny: ['10.0.0.0/8'] }, allowed: false },
    { options: { allow: ['127.0.0.0/8'], unixSockets: false }, allowed: false },
    { options: { allow: ['127.0.0.0/8'], deny: ['127.0.0.2'], unixSockets: true }, allowed: true },
  ])('with $options: $allowed', ({ options, allowed }) => {
    expect(isAddressAllowed(compileAddresses(options), undefined, true)).toBe(allowed)
  })

  test('opens nothing to a client whose address nobody knows', () => {
    expect(isAllowed({ allow: ['127.0.0.0/8'], unixSockets: true }, undefined)).toBe(false)
  })
})

describe('lists that are refused', () => {
  const empty = {
    code: 'ERR_POSTERN_POLICY',
    path: ['allow'],
    message: 'the list of allowed networks is empty, so that no address could ever be allowed',
    fix: 'List a network, or leave "allow" out to allow every address that is not denied.',
  }
  const wide = (key: 'allow' | 'deny', text: string, width: string): object => ({
    code: 'ERR_POSTERN_POLICY',
    path: [key, 0],
    message: `"${text}" is ${width}, which is no restriction anybody means`,
    fix:
      key === 'allow'
        ? 'Leave "allow" out to allow every address that is not denied, or list the networks that may speak.'
        : 'List the networks that may not speak, or in "allow" the few that may.',
  })
  const form = 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.'

  test.each([
    { name: 'an empty list of allowed networks', options: { allow: [] }, fault: empty },
    { name: 'a list of allowed networks that came out as null', options: { allow: null } as unknown as AddressOptions, fault: empty },
    {
      name: 'an allowed network that cannot be read (#56)',
      options: { allow: ['10.0.0.0/8', '010.0.0.1'] },
      fault: { code: 'ERR_POSTERN_CIDR', path: ['allow', 1], message: '"010.0.0.1" is not an address or CIDR block', fix: form },
    },
    { name: 'every IPv4 address (#56)', options: { allow: ['0.0.0.0/0'] }, fault: wide('allow', '0.0.0.0/0', 'every IPv4 address') },
    { name: 'every address (#56)', options: { allow: ['::/0'] }, fault: wide('allow', '::/0', 'every address') },
    { name: 'every IPv4 address, denied', options: { deny: ['0.0.0.0/0'] }, fault: wide('deny', '0.0.0.0/0', 'every IPv4 address') },
    { name: 'every address, denied', options: { deny: ['::/0'] }, fault: wide('deny', '::/0', 'every address') },
    {
      name: 'every IPv4 address in another coat',
      options: { deny: ['::ffff:0:0/96'] },
      fault: wide('deny', '::ffff:0:0/96', 'every IPv4 address'),
    },
    {
      name: 'bits below the prefix (#56)',
      options: { allow: ['10.0.0.5/8'] },
      fault: {
        code: 'ERR_POSTERN_CIDR',
        path: ['allow', 0],
        message: '"10.0.0.5/8" has bits set below /8',
        fix: 'Write 10.0.0.0/8 for the network, or 10.0.0.5/32 for the one host.',
      },
    },
    {
      name: 'hexadecimal (#56)',
      options: { allow: ['0x7f.1'] },
      fault: { code: 'ERR_POSTERN_CIDR', path: ['allow', 0], message: '"0x7f.1" is not an address or CIDR block', fix: form },
    },
    {
      name: 'a word for unix sockets',
      options: { unixSockets: 'yes' } as unknown as AddressOptions,
      fault: {
        code: 'ERR_POSTERN_POLICY',
        path: ['unixSockets'],
        message: '"yes" is not true or false',
        fix: 'Write true to let peers on unix sockets speak beside the networks, or false to let none.',
      },
    },
    {
      name: 'a denied network that cannot be read',
      options: { deny: ['everyone'] },
      fault: { code: 'ERR_POSTERN_CIDR', path: ['deny', 0], message: '"everyone" is not an address or CIDR block', fix: form },
    },
  ])('$name', ({ options, fault }) => {
    expect(faultOf(() => compileAddresses(options))).toEqual(fault)
  })
})
