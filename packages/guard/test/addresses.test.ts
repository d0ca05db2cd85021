import { faultOf } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { type AddressOptions, compileAddresses, isAddressAllowed } from '../src/addresses.ts'
import { parseAddress } from '../src/net/address.ts'

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
      options: { allow: ['0.0.0.0/0', '::/0'] },
      address: undefined,
      allowed: false,
    },
    { name: 'no peer without an address where networks are denied', options: { deny: ['10.0.0.0/8'] }, address: undefined, allowed: false },
  ])('$name', ({ options, address, allowed }) => {
    expect(isAllowed(options, address)).toBe(allowed)
  })
})

describe('lists that are refused', () => {
  const empty = {
    code: 'ERR_POSTERN_POLICY',
    path: ['allow'],
    message: 'the list of allowed networks is empty, so that no address could ever be allowed',
    fix: 'List a network, or leave "allow" out to allow every address that is not denied.',
  }
  const form = 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.'

  test.each([
    { name: 'an empty list of allowed networks', options: { allow: [] }, fault: empty },
    { name: 'a list of allowed networks that came out as null', options: { allow: null } as unknown as AddressOptions, fault: empty },
    {
      name: 'an allowed network that cannot be read',
      options: { allow: ['10.0.0.0/8', '010.0.0.1'] },
      fault: { code: 'ERR_POSTERN_CIDR', path: ['allow', 1], message: '"010.0.0.1" is not an address or CIDR block', fix: form },
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
