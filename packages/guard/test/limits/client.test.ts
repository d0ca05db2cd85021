import { parseAddress } from '@postern/guard'
import { describe, expect, test } from 'vitest'
import { clientName, clientOf } from '../../src/limits/client.ts'

const nameOf = (address: string | undefined): string =>
  clientName(clientOf(address === undefined ? undefined : parseAddress(address)?.words))

describe('a client', () => {
  test.each([
    { address: '192.0.2.1', name: '0000ffffc0000201' },
    { address: '255.255.255.255', name: '0000ffffffffffff' },
    { address: '0.0.0.0', name: '0000ffff00000000' },
    { address: '2001:db8:1:2::1', name: '20010db800010002' },
    { address: '::1', name: '0000000000000000' },
    { address: undefined, name: '0000000000000001' },
  ])('at $address is $name', ({ address, name }) => {
    expect(nameOf(address)).toBe(name)
  })

  test.each([
    { name: 'an IPv4 host in both spellings', one: '192.0.2.1', other: '::ffff:192.0.2.1' },
    { name: 'all hosts of one /64', one: '2001:db8:1:2::1', other: '2001:db8:1:2:ffff:ffff:ffff:ffff' },
    { name: 'a link-local host in every zone', one: 'fe80::1%eth0', other: 'fe80::1%eth1' },
  ])('is one: $name', ({ one, other }) => {
    expect(nameOf(one)).toBe(nameOf(other))
  })

  test.each([
    { name: 'neighbouring IPv4 hosts', one: '192.0.2.1', other: '192.0.2.2' },
    { name: 'neighbouring /64', one: '2001:db8:1:2::1', other: '2001:db8:1:3::1' },
    { name: 'an IPv4 host and one that is only written like it', one: '10.0.0.1', other: '::10.0.0.1' },
    { name: 'loopback and a unix socket', one: '::1', other: undefined },
  ])('is two: $name', ({ one, other }) => {
    expect(nameOf(one)).not.toBe(nameOf(other))
  })
})
