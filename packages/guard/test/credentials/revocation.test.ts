import { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '@postern/guard'
import { issueCertificate } from '@postern/testkit'
import { describe, expect, test } from 'vitest'
import { createRevocation, type ExpiredList } from '../../src/credentials/revocation.ts'
import { fingerprintText } from '../../src/tls/peer.ts'
import type { RevocationList } from '../../src/tls/revocation-list.ts'

const root = new X509Certificate((await issueCertificate({ subject: 'Root', ca: true })).cert)
const team = new X509Certificate((await issueCertificate({ subject: 'Team', ca: true })).cert)
const [ROOT, TEAM] = [root, team].map(({ fingerprint256 }) => fingerprintText(fingerprint256))
const listOf = (authority: X509Certificate, revoked: string[], init: Partial<RevocationList> = {}): RevocationList => ({
  authority,
  file: `${authority.subject}.crl`,
  revoked: new Set(revoked),
  thisUpdate: 1_000,
  nextUpdate: 2_000,
  ...init,
})
const certificateOf = (chain: Pick<ClientCertificate, 'issuers' | 'serialNumbers'>): ClientCertificate => ({
  verified: true,
  subjectAlternativeNames: [],
  commonNames: [],
  organizations: [],
  notBefore: 0,
  notAfter: 9_000,
  ...chain,
})
const LISTS = [listOf(root, ['bad-team']), listOf(team, ['bad'])]
const underTeam = (...serialNumbers: string[]): ClientCertificate => certificateOf({ issuers: [TEAM!, ROOT!], serialNumbers })

describe('a chain', () => {
  test.each([
    { name: 'of none that is revoked', certificate: underTeam('good', 'team'), good: true },
    { name: 'whose leaf is revoked', certificate: underTeam('bad', 'team'), good: false },
    { name: 'whose intermediate authority is revoked', certificate: underTeam('good', 'bad-team'), good: false },
    { name: 'whose leaf has a number that another authority revoked', certificate: underTeam('bad-team', 'team'), good: true },
    { name: 'that is shorter', certificate: certificateOf({ issuers: [ROOT!], serialNumbers: ['good'] }), good: true },
    {
      name: 'of an authority without a list',
      certificate: certificateOf({ issuers: ['aa', ROOT!], serialNumbers: ['a', 'b'] }),
      good: false,
    },
    { name: 'of a certificate whose number cannot be read', certificate: underTeam('', 'team'), good: false },
    { name: 'of a certificate without a number', certificate: underTeam('good'), good: false },
  ])('$name is good: $good (32)', ({ certificate, good }) => {
    expect(createRevocation(LISTS, 'refuse', 1_500, () => {}).isGood(certificate, 1_500)).toBe(good)
  })
})

describe('a list past its day', () => {
  const good = underTeam('good', 'team')
  const bad = underTeam('bad', 'team')
  const says = (authority: string, day: string, then: string): string =>
    `the revocation list in "CN=${authority}.crl" ${day} and ${then}: fetch a new one`
  const ended = 'ended on 1970-01-01T00:00:02.000Z'
  const none = 'lets none of the certificates of its authority in'
  const used = 'is used all the same'

  test.each([
    { expired: 'refuse', at: 1_000, good: true, told: [] },
    { expired: 'refuse', at: 2_000, good: true, told: [] },
    { expired: 'refuse', at: 2_001, good: false, told: [says('Team', ended, none)] },
    { expired: 'refuse', at: 999, good: false, told: [says('Team', 'speaks only from 1970-01-01T00:00:01.000Z', none)] },
    { expired: 'warn', at: 2_001, good: true, told: [says('Team', ended, used), says('Root', ended, used)] },
  ] as const)('is told of once, and by the policy $expired at $at lets in: $good (32)', ({ expired, at, good: isGood, told }) => {
    const heard: string[] = []
    const revocation = createRevocation(LISTS, expired, 1_500, (message) => heard.push(message))
    expect([revocation.isGood(good, at), revocation.isGood(good, at), revocation.isGood(bad, at)]).toEqual([isGood, isGood, false])
    expect([revocation.warnings, heard]).toEqual([[], told])
  })

  test.each(['refuse', 'warn'] as ExpiredList[])('at the start is a warning of the policy (%s)', (expired) => {
    const heard: string[] = []
    const revocation = createRevocation(LISTS, expired, 3_000, (message) => heard.push(message))
    revocation.isGood(good, 3_000)
    const then = expired === 'warn' ? used : none
    expect([revocation.warnings, heard]).toEqual([[says('Root', ended, then), says('Team', ended, then)], []])
  })

  test.each([{ order: [0, 1] }, { order: [1, 0] }])('does not count where there is a newer one ($order)', ({ order }) => {
    const two = [listOf(root, ['old']), listOf(root, ['new'], { thisUpdate: 2_000, nextUpdate: 3_000 })]
    const revocation = createRevocation(
      order.map((index) => two[index]!),
      'refuse',
      2_500,
      () => {},
    )
    const isGood = (serial: string): boolean => revocation.isGood(certificateOf({ issuers: [ROOT!], serialNumbers: [serial] }), 2_500)
    expect([isGood('old'), isGood('new'), revocation.warnings]).toEqual([true, false, []])
  })
})
